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
fn what_is_not_there_is_an_error() {
    let workspace = workspace();
    let said = workspace.run(&["run", "--sample", "zzz"]).expect(2);
    assert!(said.err.contains("has no sample `zzz`"), "{}", said.err);
    let said = workspace.run(&["run", "--tag", "nothing"]).expect(2);
    assert!(said.err.contains("no sample of") && said.err.contains("--tag nothing"), "{}", said.err);
}
