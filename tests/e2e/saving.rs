//! What happens on every save: `plugin dev` and `plugin build --watch`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;

use crate::authoring::command;
use crate::workspace::{Workspace, root, sample};

/// A command that waits for saves.
struct Waiting {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Waiting {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it says until it waits for the next save.
    fn said(&mut self) -> String {
        let mut seen = String::new();
        for line in self.lines.by_ref().map(Result::unwrap) {
            if line.contains("waiting") {
                return seen;
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("it ended: {seen}");
    }

    /// Ends it by Ctrl-C.
    fn end(mut self) {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SETTINGS: &str = r#"{"terms": ["synergy"]}"#;

fn dev(workspace: &Workspace) -> Command {
    command(workspace, &["plugin", "dev", "no-jargon", "--dataset", "dataset.jsonl", "--settings", SETTINGS])
}

#[test]
fn a_save_scores_the_dataset_again_and_ctrl_c_ends_it() {
    let workspace = Workspace::new();
    workspace.run(&["plugin", "new", "no-jargon"]).expect(0);
    workspace.dataset(&[sample("a", "distribution", "For synergy.")]);
    let mut dev = Waiting::start(&mut dev(&workspace));
    assert!(dev.said().contains("1 sample: 0 pass, 1 fail"));
    // Code that does not compile ends nothing.
    let source = workspace.read("no-jargon/src/lib.rs");
    workspace.write("no-jargon/src/lib.rs", format!("{source}\nnonsense"));
    dev.said();
    workspace.write("no-jargon/src/lib.rs", source.replace("\"jargon\"", "\"gibberish\""));
    let seen = dev.said();
    assert!(seen.contains("- jargon “synergy”") && seen.contains("+ gibberish “synergy”"), "{seen}");
    workspace.dataset(&[sample("a", "distribution", "For all.")]);
    let seen = dev.said();
    assert!(seen.contains("fail 0 → pass 1"), "{seen}");
    dev.end();
}

#[test]
fn a_dataset_that_cannot_be_scored_is_told_before_anything_is_built() {
    let workspace = Workspace::new();
    workspace.write("no-jargon/nothing", "that could be built");
    workspace.write("dataset.jsonl", json!({"id": "a", "input": "?"}).to_string());
    let mut child = dev(&workspace).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.next().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("dataset.jsonl:1: the sample has no output"), "{said}");
}

#[test]
fn what_ships_is_built_on_every_save() {
    let workspace = Workspace::new();
    workspace.run(&["plugin", "new", "no-jargon"]).expect(0);
    let mut build = Waiting::start(&mut command(&workspace, &["plugin", "build", "--watch", "no-jargon"]));
    let seen = build.said();
    assert!(
        seen.contains("built no-jargon/no-jargon.wasm") && seen.contains("The answer uses no jargon."),
        "{seen}"
    );
    for name in ["src/lib.rs", "plugin.yaml"] {
        let name = format!("no-jargon/{name}");
        let text = workspace.read(&name).replace("The answer uses no jargon.", "The answer is plain.");
        workspace.write(&name, text);
    }
    // The two saves may be seen as one, or as two of which the first leaves them in disagreement.
    let seen = (0..2).map(|_| build.said()).find(|seen| seen.contains("built")).unwrap();
    assert!(seen.contains("The answer is plain."), "{seen}");
    build.end();
}

/// Only the first build makes a component; the saves after it write the text of the check into one.
#[test]
fn a_save_of_a_check_in_python_needs_no_other_component() {
    let tools = root().join("plugins/sql-read-only/.venv");
    if !tools.join("bin/componentize-py").is_file() {
        eprintln!("left out: there is no componentize-py; `cargo xtask plugins` gets it");
        return;
    }
    let workspace = Workspace::new();
    workspace.run(&["plugin", "new", "no-jargon", "--lang", "python"]).expect(0);
    workspace.dataset(&[sample("a", "distribution", "For synergy.")]);
    let mut dev = Waiting::start(dev(&workspace).env("VIRTUAL_ENV", &tools));
    assert!(dev.said().contains("1 sample: 0 pass, 1 fail"));
    let made =
        || std::fs::metadata(workspace.path("no-jargon/build/component.wasm")).unwrap().modified().unwrap();
    let first = made();
    let source = workspace.read("no-jargon/src/check.py");
    let save = |text: String| workspace.write("no-jargon/src/check.py", text);

    save(source.replace("\"jargon\"", "\"gibberish\""));
    let seen = dev.said();
    assert!(seen.contains("- jargon “synergy”") && seen.contains("+ gibberish “synergy”"), "{seen}");
    save(format!("{source}\ndef (\n"));
    dev.said();
    save(source.replace("terms: Annotated", "words: Annotated").replace("settings.terms", "settings.words"));
    dev.said();
    save(source.replace("Score.from_findings(", "Score.from_findings(2 * "));
    let seen = dev.said();
    assert!(seen.contains("+ jargon “synergy”") && seen.contains("- gibberish “synergy”"), "{seen}");
    assert_eq!(made(), first);

    // What the component has not imported is not in it.
    save(format!("import colorsys\n{}", source.replace("\"jargon\"", "colorsys.__name__")));
    let seen = dev.said();
    assert!(seen.contains("+ colorsys “synergy”"), "{seen}");
    assert!(made() > first);
    dev.end();
}
