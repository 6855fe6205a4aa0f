//! What the README shows, tried.

use std::process::Command;

use crate::workspace::{Said, Workspace, root};

#[test]
fn a_suite_from_init_runs_and_passes() {
    let workspace = Workspace::new();
    workspace.run(&["init"]).expect(0);
    let said = workspace.run(&["run"]).expect(0);
    assert!(said.out.contains("golden") && !said.out.contains("warning"), "{}", said.out);
    assert_eq!(workspace.read(".scorebox/.gitignore"), "*\n");
    let again = workspace.run(&["init"]).expect(2);
    assert!(again.err.contains("is there already"), "{}", again.err);
}

/// A new check, from an empty folder to a verdict: the shell lines of the README.
#[test]
fn a_new_check_takes_a_few_lines() {
    let workspace = Workspace::new();
    workspace.run(&["init"]).expect(0);
    workspace.run(&["plugin", "new", "no-jargon"]).expect(0);
    // The standard library for the target is there already, from the plugins of this repository.
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| root().join("target").into());
    let built = workspace
        .command(&["plugin", "build", "no-jargon"])
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let built = Said::from(built).expect(0);
    assert!(
        built.out.contains("imports scorebox:plugin/log@0.1.0") || built.out.contains("imports nothing"),
        "{}",
        built.out
    );
    let inspected = workspace.run(&["plugin", "inspect", "no-jargon/no-jargon.wasm"]).expect(0);
    assert!(inspected.out.contains("no-jargon"), "{}", inspected.out);
    let suite = workspace.read("scorebox.yaml");
    let with = suite.replace(
        "metrics:\n",
        "metrics:\n  no-jargon: {plugin: no-jargon/no-jargon.wasm, settings: {terms: [synergy]}}\n",
    );
    workspace.write("scorebox.yaml", with);
    workspace.run(&["run"]).expect(0);
    let answers = workspace.read("answers.jsonl").replace("The Team plan", "For synergy, the Team plan");
    workspace.write("answers.jsonl", answers);
    let said = workspace.run(&["run"]).expect(1);
    assert!(said.out.contains("uses “synergy”"), "{}", said.out);
}

#[test]
fn the_readme_and_the_guides_name_only_commands_that_exist() {
    let mut files = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    files.extend(std::fs::read_dir(root().join("docs")).unwrap().flatten().map(|entry| entry.path()));
    let mut seen = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines() {
            let Some(command) = line.trim_start_matches("$ ").strip_prefix("scorebox ") else { continue };
            let words: Vec<&str> =
                command.split_whitespace().take_while(|word| !word.starts_with(['-', '#'])).collect();
            let nested = matches!(words.first(), Some(&("dataset" | "plugin" | "cache")));
            let words = &words[..words.len().min(if nested { 2 } else { 1 })];
            let help =
                Command::new(env!("CARGO_BIN_EXE_scorebox")).args(words).arg("--help").output().unwrap();
            assert!(help.status.success(), "{}: scorebox {}", file.display(), words.join(" "));
            seen += 1;
        }
    }
    assert!(seen > 5, "the README shows commands");
}
