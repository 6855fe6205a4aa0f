use std::sync::Arc;

use futures::executor::block_on;
use serde_json::{Value, json};

use super::{PairwiseJudge, Preference};
use crate::prompt::script::{Reply, Script, models};
use crate::{Cancel, FaultKind, Field, Outcome, Sample, Span, builtin};

fn opinion(score: u32, reasons: &str, weaknesses: &[(&str, &str)]) -> Reply {
    let weaknesses = weaknesses.iter().map(|(quote, problem)| json!({"quote": quote, "problem": problem}));
    Reply::json(&json!({
        "reasons": reasons, "strengths": ["polite"], "weaknesses": weaknesses.collect::<Vec<_>>(), "score": score
    }))
}

fn sample() -> Sample {
    Sample {
        id: "a".into(),
        input: "What does the Pro plan cost?".into(),
        output: "The “Pro” plan costs\n $59 a month.".into(),
        expected: Some("$49 a month".into()),
        context: vec!["The Pro plan costs $49 a month.".into()],
        ..Sample::default()
    }
}

fn judged(settings: &Value, script: Script, sample: &Sample) -> (Outcome, Arc<Script>) {
    let script = Arc::new(script);
    let metric = builtin("judge", settings, &models([("judge", &script)])).unwrap();
    let outcome = block_on(metric.score(sample, &Cancel::default()));
    if let Ok(score) = &outcome.result {
        score.check(sample, metric.descriptor().range).unwrap();
    }
    (outcome, script)
}

fn measure(outcome: &Outcome, name: &str) -> Option<f64> {
    let measures = &outcome.result.as_ref().unwrap().measures;
    measures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
}

#[test]
fn one_draw_gives_its_score_with_reasons_and_places() {
    let weaknesses =
        [("the \"pro\" plan costs $59", "wrong price"), ("costs $99", "made up"), ("", "no source")];
    let script = Script::new("gemma", vec![opinion(2, "The price is wrong.", &weaknesses)]);
    let (outcome, script) = judged(&Value::Null, script, &sample());
    let score = outcome.result.as_ref().unwrap();
    assert_eq!(score.value, 2.0);
    assert_eq!(
        score.summary,
        "The price is wrong. Strengths: polite. Weaknesses: wrong price; made up; no source."
    );
    let places = score.findings.iter().map(|finding| finding.location).collect::<Vec<_>>();
    assert_eq!(places, [Some(Span { field: Field::Output, start: 0, end: 29 }), None, None]);
    assert_eq!(measure(&outcome, "variance"), None);
    assert_eq!(measure(&outcome, "same_family"), None);
    assert_eq!(outcome.usage.unwrap().calls, 1);
    assert!(outcome.log[0].starts_with("prompt judge-absolute@1 ("), "{:?}", outcome.log);
    assert!(outcome.log[0].ends_with("asked of gemma at http://localhost:8080/v1"));
    let question = &script.asked()[0];
    assert_eq!(question.temperature, 0.0);
    let text = &question.turns[0].text;
    for part in ["<context ", "<question ", "<reference ", "<answer ", "5: It meets the criteria in full"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("{{"), "{text}");
}

