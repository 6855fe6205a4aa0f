//! Metrics that compare texts without a model.
//!
//! Where a formula has a reference implementation that everybody quotes, the value is that implementation's value:
//! SQuAD's evaluation script, rouge-score, sacreBLEU, RapidFuzz. Their quirks are kept, and said so at the place.
//! Python's idea of lower case, white space and letters is part of those formulas; see `python.rs`.
//!
//! No metric takes quadratic time on long texts without a bound: what would exceed it is a
//! [`Refused`](FaultKind::Refused) fault, never a guess.

mod bleu;
mod chrf;
mod contains;
mod exact_match;
mod json_validity;
mod lcs;
mod levenshtein;
mod ngrams;
mod numeric_difference;
mod phrase;
mod porter;
mod python;
mod regex_match;
mod rouge;
mod squad;
mod ter;
mod ter_shift;
mod token_f1;
mod tokenizer_13a;
mod vocabulary;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use self::bleu::Bleu;
pub(crate) use self::chrf::Chrf;
pub(crate) use self::contains::Contains;
pub(crate) use self::exact_match::ExactMatch;
pub(crate) use self::json_validity::JsonValidity;
pub(crate) use self::levenshtein::Levenshtein;
pub(crate) use self::numeric_difference::NumericDifference;
pub(crate) use self::porter::stem;
pub(crate) use self::regex_match::RegexMatch;
pub(crate) use self::rouge::{RougeL, RougeLsum, RougeN};
pub(crate) use self::ter::Ter;
pub(crate) use self::token_f1::TokenF1;
use crate::settings::BadSetting;
use crate::{Cancel, Fault, FaultKind, Field, Finding, Kind, Need, Sample, Score, Span, Verdict, Work};

/// A metric that needs nothing but the sample and a processor.
pub(crate) trait TextMetric: fmt::Debug + Send + Sync + Sized + 'static {
    /// What the metric is.
    const ABOUT: About;
    /// What a suite may write under `settings`.
    type Settings: Serialize + DeserializeOwned + JsonSchema;

    /// The metric with these settings.
    fn new(settings: Self::Settings) -> Result<Self, BadSetting>;

    /// What these settings make the metric need.
    fn needs(&self) -> Vec<Need> {
        Self::ABOUT.needs.to_vec()
    }

    /// Scores one sample.
    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault>;
}

/// The fixed part of a descriptor.
#[derive(Debug)]
pub(crate) struct About {
    /// Kebab-case.
    pub(crate) name: &'static str,
    /// Semantic version; another one wherever a value can change.
    pub(crate) version: &'static str,
    /// One sentence.
    pub(crate) summary: &'static str,
    pub(crate) kind: Kind,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) higher_is_better: bool,
    pub(crate) needs: &'static [Need],
    pub(crate) work: Work,
}

/// The settings of a metric that has none.
#[derive(Debug, Default, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSettings {}

/// Findings of one sort that a score keeps; a person reads no more.
const MAX_FINDINGS: usize = 100;

/// The reference answer.
pub(crate) fn expected<'a>(sample: &'a Sample, metric: &str) -> Result<&'a str, Fault> {
    sample.expected.as_deref().ok_or_else(|| {
        Fault::new(
            FaultKind::InvalidSample,
            format!(
                "the sample has no `expected_output`, which `{metric}` compares the output with: give it one"
            ),
        )
    })
}

/// A score that only a threshold can judge.
fn measured<const N: usize>(value: f64, measures: [(&str, f64); N]) -> Score {
    Score {
        value,
        verdict: Verdict::Unjudged,
        summary: String::new(),
        findings: Vec::new(),
        measures: measures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// The score of a sample that is good: 1.
fn passed() -> Score {
    Score {
        value: 1.0,
        verdict: Verdict::Pass,
        summary: String::new(),
        findings: Vec::new(),
        measures: Vec::new(),
    }
}

/// The score of a sample that is bad: 0.
fn failed(findings: Vec<Finding>) -> Score {
    Score { value: 0.0, verdict: Verdict::Fail, summary: String::new(), findings, measures: Vec::new() }
}

pub(crate) fn finding(rule: &str, message: String, location: Option<Span>) -> Finding {
    Finding { rule: rule.to_owned(), message, location }
}

/// Bytes of the output; `None` past four gigabytes, where a span cannot point.
pub(crate) fn output_span(range: std::ops::Range<usize>) -> Option<Span> {
    let (start, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
    Some(Span { field: Field::Output, start, end })
}

/// A text in quotation marks, control characters escaped, cut to what a line can hold.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The harmonic mean of precision and recall, 0 where both are.
fn f_measure(precision: f64, recall: f64) -> f64 {
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

/// `part / whole`, 0 where there is no whole.
#[expect(clippy::cast_precision_loss, reason = "counts of words and characters stay far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Fails once somebody asked to stop.
fn check(cancel: &Cancel) -> Result<(), Fault> {
    if cancel.is_cancelled() {
        return Err(Fault::new(FaultKind::Cancelled, "the run was stopped while this sample was scored"));
    }
    Ok(())
}

/// The texts are too long for `metric` to compare in bounded time.
fn too_long(metric: &str, reason: &str) -> Fault {
    let advice = "shorten the texts, or keep the metric to partitions with short ones";
    Fault::new(FaultKind::Refused, format!("{metric} would take too long: {reason}; {advice}"))
}
