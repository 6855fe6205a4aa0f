//! Which scores of a sample a report points at, and what it says of them.

use scorebox_metrics::{Fault, Finding, Verdict};

use super::escape::{escape_line, escape_short};
use super::words;
use crate::run::{SampleRecord, ScoreRecord};

/// The name under which reports list a fault of the subject, which belongs to no metric.
pub(crate) const SUBJECT: &str = "subject";

/// Characters of a message of a metric that reports show on one line.
const MESSAGE_CHARS: usize = 500;

/// The scores that failed.
pub(crate) fn failed(sample: &SampleRecord) -> impl Iterator<Item = &ScoreRecord> {
    sample.scores.iter().filter(|score| score.verdict == Verdict::Fail)
}

/// The faults of a sample, with the metric that could not score, or [`SUBJECT`].
pub(crate) fn faults(sample: &SampleRecord) -> impl Iterator<Item = (&str, &Fault)> {
    let subject = sample.fault.as_ref().map(|fault| (SUBJECT, fault));
    let metrics =
        sample.scores.iter().filter_map(|score| Some((score.metric.as_str(), score.fault.as_ref()?)));
    subject.into_iter().chain(metrics)
}

/// What a score says of itself, on one line: the threshold that it missed, the metric's own summary, or both. `None`
/// where there is neither.
pub(crate) fn headline(score: &ScoreRecord) -> Option<String> {
    let summary = escape_short(&score.summary, MESSAGE_CHARS);
    match (&score.missed, summary.is_empty()) {
        (Some(missed), true) => Some(escape_line(missed)),
        (Some(missed), false) => Some(format!("{}: {summary}", escape_line(missed))),
        (None, false) => Some(summary),
        (None, true) => None,
    }
}

/// Why a score failed, on one line: its [`headline`], else its first finding, else its value.
pub(crate) fn reason(score: &ScoreRecord) -> String {
    headline(score).unwrap_or_else(|| match score.findings.as_slice() {
        [] => score.value.map(|value| format!("value {}", words::number(value))).unwrap_or_default(),
        [only] => finding(only),
        [first, rest @ ..] => format!("{}, and {} more", finding(first), words::grouped(rest.len() as u64)),
    })
}

/// A finding on one line: `rule: message`.
pub(crate) fn finding(finding: &Finding) -> String {
    let rule = escape_line(&finding.rule);
    let message = escape_short(&finding.message, MESSAGE_CHARS);
    if message.is_empty() { rule } else { format!("{rule}: {message}") }
}