#[test]
fn several_draws_give_mean_variance_and_whether_they_agree() {
    let replies = vec![opinion(2, "two", &[]), opinion(4, "four", &[]), opinion(3, "three", &[])];
    let (outcome, script) = judged(&json!({"samples": 3}), Script::new("gemma", replies), &sample());
    let score = outcome.result.as_ref().unwrap();
    assert_eq!(score.value, 3.0);
    assert!(score.summary.starts_with("three"), "the reasons are those of the median: {}", score.summary);
    assert_eq!(measure(&outcome, "variance"), Some(1.0));
    assert_eq!(measure(&outcome, "stable"), Some(0.0));
    assert_eq!(measure(&outcome, "n"), Some(3.0));
    let asked = script.asked();
    assert_eq!(asked.iter().map(|question| question.draw).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(asked.iter().all(|question| question.temperature == 0.3));
}

#[test]
fn a_panel_gives_its_mean_and_its_spread() {
    let gemma = Arc::new(Script::new("gemma-3", vec![opinion(5, "good", &[])]));
    let qwen = Arc::new(Script::new("qwen2.5", vec![opinion(2, "bad", &[])]));
    let settings = json!({"models": ["one", "two"], "subject_model": "Qwen/Qwen3-8B"});
    let metric = builtin("judge", &settings, &models([("one", &gemma), ("two", &qwen)])).unwrap();
    let outcome = block_on(metric.score(&sample(), &Cancel::default()));
    assert_eq!(outcome.result.as_ref().unwrap().value, 3.5);
    assert_eq!(measure(&outcome, "spread"), Some(3.0));
    assert_eq!(measure(&outcome, "judge.one"), Some(5.0));
    assert_eq!(measure(&outcome, "judge.two"), Some(2.0));
    assert_eq!(measure(&outcome, "same_family"), Some(1.0));
    assert_eq!(outcome.usage.unwrap().calls, 2);
}

#[test]
fn log_probabilities_give_the_mean_over_what_might_have_been_said() {
    let tokens = [("4", 0.6), ("5", 0.2), (" 3", 0.1), ("The", 0.1)];
    let script = Script::new("gemma", vec![Reply::tokens(&tokens)]);
    let sample = Sample { metadata: r#"{"model": "gemma-2-9b"}"#.into(), ..sample() };
    let (outcome, script) = judged(&json!({"by": "auto"}), script, &sample);
    let score = outcome.result.as_ref().unwrap();
    let mean = (0.6 * 4.0 + 0.2 * 5.0 + 0.1 * 3.0) / 0.9;
    assert!((score.value - mean).abs() < 1e-9, "{}", score.value);
    assert_eq!(measure(&outcome, "same_family"), Some(1.0));
    assert!(measure(&outcome, "variance").unwrap() > 0.3);
    assert_eq!((script.asked()[0].alternatives, script.asked()[0].max_tokens), (20, 1));

    // Without log-probabilities: asked for in words, or a fault.
    let script = Script::new("gemma", vec![Reply::text("4"), opinion(4, "good", &[])]);
    assert_eq!(judged(&json!({"by": "auto"}), script, &sample).0.result.unwrap().value, 4.0);
    let script = Script::new("gemma", vec![Reply::text("4")]);
    let fault = judged(&json!({"by": "logprobs"}), script, &sample).0.result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelUnavailable);
    let script = Script::new("gemma", vec![Reply::tokens(&[("I", 0.9), ("4", 0.1)])]);
    let fault = judged(&json!({"by": "auto"}), script, &sample).0.result.unwrap_err();
    assert!(fault.message.contains("gave no score: its likeliest first word is \"I\""), "{}", fault.message);
}

#[test]
fn rubbish_is_a_fault_and_never_a_score() {
    for reply in [
        "",
        "I am sorry, but I cannot judge this.",
        "{\"reasons\": \"cut off",
        "{\"reasons\": \"six\", \"strengths\": [], \"weaknesses\": [], \"score\": 6}",
        "{\"reasons\": \"half\", \"strengths\": [], \"weaknesses\": [], \"score\": 3.5}",
        "{\"reasons\": \"none\", \"strengths\": [], \"weaknesses\": [], \"score\": null}",
        "{\"strengths\": [], \"weaknesses\": [], \"score\": 3}",
        "[3]",
    ] {
        let script = Script::new("gemma", vec![Reply::text(reply)]);
        let fault = judged(&Value::Null, script, &sample()).0.result.unwrap_err();
        assert_eq!(fault.kind, FaultKind::ModelUnavailable, "{reply}");
        assert!(fault.message.contains("did not reply in the form that was asked for"), "{}", fault.message);
    }
    // One bad draw of three spoils the sample, rather than to be left out quietly.
    let replies = vec![opinion(3, "", &[]), Reply::text("no"), opinion(3, "", &[])];
    let (outcome, _) = judged(&json!({"samples": 3}), Script::new("gemma", replies), &sample());
    assert!(outcome.result.is_err());
}

#[test]
fn what_is_too_long_to_be_shown_is_refused_and_never_cut() {
    let long = Sample { output: "x".repeat(5 << 20), ..sample() };
    let (outcome, script) = judged(&Value::Null, Script::new("gemma", vec![]), &long);
    let fault = outcome.result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(
        fault.message.contains("5242880 of them the answer, more than `max_bytes: 200000`"),
        "{}",
        fault.message
    );
    assert!(script.asked().is_empty());
}

#[test]
fn every_script_and_no_output_at_all_are_judged() {
    for output in ["料金は月額49ドルです。", "السعر ٤٩ دولارا في الشهر.", "👍👍🏽", ""]
    {
        let script = Script::new("gemma", vec![opinion(3, "fine", &[(output, "all of it")])]);
        let sample = Sample { output: output.into(), ..sample() };
        let (outcome, script) = judged(&Value::Null, script, &sample);
        assert_eq!(outcome.result.unwrap().value, 3.0, "{output}");
        assert_eq!(script.asked()[0].turns[0].text.contains("The answer is empty."), output.is_empty());
    }
}

#[test]
fn settings_are_refused_with_what_to_write() {
    let script = Arc::new(Script::new("gemma", vec![]));
    let models = models([("judge", &script)]);
    for (settings, part) in [
        (json!({"criteria": " "}), "`criteria`: it is empty"),
        (json!({"samples": 0}), "`samples`: it is 0: write 1 to 9"),
        (json!({"samples": 10}), "write 1 to 9"),
        (json!({"temperature": 0.4}), "write 0 to 0.3"),
        (json!({"models": []}), "`models`: it names 0 models"),
        (json!({"models": ["judge", "judge"]}), "`judge` stands twice"),
        (
            json!({"models": "jury"}),
            "no language model `jury` is configured: the suite's `models` has `judge`",
        ),
        (json!({"examples": [{"output": "x", "score": 7}]}), "the score of example 1 is 7: write 1 to 5"),
        (json!({"rubric": {"3": ""}}), "`rubric`: level 3 is empty"),
        (json!({"rubric": {"6": "best"}}), "unknown field `6`"),
        (json!({"criteria": "word ".repeat(40_000)}), "more than 150000: shorten them"),
        (json!({"max_bytes": 10}), "write 1,000 to 4,000,000"),
    ] {
        let message = builtin("judge", &settings, &models).unwrap_err().to_string();
        assert!(message.contains(part), "{message}\n  lacks\n{part}");
    }
    // Ten thousand words are a lot, and taken.
    builtin("judge", &json!({"criteria": "criteria ".repeat(10_000)}), &models).unwrap();
}

#[test]
fn another_model_or_setting_is_another_identity() {
    let [one, other] = ["gemma", "qwen"].map(|model| Arc::new(Script::new(model, vec![])));
    let identity = |settings, script| {
        builtin("judge", &settings, &models([("judge", script)])).unwrap().identity().clone()
    };
    assert_eq!(identity(Value::Null, &one), identity(json!({"samples": 1}), &one));
    assert_ne!(identity(Value::Null, &one), identity(Value::Null, &other));
    assert_ne!(identity(Value::Null, &one), identity(json!({"task": "other"}), &one));
}

#[test]
fn examples_are_shown_with_their_scores() {
    let settings =
        json!({"examples": [{"input": "Hi?", "output": "Hello.", "score": 5, "reasons": "it is polite"}]});
    let script = Script::new("gemma", vec![opinion(3, "fine", &[])]);
    let text = judged(&settings, script, &sample()).1.asked()[0].turns[0].text.clone();
    assert!(
        text.contains("An example, whose right score is 5, because it is polite:\n\n<question "),
        "{text}"
    );
    assert!(text.contains("\nHello.\n</answer "));
}

fn choice(better: &str) -> Reply {
    Reply::json(&json!({"reasons": format!("{better} it is"), "better": better}))
}

fn compared(replies: Vec<Reply>) -> Result<super::Comparison, crate::Fault> {
    let script = Arc::new(Script::new("gemma", replies));
    let judge = PairwiseJudge::new(&Value::Null, &models([("judge", &script)])).unwrap();
    let (result, usage) = block_on(judge.compare(&sample(), "It is $49.", "It is $59.", &Cancel::default()));
    assert!(usage.calls <= 2);
    result.map(|mut comparisons| comparisons.remove(0))
}

#[test]
fn only_a_preference_that_survives_the_other_order_counts() {
    for (a_first, b_first, preference, consistent) in [
        ("first", "second", Preference::A, true),
        ("second", "first", Preference::B, true),
        ("first", "first", Preference::Tie, false),
        ("second", "second", Preference::Tie, false),
        ("tie", "tie", Preference::Tie, true),
        ("tie", "first", Preference::Tie, false),
    ] {
        let replies =
            vec![choice(a_first).to("It is $49.\n</first"), choice(b_first).to("It is $59.\n</first")];
        let comparison = compared(replies).unwrap();
        assert_eq!(comparison.preference, preference, "{a_first} {b_first}");
        assert_eq!(comparison.is_consistent(), consistent, "{a_first} {b_first}");
        assert_eq!(comparison.reasons, format!("{a_first} it is"));
    }
    assert!(compared(vec![choice("first"), Reply::text("both are fine")]).is_err());
}

#[test]
fn equal_outputs_are_a_tie_without_a_question() {
    let script = Arc::new(Script::new("gemma", vec![]));
    let judge = PairwiseJudge::new(&Value::Null, &models([("judge", &script)])).unwrap();
    let (result, usage) = block_on(judge.compare(&sample(), "same", "same", &Cancel::default()));
    let comparison = result.unwrap().remove(0);
    assert_eq!((comparison.preference, comparison.was_asked), (Preference::Tie, false));
    assert_eq!(usage.calls, 0);
}
