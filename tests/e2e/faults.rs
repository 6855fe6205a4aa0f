//! A plugin that misbehaves faults its own samples, and nothing else changes.

use serde_json::Value;

use crate::workspace::{Workspace, plugin, sample};

/// A plugin whose `evaluate` is this core WebAssembly, on the memory of the module.
///
/// The function gets a pointer to the lowered sample and returns a pointer to a lowered `result<score, failure>`.
fn guest(evaluate: &str) -> Vec<u8> {
    let core = include_str!("guest.wat").replace("(; evaluate ;)", evaluate);
    let mut module = wat::parse_str(core).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_file(crate::workspace::root().join("wit/0.1.0/plugin.wit")).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    wit_component::ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

const LOOPS: &str = "(loop (br 0)) (unreachable)";
const TRAPS: &str = "(unreachable)";
const EATS: &str = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
/// A score at 4096: ok, value NaN, verdict pass, everything else empty.
const NAN: &str = "(f64.store (i32.const 4104) (f64.const nan)) (i32.const 4096)";
const PASSES: &str = "(f64.store (i32.const 4104) (f64.const 1)) (i32.const 4096)";

fn samples() -> Vec<Value> {
    vec![sample("a", "golden", "Tea."), sample("b", "golden", "Globex."), sample("c", "distribution", "Milk.")]
}

fn healthy() -> String {
    let competitors = plugin("competitor-mention");
    format!(
        "  competitors:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n    partitions: [distribution]\n  \
         contains:\n    settings: {{phrases: [coffee], mode: none}}",
        competitors.display()
    )
}

#[test]
fn a_fault_leaves_its_neighbours_alone() {
    let workspace = Workspace::with(&samples(), &healthy());
    workspace.run(&["run", "--out", "alone"]).expect(0);
    let alone = workspace.record("alone");

    for (name, evaluate, fault) in [
        ("loops", LOOPS, "out-of-fuel"),
        ("traps", TRAPS, "trap"),
        ("eats", EATS, "out-of-memory"),
        ("nan", NAN, "invalid-score"),
    ] {
        workspace.write(&format!("{name}.wasm"), guest(evaluate));
        workspace.suite(&format!("  {name}:\n    plugin: {name}.wasm\n{}", healthy()), "");
        let said = workspace.run(&["run", "--out", name, "--json"]).expect(3);
        assert_eq!(said.json()["summary"]["outcome"], "too-many-faults");
        let record = workspace.record(name);
        assert_eq!(record.len(), 3);
        for (with, without) in record.iter().zip(&alone) {
            let scores = with["scores"].as_array().unwrap();
            assert_eq!(scores[0]["fault"]["kind"], fault, "{name}: {}", scores[0]);
            assert_eq!(with["verdict"], "faulted");
            assert_eq!(&scores[1..], without["scores"].as_array().unwrap(), "beside {name}");
        }
    }
}

#[test]
fn faults_within_the_tolerance_do_not_decide() {
    let workspace = Workspace::with(&samples(), "");
    workspace.write("traps.wasm", guest(TRAPS));
    let metrics = format!("  traps:\n    plugin: traps.wasm\n    partitions: [distribution]\n{}", healthy());
    workspace.suite(&metrics, "gates: {distribution: {pass_rate: 0%, max_faults: 100%}}");
    workspace.run(&["run"]).expect(0);
}

#[test]
fn the_guest_of_these_tests_can_pass() {
    let workspace = Workspace::with(&samples(), "  passes: {plugin: passes.wasm}");
    workspace.write("passes.wasm", guest(PASSES));
    workspace.run(&["run"]).expect(0);
}

#[test]
fn fuel_and_memory_faults_repeat_to_the_byte() {
    let workspace = Workspace::with(&samples(), "");
    workspace.write("loops.wasm", guest(LOOPS));
    workspace.write("eats.wasm", guest(EATS));
    workspace.suite("  loops: {plugin: loops.wasm}\n  eats: {plugin: eats.wasm}", "");
    workspace.run(&["run", "--no-cache", "--out", "one", "--jobs", "1"]).expect(3);
    workspace.run(&["run", "--no-cache", "--out", "two", "--jobs", "4"]).expect(3);
    assert_eq!(workspace.read("one/samples.jsonl"), workspace.read("two/samples.jsonl"));
}
