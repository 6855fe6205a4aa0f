//! Models, from a suite's entry to the record, by way of the plugin that asks one.

use std::process::Output;

use serde_json::{Value, json};

use crate::model_server::{Does, ModelServer, Received};
use crate::workspace::{Workspace, plugin, sample};

const KEY: &str = "sk-live-4f9Z-secret";

/// Finds slang.
fn reads_tone(_: usize, request: &Received) -> Does {
    let slang = request.asked().contains("dude");
    let words: &[&str] = if slang { &["dude"] } else { &[] };
    Does::says(
        &json!({"reason": "slang is off-brand", "on_brand": !slang, "off_brand_words": words}).to_string(),
    )
}

/// A workspace with the tone check on two samples, and further lines of its model and its suite.
fn workspace(base_url: &str, model: &str, rest: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.dataset(&[
        sample("fine", "distribution", "Your refund is on its way."),
        sample("slang", "distribution", "Chill, dude."),
    ]);
    let metrics = format!(
        "  tone:\n    plugin: {}\n    settings: {{rubric: Warm and plain.}}\n    grants: {{model: true}}",
        plugin("tone-check").display()
    );
    let models = format!(
        "models:\n  judge: {{api: openai, base_url: \"{base_url}\", model: judge-1, retries: 0, price: {{input: 1, output: 1}}{model}}}\n"
    );
    workspace.suite(&metrics, &format!("{models}{rest}"));
    workspace
}

fn manifest(workspace: &Workspace) -> Value {
    serde_json::from_str(&workspace.read("out/run.json")).unwrap()
}

/// Runs with the key in its variable.
fn with_key(workspace: &Workspace, arguments: &[&str]) -> Output {
    workspace.command(arguments).env("JUDGE_KEY", KEY).output().unwrap()
}

#[test]
fn a_plugin_asks_the_model_and_its_answers_are_replayed() {
    let plugin = plugin("tone-check");
    let plugins = plugin.parent().unwrap().to_str().unwrap();
    for isolation in ["instance", "process"] {
        let server = ModelServer::start(reads_tone);
        let workspace = workspace(&server.base_url(), "", &format!("isolation: {isolation}\n"));
        let said = workspace.run(&["run", "--out", "out"]).expect(0).out;
        assert!(said.contains("judge-1 at http://127.0.0.1:"), "{said}");
        assert!(said.contains("spent") && said.contains("50 tokens in 2 requests"), "{said}");
        let record = workspace.record("out");
        assert_eq!((&record[0]["verdict"], &record[1]["verdict"]), (&json!("pass"), &json!("fail")));
        let score = &record[1]["scores"][0];
        assert_eq!(score["findings"][0]["location"], json!({"field": "output", "start": 7, "end": 11}));
        assert_eq!(
            score["usage"],
            json!({"calls": 1, "input_tokens": 20, "output_tokens": 5, "cost": 25e-6})
        );
        let manifest = manifest(&workspace);
        assert_eq!(manifest["models"][0]["model"], "judge-1");
        assert_eq!(manifest["summary"]["metrics"][0]["usage"]["calls"], 2);
        let html = workspace.read("out/report.html");
        assert!(html.contains("judge-1 at") && html.contains("Spent"), "no models in the report");
        let asked = server.received().len();
        assert_eq!(asked, 2);
        let replayed = workspace.run(&["replay", "out", "--plugins", plugins]).expect(0).out;
        assert!(replayed.contains("identical") && replayed.contains("2 scores of 1 metric"), "{replayed}");
        assert_eq!(server.received().len(), asked, "a replay asks nobody");
        // What somebody changes in the answers is found.
        let transcript = workspace.read("out/models.jsonl").replace("slang is off-brand", "slang is fine");
        workspace.write("out/models.jsonl", transcript);
        let replayed = workspace.run(&["replay", "out", "--all", "--plugins", plugins]).expect(1).out;
        assert!(replayed.contains("slang is fine"), "{replayed}");
    }
}

#[test]
fn no_answer_is_paid_for_twice() {
    let server = ModelServer::start(reads_tone);
    let workspace = workspace(&server.base_url(), "", "");
    workspace.run(&["run", "--out", "out"]).expect(0);
    let said = workspace.run(&["run", "--out", "again"]).expect(0).out;
    assert_eq!(server.received().len(), 2);
    assert!(said.contains("spent nothing: all 2 answers were known"), "{said}");
    assert_eq!(workspace.read("out/samples.jsonl"), workspace.read("again/samples.jsonl"));
    let stats = workspace.run(&["cache", "stats", "--json"]).expect(0).json();
    assert_eq!(stats["models"]["answers"], 2);
    workspace.run(&["run", "--out", "anew", "--no-cache"]).expect(0);
    assert_eq!(server.received().len(), 4);
}

