//! The three answers of the grounding example: one clear, two caught, the words marked.

use serde_json::Value;

use crate::workspace::{Workspace, root};

#[test]
fn the_faithful_answer_is_clear_and_the_two_others_are_marked_where_they_invent() {
    let workspace = Workspace::new();
    let suite = root().join("examples/grounding/scorebox.yaml");
    let said = workspace.run(&["run", suite.to_str().unwrap(), "--out", "out"]).expect(1);
    assert!(said.out.contains("€89"), "{}", said.out);
    let record = workspace.record("out");
    let marked = |sample: &Value| {
        let output = sample["output"].as_str().unwrap();
        let findings = sample["scores"][0]["findings"].as_array().cloned().unwrap_or_default();
        let span = |finding: &Value| {
            let at = |end: &str| usize::try_from(finding["location"][end].as_u64().unwrap()).unwrap();
            output[at("start")..at("end")].to_owned()
        };
        findings.iter().map(span).collect::<Vec<_>>()
    };
    let said: Vec<_> = record
        .iter()
        .map(|sample| (sample["id"].as_str().unwrap(), sample["verdict"].as_str().unwrap(), marked(sample)))
        .collect();
    assert_eq!(
        said,
        [
            ("faithful", "pass", vec![]),
            ("wrong-price", "fail", vec!["€89".to_owned()]),
            ("invented-feature", "fail", vec!["voice through the companion app".to_owned()]),
        ]
    );
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
