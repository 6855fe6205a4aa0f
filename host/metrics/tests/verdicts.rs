//! The metrics that judge by themselves: what they pass, what they fail and where they point.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads best as it stands")]

use futures::executor::block_on;
use scorebox_metrics::{Cancel, FaultKind, Models, Sample, Score, Verdict, builtin};
use serde_json::{Value, json};

fn score(name: &str, settings: Value, output: &str, expected: Option<&str>) -> (Score, Sample) {
    let sample = Sample { output: output.into(), expected: expected.map(str::to_owned), ..Sample::default() };
    let metric = builtin(name, &settings, &Models::default()).unwrap();
    let score = block_on(metric.score(&sample, &Cancel::default())).result.unwrap();
    score.check(&sample, metric.descriptor().range).unwrap();
    assert_eq!(score.value, if score.verdict == Verdict::Pass { 1.0 } else { 0.0 });
    (score, sample)
}

fn passes(name: &str, settings: Value, output: &str, expected: &str) -> bool {
    score(name, settings, output, Some(expected)).0.verdict == Verdict::Pass
}

/// Rule, quoted place and message of each finding.
fn findings(
    name: &str,
    settings: Value,
    output: &str,
    expected: Option<&str>,
) -> Vec<(String, Option<String>, String)> {
    let (score, sample) = score(name, settings, output, expected);
    let place = |finding: &scorebox_metrics::Finding| Some(finding.location?.quote(&sample)?.to_owned());
    score
        .findings
        .iter()
        .map(|finding| (finding.rule.clone(), place(finding), finding.message.clone()))
        .collect()
}

fn one(
    name: &str,
    settings: Value,
    output: &str,
    expected: Option<&str>,
) -> (String, Option<String>, String) {
    let mut findings = findings(name, settings, output, expected);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

#[test]
fn exact_match_ignores_what_it_is_told_to() {
    assert!(passes("exact-match", Value::Null, "42", "42"));
    assert!(!passes("exact-match", Value::Null, "42\n", "42"));
    assert!(passes("exact-match", json!({"normalize": "whitespace"}), " a\tb\n", "a b"));
    assert!(!passes("exact-match", json!({"normalize": "whitespace"}), "A b", "a b"));
    assert!(passes("exact-match", json!({"ignore_case": true}), "NAÏVE", "naïve"));
    assert!(passes("exact-match", json!({"unicode": "nfc"}), "e\u{301}", "é"));
    assert!(passes("exact-match", json!({"unicode": "nfkc"}), "ﬁne", "fine"));
    assert!(passes("exact-match", json!({"normalize": "squad"}), "The refund.", "refund"));
    let (rule, place, message) = one("exact-match", Value::Null, "Déjà vu", Some("Déjà lu"));
    assert_eq!((rule.as_str(), place.as_deref()), ("mismatch", Some("vu")));
    assert_eq!(message, "expected \"lu\" from here on");
    assert_eq!(
        one("exact-match", Value::Null, "42!", Some("42")).2,
        "expected the output to end here, as in \"42\""
    );
}

#[test]
fn contains_asks_for_all_any_or_none() {
    let lists = json!({"all_of": ["refund", "days"], "any_of": ["three", "3"], "none_of": ["guarantee"]});
    assert!(passes("contains", lists.clone(), "A refund takes 3 days", ""));
    let found = findings("contains", lists, "We guarantee a refund, guaranteed", None);
    let rules = found.iter().map(|(rule, place, _)| (rule.as_str(), place.as_deref())).collect::<Vec<_>>();
    let forbidden = ("forbidden-phrase", Some("guarantee"));
    assert_eq!(rules, [("missing-phrase", None), ("missing-phrase", None), forbidden, forbidden]);
    assert_eq!(found[1].2, "the output contains none of \"three\", \"3\"");
    assert!(passes("contains", json!({"ignore_case": true, "all_of": ["straße"]}), "STRAẞE", ""));
    assert!(!passes("contains", json!({"all_of": ["straße"]}), "STRAẞE", ""));
    assert!(passes("contains", Value::Null, "It is 42.", "42"));
    assert!(!passes("contains", Value::Null, "It is 43.", "42"));

    let sample = Sample { output: "anything".into(), expected: Some(String::new()), ..Sample::default() };
    let metric = builtin("contains", &Value::Null, &Models::default()).unwrap();
    let fault = block_on(metric.score(&sample, &Cancel::default())).result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidSample);
    assert!(
        builtin("contains", &json!({"any_of": ["a"]}), &Models::default())
            .unwrap()
            .descriptor()
            .needs
            .is_empty()
    );
}

