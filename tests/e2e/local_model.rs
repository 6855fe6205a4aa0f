//! A real language model, small and on this machine: `cargo xtask test --models` serves it.

use serde_json::json;

use crate::workspace::{Workspace, plugin, sample};

fn base_url() -> String {
    std::env::var("SCOREBOX_LOCAL_MODEL").expect("`cargo xtask test --models` says where the model is")
}

#[test]
#[ignore = "needs a model: cargo xtask test --models"]
fn a_real_model_reads_the_tone_and_its_answers_can_be_replayed() {
    let workspace = Workspace::new();
    workspace.dataset(&[
        sample("fine", "distribution", "Thank you for asking. Your refund arrives within five days."),
        sample("slang", "distribution", "Yo dude, chill, your stupid refund is coming!!!"),
        sample("japanese", "distribution", "返金は五日以内に届きます。ありがとうございます。🎉"),
    ]);
    let metrics = format!(
        "  tone:\n    plugin: {}\n    settings: {{rubric: Polite and plain. No slang and no insults.}}\n    grants: {{model: true}}\n    limits: {{deadline: 5m}}",
        plugin("tone-check").display()
    );
    let model = format!(
        "models:\n  judge: {{api: openai, base_url: \"{}\", model: qwen2.5-coder-0.5b-instruct, timeout: 5m, concurrency: 1}}\n",
        base_url()
    );
    workspace.suite(&metrics, &model);
    let said = workspace.run(&["run", "--out", "out"]);
    let record = workspace.record("out");
    assert_eq!(record.len(), 3, "{said:?}");
    for sample in &record {
        let score = &sample["scores"][0];
        assert!(score["fault"].is_null(), "{score}");
        // Which of the two is a matter of the model's taste, and one of half a billion parameters has little.
        assert!([json!("pass"), json!("fail")].contains(&score["verdict"]), "{score}");
        assert!(score["usage"]["input_tokens"].as_u64().unwrap() > 100, "{score}");
        // Whatever a small model thinks: what is marked stands in the answer.
        let output = sample["output"].as_str().unwrap();
        for finding in score["findings"].as_array().into_iter().flatten() {
            let span = &finding["location"];
            if !span.is_null() {
                let end = |name: &str| usize::try_from(span[name].as_u64().unwrap()).unwrap();
                assert!(output.get(end("start")..end("end")).is_some(), "{finding}");
            }
        }
    }
    let plugin = plugin("tone-check");
    let plugins = plugin.parent().unwrap().to_str().unwrap();
    workspace.run(&["replay", "out", "--plugins", plugins]).expect(0);
    let again = workspace.run(&["run", "--out", "again"]).out;
    assert!(again.contains("all 3 answers were known"), "{again}");
    assert_eq!(workspace.read("out/samples.jsonl"), workspace.read("again/samples.jsonl"));
}
