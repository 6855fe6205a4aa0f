//! Plugins written by hand for tests, in core WebAssembly.

/// What an ordinary plugin consists of, in parts.
const ORDINARY: &str = include_str!("ordinary.wat");
/// The interfaces of WASI that a guest may import.
const WASI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/guests/wasi.wit");
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/0.1.0/plugin.wit");

/// A plugin whose `evaluate` is this core WebAssembly.
///
/// The code runs with the sample lowered into its parameters, and leaves a pointer to a lowered
/// `result<score, failure>`. Addresses from 4096 to 8191 are free for it.
pub(crate) fn guest(evaluate: &str) -> Vec<u8> {
    guest_with("", "(i32.const 3072)", evaluate)
}

/// The same, with further fields of the module and another `configure`.
pub(crate) fn guest_with(fields: &str, configure: &str, evaluate: &str) -> Vec<u8> {
    completed(&format!(
        "(module {fields}
           (func (export \"scorebox:plugin/metric@0.1.0#configure\") (type $configure) {configure})
           (func (export \"scorebox:plugin/metric@0.1.0#evaluate\") (type $evaluate) {evaluate}))"
    ))
}

/// A plugin of the module `wat`; what it leaves out (`memory`, `cabi_realloc`, `describe`, `configure`, `evaluate`) is
/// that of an ordinary plugin.
pub(crate) fn completed(wat: &str) -> Vec<u8> {
    component(&fill_in(wat))
}

/// The module `wat` with what it leaves out.
fn fill_in(wat: &str) -> String {
    let end = wat.rfind(')').unwrap();
    let mut whole = wat[..end].to_owned();
    for part in ORDINARY.split(";; part: ").skip(1) {
        let (export, text) = part.split_once('\n').unwrap();
        if export == "always" || !wat.contains(export) {
            whole.push('\n');
            whole.push_str(text);
        }
    }
    whole.push(')');
    whole
}

/// A component of a core module that implements the contract's world, and may import what `wasi.wit` names.
pub(crate) fn component(core: &str) -> Vec<u8> {
    let mut module = wat::parse_str(core).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_file(CONTRACT).unwrap();
    let package = resolve.push_file(WASI).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
        false,
    )
    .unwrap();
    wit_component::ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// Without end.
pub(crate) const LOOPS: &str = "(loop (br 0)) (unreachable)";
/// A panic, as a guest without a message has it.
pub(crate) const TRAPS: &str = "(unreachable)";
/// Grows its memory until it gets no more.
pub(crate) const EATS: &str =
    "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
/// A score at 4104: NaN, verdict pass, everything else empty.
pub(crate) const NAN: &str = "(f64.store (i32.const 4104) (f64.const nan)) (i32.const 4096)";
/// The same, with the value 1.
pub(crate) const PASSES: &str = "(f64.store (i32.const 4104) (f64.const 1)) (i32.const 4096)";
