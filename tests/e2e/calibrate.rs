//! Holding a metric against people's labels.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::workspace::{Said, Workspace, plugin};

/// A labelled sample whose `token-f1` is about `overlap` tenths.
fn labelled(id: usize, overlap: usize, label: &Value) -> Value {
    let expected: Vec<String> = (0..10).map(|word| format!("word{word}")).collect();
    let output: Vec<String> = (0..10)
        .map(|word| if word < overlap { format!("word{word}") } else { format!("other{word}") })
        .collect();
    json!({
        "id": format!("s{id}"), "group": format!("g{}", id / 2), "input": "Say words.", "label": label,
        "expected_output": expected.join(" "), "output": output.join(" "),
    })
}

/// Forty samples; those with few right words are bad, with some doubt in the middle.
fn samples() -> Vec<Value> {
    let bad = |overlap: usize, id: usize| overlap < 4 || (overlap < 7 && id.is_multiple_of(3));
    (0..40)
        .map(|id| (id, id * 7 % 11))
        .map(|(id, overlap)| labelled(id, overlap, &json!(u8::from(bad(overlap, id)))))
        .collect()
}

fn lines(rows: &[Value]) -> String {
    rows.iter().fold(String::new(), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    })
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("labels.jsonl", lines(&samples()));
    workspace
}

/// A run over the same samples, with their labels in a file of their own.
fn with_run(threshold: &str) -> Workspace {
    let workspace = workspace();
    let stripped: Vec<Value> = samples()
        .into_iter()
        .map(|mut sample| {
            sample.as_object_mut().unwrap().remove("label");
            sample
        })
        .collect();
    workspace.dataset(&stripped);
    workspace.suite(&format!("  words: {{builtin: token-f1{threshold}}}"), "");
    let table = samples().iter().fold("id,label\n".to_owned(), |mut table, sample| {
        writeln!(table, "{},{}", sample["id"].as_str().unwrap(), sample["label"]).unwrap();
        table
    });
    workspace.write("labels.csv", table);
    workspace
}

#[track_caller]
fn says(said: &Said, words: &[&str]) {
    for word in words {
        assert!(said.err.contains(word), "no {word:?} in: {}", said.err);
    }
}

#[test]
fn a_metric_is_held_against_labels() {
    let workspace = workspace();
    let said = workspace.run(&["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl"]).expect(0);
    for words in [
        "token-f1",
        "40 labelled samples in 20 groups: 18 should fail, 22 should pass",
        "should fail: `1`; should pass: `0`; higher values are better",
        "AUROC",
        "chance is 0.5",
        "Threshold ≥ 0.",
        "held out: 5 folds",
        "percentile bootstrap, 2,000 draws of 20 groups, seed 0",
    ] {
        assert!(said.out.contains(words), "no {words:?} in {}", said.out);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 120), "{}", said.out);
    let again = workspace.run(&["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl"]).expect(0);
    assert_eq!(said.out, again.out, "equal seeds give equal figures");

    let json = ["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl", "--json"];
    let said = workspace.run(&json).expect(0).json();
    let auroc = &said["scores"]["auroc"];
    assert!(auroc["value"].as_f64().unwrap() > 0.85, "{said}");
    assert!(auroc["low"].as_f64().unwrap() < auroc["value"].as_f64().unwrap(), "{said}");
    assert_eq!((&said["n"], &said["should_fail"], &said["groups"]), (&json!(40), &json!(18), &json!(20)));
}

