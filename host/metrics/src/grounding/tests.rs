//! What the metric as a whole says of a sample.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn score_with(settings: serde_json::Value, context: &[&str], output: &str) -> Score {
    let metric = Grounding::new(serde_json::from_value(settings).unwrap()).unwrap();
    let sample = Sample {
        input: "How much is the Crew plan in Berlin?".to_owned(),
        output: output.to_owned(),
        context: context.iter().map(|&text| text.to_owned()).collect(),
        ..Sample::default()
    };
    let score = metric.score(&sample, &Cancel::default()).unwrap();
    score.check(&sample, Grounding::ABOUT.range).unwrap();
    score
}

fn score(context: &str, output: &str) -> Score {
    score_with(json!({}), &[context], output)
}

/// Rule and marked words of every finding.
fn marked(context: &str, output: &str) -> Vec<(String, String)> {
    let findings = score(context, output).findings.into_iter();
    findings
        .map(|finding| {
            let span = finding.location.unwrap();
            (finding.rule, output[span.start as usize..span.end as usize].to_owned())
        })
        .collect()
}

#[test]
fn each_rule_marks_the_words_that_the_context_does_not_bear_out() {
    const PLANS: &str = "The Crew plan costs €49 per month or €490 per year. It includes 6 users and does not include \
                         phone support. Solo is made for one person who works alone and needs a calendar, a stock \
                         list and the mobile app. The Workshop plan costs €119 per month. Revenue rose to $3.1 billion in the \
                         third quarter. Write to help@plan.example or see https://plan.example/help.";
    for (output, rule, words) in [
        ("The Crew plan costs €59 per month.", "unsupported-number", "€59"),
        ("The Crew plan costs $49 per month.", "unsupported-number", "$49"),
        ("The Crew plan includes seven users.", "unsupported-number", "seven"),
        ("Revenue rose to $3.1 million.", "unsupported-number", "$3.1 million"),
        ("Revenue rose in the second quarter.", "unsupported-number", "second"),
        ("Revenue rose to 490.", "number-elsewhere", "490"),
        ("The plan of Sarah Connor costs €49 per month.", "unsupported-name", "Sarah Connor"),
        ("The Crew plan includes code SAVE20 per year.", "unsupported-name", "SAVE20"),
        ("Revenue fell to $3.1 billion in the third quarter.", "opposite", "fell"),
        ("The Crew plan excludes 6 users.", "opposite", "excludes"),
        ("The Crew plan does not cost €49 per month.", "negation-added", "not"),
        ("The Crew plan includes phone support.", "negation-dropped", "includes phone"),
        ("Write to sales@plan.example.", "unsupported-link", "sales@plan.example"),
        ("See http://plan.example/contact.", "unsupported-link", "http://plan.example/contact"),
        ("The plan “costs 6 users”.", "unsupported-quote", "costs 6 users"),
        (
            "The Crew plan comes with free velvet curtains and a trombone.",
            "unsupported-phrase",
            "comes with free velvet curtains and a trombone",
        ),
        (
            "Penguins swim gracefully under antarctic icebergs.",
            "unsupported-sentence",
            "Penguins swim gracefully under antarctic icebergs",
        ),
    ] {
        let found = marked(PLANS, output);
        assert_eq!(found, [(rule.to_owned(), words.to_owned())], "{output}");
    }
}

#[test]
fn the_same_fact_written_otherwise_is_borne_out() {
    for (context, output) in [
        ("It costs $49.", "It costs 49 dollars."),
        ("It costs 49 USD.", "It costs forty-nine dollars."),
        ("1,200 people came.", "1.2k people came."),
        ("Twelve hundred people came.", "1200 people came."),
        ("It fell by thirty percent.", "It fell by 30%."),
        ("It is due on 2025-03-31.", "It is due on March 31st, 2025."),
        ("It is due on 31 Mar 2025.", "It is due on 31 Mar 2025."),
        ("It costs 2,50 €.", "It costs €2.50."),
        ("In Q3 sales rose.", "In the third quarter sales rose."),
        ("It has single sign-on for all.", "It has SSO for all."),
        ("He was born in Italy.", "He was an Italian, born there."),
        ("Prices increased.", "Prices were increasing."),
        ("See https://www.plan.example/.", "See plan.example."),
        ("He said: “We will not go back.”", "He said \"we will not go back\"."),
        ("A is free. B isn't free.", "B isn't free."),
        ("السعر ٤٩ دولارًا", "السعر 49 دولارًا"),
        ("価格は４９ドルです。", "価格は49ドルです。"),
    ] {
        let marked = marked(context, output);
        assert!(marked.is_empty(), "{context} / {output}: {marked:?}");
    }
}

#[test]
fn the_value_follows_its_formula() {
    let value = |output| score("The lamp costs €49. It is made of oak.", output).value;
    assert_eq!(value("The lamp costs €49."), 1.0);
    let wrong = value("The lamp costs €59.");
    // Three words of four, two pairs of three, and of what is said two of three in passages of equal weight.
    let weight = (2.0f64 + 1.0).ln();
    let mean = (3.0 / 4.0 + 2.0 / 3.0 + 2.0 * weight / (3.0 * weight)) / 3.0;
    assert!((wrong - mean / 2.0).abs() < 1e-12, "{wrong}");
    assert_eq!(value("The lamp costs €59. The lamp costs €59."), wrong, "what is repeated is found once");
    assert!(value("The lamp costs €59 and is made in Berlin.") < wrong);
}

