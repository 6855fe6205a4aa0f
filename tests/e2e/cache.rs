//! The score cache saves work and changes nothing.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::workspace::{Workspace, plugin, sample};

fn metrics(competitor: &str) -> String {
    let plugin = plugin("competitor-mention");
    format!("  competitors:\n    plugin: {}\n    settings: {{competitors: [{competitor}]}}", plugin.display())
}

fn cached(workspace: &Workspace, out: &str) -> u64 {
    let manifest: serde_json::Value =
        serde_json::from_str(&workspace.read(&format!("{out}/run.json"))).unwrap();
    manifest["summary"]["metrics"][0]["cached"].as_u64().unwrap()
}

#[test]
fn a_warm_run_has_the_same_record() {
    let samples =
        [sample("a", "golden", "We like tea."), sample("b", "adversarial", "Globex is fine, so is Globex.")];
    let workspace = Workspace::with(&samples, &metrics("Globex"));
    workspace.run(&["run", "--out", "cold"]).expect(0);
    workspace.run(&["run", "--out", "warm"]).expect(0);
    workspace.run(&["run", "--out", "without", "--no-cache"]).expect(0);
    assert_eq!(
        [cached(&workspace, "cold"), cached(&workspace, "warm"), cached(&workspace, "without")],
        [0, 2, 0]
    );
    let cold = workspace.read("cold/samples.jsonl");
    assert!(cold.contains("\"findings\""), "{cold}");
    assert_eq!(cold, workspace.read("warm/samples.jsonl"));
    assert_eq!(cold, workspace.read("without/samples.jsonl"));

    let said = workspace.run(&["cache", "stats", "--json"]).expect(0).json();
    assert_eq!(said["scores"]["samples"], 2);
    workspace.run(&["cache", "clear"]).expect(0);
    workspace.run(&["run", "--out", "cleared"]).expect(0);
    assert_eq!(cached(&workspace, "cleared"), 0);
}

#[test]
fn other_settings_are_another_metric() {
    let workspace = Workspace::with(&[sample("a", "golden", "Globex or Initech.")], &metrics("Umbrella"));
    workspace.run(&["run", "--out", "one"]).expect(0);
    workspace.suite(&metrics("Initech"), "");
    workspace.run(&["run", "--out", "two"]).expect(1);
    assert_eq!(cached(&workspace, "two"), 0);
}

#[test]
fn a_cache_that_others_can_write_is_not_used_and_said_so() {
    let workspace = Workspace::with(&[sample("a", "distribution", "Tea.")], &metrics("Globex"));
    std::fs::set_permissions(workspace.path("cache"), Permissions::from_mode(0o777)).unwrap();
    workspace.run(&["run", "--out", "out"]).expect(0);
    let manifest: serde_json::Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    let warnings = manifest["warnings"].to_string();
    assert!(warnings.contains("no score cache: the score cache"), "{warnings}");
    assert!(warnings.contains("is not private: its mode is 777"), "{warnings}");
    assert!(!workspace.path("cache/scores.sqlite").exists());
}
