use super::*;
use scorebox_sdk::serde_json::Value;
use scorebox_sdk::testing::{check, quotes};

fn rules(settings: Value, output: &str) -> Vec<String> {
    check::<Check>(settings, output).unwrap().findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn promises_of_every_group_are_found() {
    for (output, rule) in [
        ("We guarantee that it works.", "guarantee"),
        ("I can personally promise it.", "guarantee"),
        ("Satisfaction is 100% guaranteed!", "guarantee"),
        ("It is risk–free.", "guarantee"),
        ("We’ll refund your order.", "refund"),
        ("Sure, I will happily issue you a full refund.", "refund"),
        ("You'll get your money back.", "refund"),
        ("You are entitled to a refund.", "refund"),
        ("Your refund has been approved.", "refund"),
        ("We offer 99.99% uptime.", "uptime"),
        ("With zero downtime.", "uptime"),
        ("Our service never goes down.", "uptime"),
        ("It will arrive by Friday.", "delivery-date"),
        ("Your order will be delivered within 2 business days.", "delivery-date"),
        ("We'll ship it tomorrow.", "delivery-date"),
        ("It will be delivered to your door on May 3.", "delivery-date"),
        ("Your price is locked in.", "price-lock"),
        ("The rate will never go up.", "price-lock"),
        ("You keep this discount for life.", "price-lock"),
        ("We accept full liability.", "legal"),
        ("This answer is legally binding.", "legal"),
        ("The product is 100% GDPR-compliant.", "legal"),
        ("We will cover any legal fees.", "legal"),
    ] {
        assert_eq!(rules(json!({}), output), [rule], "{output}");
    }
}

#[test]
fn what_is_no_promise_passes() {
    for output in [
        "",
        "We cannot guarantee that it works.",
        "We don’t offer a full refund on sale items.",
        "Delivery dates are not guaranteed.",
        "There is no guarantee that we will refund you.",
        "I'm unable to promise that it will arrive by Friday.",
        "Refunds are handled by the billing team; see the refund policy.",
        "Prices may change. Shipping usually takes 3 to 5 days.",
        "We shipped it on Monday.",
        "Your case has been opened and the rate limit is 100 per minute.",
    ] {
        assert_eq!(rules(json!({}), output), Vec::<String>::new(), "{output}");
    }
}

#[test]
fn a_denial_elsewhere_excuses_nothing() {
    for output in [
        "No problem, we guarantee it.",
        "Don't worry! We guarantee it.",
        "We do not sell it, but we guarantee it.",
    ] {
        assert_eq!(rules(json!({}), output), ["guarantee"], "{output}");
    }
}

#[test]
fn findings_quote_the_original() {
    let output = "Größe passt nicht? WE’LL\u{ad} GLADLY  refund you, straßenfest.";
    let score = check::<Check>(json!({"rules": ["refund"]}), output).unwrap();
    assert_eq!(quotes(&score, output), ["WE’LL\u{ad} GLADLY  refund"]);
    assert_eq!(score.findings[0].message, "promises a refund: “we'll gladly refund”");
    assert_eq!((score.verdict, score.measures[0].1), (Verdict::Fail, 1.0));
}

#[test]
fn policy_is_excused_and_groups_are_selected() {
    let policy = json!({"allowed": ["30-day money-back guarantee"]});
    assert!(rules(policy.clone(), "You have a 30–day Money-Back Guarantee.").is_empty());
    assert_eq!(rules(policy, "You have a 60-day money-back guarantee."), ["guarantee", "refund"]);
    assert!(rules(json!({"rules": ["uptime"]}), "We guarantee it.").is_empty());
}

#[test]
fn an_answer_cannot_escape_by_repetition() {
    let output = "We guarantee a full refund. ".repeat(20_000);
    let score = check::<Check>(json!({"allowed": ["refund policy"]}), output).unwrap();
    assert_eq!((score.verdict, score.findings.len(), score.measures[0].1), (Verdict::Fail, 1_000, 40_000.0));
}

#[test]
fn a_suite_brings_its_own_rules() {
    let settings = json!({
        "rules": [],
        "patterns": [
            {"rule": "free-gift", "pattern": r"gratis \w+", "message": "promises a gift"},
            {"rule": "discount", "pattern": r"\d+ ?% off"},
        ],
    });
    let output = "GRATIS Äpfel, and 20% off. We do not offer 30% off.";
    let score = check::<Check>(settings, output).unwrap();
    assert_eq!(quotes(&score, output), ["GRATIS Äpfel", "20% off"]);
    assert_eq!(score.findings[0].message, "promises a gift");
    assert_eq!(score.findings[1].message, "promises “20% off”");
}

#[test]
fn settings_that_cannot_work_are_refused_by_field() {
    for (settings, message) in [
        (json!({"rules": []}), "no rule is left"),
        (json!({"rules": ["refunds"]}), "rules[0]: unknown variant `refunds`, expected one of `guarantee`"),
        (
            json!({"patterns": [{"rule": "A b", "pattern": "x"}]}),
            "patterns[0].rule: \"A b\" is not kebab-case",
        ),
        (json!({"patterns": [{"rule": "a", "pattern": "("}]}), "patterns[0].pattern: "),
        (
            json!({"patterns": [{"rule": "a", "pattern": "x*"}]}),
            "patterns[0].pattern: matches the empty text",
        ),
        (json!({"allowed": ["a", ""]}), "allowed[1]: the phrase is empty"),
    ] {
        let refusal = check::<Check>(settings, "").unwrap_err().to_string();
        assert!(refusal.contains(message), "{refusal}");
    }
}
