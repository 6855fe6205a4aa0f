use std::path::Path;

use super::super::{CheckOptions, Warning, check, render_warnings};
use super::file;

fn warnings(path: &Path, training: &[&Path]) -> Vec<Warning> {
    let training = training.iter().map(|path| path.to_path_buf()).collect();
    check(path, &CheckOptions { training }).unwrap()
}

/// Rule and line of every warning but that of sizes.
fn rules(data: &str) -> Vec<(&'static str, Option<u64>)> {
    let (_directory, path) = file("d.jsonl", data);
    let found = warnings(&path, &[]).into_iter().map(|warning| (warning.rule, warning.line));
    found.filter(|(rule, _)| *rule != "partition-size").collect()
}

const QUESTION: &str = "How do I get my money back for the blue kettle that I bought last week?";

#[test]
fn golden_samples_need_two_reviewers() {
    let golden = |metadata: &str| {
        rules(&format!("{{\"input\": \"q\", \"partition\": \"golden\", \"metadata\": {metadata}}}")).len()
    };
    assert_eq!(golden(r#"{"reviewers": ["ana", "ben"]}"#), 0);
    assert_eq!(golden(r#"{"reviewed_by": "ana; ben"}"#), 0);
    assert_eq!(golden(r#"{"reviewer": "ana", "approved_by": "ben"}"#), 0);
    assert_eq!(golden(r#"{"reviewers": ["ana", "Ana "]}"#), 1);
    assert_eq!(golden("{}"), 1);
    assert_eq!(rules(r#"{"input": "q", "partition": "regression"}"#), []);
}

#[test]
fn copies_are_given_away() {
    let golden = |input: &str, context: &str, expected: &str| {
        rules(&format!(
            "{{\"input\": \"{input}\", \"context\": [\"{context}\"], \"expected\": \"{expected}\", \
             \"partition\": \"golden\", \"reviewers\": [\"a\", \"b\"]}}"
        ))
    };
    let copied = [("golden-copied", Some(1))];
    assert_eq!(golden("Say: thirty days, please.", "", "Thirty days"), copied);
    assert_eq!(golden("Is it good or bad?", "", "good"), []);
    assert_eq!(golden("How long?", "You have THIRTY  days, or more.", "thirty days, or more"), copied);
    assert_eq!(golden("How long?", "You have thirty days.", "thirty days"), []);
    assert_eq!(golden("How long?", "You have thirty days to return.", "Thirty days from the purchase."), []);
}

#[test]
fn the_same_question_counts_once() {
    let same = |first: &str, second: &str| rules(&format!("{{\"input\": \"{QUESTION}\"{first}}}\n{second}"));
    let upper = QUESTION.to_uppercase().replace('?', " !");
    let other = |rest: &str| format!("{{\"input\": \"{upper}\"{rest}}}");
    let duplicate = [("duplicate", Some(2))];
    assert_eq!(same("", &other("")), duplicate);
    assert_eq!(same("", &other(", \"partition\": \"regression\"")), duplicate);
    assert_eq!(
        same(", \"output\": \"a\"", &other(", \"output\": \"b\"")),
        [],
        "two recorded answers are two samples"
    );
    assert_eq!(
        same(", \"output\": \"a\"", &other(", \"output\": \"b\", \"partition\": \"regression\"")),
        duplicate
    );
    assert_eq!(
        same(", \"context\": [\"one\"]", &other(", \"context\": [\"two\"]")),
        [],
        "over another context"
    );
    let near = QUESTION.replace("week", "month");
    let near = |rest: &str| format!("{{\"input\": \"{near}\"{rest}}}");
    assert_eq!(same("", &near(", \"partition\": \"adversarial\"")), [("near-duplicate", Some(2))]);
    assert_eq!(same("", &near("")), [], "in one partition, like questions are wanted");
    assert_eq!(same(", \"context\": [\"x\"]", &near(", \"partition\": \"adversarial\"")), []);
}

#[test]
fn what_was_trained_on_is_found_in_any_shape() {
    let data = format!(
        "{{\"id\": \"a\", \"input\": \"{QUESTION}\"}}\n{{\"id\": \"b\", \"input\": \"Where is my parcel?\"}}\n\
         {{\"id\": \"c\", \"input\": \"Thanks!\"}}\n{{\"id\": \"d\", \"input\": \"Do you also sell green teapots, and what do they cost?\"}}\n"
    );
    let (directory, path) = file("d.jsonl", &data);
    let long = format!(
        "You are a helpful agent.\\n\\nQ: {QUESTION}\\nA: Ask us.\\nQ: where is my parcel\\nA: On its way."
    );
    let lines = format!(
        "Some examples\n\nQ: {QUESTION}\nA: Ask us.\n\nthanks\nDo you also sell green\nteapots, and what do they cost?\n"
    );
    let files = [
        (
            "few-shot.jsonl",
            format!("{{\"messages\": [{{\"role\": \"user\", \"content\": \"{long}\"}}]}}\n"),
            vec!["a", "b"],
        ),
        (
            "shots.json",
            format!("{{\"prompt\": {{\"shots\": [[\"{long}\"], \"Thanks\"]}}}}"),
            vec!["a", "b", "c"],
        ),
        (
            "train.csv",
            "x,text\n1,\"Thanks, Anna!\"\n2,\"do you also sell GREEN teapots and what do they cost us\"\n"
                .to_owned(),
            vec!["d"],
        ),
        ("prompt.txt", lines, vec!["a", "c", "d"]),
        ("clean.txt", "Nothing of it, not even a parcel or a kettle.\n".to_owned(), vec![]),
    ];
    for (name, text, ids) in files {
        let training = directory.path().join(name);
        std::fs::write(&training, text).unwrap();
        let found = warnings(&path, &[&training]);
        let contaminated = found.iter().filter(|warning| warning.rule == "contamination");
        assert_eq!(
            contaminated.map(|warning| warning.id.as_deref().unwrap()).collect::<Vec<_>>(),
            ids,
            "{name}"
        );
    }
}

#[test]
fn inputs_that_share_a_template_are_all_found() {
    let input = |number: usize| {
        format!("Please sum the following text up in one short sentence for me: text number {number}")
    };
    let data: String = (0..300).map(|number| format!("{{\"input\": \"{}\"}}\n", input(number))).collect();
    let (directory, path) = file("d.jsonl", &data);
    let training = directory.path().join("t.txt");
    std::fs::write(&training, format!("{} {} {}", input(3), input(150), input(299))).unwrap();
    let lines: Vec<_> = warnings(&path, &[&training])
        .into_iter()
        .filter(|warning| warning.rule == "contamination")
        .map(|warning| warning.line.unwrap())
        .collect();
    assert_eq!(lines, [4, 151, 300]);
}

#[test]
fn warnings_read_well_and_do_not_flood() {
    let golden = r#"{"id": "g-1", "input": "How long?", "partition": "golden", "reviewers": ["ana"]}"#;
    let (_directory, path) = file("d.jsonl", golden);
    let found = warnings(&path, &[]);
    insta::assert_snapshot!(render_warnings(&found), @r#"
    line 1: golden-reviewers: `g-1`: only `ana` reviewed this golden sample, it takes 2 people: write "reviewers": ["…", "…"] into its metadata
    whole dataset: partition-size: golden has 1 sample, usual are 50 to 200: so few say little
    2 warnings
    "#);
    assert_eq!(serde_json::to_value(&found[1]).unwrap()["line"], serde_json::Value::Null);
    assert_eq!(render_warnings(&[]), "nothing to warn of\n");

    let many: String = (0..80).map(|_| "{\"input\": \"the same\"}\n").collect();
    let (_directory, path) = file("d.jsonl", &many);
    let found = warnings(&path, &[]);
    assert_eq!(found.len(), 52);
    assert_eq!(found.last().unwrap().message, "29 more like these");
}
