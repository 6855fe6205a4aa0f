//! What a run leaves behind for people and machines.

use serde_json::json;

use crate::workspace::{Workspace, plugin, sample};

fn workspace() -> Workspace {
    let competitors = plugin("competitor-mention");
    let mut expected = sample("right", "golden", "We like tea.");
    expected["expected_output"] = json!("We like tea.");
    Workspace::with(
        &[
            expected,
            sample("wrong", "golden", "Try Globex instead."),
            sample("bare", "distribution", "Milk."),
        ],
        &format!(
            "  competitors:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n  exact-match: {{partitions: [golden], missing: skip}}",
            competitors.display()
        ),
    )
}

#[test]
fn every_format_from_one_run() {
    let workspace = workspace();
    let said = workspace
        .run(&[
            "run",
            "--out",
            "out",
            "--report",
            "junit=r.xml",
            "--report",
            "sarif=r.sarif",
            "--report",
            "markdown=r.md",
            "--report",
            "json=r.json",
            "--report",
            "html=r.html",
        ])
        .expect(1);
    assert!(said.out.contains("Try Globex instead."), "the failing answer is shown: {}", said.out);
    assert!(
        said.out.contains("^^^^^^") || said.out.contains("──────") || said.out.contains("~~~~~~"),
        "{}",
        said.out
    );
    let sarif: serde_json::Value = serde_json::from_str(&workspace.read("r.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(
        sarif["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .any(|result| result.to_string().contains("Globex"))
    );
    let json: serde_json::Value = serde_json::from_str(&workspace.read("r.json")).unwrap();
    assert_eq!(json["summary"]["total"]["failed"], 1);
    assert!(workspace.read("r.md").contains("wrong"));
    assert!(workspace.read("r.xml").contains("<failure"));
    for html in ["r.html", "out/report.html"] {
        let html = workspace.read(html);
        assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "no external request");
    }
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let workspace = workspace();
    let summary = workspace.path("summary.md");
    let output = workspace
        .command(&["run", "--out", "out", "--report", "github"])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.lines().any(|line| line.starts_with("::error ") && line.contains("dataset.jsonl")), "{out}");
    assert!(workspace.read("summary.md").contains("golden"));
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let workspace = workspace();
    let said = workspace.run(&["run", "--json"]).expect(1);
    assert_eq!(said.json()["summary"]["outcome"], "fail");
}

#[test]
fn a_run_can_be_viewed_again() {
    let workspace = workspace();
    workspace.run(&["run"]).expect(1);
    let said = workspace.run(&["view"]).expect(0);
    assert!(said.out.contains("Globex"), "{}", said.out);
    workspace.run(&["view", "latest", "--format", "html", "--out", "again.html"]).expect(0);
    assert!(workspace.read("again.html").contains("Globex"));
    let said = workspace.run(&["view", "nothing"]).expect(2);
    assert!(said.err.contains("there is no run `nothing`"), "{}", said.err);
}
