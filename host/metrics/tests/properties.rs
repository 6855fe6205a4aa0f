//! What holds for every metric and every text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use futures::executor::block_on;
use proptest::prelude::*;
use scorebox_metrics::{
    BuiltinError, Cancel, FaultKind, Metric, Models, Need, Sample, Score, Verdict, builtin, builtins,
};
use serde_json::{Value, json};

/// Every metric, some with settings of each sort.
fn metrics() -> Vec<Box<dyn Metric>> {
    let mut metrics = Vec::new();
    for descriptor in builtins() {
        let variants = match descriptor.name.as_str() {
            "regex" => {
                vec![json!({"pattern": "\\w+\\s"}), json!({"pattern": "(?i)[a-é]", "must": "not-match"})]
            }
            "contains" => {
                vec![json!({"ignore_case": true}), json!({"none_of": ["a", "é", "ß"], "ignore_case": true})]
            }
            "exact-match" => vec![Value::Null, json!({"normalize": "squad", "unicode": "nfkc"})],
            "json-validity" => vec![Value::Null, json!({"schema": {"type": "object"}, "allow_fence": true})],
            "numeric-difference" => vec![Value::Null, json!({"decimal_comma": true, "take": "first"})],
            "chrf" => vec![Value::Null, json!({"word_order": 2})],
            name if name.starts_with("rouge") => vec![json!({"stemming": true})],
            _ => vec![Value::Null],
        };
        for settings in variants {
            match builtin(&descriptor.name, &settings, &Models::default()) {
                Ok(metric) => metrics.push(metric),
                // What asks a model has tests of its own.
                Err(BuiltinError::Model { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    metrics
}

fn score(metric: &dyn Metric, output: &str, expected: &str) -> Option<Score> {
    let (expected, context) = (Some(expected.into()), vec![expected.into()]);
    let sample = Sample { output: output.into(), expected, context, ..Sample::default() };
    let again = block_on(metric.score(&sample, &Cancel::default()));
    let outcome = block_on(metric.score(&sample, &Cancel::default()));
    assert_eq!(outcome, again, "{} gives equal scores for equal samples", metric.descriptor().name);
    match outcome.result {
        Ok(score) => {
            let range = metric.descriptor().range;
            score
                .check(&sample, range)
                .unwrap_or_else(|reason| panic!("{}: {reason}", metric.descriptor().name));
            assert!(score.value >= 0.0);
            assert!(range.is_none_or(|(_, high)| score.value <= high), "exactly within the range");
            if score.verdict == Verdict::Fail {
                assert!(!score.findings.is_empty(), "{} says why", metric.descriptor().name);
            }
            Some(score)
        }
        Err(fault) => {
            assert_eq!(fault.kind, FaultKind::InvalidSample, "{}: {fault}", metric.descriptor().name);
            None
        }
    }
}

/// Anything, and texts that have something in common.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-e]{1,3}",
        2 => "[0-9]{1,4}[.,]?[0-9]{0,3}",
        1 => Just("the".to_owned()),
        1 => "\\PC{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    let space = prop_oneof![4 => Just(" "), 1 => Just("\n"), 1 => Just(""), 1 => Just("\u{1c}")];
    let words = proptest::collection::vec((word, space), 0..40)
        .prop_map(|words| words.into_iter().map(|(word, space)| word + space).collect());
    prop_oneof![3 => words, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn scores_keep_the_contract_on_any_text(output in text(), expected in text()) {
        for metric in metrics() {
            score(metric.as_ref(), &output, &expected);
        }
    }

    #[test]
    fn symmetric_metrics_are_symmetric(a in text(), b in text()) {
        for name in ["exact-match", "token-f1", "levenshtein", "rouge-1", "rouge-2", "rouge-l"] {
            let metric = builtin(name, &Value::Null, &Models::default()).unwrap();
            let value = |output, expected| score(metric.as_ref(), output, expected).map(|score| score.value);
            prop_assert_eq!(value(&a, &b), value(&b, &a), "{}", name);
        }
    }

    #[test]
    fn a_text_matches_itself(text in text()) {
        let has_words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).count() > 1;
        for name in ["exact-match", "token-f1", "levenshtein", "rouge-1", "rouge-2", "rouge-l", "rouge-lsum", "bleu", "chrf"] {
            let metric = builtin(name, &Value::Null, &Models::default()).unwrap();
            let best = metric.descriptor().range.unwrap().1;
            if has_words {
                let value = score(metric.as_ref(), &text, &text).unwrap().value;
                prop_assert!((value - best).abs() < 1e-9, "{}: {}", name, value);
            }
        }
        let ter = builtin("ter", &Value::Null, &Models::default()).unwrap();
        prop_assert_eq!(score(ter.as_ref(), &text, &text).unwrap().value, 0.0);
    }
}

#[test]
fn a_sample_without_what_a_metric_needs_is_a_fault_and_never_a_fail() {
    let sample = Sample { output: "42".into(), ..Sample::default() };
    for metric in metrics() {
        let descriptor = metric.descriptor();
        let outcome = block_on(metric.score(&sample, &Cancel::default()));
        if descriptor.needs.is_empty() {
            assert!(outcome.result.is_ok(), "{}", descriptor.name);
        } else {
            let fault = outcome.result.unwrap_err();
            assert_eq!(fault.kind, FaultKind::InvalidSample, "{}", descriptor.name);
            let needed = if descriptor.needs == [Need::Context] { "context" } else { "expected_output" };
            assert!(fault.message.contains(needed), "{fault}");
        }
    }
}

/// Five megabytes against five megabytes: a score or a refusal, within seconds and without a table of all pairs.
#[test]
fn long_texts_are_scored_or_refused() {
    let text = |seed: u32| {
        let mut state = seed;
        let mut text = String::with_capacity(5 << 20);
        while text.len() < 5 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(&format!("w{} ", (state >> 20) % 1000));
        }
        text
    };
    let (expected, context) = (Some(text(2)), vec![text(2)]);
    let sample = Sample { output: text(1), expected, context, ..Sample::default() };
    for metric in metrics() {
        let name = metric.descriptor().name.clone();
        let outcome = block_on(metric.score(&sample, &Cancel::default()));
        let refuses = ["levenshtein", "rouge-l", "rouge-lsum", "ter"].contains(&name.as_str());
        assert_eq!(
            outcome.result.err().map(|fault| fault.kind),
            refuses.then_some(FaultKind::Refused),
            "{name}"
        );
    }
    // Nearly equal texts stay near the diagonal, however long they are.
    let mut output = text(1);
    output.replace_range(100..101, "ß");
    output.truncate(output.len() - 9);
    let sample = Sample { output, expected: Some(text(1)), ..Sample::default() };
    let levenshtein = builtin("levenshtein", &Value::Null, &Models::default()).unwrap();
    let score = block_on(levenshtein.score(&sample, &Cancel::default())).result.unwrap();
    assert_eq!(score.measures[0].1, 10.0);
}
