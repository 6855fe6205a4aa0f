//! What a suite may write under a judge's `settings`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rubric::Rubric;
use crate::Sample;
use crate::settings::BadSetting;

/// Settings of the judge.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JudgeSettings {
    /// What the answers were written for, in a few sentences.
    pub(crate) task: String,
    /// What an answer is judged by.
    pub(crate) criteria: String,
    /// What an answer of each level is like: a text for each of `1` to `5`.
    pub(crate) rubric: Rubric,
    /// Answers with their right scores, which the judge is shown first.
    pub(crate) examples: Vec<Example>,
    /// How often each judge is asked: 1 to 9, 1 by default.
    pub(crate) samples: u32,
    /// How freely the judge answers: 0 to 0.3. By default 0 for one sample, and 0.3 for several, which would else be equal.
    pub(crate) temperature: Option<f64>,
    /// Names of the models that judge, among the suite's `models`: one, or a panel of up to nine.
    pub(crate) models: Panel,
    /// Where the score comes from: `text` (what the judge writes, with reasons), `logprobs` (the mean over what it might
    /// have said, without reasons; needs an API with log-probabilities), or `auto` (`logprobs` where the API has them, else
    /// `text`). `text` by default.
    pub(crate) by: By,
    /// Show the judge the sample's expected output; true by default.
    pub(crate) show_expected: bool,
    /// Show the judge the sample's context; true by default.
    pub(crate) show_context: bool,
    /// The model that wrote the answers, for the warning that it is of a judge's family; by default `model` in each
    /// sample's metadata.
    pub(crate) subject_model: Option<String>,
    /// Bytes of the question beyond which a sample is not judged: 1,000 to 4,000,000, by default 200,000.
    pub(crate) max_bytes: usize,
}

impl Default for JudgeSettings {
    fn default() -> Self {
        Self {
            task: "Answer the question.".to_owned(),
            criteria: "The answer is correct, complete for what was asked, clear, and to the point."
                .to_owned(),
            rubric: Rubric::default(),
            examples: Vec::new(),
            samples: 1,
            temperature: None,
            models: Panel::One("judge".to_owned()),
            by: By::Text,
            show_expected: true,
            show_context: true,
            subject_model: None,
            max_bytes: 200_000,
        }
    }
}

/// An answer with its right score.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    /// What was asked.
    #[serde(default)]
    pub(crate) input: String,
    /// What was answered.
    pub(crate) output: String,
    /// The right score, 1 to 5.
    pub(crate) score: u32,
    /// Why it is the right one.
    #[serde(default)]
    pub(crate) reasons: String,
}

/// One model, or several.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Panel {
    /// One judge.
    One(String),
    /// A panel.
    Several(Vec<String>),
}

impl Panel {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Where a score comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// What the judge writes.
    Text,
    /// The mean over what it might have said.
    Logprobs,
    /// The second where the API allows it, else the first.
    Auto,
}

/// Bytes of task, criteria, rubric and examples together: ten thousand words have about seventy thousand.
const MOST_WORDS: usize = 150_000;
const MOST_JUDGES: usize = 9;
const MOST_EXAMPLES: usize = 20;

impl JudgeSettings {
    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        let bad = |field, reason: String| Err(BadSetting::new(field, reason));
        if self.criteria.trim().is_empty() {
            return bad(
                "criteria",
                "it is empty: say what a good answer is like, or leave it out".to_owned(),
            );
        }
        if !(1..=9).contains(&self.samples) {
            return bad("samples", format!("it is {}: write 1 to 9", self.samples));
        }
        if let Some(temperature) = self.temperature
            && !(0.0..=0.3).contains(&temperature)
        {
            return bad(
                "temperature",
                format!("it is {temperature}: write 0 to 0.3, since a judge should not be creative"),
            );
        }
        if !(1000..=4_000_000).contains(&self.max_bytes) {
            return bad("max_bytes", format!("it is {}: write 1,000 to 4,000,000", self.max_bytes));
        }
        let names = self.models.names();
        if names.is_empty() || names.len() > MOST_JUDGES {
            return bad("models", format!("it names {} models: write 1 to {MOST_JUDGES}", names.len()));
        }
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return bad("models", format!("`{}` stands twice: ask it more often with `samples`", twice.1));
        }
        if self.examples.len() > MOST_EXAMPLES {
            return bad(
                "examples",
                format!("there are {}: write {MOST_EXAMPLES} at most", self.examples.len()),
            );
        }
        if let Some((at, example)) =
            self.examples.iter().enumerate().find(|(_, example)| !(1..=5).contains(&example.score))
        {
            return bad(
                "examples",
                format!("the score of example {} is {}: write 1 to 5", at + 1, example.score),
            );
        }
        self.rubric.check()?;
        let examples = self
            .examples
            .iter()
            .map(|example| example.input.len() + example.output.len() + example.reasons.len());
        let words = self.task.len() + self.criteria.len() + self.rubric.len() + examples.sum::<usize>();
        if words > MOST_WORDS {
            let reason = format!(
                "task, criteria, rubric and examples have {words} bytes, more than {MOST_WORDS}: shorten them, since a judge \
                 weighs a few criteria better than many"
            );
            return bad("criteria", reason);
        }
        Ok(())
    }

    /// The model that wrote the output, where that is known.
    pub(crate) fn subject_of(&self, sample: &Sample) -> Option<String> {
        let from_metadata = || {
            let metadata = serde_json::from_str::<serde_json::Value>(&sample.metadata).ok()?;
            metadata.get("model")?.as_str().map(str::to_owned)
        };
        self.subject_model.clone().or_else(from_metadata)
    }

    /// The temperature of a question.
    pub(crate) fn temperature(&self) -> f64 {
        self.temperature.unwrap_or(if self.samples > 1 { 0.3 } else { 0.0 })
    }
}
