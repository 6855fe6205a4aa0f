//! An answer as it is kept: in the cache, and in transcripts.

use serde::{Deserialize, Serialize};

use super::{Answer, Price, Usage};

/// An answer or a vector that a model gave, with what it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    pub(super) content: Content,
    /// The likeliest first tokens with their log-probabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) alternatives: Vec<(String, f64)>,
    pub(super) input_tokens: u64,
    #[serde(default)]
    pub(super) output_tokens: u64,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Content {
    Answer(String),
    Vector(Vec<f32>),
}

impl Kept {
    pub(super) fn of(answer: &Answer) -> Self {
        Self {
            content: Content::Answer(answer.text.clone()),
            alternatives: answer.alternatives.clone(),
            input_tokens: answer.usage.input_tokens,
            output_tokens: answer.usage.output_tokens,
        }
    }

    /// The answer as it was given; `None` where a vector is kept.
    pub(super) fn answer(self, price: Option<Price>) -> Option<Answer> {
        let usage = self.usage(price);
        match self.content {
            Content::Answer(text) => Some(Answer { text, alternatives: self.alternatives, usage }),
            Content::Vector(_) => None,
        }
    }

    /// What it took when it was given.
    pub(super) fn usage(&self, price: Option<Price>) -> Usage {
        let (input_tokens, output_tokens) = (self.input_tokens, self.output_tokens);
        Price::on(price, Usage { calls: 1, cached: 1, input_tokens, output_tokens, cost: None })
    }
}
