//! Embedding models on this machine: fetched, checked, and used by a suite.

use std::fs;

use serde_json::json;

use crate::tiny_model;
use crate::workspace::Workspace;

/// A workspace with a store of its own, and a model in the folder `tiny`.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    tiny_model::write_encoder(&workspace.path("tiny"), "bert", "mean_tokens");
    workspace
}

#[test]
fn a_model_is_pulled_listed_and_verified() {
    let workspace = workspace();
    let said = workspace.run(&["models", "list"]).expect(0);
    assert!(said.out.contains("no models: `scorebox models pull` fetches one"), "{}", said.out);
    let said = workspace.run(&["models", "pull", "tiny", "--from", "tiny"]).expect(0);
    assert!(said.out.starts_with("tiny is here: 32 dimensions, "), "{}", said.out);
    assert!(said.out.contains("In a suite: models: {embeddings: {local: tiny}}"), "{}", said.out);
    let said = workspace.run(&["models", "pull", "tiny", "--from", "tiny"]).expect(0);
    assert!(said.out.starts_with("tiny was here already"), "{}", said.out);
    let list = workspace.run(&["models", "list", "--json"]).expect(0).json();
    assert_eq!(list["models"][0]["dimension"], 32);
    assert_eq!(list["models"][0]["pinned"], false);
    workspace.run(&["models", "verify"]).expect(0);

    let weights = workspace.path("cache/models/tiny/model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    let end = bytes.len();
    bytes[end - 4] ^= 1;
    fs::write(&weights, bytes).unwrap();
    let said = workspace.run(&["models", "verify", "tiny"]).expect(1);
    assert!(said.out.starts_with("tiny: model.safetensors has the digest sha256:"), "{}", said.out);
    let said = workspace.run(&["models", "verify", "absent"]).expect(2);
    assert!(said.err.contains("there is no model `absent`"), "{}", said.err);
    // Another model under the name of the pinned one.
    let said = workspace.run(&["models", "pull", "--from", "tiny"]).expect(2);
    assert!(said.err.contains("nothing was kept"), "{}", said.err);
}

#[test]
fn a_suite_compares_by_meaning_with_a_local_model() {
    let workspace = workspace();
    workspace.run(&["models", "pull", "tiny", "--from", "tiny"]).expect(0);
    let sample = |id: usize, output: &str| {
        json!({
            "id": format!("s{id}"), "partition": "golden", "input": "When?", "output": output,
            "expected_output": "A refund takes three days.",
        })
    };
    let outputs = ["A refund takes three days.", "The plan costs 49 a month.", "", "返金"];
    let samples: Vec<_> = (0..60).map(|id| sample(id, outputs[id % outputs.len()])).collect();
    workspace.dataset(&samples);
    let metrics = "  meaning:\n    builtin: semantic-similarity\n    threshold: {min: 0.99}";
    for source in ["local: tiny", "folder: tiny"] {
        workspace.suite(metrics, &format!("models:\n  embeddings: {{{source}}}"));
        let out = source.replace(": ", "-");
        workspace.run(&["run", "--out", &out]).expect(1);
        let record = workspace.record(&out);
        assert_eq!(record.len(), 60);
        for (index, line) in record.iter().enumerate() {
            let score = &line["scores"][0];
            assert!(score["fault"].is_null(), "{line}");
            let equal = index % outputs.len() == 0;
            assert_eq!(score["verdict"], if equal { "pass" } else { "fail" }, "{line}");
            assert_eq!(score["value"] == 1.0, equal, "{line}");
        }
        let again = format!("{out}-again");
        workspace.run(&["run", "--out", &again, "--no-cache"]).expect(1);
        assert_eq!(
            workspace.read(&format!("{out}/samples.jsonl")),
            workspace.read(&format!("{again}/samples.jsonl"))
        );
        workspace.run(&["replay", &out]).expect(0);
    }
    workspace.suite(metrics, "models:\n  embeddings: {local: absent}");
    let said = workspace.run(&["run"]).expect(2);
    assert!(said.err.contains("there is no model `absent`"), "{}", said.err);
    workspace.suite(metrics, "models:\n  embeddings: {folder: dataset.jsonl}");
    let said = workspace.run(&["validate"]).expect(2);
    assert!(said.err.contains("is no folder"), "{}", said.err);
}
