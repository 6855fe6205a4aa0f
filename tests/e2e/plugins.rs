//! The plugins that ship, each in the sandbox: what it lets pass, what it fails, and where it points.

use serde_json::{Value, json};

use crate::workspace::{Workspace, place_of, plugin};

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
    let folders = std::fs::read_dir(crate::workspace::root().join("plugins")).unwrap();
    for folder in folders.map(|entry| entry.unwrap().path()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let in_rust = folder.join("Cargo.toml").is_file();
        if !in_rust && !place_of("plugins", &name).is_file() {
            // The tools of its language are not here.
            continue;
        }
        let path = plugin(&name);
        let said = workspace.run(&["plugin", "inspect", path.to_str().unwrap(), "--json"]).expect(0).json();
        assert_eq!(said["descriptor"]["name"], name);
        let imports: Vec<_> =
            said["imports"].as_array().unwrap().iter().map(|import| import.as_str().unwrap()).collect();
        let mut allowed = vec!["scorebox:plugin/log@0.1.0", "scorebox:plugin/types@0.1.0"];
        if name == "tone-check" {
            allowed.push("scorebox:plugin/model@0.1.0");
        }
        // Python's standard library asks for WASI, of which a plugin without grants gets nothing.
        let of_python = |import: &str| name == "sql-read-only" && import.starts_with("wasi:");
        assert!(
            imports.iter().all(|import| allowed.contains(import) || of_python(import)),
            "{name} imports {imports:?}"
        );
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

#[test]
fn what_is_no_plugin_is_neither_waited_for_nor_read_as_a_whole() {
    use std::time::{Duration, Instant};
    let workspace = Workspace::new();
    let pipe = workspace.path("pipe.wasm");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // It has no end for whoever reads it as a whole, and takes no room on the disk.
    std::fs::File::create(workspace.path("sparse.wasm")).unwrap().set_len(1 << 40).unwrap();
    for (file, said) in
        [("pipe.wasm", "this is no file"), ("sparse.wasm", "more than the 67108864 that are allowed")]
    {
        let mut child = workspace
            .command(&["plugin", "inspect", file])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > Duration::from_secs(30) {
                child.kill().unwrap();
                panic!("{file}: it is still read");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(said), "{file}: {err}");
    }
}