#[test]
fn a_message_shows_the_nearest_passage() {
    let context = ["Returns are free within 30 days.", "The lamp costs €49 and is made of oak."];
    let score = score_with(json!({}), &context, "The lamp costs €59.");
    let message = "the number \"€59\" is not in the context; nearest, in context 1: \"The lamp costs €49 and is made of oak\"";
    assert_eq!(score.findings[0].message, message);
    assert_eq!(score.summary, "1 thing is unsupported; the context has 75 % of the words");
    let opposite = self::score("Prices rose in May.", "Prices fell in May.").findings.remove(0);
    assert!(
        opposite
            .message
            .starts_with("\"fell\" is not in the context, but its opposite is, \"rose\"; nearest"),
        "{}",
        opposite.message
    );
}

#[test]
fn settings_say_what_else_needs_no_support() {
    let context = ["The Crew plan costs €49."];
    let output = "The Crew plan costs €49 in Berlin. Kind regards, the Plankwise team";
    let rules = |settings| {
        score_with(settings, &context, output)
            .findings
            .into_iter()
            .map(|finding| finding.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(json!({})), ["unsupported-name", "unsupported-sentence", "unsupported-name"]);
    assert_eq!(rules(json!({"count_input": true})), ["unsupported-sentence", "unsupported-name"]);
    assert_eq!(rules(json!({"count_input": true, "allow": ["kind regards\nThe Plankwise Team"]})), [""; 0]);
    let refused = |allow: Vec<&str>| {
        let settings = serde_json::from_value(json!({"allow": allow})).unwrap();
        Grounding::new(settings).unwrap_err().reason
    };
    assert_eq!(refused(vec!["Kind regards", "…"]), "phrase 2 has no word");
    assert!(refused(vec!["a"; 101]).contains("more than 100"));
}

#[test]
fn there_may_be_nothing_to_check_or_nothing_to_check_with() {
    for output in ["", "  \n", "🙂👍", "Yes.", "—"] {
        let score = score("The lamp costs €49.", output);
        assert_eq!((score.value, score.findings.len()), (1.0, 0), "{output:?}");
    }
    assert_eq!(score("The lamp costs €49.", "🙂").summary, "the output has no words to check");
    let empty = score(" ", "The lamp costs €49.");
    assert_eq!(empty.value, 0.0);
    assert!(empty.findings[0].message.ends_with("no passage is near"), "{}", empty.findings[0].message);
    let metric = Grounding::new(GroundingSettings::default()).unwrap();
    let fault = metric.score(&Sample::default(), &Cancel::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidSample);
}

#[test]
fn other_scripts_are_compared_as_well() {
    for (context, output, wrong) in [
        (
            "価格は月額49ドルです。返品は30日以内に可能です。",
            "価格は月額49ドルです。",
            "価格は月額59ドルです。",
        ),
        ("يبلغ سعر الخطة ٤٩ دولارًا شهريًا.", "سعر الخطة ٤٩ دولارًا.", "سعر الخطة ٥٩ دولارًا."),
        (
            "Der Tarif kostet 49 € im Monat.",
            "Der Tarif kostet 49 € im Monat.",
            "Der Tarif kostet 59 € im Monat.",
        ),
    ] {
        let (right, wrong) = (score(context, output), score(context, wrong));
        assert!(right.findings.is_empty(), "{output}: {:?}", right.findings);
        assert_eq!(wrong.findings.len(), 1, "{output}: {:?}", wrong.findings);
        assert_eq!(wrong.findings[0].rule, "unsupported-number");
        assert!(right.value > 2.0 * wrong.value);
    }
}

#[test]
fn a_run_that_was_stopped_gets_a_fault() {
    let metric = Grounding::new(GroundingSettings::default()).unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    let sample = Sample { context: vec!["a".to_owned()], ..Sample::default() };
    assert_eq!(metric.score(&sample, &cancel).unwrap_err().kind, FaultKind::Cancelled);
}

/// Shapes that would take forever if any step were quadratic.
#[test]
fn long_texts_take_time_in_proportion() {
    let times = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    for part in [
        "The plan costs 49 euros and is not free. ",
        "12 49 ",
        "........",
        "1,",
        "\"a ",
        "A.",
        "Bob Alice ",
        "word",
        "価格は高い",
        "n't not ",
        "a@b.",
        "http://",
        "\u{301}",
    ] {
        for (context, output) in [(2_000_000, 1_000), (1_000, 1_000_000), (400_000, 400_000)] {
            let begin = Instant::now();
            score(&times(part, context), &times(part, output));
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{part:?} {context} {output}: {:?}",
                begin.elapsed()
            );
        }
    }
}

fn texts() -> impl Strategy<Value = String> {
    let word = "The|plan|costs|€49|fifty|not|n't|Bob|Q3|\"|”|“|1,200|2025-03-31|a@b\\.io|https://x\\.io|。|価|は|ドル|سعر|\\.|!|\n|,|increase|no|yes|🙂";
    let words = proptest::collection::vec(word, 0..40).prop_map(|words| words.join(" "));
    prop_oneof![words, any::<String>()]
}

proptest! {
    #[test]
    fn any_texts_have_a_sound_score(context in proptest::collection::vec(texts(), 1..4), output in texts()) {
        let context = context.iter().map(String::as_str).collect::<Vec<_>>();
        let one = score_with(json!({"count_input": true, "allow": ["the plan"]}), &context, &output);
        let again = score_with(json!({"count_input": true, "allow": ["the plan"]}), &context, &output);
        prop_assert_eq!(one, again);
    }

    #[test]
    fn an_output_bears_itself_out(context in texts(), output in texts()) {
        let score = score_with(json!({}), &[&context, &output], &output);
        prop_assert_eq!((score.value, score.findings.len()), (1.0, 0), "{:?}", score);
    }
}
