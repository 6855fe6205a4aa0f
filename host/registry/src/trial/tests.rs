//! Cases of a small guest, and files that are blessed.

use std::path::Path;
use std::time::Duration;

use scorebox_sandbox::{Fault, FaultKind, Field, Finding, Score, Span, Verdict};

use super::*;
use crate::manifest::Manifest;

const FILE: &str = "\
# Ours since 2020.
name: check
version: 1.0.0
summary: Finds names.   # a comment that stays
licence: MIT

cases:
  # The usual one.
  - name: names a competitor
    sample:
      output: |
        Try Acme.
        expect: nothing
    expect:
      verdict: pass
      findings: []

  # Written short.
  - {name: short, sample: {output: Acme}, expect: {verdict: pass}}
  - name: explained
    expect:
      verdict: pass   # because of the law
    sample: {output: Acme}
  - expect: {failure: invalid-settings}
    name: the other way round
    sample: {output: \"Acme # 1\"}
  -
    name: dash alone
    sample: {output: Bolt}
    expect: {verdict: pass,
      value: 1}
";

fn score(quoted: (u32, u32)) -> Score {
    let location = Some(Span { field: Field::Output, start: quoted.0, end: quoted.1 });
    Score {
        value: 0.0,
        verdict: Verdict::Fail,
        summary: String::new(),
        findings: vec![Finding { rule: "competitor".into(), message: "names Acme".into(), location }],
        measures: vec![],
    }
}

fn report(name: &str, outcome: Result<Score, Fault>) -> CaseReport {
    let differences = vec![CaseDifference { field: "verdict", expected: vec![], got: vec![] }];
    CaseReport { name: name.into(), outcome, differences, fuel: 1, elapsed: Duration::ZERO, log: vec![] }
}

fn blessed(text: &str, reports: &[CaseReport]) -> Blessed {
    bless(text, Path::new("plugin.yaml"), reports).unwrap()
}

#[test]
fn blessing_changes_expectations_and_nothing_else() {
    let reports = [
        report("names a competitor", Ok(score((4, 8)))),
        report("the other way round", Ok(score((0, 4)))),
        report("dash alone", Err(Fault::new(FaultKind::Failed, "no"))),
    ];
    let blessed = blessed(FILE, &reports);
    assert_eq!(blessed.left, []);
    insta::assert_snapshot!(blessed.text);
    let again = Manifest::parse(&blessed.text, Path::new("plugin.yaml")).unwrap();
    let expect = &again.cases[0].expect;
    assert_eq!((expect.verdict, expect.value), (Some(Verdict::Fail), None), "only what it looked at");
    assert_eq!(expect.findings.as_ref().unwrap()[0].quote.as_deref(), Some("Acme"));
}

#[test]
fn what_cannot_be_edited_safely_stays_and_is_named() {
    let reports = [
        report("short", Ok(score((0, 4)))),
        report("explained", Ok(score((0, 4)))),
        report("names a competitor", Err(Fault::new(FaultKind::Trap, "unreachable"))),
    ];
    let blessed = blessed(FILE, &reports);
    assert_eq!(blessed.text, FILE);
    let reasons: Vec<&str> = blessed.left.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("in braces"), "{reasons:?}");
    assert!(reasons[1].contains("comment"), "{reasons:?}");
    assert!(reasons[2].contains("mend the plugin"), "{reasons:?}");
}

#[test]
fn lines_that_end_as_on_windows_still_do() {
    let text = FILE.replace('\n', "\r\n");
    let blessed = blessed(&text, &[report("names a competitor", Ok(score((4, 8))))]);
    assert_eq!(blessed.cases, ["names a competitor"]);
    assert!(!blessed.text.replace("\r\n", "").contains('\n'));
}

#[test]
fn findings_are_compared_as_a_set() {
    let sample = scorebox_sandbox::Sample { output: "Acme and Bolt".into(), ..Default::default() };
    let manifest = FILE.replace(
        "findings: []",
        "findings: [{rule: competitor}, {rule: competitor, quote: Acme}, {rule: competitor, quote: Bolt}]",
    );
    let manifest = Manifest::parse(&manifest, Path::new("plugin.yaml")).unwrap();
    let mut expect = manifest.cases[0].expect.clone();
    expect.verdict = None;
    let finding = |start, end| score((start, end)).findings.remove(0);
    let of = |findings| Ok(Score { findings, ..score((0, 4)) });
    let differences =
        case::differences(&expect, &of(vec![finding(9, 13), finding(0, 4), finding(0, 1)]), &sample);
    assert_eq!(differences, []);
    let differences = case::differences(&expect, &of(vec![finding(9, 13), finding(0, 3)]), &sample);
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].expected, ["competitor “Acme”"]);
    assert_eq!(differences[0].got, Vec::<String>::new(), "the one without a quote takes the other");
}
