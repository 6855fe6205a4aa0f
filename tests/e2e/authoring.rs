//! From a folder to a plugin that is tried: the manifest at build time, blessing, one answer, and costs.

use std::path::PathBuf;
use std::process::Command;

use crate::workspace::{Said, Workspace, plugin, root};

const MANIFEST: &str = "\
# What the team agreed on.
name: no-jargon
version: 0.1.0
summary: The answer uses no jargon.
licence: MIT   # ours
cases:
  - name: a word of it
    settings: {terms: [synergy]}
    sample: {output: For synergy.}
    # Wrong, as it was at first.
    expect:
      verdict: pass
      findings: []
";

/// The standard library for the target is there already, from the plugins of this repository.
pub(crate) fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let target: PathBuf =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let mut command = workspace.command(arguments);
    command.env("CARGO_TARGET_DIR", target);
    command
}

fn run(workspace: &Workspace, arguments: &[&str]) -> Said {
    command(workspace, arguments).output().unwrap().into()
}

#[test]
fn a_folder_is_built_tested_and_blessed() {
    let workspace = Workspace::new();
    workspace.run(&["plugin", "new", "no-jargon"]).expect(0);
    workspace.write("no-jargon/plugin.yaml", MANIFEST);
    let said = run(&workspace, &["plugin", "test", "no-jargon"]).expect(1);
    assert!(said.out.contains("+ got       jargon “synergy”"), "{}", said.out);
    let said = run(&workspace, &["plugin", "test", "no-jargon", "--bless"]).expect(0);
    assert!(said.out.contains("blessed a word of it"), "{}", said.out);
    let blessed = workspace.read("no-jargon/plugin.yaml");
    let expected = MANIFEST
        .replace("verdict: pass", "verdict: fail")
        .replace("findings: []", "findings:\n        - {rule: jargon, quote: \"synergy\"}");
    assert_eq!(blessed, expected);
    run(&workspace, &["plugin", "test", "no-jargon"]).expect(0);
    let inspected =
        workspace.run(&["plugin", "inspect", "no-jargon/no-jargon.wasm", "--json"]).expect(0).json();
    assert_eq!(inspected["manifest"]["licence"], "MIT");

    workspace.write("no-jargon/plugin.yaml", MANIFEST.replace("version: 0.1.0", "version: 0.2.0"));
    let said = run(&workspace, &["plugin", "build", "no-jargon"]).expect(2);
    assert!(said.err.contains("`version` is \"0.2.0\" in the manifest"), "{}", said.err);
    workspace.write(
        "no-jargon/plugin.yaml",
        MANIFEST.replace("licence: MIT", "grants: {model: true}\nlicence: MIT"),
    );
    let said = run(&workspace, &["plugin", "build", "no-jargon"]).expect(2);
    assert!(said.err.contains("remove it from `grants`"), "{}", said.err);
    workspace.write("no-jargon/plugin.yaml", MANIFEST.replace("licence: MIT", "license: MIT"));
    let said = run(&workspace, &["plugin", "build", "no-jargon"]).expect(2);
    assert!(said.err.contains("plugin.yaml:5: `license`: unknown field"), "{}", said.err);
}

#[test]
fn one_answer_is_scored_for_playing() {
    let workspace = Workspace::new();
    let length = plugin("response-length");
    let run = |output: &str, settings: &str| {
        workspace.run(&[
            "plugin",
            "run",
            length.to_str().unwrap(),
            "--output",
            output,
            "--settings",
            settings,
        ])
    };
    let said = run("One two three\u{1b}[2J.", r#"{"words": {"max": 2}}"#).expect(1);
    insta::with_settings!({filters => vec![(r"[\d,]+ fuel.*", "[cost]")]}, {
        insta::assert_snapshot!("one_answer_is_scored_for_playing", said.out);
    });
    run("One two.", r#"{"words": {"max": 2}}"#).expect(0);
    let said = run("", "{}").expect(2);
    assert!(said.err.contains("no bound is set"), "{}", said.err);
    let said = run("", "[1]").expect(2);
    assert!(said.err.contains("the settings are no JSON object"), "{}", said.err);
    workspace.write("settings.json", r#"{"words": {"min": 2}}"#);
    run("One", "@settings.json").expect(1);
    let said = run("", "@nowhere.json").expect(2);
    assert!(said.err.contains("nowhere.json"), "{}", said.err);
}

#[test]
fn costs_are_measured_and_compared() {
    let workspace = Workspace::new();
    let length = plugin("response-length");
    let length = length.to_str().unwrap();
    let json = workspace.run(&["plugin", "bench", length, "--against", length, "--json"]).expect(0).json();
    let sizes = json["plugin"]["sizes"].as_array().unwrap();
    assert_eq!(
        sizes.iter().map(|size| size["bytes"].as_u64().unwrap()).collect::<Vec<_>>(),
        [100, 1000, 10_000, 100_000]
    );
    for (size, same) in sizes.iter().zip(json["against"]["sizes"].as_array().unwrap()) {
        assert!(size["fuel"].as_u64().unwrap() > 0 && size["memory"].as_u64().unwrap() >= 64 << 10, "{size}");
        assert_eq!((&size["fuel"], &size["memory"]), (&same["fuel"], &same["memory"]));
    }
    let said = workspace.run(&["plugin", "bench", length, "--settings", "{}"]).expect(2);
    assert!(said.err.contains("--settings"), "{}", said.err);
}
