//! Components that are valid, and do what nobody thought of.

use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use scorebox_sandbox::{Configured, Fault, FaultKind, Grants, Sample};
use wasm_smith::{Config, Module};

use crate::sandbox::{healthy_beside, sandbox, small, twice};

/// The contract's exports, as a core module has them.
const EXPORTS: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "scorebox:plugin/metric@0.1.0#describe") (result i32) unreachable)
  (func (export "scorebox:plugin/metric@0.1.0#configure") (param i32 i32) (result i32) unreachable)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable))"#;
/// The imports that every plugin may have.
const IMPORTS: &str = r#"(module (import "scorebox:plugin/log@0.1.0" "log" (func (param i32 i32 i32))))"#;
/// What `describe` would say, were it not random.
const DESCRIPTOR: &[u8] =
    br#"{"name": "random", "version": "1.0.0", "summary": "Anything.", "kind": "metric",
    "settings-schema": {}, "range": null, "higher-is-better": true, "needs": []}"#;

/// Makes a component of the input, with the contract's exports and random code behind them, and takes it from loading to
/// a score, twice: the second time has to give the same result for the same fuel. A healthy plugin beside it notices
/// nothing.
pub fn component(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(Some(component)) = generate(&mut input) else { return };
    let first = configured(&component);
    let second = configured(&component);
    match (&first, &second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.not_snapshotted(), second.not_snapshotted());
            let sample =
                Sample {
                    id: "s".into(), input: "Tea?".into(), output: "Grüße".into(), ..Sample::default()
                };
            if let (Some(first), Some(second)) = (twice(first, &sample), twice(second, &sample)) {
                crate::sandbox::same(&first, &second);
            }
        }
        (Err(first), Err(second)) if deadline(first) || deadline(second) => {}
        (Ok(_), Err(fault)) | (Err(fault), Ok(_)) if deadline(fault) => {}
        (first, second) => {
            let fault = |configured: &Result<Configured, Fault>| configured.as_ref().err().cloned();
            assert_eq!(fault(first), fault(second), "the same component was configured with two results");
            assert_ne!(fault(first).map(|fault| fault.kind), Some(FaultKind::Internal));
        }
    }
    healthy_beside();
}

fn deadline(fault: &Fault) -> bool {
    fault.kind == FaultKind::Deadline
}

fn configured(component: &[u8]) -> Result<Configured, Fault> {
    let plugin = sandbox().load(component, &Grants::default()).unwrap_or_else(|error| {
        panic!("a component with the contract's exports and no other imports was refused: {error}")
    });
    plugin.configure("{}", &small())
}

/// A component, or none where the bytes make a module that is not one of the contract.
fn generate(input: &mut Unstructured<'_>) -> arbitrary::Result<Option<Vec<u8>>> {
    static SHAPE: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    let (exports, imports) = SHAPE.get_or_init(|| {
        let parse = |text| wat::parse_str(text).expect("written by hand");
        (parse(EXPORTS), parse(IMPORTS))
    });
    let described = bool::arbitrary(input)?;
    let mut config = Config::arbitrary(input)?;
    config.exports = Some(exports.clone());
    config.available_imports = Some(imports.clone());
    config.allow_start_export = bool::arbitrary(input)?;
    // What wasmtime has turned off is refused when it is compiled, and teaches nothing.
    config.gc_enabled = false;
    config.exceptions_enabled = false;
    config.threads_enabled = false;
    config.memory64_enabled = false;
    config.custom_page_sizes_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.wide_arithmetic_enabled = false;
    config.allow_invalid_funcs = false;
    // Memories and tables that every instance gets: as large as the limits here, and a little larger.
    config.max_memory32_bytes = 8 << 20;
    config.max_table_elements = 2_000;
    let mut module = Module::new(config, input)?.to_bytes();
    Ok(encode(&mut module).map(|mut component| {
        if described {
            crate::descriptor::section(
                &mut component,
                scorebox_sandbox::Descriptor::SECTION.as_bytes(),
                DESCRIPTOR,
            );
        }
        component
    }))
}

/// The module as a component of the contract's world.
fn encode(module: &mut Vec<u8>) -> Option<Vec<u8>> {
    static CONTRACT: OnceLock<(wit_parser::Resolve, wit_parser::WorldId)> = OnceLock::new();
    let (resolve, world) = CONTRACT.get_or_init(|| {
        let mut resolve = wit_parser::Resolve::default();
        let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/0.1.0/plugin.wit");
        let package = resolve.push_file(wit).expect("the contract");
        let world = resolve.select_world(&[package], Some("plugin")).expect("its world");
        (resolve, world)
    });
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(module, resolve, *world, encoding, false).ok()?;
    wit_component::ComponentEncoder::default().module(module).ok()?.encode().ok()
}