#[test]
fn a_recorded_transcript_stands_for_the_model() {
    let server = ModelServer::start(reads_tone);
    let workspace = workspace(&server.base_url(), ", key: {env: JUDGE_KEY}, transcript: judge.jsonl", "");
    let said: crate::workspace::Said =
        with_key(&workspace, &["run", "--out", "out", "--record", "judge.jsonl"]).into();
    said.expect(0);
    assert!(workspace.read("judge.jsonl").contains("slang is off-brand"));
    let asked = server.received().len();
    workspace.run(&["cache", "clear"]).expect(0);
    let said = workspace.run(&["run", "--out", "offline", "--offline"]).expect(0);
    assert_eq!(workspace.read("out/samples.jsonl"), workspace.read("offline/samples.jsonl"), "{}", said.out);
    let said = workspace.run(&["run", "--out", "keyless"]).expect(0).out;
    assert!(
        said.contains("the variable `JUDGE_KEY` is not set, so only recorded answers are used"),
        "{said}"
    );
    assert_eq!(server.received().len(), asked);
    workspace.dataset(&[sample("new", "distribution", "Something else.")]);
    let said = workspace.run(&["run", "--out", "new", "--offline"]).expect(3).out;
    assert!(said.contains("model-unavailable") && said.contains("this is offline"), "{said}");
}

#[test]
fn a_key_that_is_missing_is_named_before_anything_runs() {
    let workspace = workspace("http://127.0.0.1:1/v1", ", key: {env: JUDGE_KEY}", "");
    let said = workspace.run(&["run", "--out", "out"]).expect(2).err;
    for part in ["`judge` has no key: the variable `JUDGE_KEY` is not set", "scorebox.yaml:11:", "--offline"]
    {
        assert!(said.contains(part), "{said}\n  lacks\n{part}");
    }
    assert!(!workspace.path("out").exists());
    let said = workspace.run(&["validate"]).expect(0).out;
    assert!(
        said.contains("judge-1 at http://127.0.0.1:1/v1, with the key in $JUDGE_KEY, which is not there"),
        "{said}"
    );
}

