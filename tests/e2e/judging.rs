//! Judges: what a report says of them, what a run with another prompt or model is told, and two runs side by side.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::model_server::{Does, ModelServer, Received};
use crate::workspace::Workspace;

fn question(id: &str, output: &str) -> Value {
    json!({"id": id, "input": "What does Pro cost?", "output": output, "context": ["Pro costs $49 a month."],
           "partition": "distribution", "metadata": {"model": "qwen3-8b"}})
}

fn workspace(server: &ModelServer, model: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.dataset(&[question("right", "It is $49."), question("wrong", "It is $59.")]);
    suite(&workspace, server, model);
    workspace
}

fn suite(workspace: &Workspace, server: &ModelServer, model: &str) {
    let models = format!(
        "models:\n  judge: {{api: openai, base_url: \"{}\", model: {model}, retries: 0}}\n",
        server.base_url()
    );
    workspace.suite("  quality: {builtin: judge, settings: {samples: 2}, threshold: 3}", &models);
}

/// Gives 5 for the right price, and 1 and 4 in turn for the wrong one.
fn wavers(before: &AtomicUsize, request: &Received) -> Does {
    let right = request.asked().contains("It is $49.");
    let score = if right { 5 } else { [1, 4][before.fetch_add(1, Ordering::Relaxed) % 2] };
    let weaknesses =
        if right { json!([]) } else { json!([{"quote": "It is $59", "problem": "the wrong price"}]) };
    Does::says(&json!({"reasons": "as the context has it", "strengths": [], "weaknesses": weaknesses, "score": score}).to_string())
}

#[test]
fn a_report_says_who_judged_by_which_prompt_and_how_steadily() {
    let before = AtomicUsize::new(0);
    let server = ModelServer::start(move |_, request| wavers(&before, request));
    let workspace = workspace(&server, "qwen2.5-7b");
    let said = workspace.run(&["run", "--out", "out"]).expect(0).out;
    assert!(said.contains("prompt judge-absolute@1 ("), "{said}");
    assert!(said.contains("1 of 2 samples stable"), "{said}");
    let plain = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains("judge and subject are of one family in 2 of 2 samples"), "{said}");
    assert!(plain.contains("the judge wavers by more than one level in 1 of 2 samples"), "{said}");
    let manifest: Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    let stamp = &manifest["metrics"][0]["provenance"];
    assert_eq!(stamp["prompts"][0]["name"], "judge-absolute@1");
    assert_eq!(stamp["prompts"][0]["digest"].as_str().unwrap().len(), 64);
    assert_eq!(stamp["models"][0]["model"], "qwen2.5-7b");
    let judging = &manifest["summary"]["metrics"][0]["judging"];
    assert_eq!((&judging["variance"], &judging["unstable"]), (&json!(2.25), &json!(1)));
    let wrong = &workspace.record("out")[1]["scores"][0];
    assert_eq!(wrong["findings"][0]["location"], json!({"field": "output", "start": 0, "end": 9}));
    assert!(wrong["log"][0].as_str().unwrap().starts_with("prompt judge-absolute@1 ("));
    let html = workspace.read("out/report.html");
    assert!(html.contains("judge-absolute@1") && html.contains("are of one family"));
    workspace.run(&["replay", "out"]).expect(0);

    // Another model's scores are no baseline for these.
    suite(&workspace, &server, "gemma-3-4b");
    let said = workspace.run(&["run", "--out", "other", "--failing-from", "out"]).expect(0).out;
    let plain = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        plain.contains(
            "the scores of `quality` in out and this run cannot be compared: the model is qwen2.5-7b"
        ),
        "{said}"
    );
}

#[test]
fn a_judge_that_does_not_judge_faults_the_sample_and_fails_none() {
    for reply in [
        "I cannot help with that.",
        "{\"score\": 5}",
        "{\"reasons\": \"good\", \"strengths\": [], \"weaknesses\": [], \"score\": 9}",
    ] {
        let server = ModelServer::saying(reply);
        let workspace = workspace(&server, "gemma-3-4b");
        workspace.run(&["run", "--out", "out"]).expect(3);
        let record = workspace.record("out");
        assert!(
            record.iter().all(|sample| sample["scores"][0]["fault"]["kind"] == "model-unavailable"),
            "{record:?}"
        );
    }
}

/// Prefers the right price, and the first answer where both have it.
fn compares(_: usize, request: &Received) -> Does {
    let asked = request.asked();
    let (first, second) = asked[asked.find("<first ").unwrap()..].split_once("<second ").unwrap();
    let better = match (first.contains("$49"), second.contains("$49")) {
        (true, _) => "first",
        (false, true) => "second",
        (false, false) => "tie",
    };
    Does::says(&json!({"reasons": "the price", "better": better}).to_string())
}

#[test]
fn two_sides_are_compared_in_both_orders() {
    let server = ModelServer::start(compares);
    let workspace = workspace(&server, "gemma-3-4b");
    let answers = |right: &str, wrong: &str| {
        let line = |id: &str, output: &str| json!({"id": id, "output": output}).to_string();
        [line("right", right), line("wrong", wrong)].join("\n")
    };
    workspace.write("a.jsonl", answers("It is $49.", "It is $59."));
    workspace.write("b.jsonl", answers("$49.", "$49."));
    let said = workspace.run(&["pairwise", "a.jsonl", "b.jsonl", "--json", "--out", "pairs.jsonl"]).expect(0);
    let result = said.json();
    assert_eq!([&result["a_wins"], &result["b_wins"], &result["ties"]], [&json!(0), &json!(1), &json!(1)]);
    assert_eq!(result["b_win_rate"]["value"], 0.75);
    assert_eq!((&result["position_bias"]["value"], &result["favoured_first"]), (&json!(0.5), &json!(1)));
    assert_eq!(result["provenance"]["prompts"][0]["name"], "judge-pairwise@1");
    assert_eq!(workspace.read("pairs.jsonl").lines().count(), 2);
    let asked = server.received().len();
    assert_eq!(asked, 4);
    let said = workspace.run(&["pairwise", "a.jsonl", "b.jsonl", "--offline"]).expect(0).out;
    assert!(said.contains("position bias 50 %") && said.contains("neither is shown to be better"), "{said}");
    assert_eq!(server.received().len(), asked, "what is known is not asked again");
    let error = workspace.run(&["pairwise", "a.jsonl", "nothing"]).expect(2).err;
    assert!(error.contains("there is neither a run nor a file of answers `nothing`"), "{error}");
}
