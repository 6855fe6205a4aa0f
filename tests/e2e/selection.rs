//! Which samples a run looks at.

use serde_json::json;

use crate::workspace::{Workspace, sample};

const METRICS: &str = "  contains: {settings: {all_of: [good]}}";

fn workspace() -> Workspace {
    let mut tagged = sample("c", "distribution", "good");
    tagged["tags"] = json!(["billing"]);
    Workspace::with(&[sample("a", "golden", "good"), sample("b", "adversarial", "bad"), tagged], METRICS)
}

fn ids(workspace: &Workspace, out: &str) -> Vec<String> {
    workspace.record(out).iter().map(|sample| sample["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn by_partition_tag_and_id() {
    let workspace = workspace();
    workspace.run(&["run", "--out", "golden", "--partition", "golden"]).expect(0);
    assert_eq!(ids(&workspace, "golden"), ["a"]);
    workspace.run(&["run", "--out", "tag", "--tag", "billing"]).expect(0);
    assert_eq!(ids(&workspace, "tag"), ["c"]);
    workspace.run(&["run", "--out", "sample", "--sample", "a", "--sample", "b"]).expect(0);
    assert_eq!(ids(&workspace, "sample"), ["a", "b"]);
}

#[test]
fn failing_from_an_earlier_run() {
    let workspace = workspace();
    workspace.run(&["run", "--out", "first"]).expect(0);
    workspace.run(&["run", "--out", "second", "--failing-from", "first"]).expect(0);
    assert_eq!(ids(&workspace, "second"), ["b"]);
    let said = workspace.run(&["run", "--failing-from", "none"]).expect(2);
    assert!(said.err.contains("there is no run `none`"), "{}", said.err);
}

#[test]
fn what_is_not_there_is_an_error_and_leaves_no_run() {
    let workspace = workspace();
    let said = workspace.run(&["run", "--sample", "a", "--sample", "zzz"]).expect(2);
    assert!(said.err.contains("has no sample `zzz`"), "{}", said.err);
    let said = workspace.run(&["run", "--tag", "nothing"]).expect(2);
    assert!(said.err.contains("no sample of") && said.err.contains("--tag nothing"), "{}", said.err);
    let runs = std::fs::read_dir(workspace.path(".scorebox/runs")).map_or(0, Iterator::count);
    assert_eq!(runs, 0, "a mistyped selection must not become the latest run");
}

#[test]
fn the_latest_run_is_that_of_the_suite() {
    let workspace = workspace();
    workspace.run(&["run"]).expect(0);
    let other =
        workspace.read("scorebox.yaml").replace("name: test", "name: other").replace("good", "never there");
    workspace.write("other.yaml", other);
    workspace.run(&["run", "other.yaml"]).expect(1);
    workspace.run(&["run", "--out", "again", "--failing-from", "latest"]).expect(0);
    assert_eq!(ids(&workspace, "again"), ["b"], "what failed in `test`, not in `other`");
    for run in [".", "scorebox.yaml", "latest"] {
        workspace.run(&["view", run]).expect(0);
    }
    assert!(workspace.run(&["view", "scorebox.yaml"]).out.starts_with("test "));
    assert!(workspace.run(&["view", "other.yaml"]).out.starts_with("other "));
}
