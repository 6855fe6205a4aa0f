//! The example evaluation says what it is meant to say.

use crate::workspace::{Workspace, root};

fn run(suite: &str, code: i32) -> Vec<serde_json::Value> {
    let workspace = Workspace::new();
    let suite = root().join("examples/support-assistant").join(suite);
    let out = workspace.path("out");
    workspace.run(&["run", suite.to_str().unwrap(), "--out", out.to_str().unwrap()]).expect(code);
    workspace.record("out")
}

#[test]
fn version_one_passes_and_the_holiday_version_fails_where_it_was_broken() {
    let first = run("scorebox.yaml", 0);
    assert!(first.len() >= 60);
    assert!(first.iter().all(|sample| sample["verdict"] == "pass"), "version 1 passes every sample");
    let second = run("scorebox-v2.yaml", 1);
    let failed = second.iter().filter(|sample| sample["verdict"] == "fail").count();
    assert_eq!(failed, 18, "the answers that the greeting broke");
    assert!(second.iter().all(|sample| sample["verdict"] != "faulted"));
}

#[test]
fn the_recorded_judge_is_used_for_golden_answers_and_nobody_is_asked() {
    for (suite, code) in [("scorebox.yaml", 0), ("scorebox-v2.yaml", 1)] {
        let record = run(suite, code);
        let golden: Vec<_> = record.iter().filter(|sample| sample["partition"] == "golden").collect();
        for sample in &golden {
            let scores = sample["scores"].as_array().unwrap();
            let value = |metric: &str| {
                scores
                    .iter()
                    .find(|score| score["metric"] == metric)
                    .and_then(|score| score["value"].as_f64())
            };
            assert!(value("helpful").is_some_and(|value| (1.0..=5.0).contains(&value)), "{sample}");
            assert!(value("borne-out").is_some_and(|value| (0.0..=1.0).contains(&value)), "{sample}");
        }
        assert_eq!(golden.len(), 28);
    }
}

#[test]
fn the_program_in_the_loop_answers_every_sample() {
    let record = run("scorebox-command.yaml", 0);
    assert!(record.iter().all(|sample| sample["output"].is_string()));
}

#[test]
fn the_dataset_is_sound_and_its_golden_samples_are_approved() {
    let workspace = Workspace::new();
    let suite = root().join("examples/support-assistant/scorebox.yaml");
    let said = workspace.run(&["validate", suite.to_str().unwrap()]).expect(0);
    assert!(said.out.contains("is sound"), "{}", said.out);
    let said = workspace.run(&["run", suite.to_str().unwrap(), "--out", "out"]).expect(0);
    assert!(!said.out.contains("never approved"), "{}", said.out);
}