#[test]
fn regex_matches_or_must_not() {
    assert!(passes("regex", json!({"pattern": r"\$\d+"}), "costs $12", ""));
    assert!(!passes("regex", json!({"pattern": r"\$\d+", "whole_output": true}), "costs $12", ""));
    assert!(passes("regex", json!({"pattern": "yes|yes sir", "whole_output": true}), "yes sir", ""));
    assert!(passes("regex", json!({"pattern": "ÄH", "ignore_case": true}), "äh", ""));
    let settings = json!({"pattern": r"guarantee\w*", "must": "not-match"});
    let (rule, place, message) = one("regex", settings.clone(), "Ünd guaranteed", None);
    assert_eq!((rule.as_str(), place.as_deref()), ("forbidden-match", Some("guaranteed")));
    assert!(message.contains("guaranteed"), "{message}");
    assert!(passes("regex", settings.clone(), "fine", ""));
    assert_eq!(findings("regex", settings, &"guarantee ".repeat(1000), None).len(), 100);
    assert_eq!(one("regex", json!({"pattern": "x"}), "", None).0, "no-match");
    // A backtracking engine would not come back from this one.
    assert!(!passes("regex", json!({"pattern": "^(a+)+$"}), &format!("{}!", "a".repeat(100_000)), ""));
}

#[test]
fn json_is_checked_and_held_against_a_schema() {
    for good in ["{}", " [1, \"é\"]\n", "null", "1e999"] {
        assert!(passes("json-validity", Value::Null, good, ""), "{good}");
    }
    for bad in ["", "{", "{'a': 1}", "{} {}", "```json\n{}\n```", "[1,]", "\u{feff}{}"] {
        assert!(!passes("json-validity", Value::Null, bad, ""), "{bad}");
    }
    let (rule, place, message) = one("json-validity", Value::Null, "{\n  \"ä\": ü\n}", None);
    assert_eq!((rule.as_str(), place.as_deref()), ("not-json", Some("ü")), "{message}");
    assert_eq!(one("json-validity", Value::Null, "[1, 2", None).1.as_deref(), Some("2"));

    let fenced = json!({"allow_fence": true});
    for good in ["```json\n{}\n```", "\n```\n[1]\n```\n", "{}"] {
        assert!(passes("json-validity", fenced.clone(), good, ""), "{good}");
    }
    assert!(!passes("json-validity", fenced.clone(), "Here:\n```json\n{}\n```", ""));
    assert_eq!(one("json-validity", fenced, "```json\n{\"a\": x}\n```", None).1.as_deref(), Some("x"));

    let schema = json!({"schema": {
        "type": "object",
        "required": ["answer"],
        "properties": {"answer": {"type": "string", "pattern": "^[a-z]+$"}, "n": {"maximum": 3}},
    }});
    assert!(passes("json-validity", schema.clone(), r#"{"answer": "yes"}"#, ""));
    let found = findings("json-validity", schema.clone(), r#"{"answer": "NO", "n": 4}"#, None);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(rule, ..)| rule == "schema"));
    assert!(found[0].2.contains("/answer"), "{found:?}");
    assert!(
        one("json-validity", schema.clone(), "{}", None)
            .2
            .starts_with("the JSON does not satisfy the schema")
    );
    assert!(!passes("json-validity", schema, &"[".repeat(100_000), ""));
    assert!(!passes("json-validity", Value::Null, &"[".repeat(100_000), ""));
}

#[test]
fn numbers_are_compared_within_a_tolerance() {
    assert!(passes("numeric-difference", Value::Null, "First 12, so the answer is 1,000.50.", "1000.5"));
    assert!(passes("numeric-difference", json!({"take": "first"}), "42 of 50", "42"));
    assert!(!passes("numeric-difference", Value::Null, "42 of 50", "42"));
    assert!(passes("numeric-difference", json!({"absolute_tolerance": 0.5}), "9.6", "10"));
    assert!(passes("numeric-difference", json!({"relative_tolerance": 0.05}), "-95", "-100"));
    assert!(!passes("numeric-difference", json!({"relative_tolerance": 0.05}), "94", "100"));
    assert!(passes("numeric-difference", json!({"decimal_comma": true}), "1.234,5 Euro", "1234,50"));

    let (score, _) = score("numeric-difference", Value::Null, "94", Some("100"));
    assert_eq!(score.measures, [("difference".to_owned(), 6.0), ("relative-difference".to_owned(), 0.06)]);
    let (rule, place, message) = one("numeric-difference", Value::Null, "It is −94 km", Some("100"));
    assert_eq!((rule.as_str(), place.as_deref()), ("number-differs", Some("−94")));
    assert_eq!(message, "-94 is 194 away from the expected 100");
    assert_eq!(one("numeric-difference", Value::Null, "I don't know", Some("100")).0, "no-number");

    let sample = Sample { output: "1".into(), expected: Some("one".into()), ..Sample::default() };
    let metric = builtin("numeric-difference", &Value::Null, &Models::default()).unwrap();
    let fault = block_on(metric.score(&sample, &Cancel::default())).result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidSample);
}