#[test]
fn what_asks_an_optional_model_is_left_out_and_never_passed() {
    let workspace = workspace("http://127.0.0.1:1/v1", ", key: {env: JUDGE_KEY}, optional: true", "");
    let said = workspace.run(&["run", "--out", "out"]).expect(2).err;
    assert!(said.contains("no metric is left: `tone` was left out"), "{said}");
    let suite = workspace
        .read("scorebox.yaml")
        .replace("metrics:\n", "metrics:\n  contains: {settings: {any_of: [refund]}}\n");
    workspace.write("scorebox.yaml", suite);
    let said = workspace.run(&["run", "--out", "out"]).expect(0).out;
    assert!(said.contains("`tone` was left out: it asks the optional model `judge`"), "{said}");
    let manifest = manifest(&workspace);
    assert_eq!(manifest["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["models"][0]["missing"], "the variable `JUDGE_KEY` is not set");
}

#[test]
fn a_key_stands_in_no_file_and_no_message() {
    let echo = |_: usize, request: &Received| {
        let key = request.header("authorization").unwrap_or_default().to_owned();
        match request.asked().contains("dude") {
            true => Does::fails(401, &format!("wrong key: {key}")),
            false => {
                Does::says(&json!({"reason": key, "on_brand": false, "off_brand_words": [key]}).to_string())
            }
        }
    };
    let server = ModelServer::start(echo);
    let workspace = workspace(&server.base_url(), ", key: {env: JUDGE_KEY}", "");
    let output = with_key(&workspace, &["run", "--out", "out"]);
    let said = [output.stdout, output.stderr].concat();
    let mut files = vec![said];
    for directory in ["out", "cache"] {
        for file in std::fs::read_dir(workspace.path(directory)).unwrap().flatten() {
            files.extend(std::fs::read(file.path()));
        }
    }
    for bytes in files {
        assert!(!String::from_utf8_lossy(&bytes).contains("4f9Z"), "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(server.received()[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    let record = workspace.record("out");
    assert!(
        record[1]["scores"][0]["fault"]["message"].as_str().unwrap().contains("[redacted]"),
        "{}",
        record[1]
    );
    assert!(
        record[1]["scores"][0]["fault"]["message"].as_str().unwrap().contains("$JUDGE_KEY"),
        "{}",
        record[1]
    );
}

#[test]
fn a_model_that_fails_is_a_fault_of_the_sample_and_no_fail() {
    let server = ModelServer::start(|_, request| match request.asked().contains("dude") {
        true => Does::fails(500, "out of order"),
        false => reads_tone(0, request),
    });
    let workspace = workspace(&server.base_url(), "", "");
    let said = workspace.run(&["run", "--out", "out"]).expect(3).out;
    assert!(said.contains("model-unavailable") && said.contains("out of order"), "{said}");
    let record = workspace.record("out");
    assert_eq!((&record[0]["verdict"], &record[1]["verdict"]), (&json!("pass"), &json!("faulted")));
}

#[test]
fn a_run_stops_asking_at_its_ceiling() {
    let server = ModelServer::start(reads_tone);
    let workspace = workspace(&server.base_url(), "", "spend: {cost: 0.00001 USD}\n");
    workspace.run(&["run", "--out", "out"]).expect(3);
    assert_eq!(server.received().len(), 0);
    let fault = &workspace.record("out")[0]["scores"][0]["fault"];
    assert_eq!(fault["kind"], "over-budget", "{fault}");
}

#[test]
fn a_policy_bounds_where_models_are_asked_and_for_how_much() {
    let workspace =
        workspace("https://llm.example/v1", ", key: {env: JUDGE_KEY}", "spend: {cost: 5 USD, tokens: 2M}\n");
    workspace.write(
        "scorebox.policy.yaml",
        "models:\n  base_urls: [\"https://api.openai.com/v1\"]\n  keys: [OPENAI_API_KEY]\n  cost: 1 USD\n  tokens: 500k\n",
    );
    let said = workspace.run(&["validate"]).expect(2).err;
    for part in [
        "a policy forbids to ask models at https://llm.example/v1",
        "a policy forbids to send the key in `JUDGE_KEY`",
        "`cost` is 5 USD, more than the 1 USD that a policy allows",
        "`tokens` is 2000000, more than the 500000 that a policy allows",
        "scorebox.policy.yaml:2:",
        "scorebox.policy.yaml:4:",
    ] {
        assert!(said.contains(part), "{said}\n  lacks\n{part}");
    }
    let effective = workspace.run(&["policy"]).expect(0).out;
    for part in ["models.base_urls", "https://api.openai.com/v1", "at most 1 USD", "scorebox.policy.yaml:5"] {
        assert!(effective.contains(part), "{effective}\n  lacks\n{part}");
    }
}

#[test]
fn mistakes_in_models_are_shown_at_their_place() {
    let workspace =
        workspace("http://localhost:8080/v1/chat/completions", ", key: sk-live", "spend: {cost: much}\n");
    let said = workspace.run(&["validate"]).expect(2).err;
    for part in ["is the URL of a request: write its base", "`cost` is no sum of money"] {
        assert!(said.contains(part), "{said}\n  lacks\n{part}");
    }
    let workspace = self::workspace("http://localhost:8080/v1", ", key: sk-live, temprature: 1", "");
    let said = workspace.run(&["validate"]).expect(2).err;
    for part in ["keys are no part of a suite", "unknown field `temprature` in `judge`"] {
        assert!(said.contains(part), "{said}\n  lacks\n{part}");
    }
    let workspace = self::workspace("http://localhost:8080/v1", "", "spend: {cost: 5 USD}\n");
    let suite = workspace.read("scorebox.yaml").replace(", price: {input: 1, output: 1}", "");
    workspace.write("scorebox.yaml", suite);
    let said = workspace.run(&["validate"]).expect(2).err;
    assert!(said.contains("no price is known of `judge-1`"), "{said}");
}

#[test]
fn prices_are_a_file_that_a_user_edits() {
    let server = ModelServer::start(reads_tone);
    let workspace = workspace(&server.base_url(), "", "spend: {cost: 1 USD, prices: prices.yaml}\n");
    let suite = workspace.read("scorebox.yaml").replace(", price: {input: 1, output: 1}", "");
    workspace.write("scorebox.yaml", suite);
    let said = workspace.run(&["validate"]).expect(2).err;
    for part in ["prices.yaml, which is no file of prices", "scorebox models prices > prices.yaml"] {
        assert!(said.contains(part), "{said}\n  lacks\n{part}");
    }

    let shipped = workspace.run(&["models", "prices"]).expect(0).out;
    workspace.write("prices.yaml", &shipped);
    let said = workspace.run(&["validate"]).expect(2).err;
    assert!(said.contains("no price is known of `judge-1`"), "{said}");

    workspace
        .write("prices.yaml", format!("{shipped}  127.0.0.1:\n    judge-1: {{input: 10, output: 20}}\n"));
    workspace.run(&["run", "--out", "out"]).expect(0);
    let cost = workspace.record("out")[0]["scores"][0]["usage"]["cost"].as_f64();
    let (input, output) = (20.0, 5.0);
    assert_eq!(cost, Some((10.0 * input + 20.0 * output) / 1e6));
}
