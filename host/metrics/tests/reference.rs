//! Holds the metrics against the values of the implementations that define them; see `reference/README.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads best as it stands")]

use futures::executor::block_on;
use scorebox_metrics::{Cancel, Metric, Models, Sample, Score, builtin};
use serde_json::{Value, json};

const TOLERANCE: f64 = 1e-6;

fn rows(text: &str) -> Vec<(Value, Sample)> {
    let row = |line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let sample = Sample {
            id: text("id"),
            output: text("prediction"),
            expected: Some(text("reference")),
            ..Sample::default()
        };
        (row, sample)
    };
    text.lines().map(row).collect()
}

fn all() -> Vec<(Value, Sample)> {
    let given = rows(include_str!("reference/text-metrics.jsonl"));
    let generated = rows(include_str!("reference/generated.jsonl"));
    assert!(given.len() >= 200 && generated.len() >= 170);
    given.into_iter().chain(generated).collect()
}

fn metric(name: &str, settings: Value) -> Box<dyn Metric> {
    builtin(name, &settings, &Models::default()).unwrap()
}

fn score(metric: &dyn Metric, sample: &Sample) -> Score {
    let score = block_on(metric.score(sample, &Cancel::default())).result.unwrap();
    score.check(sample, metric.descriptor().range).unwrap();
    score
}

fn measure(score: &Score, name: &str) -> f64 {
    score.measures.iter().find(|(measure, _)| measure == name).unwrap().1
}

/// Asserts that the metric's value is what `field` of every row that has it says.
fn agrees(name: &str, settings: Value, rows: &[(Value, Sample)], pointer: &str) {
    let metric = metric(name, settings);
    let mut compared = 0;
    for (row, sample) in rows {
        let Some(reference) = row.pointer(pointer).and_then(Value::as_f64) else { continue };
        let value = score(metric.as_ref(), sample).value;
        let id = &sample.id;
        assert!((value - reference).abs() <= TOLERANCE, "{name} {pointer} of {id}: {value}, not {reference}");
        compared += 1;
    }
    assert!(compared >= 170, "{pointer}: {compared} rows");
}

#[test]
fn squad() {
    let rows = all();
    agrees("exact-match", json!({"normalize": "squad"}), &rows, "/squad_exact_match");
    agrees("token-f1", Value::Null, &rows, "/squad_f1");
}

#[test]
fn rouge() {
    let rows = all();
    for (name, field) in
        [("rouge-1", "rouge1"), ("rouge-2", "rouge2"), ("rouge-l", "rougeL"), ("rouge-lsum", "rougeLsum")]
    {
        for (key, stemming) in [("rouge", false), ("rouge_stemmed", true)] {
            agrees(name, json!({"stemming": stemming}), &rows, &format!("/{key}/{field}/2"));
            let metric = metric(name, json!({"stemming": stemming}));
            for (row, sample) in &rows {
                let score = score(metric.as_ref(), sample);
                for (index, part) in ["precision", "recall"].into_iter().enumerate() {
                    let reference = row[key][field][index].as_f64().unwrap();
                    let value = measure(&score, part);
                    assert!(
                        (value - reference).abs() <= TOLERANCE,
                        "{name} {part} of {}: {value}",
                        sample.id
                    );
                }
            }
        }
    }
}

#[test]
fn bleu() {
    let rows = all();
    agrees("bleu", Value::Null, &rows, "/sentence_bleu");
    for (variant, settings) in [
        ("lower", json!({"ignore_case": true})),
        ("floor", json!({"smoothing": "floor"})),
        ("add-k", json!({"smoothing": "add-k"})),
        ("none", json!({"smoothing": "none"})),
        ("char", json!({"tokenizer": "char"})),
        ("words", json!({"tokenizer": "none"})),
        ("order2", json!({"max_order": 2})),
    ] {
        agrees("bleu", settings, &rows, &format!("/bleu/{variant}"));
    }
}

#[test]
fn chrf() {
    let rows = all();
    agrees("chrf", Value::Null, &rows, "/chrf");
    for (variant, settings) in [
        ("lower", json!({"ignore_case": true})),
        ("plusplus", json!({"word_order": 2})),
        ("beta1order3", json!({"beta": 1, "char_order": 3})),
    ] {
        agrees("chrf", settings, &rows, &format!("/chrf_variants/{variant}"));
    }
}

#[test]
fn ter() {
    let rows = all();
    agrees("ter", Value::Null, &rows, "/ter");
    agrees("ter", json!({"case_sensitive": true}), &rows, "/ter_cased");
}

#[test]
fn levenshtein() {
    let rows = all();
    agrees("levenshtein", Value::Null, &rows, "/levenshtein_similarity");
    let metric = metric("levenshtein", Value::Null);
    for (row, sample) in &rows {
        let distance = measure(&score(metric.as_ref(), sample), "distance");
        assert_eq!(Some(distance), row["levenshtein_distance"].as_f64(), "{}", sample.id);
    }
}
