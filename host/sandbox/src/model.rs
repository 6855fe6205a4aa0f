//! The host's models, as plugins see them: counted, and without the key.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, FaultKind};
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer; JSON text where a schema was asked for.
    pub text: String,
    /// Tokens of the question.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
    /// US dollars that both cost; `None` where no price is known.
    pub cost: Option<f64>,
}

/// Vectors of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embeddings {
    /// One a text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of the texts.
    pub tokens: u32,
    /// US dollars that they cost; `None` where no price is known.
    pub cost: Option<f64>,
}

/// What one evaluation asked of the host's models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Questions.
    pub calls: u64,
    /// Tokens of questions and texts.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
    /// US dollars; `None` where no price is known.
    pub cost: Option<f64>,
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
    /// It may not be asked any more, here or by the whole run.
    #[error("{0}")]
    OverBudget(String),
}

impl ModelError {
    /// The fault of a plugin that gives up over it.
    fn fault(&self) -> Fault {
        let kind = match self {
            Self::Unavailable(_) | Self::Malformed(_) => FaultKind::ModelUnavailable,
            Self::OverBudget(_) => FaultKind::OverBudget,
        };
        Fault::new(kind, self.to_string())
    }
}

/// What is said where there is no model.
const NONE: &str = "no model is configured on this host";

/// Bytes of text that are taken for one token before a model has counted them. English has about as many, and other
/// languages fewer.
const BYTES_OF_A_TOKEN: u64 = 4;

/// What one evaluation may still ask.
#[derive(Debug)]
pub(crate) struct ModelBudget {
    calls: u64,
    tokens: u64,
    asked: Asked,
    failed: Option<Fault>,
}

impl ModelBudget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { calls: limits.model_calls, tokens: limits.model_tokens, asked: Asked::default(), failed: None }
    }

    /// Whether a question of so many bytes is within the tokens that are left, at [`BYTES_OF_A_TOKEN`].
    fn affords(&self, bytes: usize) -> bool {
        bytes as u64 <= self.tokens.saturating_mul(BYTES_OF_A_TOKEN)
    }

    /// The answer of `model`, where there is one and it may be asked again.
    pub(crate) fn complete(
        &mut self,
        model: Option<&dyn Model>,
        mut prompt: Prompt,
        deadline: Instant,
    ) -> Result<Reply, ModelError> {
        let texts = [prompt.system.as_deref(), Some(prompt.user.as_str()), prompt.schema.as_deref()];
        let bytes = texts.into_iter().flatten().map(str::len).sum();
        let reply = self.call(model, bytes).and_then(|model| {
            prompt.max_tokens = self.answer(prompt.max_tokens);
            model.complete(&prompt, deadline)
        });
        match &reply {
            Ok(reply) => self.spend(reply.input_tokens, reply.output_tokens, reply.cost),
            Err(error) => self.failed = Some(error.fault()),
        }
        reply
    }

    /// The vectors of `model`, in the same way.
    pub(crate) fn embed(
        &mut self,
        model: Option<&dyn Model>,
        texts: &[String],
        deadline: Instant,
    ) -> Result<Embeddings, ModelError> {
        let bytes = texts.iter().map(String::len).sum();
        let embeddings = self.call(model, bytes).and_then(|model| model.embed(texts, deadline));
        match &embeddings {
            Ok(embeddings) => self.spend(embeddings.tokens, 0, embeddings.cost),
            Err(error) => self.failed = Some(error.fault()),
        }
        embeddings
    }

    /// Takes one call with a question of so many bytes, or says that there is none.
    fn call<'m>(&mut self, model: Option<&'m dyn Model>, bytes: usize) -> Result<&'m dyn Model, ModelError> {
        let model = model.ok_or_else(|| ModelError::Unavailable(NONE.to_owned()))?;
        let over = |limit: &str| {
            ModelError::OverBudget(format!(
                "the sample's budget is spent: raise `limits.{limit}`, or ask less"
            ))
        };
        if self.tokens == 0 || !self.affords(bytes) {
            return Err(over("model_tokens"));
        }
        self.calls = self.calls.checked_sub(1).ok_or_else(|| over("model_calls"))?;
        Ok(model)
    }

    /// What was asked so far; `None` where nothing was.
    pub(crate) fn asked(&self) -> Option<Asked> {
        (self.asked.calls > 0).then_some(self.asked)
    }

    /// The fault of a plugin that gave up, which is the model's where the model gave it no answer.
    pub(crate) fn blame(&self, fault: Fault) -> Fault {
        let Some(failed) = self.failed.as_ref().filter(|_| fault.kind == FaultKind::Failed) else {
            return fault;
        };
        let message = if fault.message.contains(&failed.message) {
            fault.message
        } else {
            format!("{}: {}", fault.message, failed.message)
        };
        Fault::new(failed.kind, message)
    }

    /// Tokens that an answer may have at most.
    fn answer(&self, wanted: u32) -> u32 {
        u32::try_from(self.tokens).unwrap_or(u32::MAX).min(wanted)
    }

    /// Takes the tokens of a question and its answer.
    fn spend(&mut self, input: u32, output: u32, cost: Option<f64>) {
        let (input, output) = (u64::from(input), u64::from(output));
        self.tokens = self.tokens.saturating_sub(input + output);
        self.asked.calls += 1;
        self.asked.input_tokens += input;
        self.asked.output_tokens += output;
        if let Some(cost) = cost {
            *self.asked.cost.get_or_insert(0.0) += cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_no_larger_than_its_tokens() {
        let mut budget = ModelBudget::new(&Limits { model_tokens: 100, ..Limits::default() });
        assert!(budget.affords(400) && !budget.affords(401));
        budget.spend(60, 30, None);
        assert!(budget.affords(40) && !budget.affords(41));
        budget.spend(u32::MAX, u32::MAX, None);
        assert!(budget.affords(0) && !budget.affords(1));
    }
}
