//! A plugin that misbehaves faults its own samples, and nothing else changes.

use serde_json::Value;

use crate::guests::{EATS, LOOPS, NAN, PASSES, TRAPS, guest};
use crate::workspace::{Workspace, plugin, sample};

fn samples() -> Vec<Value> {
    vec![
        sample("a", "golden", "Tea."),
        sample("b", "golden", "Globex."),
        sample("c", "distribution", "Milk."),
    ]
}

fn healthy() -> String {
    let competitors = plugin("competitor-mention");
    format!(
        "  competitors:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n    partitions: [distribution]\n  \
         contains:\n    settings: {{none_of: [coffee]}}",
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
    workspace.suite(&metrics, "gates: {distribution: {pass_rate: 0%, max_faults: 100%, min_samples: 0}}");
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