#[test]
fn a_plugin_is_calibrated_as_well_and_never_sees_the_label() {
    let workspace = Workspace::new();
    let rows: Vec<Value> = (0..12)
        .map(|id| {
            let bad = id % 2 == 0;
            let output = if bad { "Try Globex instead." } else { "We can help with that." };
            json!({ "id": id, "input": "?", "output": output, "label": if bad { "fail" } else { "pass" } })
        })
        .collect();
    workspace.write("labels.jsonl", lines(&rows));
    let competitors = plugin("competitor-mention");
    let arguments = [
        "calibrate",
        "--metric",
        competitors.to_str().unwrap(),
        "--settings",
        r#"{"competitors": ["Globex"]}"#,
        "--labels",
        "labels.jsonl",
        "--json",
    ];
    let said = workspace.run(&arguments).expect(0).json();
    let verdicts = &said["verdicts"];
    assert_eq!((&verdicts["true_positives"], &verdicts["true_negatives"]), (&json!(6), &json!(6)));
    assert_eq!(verdicts["kappa"]["value"], 1.0);
    assert!(said["metric"]["code"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn labels_that_say_too_little_are_refused_before_anything_is_scored() {
    let workspace = workspace();
    let run = |name: &str, rows: &[Value], more: &[&str]| {
        workspace.write(name, lines(rows));
        let mut arguments = vec!["calibrate", "--metric", "token-f1", "--labels", name];
        arguments.extend(more);
        workspace.run(&arguments)
    };
    let three: Vec<Value> =
        (0..9).map(|id| labelled(id, id, &json!(["good", "partly", "bad"][id % 3]))).collect();
    says(
        &run("three.jsonl", &three, &[]).expect(2),
        &["three.jsonl", "three classes, `bad` (3), `good` (3), `partly` (3)", "--positive"],
    );
    let said = run("three.jsonl", &three, &["--positive", "bad"]).expect(0);
    assert!(said.out.contains("should fail: `bad`; should pass: `good`, `partly`"), "{}", said.out);
    let numbers: Vec<Value> = (0..9).map(|id| labelled(id, id, &json!(id % 3))).collect();
    says(&run("numbers.jsonl", &numbers, &[]).expect(2), &["three classes, `0` (3), `1` (3), `2` (3)"]);

    let one: Vec<Value> = (0..4).map(|id| labelled(id, id, &json!(0))).collect();
    says(&run("one.jsonl", &one, &[]).expect(2), &["one class only, `0` (4)"]);
    let none: Vec<Value> = (0..4).map(|id| labelled(id, id, &Value::Null)).collect();
    says(&run("none.jsonl", &none, &[]).expect(2), &["no row has a `label`", "--label-field"]);
    let mut some = samples();
    some[3]["label"] = Value::Null;
    some[4]["label"] = json!("");
    let said = run("some.jsonl", &some, &[]).expect(0);
    assert!(said.out.contains("2 rows without a label"), "{}", said.out);
    some[7]["label"] = json!({"is": "bad"});
    says(&run("some.jsonl", &some, &[]).expect(2), &["some.jsonl:8", "`label`", "is an object"]);
    some[7] = json!({"id": "x", "input": "?", "label": 1});
    says(&run("some.jsonl", &some, &[]).expect(2), &["some.jsonl:8", "`output`", "is missing"]);
    says(
        &workspace.run(&["calibrate", "--metric", "tokenf1", "--labels", "labels.jsonl"]).expect(2),
        &["there is no built-in metric `tokenf1`", "token-f1"],
    );
    says(
        &workspace
            .run(&["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl", "--want", "f1=1"])
            .expect(2),
        &["precision=0.9"],
    );
}

#[test]
fn faults_are_counted_apart() {
    let workspace = workspace();
    let mut rows = samples();
    for row in &mut rows[..3] {
        row.as_object_mut().unwrap().remove("expected_output");
    }
    workspace.write("labels.jsonl", lines(&rows));
    let said = workspace.run(&["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl"]).expect(0);
    assert!(said.out.contains("37 labelled samples"), "{}", said.out);
    assert!(
        said.out.contains("faulted on 3 labelled samples, which are in no figure: 3 invalid-sample"),
        "{}",
        said.out
    );
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("expected_output");
    }
    workspace.write("labels.jsonl", lines(&rows));
    let said = workspace.run(&["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl"]).expect(2);
    says(&said, &["none of the 40 labelled samples has a score", "invalid-sample", "`expected_output`"]);
}

#[test]
fn labels_by_id_are_held_against_a_run() {
    let workspace = with_run("");
    workspace.run(&["run"]);
    let said = workspace
        .run(&["calibrate", "--run", "latest", "--metric", "words", "--labels", "labels.csv"])
        .expect(0);
    assert!(said.out.contains("40 labelled samples of the run"), "{}", said.out);
    assert!(said.out.contains("in 20 groups"), "groups of the samples count: {}", said.out);
    assert!(said.out.contains("added to .scorebox/calibrations.jsonl"), "{}", said.out);

    // The same figures as with the labels beside the samples.
    let by_id = [
        "calibrate",
        "--dataset",
        "dataset.jsonl",
        "--metric",
        "token-f1",
        "--labels",
        "labels.csv",
        "--json",
    ];
    let beside = ["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl", "--json"];
    let of_run = ["calibrate", "--run", "latest", "--metric", "words", "--labels", "labels.csv", "--json"];
    let scores = |arguments: &[&str]| workspace.run(arguments).expect(0).json()["scores"].clone();
    assert_eq!(scores(&by_id), scores(&beside));
    assert_eq!(scores(&of_run), scores(&beside));

    let half: String =
        workspace.read("labels.csv").lines().take(21).fold(String::new(), |text, line| text + line + "\n");
    workspace.write("half.csv", half.clone() + "nobody,1\nno-one,0\n");
    let said = workspace
        .run(&["calibrate", "--run", "latest", "--metric", "words", "--labels", "half.csv"])
        .expect(0);
    for words in [
        "2 labels for samples that are not there",
        "20 labelled samples",
        "Corrected by the labels",
        "pass rate of the run",
    ] {
        assert!(said.out.contains(words), "no {words:?} in {}", said.out);
    }
    workspace.write("other.csv", "id,label\na,1\nb,0\n");
    let said = workspace
        .run(&["calibrate", "--run", "latest", "--metric", "words", "--labels", "other.csv"])
        .expect(2);
    says(&said, &["none of its 2 labels is for a sample of the run", "`a`, `b`"]);
    workspace.write("twice.csv", "id,label\ns1,1\ns1,0\n");
    let said = workspace
        .run(&["calibrate", "--run", "latest", "--metric", "words", "--labels", "twice.csv"])
        .expect(2);
    says(&said, &["twice.csv:3", "`s1`", "line 2"]);
    let said = workspace
        .run(&["calibrate", "--run", "latest", "--metric", "wrods", "--labels", "labels.csv"])
        .expect(2);
    says(&said, &["has no metric `wrods`: it has `words`"]);

    let said = workspace.run(&["calibrate", "history"]).expect(0);
    assert_eq!(said.out.lines().filter(|line| line.contains("words")).count(), 2, "{}", said.out);
    let said = workspace.run(&["calibrate", "history", "--metric", "none"]).expect(0);
    assert!(said.out.contains("no calibrations of `none`"), "{}", said.out);
}

#[test]
fn a_suite_takes_its_threshold_from_a_calibration_and_is_told_when_it_is_outdated() {
    let workspace = with_run("");
    let calibrate = [
        "calibrate",
        "--suite",
        "scorebox.yaml",
        "--metric",
        "words",
        "--dataset",
        "dataset.jsonl",
        "--labels",
        "labels.csv",
        "--out",
        "words.json",
        "--html",
        "words.html",
    ];
    workspace.run(&calibrate).expect(0);
    let calibration: Value = serde_json::from_str(&workspace.read("words.json")).unwrap();
    let least = calibration["threshold"]["threshold"]["min"].as_f64().unwrap();
    assert_eq!(calibration["data"]["labels"]["path"], "labels.csv");
    let page = workspace.read("words.html");
    assert!(page.contains("<svg") && !page.contains("<script"), "a page with curves and without scripts");

    workspace.suite("  words: {builtin: token-f1, threshold: {calibrated: words.json}}", "");
    let said = workspace.run(&["run", "--out", "out"]);
    assert!(!said.out.contains("calibrated"), "nothing to warn of: {}", said.out);
    let manifest: Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    assert_eq!(manifest["metrics"][0]["bounds"][0]["min"], least);
    assert_eq!(manifest["metrics"][0]["calibrations"][0]["path"], "words.json");
    workspace.run(&["replay", "out"]).expect(0);

    workspace.suite("  words: {builtin: bleu, threshold: {golden: {calibrated: words.json}}}", "");
    let said = workspace.run(&["validate"]).expect(0);
    for words in ["calibrated on 20", "its code was builtin:token-f1@1 and is builtin:bleu@1"] {
        assert!(said.out.contains(words), "no {words:?} in {}", said.out);
    }
    workspace.write("labels.csv", workspace.read("labels.csv").replace("s1,0", "s1,1"));
    workspace.suite("  words: {builtin: token-f1, threshold: {calibrated: words.json}}", "");
    workspace.run(&["run", "--out", "later"]);
    let manifest: Value = serde_json::from_str(&workspace.read("later/run.json")).unwrap();
    let warning = manifest["warnings"][0].as_str().unwrap();
    for words in ["the labels labels.csv were sha256:", "calibrate it again"] {
        assert!(warning.contains(words), "no {words:?} in {warning}");
    }
    assert!(workspace.read("later/report.html").contains("calibrate it again"));
}

#[test]
fn a_calibration_file_that_is_none_is_shown_in_the_suite() {
    let workspace = with_run("");
    for (name, content, words) in [
        ("none.json", None, "cannot read the calibration none.json"),
        ("text.json", Some("hello"), "text.json is no calibration"),
        ("new.json", Some(r#"{"format": 9}"#), "new.json has format 9"),
        ("half.json", Some(r#"{"format": 1}"#), "half.json is no calibration: missing field"),
    ] {
        if let Some(content) = content {
            workspace.write(name, content);
        }
        workspace.suite(&format!("  words: {{builtin: token-f1, threshold: {{calibrated: {name}}}}}"), "");
        says(
            &workspace.run(&["validate"]).expect(2),
            &[words, "scorebox.yaml:6:", "scorebox calibrate --out FILE"],
        );
    }
    workspace.suite("  words: {builtin: token-f1, threshold: {calibrated: a.json, min: 0.5}}", "");
    says(
        &workspace.run(&["validate"]).expect(2),
        &["`calibrated` says the bound already, and so does `min`"],
    );
}

#[test]
fn what_is_wanted_and_cannot_be_had_is_said() {
    let workspace = workspace();
    let base = ["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl", "--want"];
    let with = |want: &str| workspace.run(&[&base[..], &[want]].concat());
    let said = with("precision=0.9").expect(0);
    assert!(said.out.contains("a precision of at least 90 %"), "{}", said.out);
    let rows: Vec<Value> = (0..12).map(|id| labelled(id, 5 + id / 2 % 2, &json!(id % 2))).collect();
    workspace.write("labels.jsonl", lines(&rows));
    let said = with("precision=0.9").expect(1);
    assert!(said.out.contains("NOT REACHED"), "{}", said.out);
}

#[test]
fn samples_are_drawn_for_people_and_their_labels_come_back() {
    let workspace = with_run("");
    let mut rows: Vec<Value> = samples();
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("label");
    }
    rows[0]["id"] = json!("=cmd|' /C calc'!A0");
    rows[0]["output"] =
        json!("=HYPERLINK(\"http://evil\")</script><script>alert(1)</script>\u{202e}\u{1b}[31m");
    workspace.dataset(&rows);
    workspace.run(&["run", "--out", "out"]);
    let draw = ["calibrate", "sample", "out", "--metric", "words", "-n", "40", "--out", "drawn"];
    let said = workspace.run(&draw).expect(0);
    assert!(said.out.contains("drew 40 samples"), "{}", said.out);
    let page = workspace.read("drawn/sample.html");
    assert!(!page.contains("<script>alert") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(
        page.contains("default-src 'none'") && !page.contains("\"value\""),
        "no score stands in the page"
    );
    let table = workspace.read("drawn/sample.csv");
    assert!(!table.contains("\n\"=") && !table.contains(",\"="), "no cell is a formula: {table}");
    says(&workspace.run(&draw).expect(2), &["drawn/sample.csv", "choose another `--out`"]);

    // A person labels in the table: the first column is the id, the second the label.
    let mut labelled = 0;
    let filled = table.lines().fold(String::new(), |mut filled, line| {
        let label = if labelled % 2 == 0 { "pass" } else { "fail" };
        let row = line.replacen(",\"\"", &format!(",\"{label}\""), 1);
        labelled += usize::from(row != line);
        writeln!(filled, "{row}").unwrap();
        filled
    });
    workspace.write("labels.csv", filled);
    let said = workspace
        .run(&["calibrate", "--run", "out", "--metric", "words", "--labels", "labels.csv"])
        .expect(0);
    assert!(said.out.contains("40 labelled samples of the run out"), "{}", said.out);
    let draw =
        ["calibrate", "sample", "out", "--metric", "words", "--out", "more", "--labelled", "labels.csv"];
    says(&workspace.run(&draw).expect(2), &["has no sample left that `words` scored"]);
}

#[test]
fn what_others_wrote_is_escaped_in_the_report() {
    let workspace = workspace();
    let evil = "\u{1b}]0;owned\u{7}<script>alert(1)</script>";
    let rows: Vec<Value> =
        (0..10).map(|id| labelled(id, id, &json!(if id < 5 { evil } else { "ok" }))).collect();
    workspace.write("labels.jsonl", lines(&rows));
    let base = ["calibrate", "--metric", "token-f1", "--labels", "labels.jsonl"];
    let said = workspace.run(&base).expect(2);
    assert!(!said.err.contains('\u{1b}') && !said.err.contains('\u{7}'), "{}", said.err);
    let said = workspace.run(&[&base[..], &["--positive", evil, "--html", "page.html"]].concat()).expect(0);
    assert!(!said.out.contains('\u{1b}') && !said.out.contains('\u{7}'), "{}", said.out);
    let page = workspace.read("page.html");
    assert!(!page.contains("<script") && !page.contains('\u{1b}'), "{page}");
}
