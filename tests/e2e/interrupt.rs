//! Runs that are stopped, killed, resumed, or made beside each other.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::workspace::{Workspace, plugin, sample};

/// Answers slowly enough to be stopped in the middle.
const SLOW: &str = "import json, sys, time
for line in sys.stdin:
    sample = json.loads(line)
    time.sleep(0.02)
    print(json.dumps({'id': sample['id'], 'output': 'An answer to ' + sample['input'] + ' without Globex'}), flush=True)
";

fn slow(samples: usize) -> Workspace {
    let workspace = Workspace::new();
    let one =
        |index| sample(&format!("s{index}"), if index % 10 == 7 { "golden" } else { "distribution" }, "");
    let samples: Vec<_> = (0..samples).map(one).collect();
    workspace.dataset(&samples);
    workspace.write("slow.py", SLOW);
    workspace.write(
        "scorebox.yaml",
        format!(
            "name: slow\ndataset: dataset.jsonl\nsubject:\n  command: [python3, slow.py]\n  concurrency: 2\n\
             metrics:\n  competitors:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n  contains:\n    \
             settings: {{all_of: ['7']}}\ngates: {{golden: 0%}}\n",
            plugin("competitor-mention").display()
        ),
    );
    workspace
}

/// Waits until the run in `out` has written some samples.
fn wait_for_samples(workspace: &Workspace, out: &str) {
    let samples = workspace.path(out).join("samples.jsonl");
    let start = Instant::now();
    while std::fs::read(&samples).map_or(0, |bytes| bytes.iter().filter(|&&byte| byte == b'\n').count()) < 5 {
        assert!(start.elapsed() < Duration::from_secs(60), "the run never began");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn start(workspace: &Workspace, out: &str) -> std::process::Child {
    workspace.command(&["run", "--out", out]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_killed_run_resumes_to_the_same_record() {
    let workspace = slow(60);
    workspace.run(&["run", "--out", "whole", "--no-cache"]).expect(0);
    let mut child = start(&workspace, "killed");
    wait_for_samples(&workspace, "killed");
    child.kill().unwrap();
    child.wait().unwrap();
    // A kill in the middle of a write leaves half a line.
    let mut torn =
        std::fs::OpenOptions::new().append(true).open(workspace.path("killed/samples.jsonl")).unwrap();
    std::io::Write::write_all(&mut torn, b"{\"id\":\"s4").unwrap();
    assert!(workspace.read("killed/samples.jsonl").len() < workspace.read("whole/samples.jsonl").len());

    workspace.run(&["view", "killed"]).expect(0);
    workspace.run(&["run", "--out", "killed", "--resume"]).expect(0);
    assert_eq!(workspace.read("killed/samples.jsonl"), workspace.read("whole/samples.jsonl"));
    let summary = |out: &str| {
        let manifest: serde_json::Value =
            serde_json::from_str(&workspace.read(&format!("{out}/run.json"))).unwrap();
        assert_eq!(manifest["state"], "finished");
        let summary = &manifest["summary"];
        let totals = summary["metrics"].as_array().unwrap().iter().map(|metric| metric["total"].clone());
        json!([summary["total"], summary["partitions"], summary["gates"], totals.collect::<Vec<_>>()])
    };
    assert_eq!(summary("killed"), summary("whole"));
}

#[test]
fn an_interrupted_run_is_readable_and_resumes() {
    let workspace = slow(60);
    let mut child = start(&workspace, "out");
    wait_for_samples(&workspace, "out");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let manifest: serde_json::Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    assert_eq!(manifest["state"], "interrupted");
    assert_eq!(manifest["summary"]["gates"], json!([]), "a part of a run decides nothing");
    let said = workspace.run(&["view", "out"]).expect(0);
    assert!(said.out.contains("interrupted"), "{}", said.out);
    workspace.run(&["run", "--out", "out", "--resume"]).expect(0);
    assert_eq!(workspace.record("out").len(), 60);
    let whole: serde_json::Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    assert!(whole["golden_digest"].is_string(), "{whole}");
    assert_eq!(manifest["golden_digest"], whole["golden_digest"], "part of a run knows all golden samples");
}

#[test]
fn resume_refuses_another_suite() {
    let workspace = slow(60);
    let mut child = start(&workspace, "out");
    wait_for_samples(&workspace, "out");
    child.kill().unwrap();
    child.wait().unwrap();
    let suite = workspace.read("scorebox.yaml").replace("all_of: ['7']", "all_of: ['8']");
    workspace.write("scorebox.yaml", suite);
    let said = workspace.run(&["run", "--out", "out", "--resume"]).expect(2);
    assert!(said.err.contains("cannot resume") && said.err.contains("`contains` changed"), "{}", said.err);
}

#[test]
fn two_runs_in_one_directory_do_not_mix() {
    let workspace = slow(60);
    let mut child = start(&workspace, "out");
    wait_for_samples(&workspace, "out");
    let said = workspace.run(&["run", "--out", "out"]).expect(2);
    assert!(said.err.contains("another run is writing to out"), "{}", said.err);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(workspace.record("out").len(), 60);
    let said = workspace.run(&["run", "--out", "out"]).expect(2);
    assert!(said.err.contains("holds a run already"), "{}", said.err);
}
