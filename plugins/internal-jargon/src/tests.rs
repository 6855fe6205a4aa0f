use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::Value;
use scorebox_sdk::testing::{check, quotes};

use super::InternalJargon;

fn found(settings: Value, output: &str) -> Vec<String> {
    quotes(&check::<InternalJargon>(settings, output).unwrap(), output)
}

fn refused(settings: Value) -> String {
    match check::<InternalJargon>(settings, "") {
        Err(Failure::Settings(message)) => message,
        other => panic!("should be refused: {other:?}"),
    }
}

#[test]
fn terms_are_whole_words_in_any_case() {
    let settings = json!({"terms": ["Moneypit", "tier zero"]});
    let output =
        "The MONEYPIT is down. Moneypit's logs, moneypits, antimoneypit, money\u{2060}pit. Tier\n zero.";
    assert_eq!(found(settings, output), ["MONEYPIT", "Moneypit", "Tier\n zero"]);
}

#[test]
fn case_can_matter() {
    assert_eq!(found(json!({"terms": ["IT"], "case_sensitive": true}), "IT says it is fine"), ["IT"]);
}

#[test]
fn unicode_case_and_scripts() {
    let settings = json!({"terms": ["Größenwahn", "ΣΊΣΥΦΟΣ", "ПРОЕКТ", "内部系统"]});
    let output = "größenwahn, GRÖßENWAHN; σίσυφος; проекты, проект; 请使用内部系统登录";
    assert_eq!(found(settings, output), ["größenwahn", "GRÖßENWAHN", "σίσυφος", "проект", "内部系统"]);
}

#[test]
fn terms_may_start_and_end_with_symbols() {
    let settings = json!({"terms": ["@core-team", "C++", "don't-ship", "(wip)"]});
    let output = "Ask @core\u{2011}team or me@core-team; C++ and C++20; don\u{2019}t-ship this (WIP).";
    assert_eq!(found(settings, output), ["@core\u{2011}team", "C++", "don\u{2019}t-ship", "(WIP)"]);
}

#[test]
fn terms_are_literal() {
    assert_eq!(found(json!({"terms": ["a.c", "x|y"]}), "abc a.c x x|y"), ["a.c", "x|y"]);
}

#[test]
fn the_longer_phrase_wins_and_hits_do_not_overlap() {
    let settings = json!({"terms": ["blue", "blue whale", "whale song"], "patterns": ["bl\\w+ whale song"]});
    assert_eq!(found(settings, "blue whale song; blue whales"), ["blue whale", "blue"]);
}

#[test]
fn patterns_keep_their_own_case() {
    let settings = json!({"patterns": [r"JIRA-\d+", r"\bsvc-[a-z-]+", r"(?i)conf-\d+"]});
    let output = "JIRA-12, jira-13, svc-billing-api, mysvc-x, CONF-7";
    assert_eq!(found(settings, output), ["JIRA-12", "svc-billing-api", "CONF-7"]);
}

#[test]
fn advice_and_rules_reach_the_finding() {
    let settings = json!({
        "terms": [{"term": "moneypit", "instead": "billing", "rule": "project-name"}, "kraken"],
        "patterns": [{"pattern": r"JIRA-\d+", "instead": "your ticket"}, r"INC\d+"],
    });
    let score = check::<InternalJargon>(settings, "Moneypit broke in JIRA-1 and INC2, ask kraken.").unwrap();
    let found: Vec<_> =
        score.findings.iter().map(|found| (found.rule.as_str(), found.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("project-name", "says \"Moneypit\": write \"billing\" instead"),
            ("internal-identifier", "says \"JIRA-1\": write \"your ticket\" instead"),
            ("internal-identifier", "says \"INC2\", which is internal: leave it out"),
            ("internal-term", "says \"kraken\", which is internal: leave it out"),
        ]
    );
    assert_eq!((score.verdict, score.value), (Verdict::Fail, 0.0));
    assert_eq!(score.measures, [("hits".to_owned(), 4.0)]);
}

#[test]
fn a_clean_answer_passes() {
    let score = check::<InternalJargon>(json!({"terms": ["kraken"]}), "").unwrap();
    assert_eq!((score.verdict, score.value), (Verdict::Pass, 1.0));
    assert_eq!(score.measures, [("hits".to_owned(), 0.0)]);
}

#[test]
fn findings_are_bounded_and_the_count_is_not() {
    let score = check::<InternalJargon>(json!({"terms": ["x"]}), "x ".repeat(20_000)).unwrap();
    assert_eq!(score.findings.len(), 200);
    assert_eq!(score.measures, [("hits".to_owned(), 20_000.0)]);
    assert_eq!(score.summary, "19800 more hits are not listed");
}

#[test]
fn long_matches_are_cut_on_a_character() {
    let output = "ü".repeat(500);
    let score = check::<InternalJargon>(json!({"patterns": ["ü+"]}), output.as_str()).unwrap();
    assert!(score.findings[0].message.contains(&format!("\"{}…\"", "ü".repeat(80))));
    assert_eq!(quotes(&score, output.as_str()), [output]);
}

#[test]
fn wrong_settings_are_named() {
    assert_eq!(refused(json!({})), "nothing to look for: give `terms`, `patterns` or both");
    assert_eq!(
        refused(json!({"terms": ["a", " \n"]})),
        "terms[1]: write a word or a phrase, not an empty text"
    );
    assert_eq!(
        refused(json!({"patterns": ["a", "b("]})),
        "patterns[1]: not a regular expression: unclosed group"
    );
    assert_eq!(
        refused(json!({"patterns": ["(JIRA-\\d+)?"]})),
        "patterns[0]: `(JIRA-\\d+)?` also matches the empty text: make it need a character"
    );
    assert_eq!(
        refused(json!({"terms": [{"term": "a", "rule": "My rule"}]})),
        "terms[0].rule: \"My rule\" is not short kebab-case: write it like `project-name`"
    );
    assert_eq!(
        refused(json!({"terms": [{"word": "a"}]})),
        "terms[0]: write a word, or an object with `term` and, if you like, `instead` and `rule`"
    );
    assert!(
        refused(json!({"patterns": ["\\w{1000}{1000}"]})).starts_with("the terms and patterns are too many")
    );
}

#[test]
fn the_schema_describes_both_forms() {
    let schema = scorebox_sdk::testing::schema::<InternalJargon>();
    let alternatives = schema["$defs"]["Term"]["anyOf"].as_array().unwrap();
    assert_eq!(alternatives.len(), 2, "{schema:#}");
    assert_eq!(alternatives[0]["type"], "string");
}
