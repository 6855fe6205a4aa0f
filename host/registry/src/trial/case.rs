//! One case: what came, and how it differs from what is expected.

use std::time::Duration;

use scorebox_sandbox::{Evaluation, Fault, Finding, Sample, Score, Verdict};
use serde::Serialize;

use super::Trial;
use crate::manifest::{Case, Expectation, ExpectedFinding};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// The score, or why there is none; `score` or `fault` as JSON.
    #[serde(flatten, serialize_with = "score_or_fault")]
    pub outcome: Result<Score, Fault>,
    /// What is not as expected; empty for a case that passes.
    pub differences: Vec<CaseDifference>,
    /// Fuel of the evaluation, in wasmtime's units; 0 where the settings were refused.
    pub fuel: u64,
    /// Time of the evaluation.
    #[serde(rename = "nanoseconds", serialize_with = "nanoseconds")]
    pub elapsed: Duration,
    /// What the plugin logged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseDifference {
    /// `verdict`, `value`, `findings`, `failure` or `score`.
    pub field: &'static str,
    /// What the case expects, a line for each thing.
    pub expected: Vec<String>,
    /// What came, a line for each thing.
    pub got: Vec<String>,
}

impl CaseReport {
    /// Whether everything is as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Trial {
    /// Runs a case in an instance of its own.
    pub fn case(&mut self, case: &Case) -> CaseReport {
        let sample = case.sample.to_sample();
        let configured = self.configured(&case.settings);
        let evaluation = configured.map(|configured| configured.evaluate(&sample));
        let (outcome, fuel, elapsed, log) = match evaluation {
            Ok(Evaluation { result, fuel, elapsed, log, .. }) => (result, fuel, elapsed, log),
            Err(fault) => (Err(fault), 0, Duration::ZERO, Vec::new()),
        };
        let differences = differences(&case.expect, &outcome, &sample);
        CaseReport { name: case.name.clone(), outcome, differences, fuel, elapsed, log }
    }
}

pub(super) fn differences(
    expect: &Expectation,
    outcome: &Result<Score, Fault>,
    sample: &Sample,
) -> Vec<CaseDifference> {
    let one = |field, expected: String, got: String| CaseDifference {
        field,
        expected: vec![expected],
        got: vec![got],
    };
    let score = match (outcome, expect.failure) {
        (Err(fault), Some(kind)) if fault.kind == kind => return Vec::new(),
        (Err(fault), Some(kind)) => return vec![one("failure", kind.name().to_owned(), fault.to_string())],
        (Err(fault), None) => {
            return vec![one("score", "a score".to_owned(), fault.to_string())];
        }
        (Ok(score), Some(kind)) => {
            let got = format!("a score: {}, value {}", verdict(score.verdict), score.value);
            return vec![one("failure", kind.name().to_owned(), got)];
        }
        (Ok(score), None) => score,
    };
    let mut differences = Vec::new();
    if let Some(expected) = expect.verdict
        && expected != score.verdict
    {
        differences.push(one("verdict", verdict(expected).to_owned(), verdict(score.verdict).to_owned()));
    }
    if let Some(expected) = expect.value
        && !expected.holds(score.value)
    {
        differences.push(one("value", expected.to_string(), score.value.to_string()));
    }
    if let Some(expected) = &expect.findings {
        let mut left: Vec<&Finding> = score.findings.iter().collect();
        // The most exact ones first, so that one that says less does not take what another one means.
        let mut wanted: Vec<&ExpectedFinding> = expected.iter().collect();
        wanted.sort_by_key(|finding| finding.quote.is_none() as u8 + finding.message.is_none() as u8);
        let mut missing: Vec<&ExpectedFinding> = Vec::new();
        for finding in wanted {
            match left.iter().position(|got| is_meant(finding, got, sample)) {
                Some(index) => {
                    left.remove(index);
                }
                None => missing.push(finding),
            }
        }
        if !missing.is_empty() || !left.is_empty() {
            differences.push(CaseDifference {
                field: "findings",
                expected: missing.into_iter().map(in_words).collect(),
                got: left.into_iter().map(|got| in_words(&found(got, sample))).collect(),
            });
        }
    }
    differences
}

fn is_meant(expected: &ExpectedFinding, got: &Finding, sample: &Sample) -> bool {
    let quote = || got.location.and_then(|span| span.quote(sample));
    expected.rule == got.rule
        && expected.quote.as_deref().is_none_or(|quoted| quote() == Some(quoted))
        && expected.message.as_ref().is_none_or(|message| *message == got.message)
}

/// A finding as a case would expect it: its rule, and the text that it points at or else its message.
pub(super) fn found(finding: &Finding, sample: &Sample) -> ExpectedFinding {
    let quote = finding.location.and_then(|span| span.quote(sample)).map(str::to_owned);
    let message = quote.is_none().then(|| finding.message.clone());
    ExpectedFinding { rule: finding.rule.clone(), quote, message }
}

fn in_words(finding: &ExpectedFinding) -> String {
    let quote = finding.quote.as_ref().map_or_else(String::new, |quote| format!(" “{quote}”"));
    let message = finding.message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
    format!("{}{quote}{message}", finding.rule)
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Unjudged => "unjudged",
    }
}

pub(super) fn nanoseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn score_or_fault<S: serde::Serializer>(
    outcome: &Result<Score, Fault>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Either<'a> {
        Score(&'a Score),
        Fault(&'a Fault),
    }
    let either = match outcome {
        Ok(score) => Either::Score(score),
        Err(fault) => Either::Fault(fault),
    };
    either.serialize(serializer)
}
