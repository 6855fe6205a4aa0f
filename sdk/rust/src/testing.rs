//! Runs a plugin natively, in the author's own unit tests, under the rules that the host enforces.
//!
//! ```
//! use scorebox_sdk::prelude::*;
//! use scorebox_sdk::testing;
//!
//! # #[settings]
//! # struct Settings { word: String }
//! # struct Check(String);
//! # impl Plugin for Check {
//! #     type Settings = Settings;
//! #     fn about() -> About { About::constraint("The answer lacks the word.") }
//! #     fn configure(settings: Settings) -> Result<Self, Failure> { Ok(Self(settings.word)) }
//! #     fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
//! #         let hits = sample.output.match_indices(&self.0);
//! #         let finding = |(at, hit): (usize, &str)| Finding::new("word", "has the word").in_output(at..at + hit.len());
//! #         Ok(Score::from_findings(hits.map(finding).collect()))
//! #     }
//! # }
//! let score = testing::check::<Check>(json!({"word": "sorry"}), "I am sorry.").unwrap();
//! assert_eq!(score.verdict, Verdict::Fail);
//! assert_eq!(testing::quotes(&score, "I am sorry."), ["sorry"]);
//! ```

use serde_json::Value;

use crate::finding::{Field, Finding, Span};
#[cfg(not(target_arch = "wasm32"))]
use crate::model::{ModelError, Prompt, host::DOUBLE};
use crate::plugin::Configured;
use crate::{Failure, Plugin, Sample, Score, settings};

/// Configures `P` with `settings` and scores `sample`: a [`Sample`], or the text of an output.
///
/// # Errors
/// What the plugin returned, or [`Failure::Failed`] where the host would refuse the score: a value that is not finite
/// or outside the declared range, or a finding that points outside its text or into the middle of a character.
#[expect(clippy::needless_pass_by_value, reason = "json!() is written in place")]
pub fn check<P: Plugin>(settings: Value, sample: impl Into<Sample>) -> Result<Score, Failure> {
    let sample = sample.into();
    let score = Configured::<P>::new(&settings.to_string())?.evaluate(&sample)?;
    match objection(&score, &sample, P::about().range) {
        Some(reason) => Err(Failure::failed(format!("the host would refuse this score: {reason}"))),
        None => Ok(score),
    }
}

/// As [`check`], for a plugin that asks the host's model, which `answers` stands for.
///
/// # Errors
/// As [`check`].
#[cfg(not(target_arch = "wasm32"))]
pub fn check_with_model<P: Plugin>(
    settings: Value,
    sample: impl Into<Sample>,
    answers: impl FnMut(&Prompt) -> Result<String, ModelError> + 'static,
) -> Result<Score, Failure> {
    DOUBLE.with(|double| *double.borrow_mut() = Some(Box::new(answers)));
    let score = check::<P>(settings, sample);
    DOUBLE.with(|double| *double.borrow_mut() = None);
    score
}

/// The texts that the findings of `score` point at, in order; findings that point nowhere are left out.
pub fn quotes(score: &Score, sample: impl Into<Sample>) -> Vec<String> {
    let sample = sample.into();
    let quote = |finding: &Finding| finding.location.and_then(|span| text(&sample, span)).map(str::to_owned);
    score.findings.iter().filter_map(quote).collect()
}

/// The JSON Schema of the settings of `P`, as it goes into the descriptor.
pub fn schema<P: Plugin>() -> Value {
    settings::schema::<P::Settings>()
}

fn objection(score: &Score, sample: &Sample, range: Option<(f64, f64)>) -> Option<String> {
    if !score.value.is_finite() || score.measures.iter().any(|(_, value)| !value.is_finite()) {
        return Some("a number is not finite".to_owned());
    }
    if let Some((low, high)) = range.filter(|(low, high)| score.value < *low || score.value > *high) {
        return Some(format!("the value {} is outside the declared range {low} to {high}", score.value));
    }
    let bad = score.findings.iter().find(|finding| {
        finding.rule.is_empty() || finding.location.is_some_and(|span| text(sample, span).is_none())
    })?;
    Some(if bad.rule.is_empty() {
        "a finding has no rule".to_owned()
    } else {
        format!("finding `{}` points outside its text or cuts a character: {:?}", bad.rule, bad.location)
    })
}

fn text(sample: &Sample, span: Span) -> Option<&str> {
    let text = match span.field {
        Field::Input => &sample.input,
        Field::Output => &sample.output,
        Field::Context(index) => sample.context.get(index)?,
    };
    text.get(span.start..span.end)
}
