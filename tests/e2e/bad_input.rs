//! Bad input gets a clear error, and loses nothing.

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::workspace::{Said, Workspace, plugin, sample};

const CONTAINS: &str = "  contains: {settings: {all_of: [good]}}";

fn two() -> Workspace {
    Workspace::with(&[sample("a", "golden", "good"), sample("b", "distribution", "good")], CONTAINS)
}

#[track_caller]
fn says(said: &Said, words: &[&str]) {
    for word in words {
        assert!(said.err.contains(word), "no {word:?} in: {}", said.err);
    }
}

#[test]
fn a_typo_in_a_key() {
    let workspace = two();
    workspace.suite("  contains: {setings: {all_of: [good]}}", "");
    let said = workspace.run(&["run"]).expect(2);
    says(&said, &["unknown field `setings`", "did you mean `settings`?", "scorebox.yaml:6:14"]);
}

#[test]
fn settings_that_a_metric_refuses_are_shown_in_the_suite() {
    let workspace = two();
    let competitors = plugin("competitor-mention");
    let metrics = format!(
        "  contains: {{settings: {{all_off: [good]}}}}\n  competitors:\n    plugin: {}\n    settings: {{competitor: [Globex]}}",
        competitors.display()
    );
    workspace.suite(&metrics, "");
    let said = workspace.run(&["validate"]).expect(2);
    says(&said, &["all_off", "scorebox.yaml:6:", "competitor", "scorebox.yaml:9:"]);
}

#[test]
fn a_broken_line_of_the_dataset() {
    let workspace = two();
    let mut lines = String::new();
    for index in 1..=8000 {
        let line = sample(&format!("s{index}"), "distribution", "good").to_string();
        writeln!(lines, "{}", if index == 7341 { &line[..40] } else { &line }).unwrap();
    }
    workspace.write("dataset.jsonl", lines);
    let said = workspace.run(&["run", "--out", "out"]).expect(2);
    says(&said, &["dataset.jsonl:7341"]);
    let record = workspace.record("out");
    assert_eq!(record.len(), 7340, "what was scored before stays");
    let said = workspace.run(&["dataset", "stats", "dataset.jsonl"]).expect(2);
    says(&said, &["dataset.jsonl:7341"]);
}

#[test]
fn a_duplicate_id_an_unknown_partition_and_bad_utf8() {
    let workspace = two();
    workspace.dataset(&[
        sample("a", "golden", "good"),
        sample("b", "golden", "good"),
        sample("a", "golden", "good"),
    ]);
    says(&workspace.run(&["run"]).expect(2), &["dataset.jsonl:3", "`a`", "line 1"]);
    workspace.dataset(&[sample("a", "gold", "good")]);
    says(&workspace.run(&["run"]).expect(2), &["dataset.jsonl:1", "gold", "golden"]);
    workspace.write("dataset.jsonl", b"{\"id\":\"a\",\"input\":\"\xff\"}\n");
    says(&workspace.run(&["run"]).expect(2), &["dataset.jsonl:1", "UTF-8"]);
}

#[test]
fn files_that_are_no_plugins() {
    let workspace = two();
    workspace.write("text.wasm", "I am a plugin, honestly.");
    workspace.write("core.wasm", wat::parse_str("(module (func (export \"evaluate\")))").unwrap());
    let whole = std::fs::read(plugin("competitor-mention")).unwrap();
    workspace.write("cut.wasm", &whole[..whole.len() / 2]);
    workspace.write("other.wasm", wat::parse_str("(component)").unwrap());
    for (file, words) in [
        ("text.wasm", "not a WebAssembly component"),
        ("core.wasm", "this is a core WebAssembly module"),
        ("cut.wasm", "the component is broken at byte"),
        ("other.wasm", "does not export `scorebox:plugin/metric@0.1.0`"),
        ("none.wasm", "cannot read the plugin"),
    ] {
        workspace.suite(&format!("  check: {{plugin: {file}}}"), "");
        let said = workspace.run(&["run", "--out", "out"]).expect(2);
        says(&said, &[words, "scorebox.yaml:6:"]);
        assert!(!workspace.path("out").exists(), "no run begins with {file}");
        if file != "none.wasm" {
            says(&workspace.run(&["plugin", "inspect", file]).expect(2), &[words]);
        }
    }
}

