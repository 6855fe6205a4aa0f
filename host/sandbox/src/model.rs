//! The host's models, as plugins see them: counted, and without the key.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// What the host asks its models through. The host holds the keys, caches the replies and decides which model it is.
pub trait Model: Send + Sync + fmt::Debug {
    /// Answers `prompt` before `deadline`, or says why not.
    fn complete(&self, prompt: &Prompt, deadline: Instant) -> Result<Reply, ModelError>;

    /// One vector a text, all of the same length, before `deadline`.
    fn embed(&self, texts: &[String], deadline: Instant) -> Result<Embeddings, ModelError>;
}

/// A question to a language model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Instructions.
    pub system: Option<String>,
    /// The question.
    pub user: String,
    /// JSON Schema that the reply has to satisfy.
    pub schema: Option<String>,
    /// Tokens that the reply may have.
    pub max_tokens: u32,
}

/// A language model's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer; JSON text where a schema was asked for.
    pub text: String,
    /// Tokens of the question.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}

/// Vectors of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embeddings {
    /// One a text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of the texts.
    pub tokens: u32,
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ModelError {
    /// No model, or none that answers.
    #[error("the model is unavailable: {0}")]
    Unavailable(String),
    /// It answered, but not in the form that was asked for.
    #[error("the model's answer has not the form that was asked for: {0}")]
    Malformed(String),
}

/// What is said where there is no model.
pub(crate) const NONE: &str = "no model is configured on this host";

/// Bytes of text that are taken for one token before a model has counted them. English has about as many, and other
/// languages fewer.
const BYTES_OF_A_TOKEN: u64 = 4;

/// What one evaluation may still ask.
#[derive(Debug)]
pub(crate) struct ModelBudget {
    calls: u64,
    tokens: u64,
}

impl ModelBudget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { calls: limits.model_calls, tokens: limits.model_tokens }
    }

    /// Whether a question of so many bytes is within the tokens that are left, at [`BYTES_OF_A_TOKEN`].
    pub(crate) fn affords(&self, bytes: usize) -> bool {
        bytes as u64 <= self.tokens.saturating_mul(BYTES_OF_A_TOKEN)
    }

    /// Takes one call, or says that the budget is spent.
    pub(crate) fn call(&mut self) -> bool {
        if self.tokens == 0 {
            return false;
        }
        let left = self.calls.checked_sub(1);
        self.calls = left.unwrap_or(0);
        left.is_some()
    }

    /// Tokens that an answer may have at most.
    pub(crate) fn answer(&self, wanted: u32) -> u32 {
        u32::try_from(self.tokens).unwrap_or(u32::MAX).min(wanted)
    }

    /// Takes the tokens of a question and its answer.
    pub(crate) fn spend(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_sub(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_no_larger_than_its_tokens() {
        let mut budget = ModelBudget::new(&Limits { model_tokens: 100, ..Limits::default() });
        assert!(budget.affords(400) && !budget.affords(401));
        budget.spend(90);
        assert!(budget.affords(40) && !budget.affords(41));
        budget.spend(u64::MAX);
        assert!(budget.affords(0) && !budget.affords(1));
    }
}
