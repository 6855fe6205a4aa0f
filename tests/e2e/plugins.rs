//! The plugins that ship, each in the sandbox: what it lets pass, what it fails, and where it points.

use serde_json::{Value, json};

use crate::workspace::{Workspace, plugin};

/// Runs one plugin on two answers: the first one is fine, the second one is not. What the findings of the second quote.
fn quotes(name: &str, settings: &str, fine: &str, bad: &str) -> Vec<String> {
    let workspace = Workspace::new();
    let input = "Wie ändere ich meinen Tarif, und was kostet das dann jeden Monat?";
    let sample = |id: &str, output: &str| json!({"id": id, "partition": "distribution", "input": input, "output": output});
    workspace.dataset(&[sample("fine", fine), sample("bad", bad)]);
    workspace
        .suite(&format!("  check:\n    plugin: {}\n    settings: {settings}", plugin(name).display()), "");
    workspace.run(&["run", "--out", "out"]).expect(0);
    let record = workspace.record("out");
    assert_eq!(record[0]["verdict"], "pass", "{name}: {}", record[0]["scores"]);
    assert_eq!(record[1]["verdict"], "fail", "{name}: {}", record[1]["scores"]);
    let score = &record[1]["scores"][0];
    assert!(score["fuel"].as_u64().unwrap() > 0);
    let end = |span: &Value, end: &str| usize::try_from(span[end].as_u64().unwrap()).unwrap();
    let findings = score["findings"].as_array().unwrap();
    let spans = findings.iter().filter(|finding| finding["location"].is_object());
    spans
        .map(|finding| bad[end(&finding["location"], "start")..end(&finding["location"], "end")].to_owned())
        .collect()
}

#[test]
fn each_points_at_what_is_wrong() {
    let german =
        "Sie ändern den Tarif jederzeit unter Einstellungen; der neue Preis gilt ab der nächsten Rechnung.";
    for (name, settings, fine, bad, expected) in [
        (
            "competitor-mention",
            "{competitors: [Straßenwerk]}",
            "Straßenwerker sind wir.",
            "Nimm STRASSENWERK!",
            vec!["STRASSENWERK"],
        ),
        (
            "internal-jargon",
            r"{terms: [churn bucket], patterns: ['\bOPS-\d+']}",
            "All is well.",
            "See OPS-42 in the churn  bucket.",
            vec!["OPS-42", "churn  bucket"],
        ),
        (
            "response-length",
            "{words: {max: 3}}",
            "One, two, three.",
            "One, two, three, four, five.",
            vec!["four, five."],
        ),
        ("required-phrase", "{any_of: [Kind regards], at: end}", "Done.\nKind  regards", "Done.", vec![]),
        (
            "pii-leak",
            "{}",
            "Order 4711 ships on 2026-11-24.",
            "Write to jane.doe@example.com now.",
            vec!["jane.doe@example.com"],
        ),
        (
            "forbidden-promise",
            "{}",
            "We cannot guarantee that.",
            "Yes, we guarantee that it arrives.",
            vec!["we guarantee"],
        ),
        (
            "json-shape",
            "{schema: {type: object, properties: {age: {type: integer}}}}",
            r#"{"age": 7}"#,
            r#"{"age": "ü7"}"#,
            vec![r#""ü7""#],
        ),
        (
            "language",
            "{expect: same-as-input}",
            german,
            "Thank you for your question. The price that you see there is what we will charge you every month from now on, whatever you choose.",
            vec![
                "Thank you for your question. The price that you see there is what we will charge you every month from now on, whatever you choose.",
            ],
        ),
    ] {
        assert_eq!(quotes(name, settings, fine, bad), expected, "{name}");
    }
}

#[test]
fn none_repeats_a_secret() {
    let workspace = Workspace::new();
    let secret = "sk-proj-9fQ2mLx7RtV4bNc8KdW1";
    let output = format!("Use the key {secret} for now.");
    workspace.dataset(&[json!({"id": "a", "partition": "distribution", "input": "Key?", "output": output})]);
    workspace.suite(&format!("  pii:\n    plugin: {}", plugin("pii-leak").display()), "");
    workspace.run(&["run", "--out", "out"]).expect(0);
    let scores = workspace.record("out")[0]["scores"].to_string();
    assert!(scores.contains("\"fail\"") && !scores.contains(secret), "{scores}");
}

#[test]
fn each_says_what_it_is_without_being_run() {
    let workspace = Workspace::new();
    let names = std::fs::read_dir(crate::workspace::root().join("plugins")).unwrap();
    for name in names.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let path = plugin(&name);
        let said = workspace.run(&["plugin", "inspect", path.to_str().unwrap(), "--json"]).expect(0).json();
        assert_eq!(said["descriptor"]["name"], name);
        let imports: Vec<_> =
            said["imports"].as_array().unwrap().iter().map(|import| import.as_str().unwrap()).collect();
        let mut allowed = vec!["scorebox:plugin/log@0.1.0", "scorebox:plugin/types@0.1.0"];
        if name == "tone-check" {
            allowed.push("scorebox:plugin/model@0.1.0");
        }
        assert!(imports.iter().all(|import| allowed.contains(import)), "{name} imports {imports:?}");
        assert_eq!(imports.contains(&"scorebox:plugin/model@0.1.0"), name == "tone-check", "{imports:?}");
        let properties = said["descriptor"]["settings-schema"]["properties"].as_object().unwrap();
        for (setting, schema) in properties {
            assert!(
                schema["description"].is_string() || schema["$ref"].is_string(),
                "{name}: {setting} says nothing of itself"
            );
        }
    }
}