#[test]
fn an_answer_that_is_missing_faults_its_sample() {
    let workspace = two();
    workspace.write("answers.jsonl", "{\"id\":\"a\",\"output\":\"good\"}\n");
    let suite = workspace.read("scorebox.yaml").replace("recorded: dataset", "recorded: answers.jsonl");
    workspace.write("scorebox.yaml", suite);
    workspace.run(&["run", "--out", "out"]).expect(3);
    let record = workspace.record("out");
    assert_eq!(record[0]["verdict"], "pass");
    assert_eq!(record[1]["fault"]["kind"], "subject");
    let message = record[1]["fault"]["message"].as_str().unwrap();
    assert!(message.contains("has no answer for this sample: add {\"id\":\"b\""), "{message}");
}

#[test]
fn a_command_that_dies_hangs_or_writes_rubbish() {
    let workspace = two();
    let mut samples: Vec<_> =
        ["fine", "dies", "hangs", "rubbish"].map(|id| sample(id, "distribution", "")).into();
    samples.push(sample("last", "distribution", ""));
    workspace.dataset(&samples);
    workspace.write(
        "subject.py",
        "import sys, json, time
for line in sys.stdin:
    id = json.loads(line)['id']
    if id == 'dies': sys.exit('out of quota')
    if id == 'hangs': time.sleep(60)
    print('good grief' if id == 'rubbish' else json.dumps({'id': id, 'output': 'good'}), flush=True)
",
    );
    let suite = workspace.read("scorebox.yaml");
    let subject = "command: [python3, subject.py]\n  timeout: 2s";
    workspace.write("scorebox.yaml", suite.replace("recorded: dataset", subject));
    workspace.run(&["run", "--out", "out"]).expect(3);
    let record = workspace.record("out");
    let verdicts: Vec<_> = record.iter().map(|sample| sample["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["pass", "faulted", "faulted", "faulted", "pass"]);
    for (sample, words) in record[1..4].iter().zip(["out of quota", "no answer within 2s", "good grief"]) {
        let message = sample["fault"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_command_that_cannot_work_ends_the_run() {
    let workspace = two();
    let samples: Vec<_> = (0..200).map(|index| sample(&format!("s{index}"), "distribution", "")).collect();
    workspace.dataset(&samples);
    let suite = workspace.read("scorebox.yaml");
    workspace.write("scorebox.yaml", suite.replace("recorded: dataset", "command: [python3, nowhere.py]"));
    let said = workspace.run(&["run", "--out", "out"]).expect(2);
    says(&said, &["ended 3 times in a row without an answer", "nowhere.py"]);
    assert!(workspace.record("out").len() < 10, "the other samples were not run into the same fault");
}

#[test]
fn an_output_directory_that_cannot_be_written() {
    // Root may write anywhere, so what stands in the way has to be something else than permissions.
    let workspace = two();
    workspace.write("file", "");
    says(&workspace.run(&["run", "--out", "file/run"]).expect(2), &["cannot write", "file/run"]);
    let locked = workspace.path("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let said = workspace.run(&["run", "--out", "locked/run"]);
    if said.code == Some(2) {
        says(&said, &["cannot write", "locked/run"]);
    }
}

#[test]
fn a_full_disk() {
    let long = "No. ".repeat(30_000);
    let workspace = Workspace::with(
        &[sample("a", "golden", "Yes."), sample("b", "distribution", &long)],
        "  contains: {settings: {any_of: [Yes, No]}}",
    );
    // No file may grow beyond some kilobytes, which a write learns like that of a full disk.
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" run --no-cache --out out";
    let mut shell = workspace.command_of("sh", &["-c", limited, env!("CARGO_BIN_EXE_scorebox")]);
    let said = Said::from(shell.output().unwrap()).expect(2);
    says(&said, &["cannot write", "samples.jsonl", "File too large"]);
    let workspace = two();
    let said = workspace.run(&["run", "--report", "junit=/dev/full"]).expect(2);
    says(&said, &["/dev/full", "No space left on device"]);
}

#[test]
fn what_others_wrote_is_escaped_everywhere() {
    let workspace = Workspace::new();
    let evil = "\u{1b}]0;owned\u{7}<script>alert(1)</script>\u{202e} ]]> ::error::x\n::error file=a::b";
    workspace.dataset(&[sample("a", "golden", evil)]);
    workspace.suite("  regex: {settings: {pattern: 'script', must: not-match}}", "");
    let said =
        workspace.run(&["run", "--out", "out", "--report", "junit=j.xml", "--report", "markdown=m.md"]);
    assert!(
        !said.out.contains('\u{1b}') && !said.out.contains('\u{7}') && !said.out.contains('\u{202e}'),
        "{}",
        said.out
    );
    let html = workspace.read("out/report.html");
    assert!(!html.contains("<script>alert"), "a script of an output stands in the report");
    assert!(!workspace.read("m.md").contains("<script>"));
    quick_xml::Reader::from_str(&workspace.read("j.xml"));
    let github = workspace.run(&["view", "out", "--format", "github"]).out;
    let commands = github.lines().filter(|line| line.starts_with("::error file=a")).count();
    assert_eq!(commands, 0, "{github}");
}

#[test]
fn samples_of_five_megabytes() {
    let workspace = Workspace::new();
    let mut large = sample("large", "distribution", &"The good word. ".repeat(350_000));
    large["expected_output"] = json!("x ".repeat(2_500_000));
    workspace.dataset(&[sample("a", "distribution", "good"), large]);
    let competitors = plugin("competitor-mention");
    workspace.suite(
        &format!(
            "{CONTAINS}\n  competitors:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n  token-f1: {{missing: skip}}\n",
            competitors.display()
        ),
        "",
    );
    workspace.run(&["run", "--out", "out"]).expect(0);
    assert_eq!(workspace.record("out")[1]["verdict"], "pass");
}

#[test]
fn an_empty_dataset() {
    let workspace = two();
    workspace.write("dataset.jsonl", "");
    says(&workspace.run(&["run"]).expect(2), &["dataset.jsonl"]);
}

#[test]
fn a_golden_sample_that_nothing_judges_does_not_pass() {
    let workspace = two();
    workspace.suite("  exact-match: {missing: skip}\n  contains: {partitions: [distribution], settings: {all_of: [good]}}", "");
    let said = workspace.run(&["run"]).expect(4);
    assert!(said.out.contains("judged"), "{}", said.out);
    let mut expected = sample("c", "golden", "good");
    expected["expected_output"] = json!("good");
    workspace.dataset(&[sample("a", "golden", "good"), expected]);
    let said = workspace.run(&["run"]).expect(4);
    assert!(said.out.contains("1 of 2 samples were judged by nothing"), "{}", said.out);
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let workspace = two();
    for arguments in [&["metrics", "--json"][..], &["schema"]] {
        let mut child = workspace.command(arguments).stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert!(child.wait().unwrap().success(), "{arguments:?}");
    }
}

#[test]
fn golden_samples_that_changed_have_to_be_approved() {
    let workspace = two();
    let said = workspace.run(&["run"]).expect(0);
    assert!(said.out.contains("never approved"), "{}", said.out);
    workspace.run(&["dataset", "approve", "scorebox.yaml"]).expect(0);
    let said = workspace.run(&["run"]).expect(0);
    assert!(!said.out.contains("never approved"), "{}", said.out);
    let mut changed = sample("a", "golden", "good");
    changed["expected_output"] = json!("easier");
    workspace.dataset(&[changed, sample("b", "distribution", "good")]);
    says(&workspace.run(&["run"]).expect(2), &["golden", "`a`", "scorebox dataset approve"]);
    says(&workspace.run(&["validate"]).expect(2), &["golden", "`a`", "scorebox dataset approve"]);
    workspace.run(&["dataset", "approve", "scorebox.yaml"]).expect(0);
    workspace.run(&["run"]).expect(0);
}
