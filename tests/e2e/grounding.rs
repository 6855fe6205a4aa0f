//! The three answers of the grounding example: one clear, two caught, the words marked.

use serde_json::Value;

use crate::workspace::{Workspace, root};

/// The verdict of each sample, and the words that the first metric marked.
fn verdicts(record: &[Value]) -> Vec<(String, String, Vec<String>)> {
    let marked = |sample: &Value| {
        let output = sample["output"].as_str().unwrap();
        let findings = sample["scores"][0]["findings"].as_array().cloned().unwrap_or_default();
        let span = |finding: &Value| {
            let at = |end: &str| usize::try_from(finding["location"][end].as_u64().unwrap()).unwrap();
            output[at("start")..at("end")].to_owned()
        };
        findings.iter().map(span).collect::<Vec<_>>()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    record.iter().map(|sample| (text(&sample["id"]), text(&sample["verdict"]), marked(sample))).collect()
}

fn expected(of_the_price: &[&str]) -> Vec<(String, String, Vec<String>)> {
    let row = |id: &str, verdict: &str, marked: &[&str]| {
        (id.to_owned(), verdict.to_owned(), marked.iter().map(|&words| words.to_owned()).collect())
    };
    vec![
        row("faithful", "pass", &[]),
        row("wrong-price", "fail", of_the_price),
        row("invented-feature", "fail", &["voice through the companion app"]),
    ]
}

#[test]
fn the_faithful_answer_is_clear_and_the_two_others_are_marked_where_they_invent() {
    let workspace = Workspace::new();
    let suite = root().join("examples/grounding/scorebox.yaml");
    let said = workspace.run(&["run", suite.to_str().unwrap(), "--out", "out"]).expect(1);
    assert!(said.out.contains("€89"), "{}", said.out);
    assert_eq!(verdicts(&workspace.record("out")), expected(&["€89"]));
}

#[test]
fn a_recorded_model_beside_the_rules_clears_and_catches_the_same() {
    let workspace = Workspace::new();
    let suite = root().join("examples/grounding/scorebox-model.yaml");
    let said = workspace.run(&["run", suite.to_str().unwrap(), "--offline", "--out", "out"]).expect(1);
    assert!(said.out.contains("all 18 answers were known"), "{}", said.out);
    assert_eq!(verdicts(&workspace.record("out")), expected(&["The Fernlight costs €89.", "€89"]));
}

#[test]
fn the_context_of_the_three_answers_is_the_page_that_stands_beside_them() {
    let directory = root().join("examples/grounding");
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = read("fernlight.md");
    let page: Vec<_> = page.split("\n\n").map(one_line).collect();
    assert_eq!(page.len(), 4);
    for line in read("dataset.jsonl").lines() {
        let sample: Value = serde_json::from_str(line).unwrap();
        let context: Vec<_> =
            sample["context"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        assert_eq!(context, page);
    }
}
