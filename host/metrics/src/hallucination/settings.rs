//! What a suite may write under `settings` of `hallucination`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::label::Label;
use crate::settings::BadSetting;

/// Settings of `hallucination`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HallucinationSettings {
    /// Name of the model that checks, among the suite's `models`; `judge` by default.
    pub(crate) model: String,
    /// How it is asked: `claims` (every claim with its label and evidence) or `token` (how likely it says yes; needs an API
    /// with log-probabilities, and is far better with small models). `claims` by default.
    pub(crate) by: By,
    /// What is checked by itself: `claims` that the model finds, whole `sentences`, which spares the question for them, or
    /// with `by: token` all of the `output` at once. `claims` by default, and `sentences` with `by: token`.
    pub(crate) unit: Option<Unit>,
    /// With `by: token`, whether the value is the mean of the model's and that of `grounding`, and the findings are those of
    /// both; false by default. The two overlook different things.
    pub(crate) with_grounding: bool,
    /// The labels of which one claim fails the sample; an empty list leaves the verdict to the threshold.
    /// `[CONTRADICTED, UNSUPPORTED]` by default.
    pub(crate) fail_on: Vec<Label>,
    /// Bytes of context in one question: 1,000 to 4,000,000, by default 24,000. A longer context is read in several windows
    /// that overlap.
    pub(crate) window: usize,
    /// Questions that one sample may take: 1 to 10,000, by default 200.
    pub(crate) max_questions: usize,
}

impl Default for HallucinationSettings {
    fn default() -> Self {
        Self {
            model: "judge".to_owned(),
            by: By::Claims,
            unit: None,
            with_grounding: false,
            fail_on: vec![Label::Contradicted, Label::Unsupported],
            window: 24_000,
            max_questions: 200,
        }
    }
}

/// How a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// For a label and evidence of every claim.
    Claims,
    /// For one word.
    Token,
}

/// What is checked by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    /// Claims that the model finds.
    Claims,
    /// Sentences.
    Sentences,
    /// All of the output.
    Output,
}

impl HallucinationSettings {
    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        if (self.by, self.unit) == (By::Claims, Some(Unit::Output)) {
            let reason = "`by: claims` checks `claims` or `sentences`: write one of them, or `by: token`";
            return Err(BadSetting::new("unit", reason));
        }
        if self.with_grounding && self.by == By::Claims {
            let reason = "`by: claims` gives labels, not a likelihood: write `by: token`, or use `grounding` beside it";
            return Err(BadSetting::new("with_grounding", reason));
        }
        if !(1000..=4_000_000).contains(&self.window) {
            return Err(BadSetting::new(
                "window",
                format!("it is {}: write 1,000 to 4,000,000", self.window),
            ));
        }
        if !(1..=10_000).contains(&self.max_questions) {
            return Err(BadSetting::new(
                "max_questions",
                format!("it is {}: write 1 to 10,000", self.max_questions),
            ));
        }
        Ok(())
    }

    /// What is checked by itself.
    pub(crate) fn unit(&self) -> Unit {
        self.unit.unwrap_or(match self.by {
            By::Claims => Unit::Claims,
            By::Token => Unit::Sentences,
        })
    }

    /// Bytes that a window of a long passage repeats of the one before: room for a few sentences.
    pub(crate) fn overlap(&self) -> usize {
        (self.window / 8).min(2000)
    }
}
