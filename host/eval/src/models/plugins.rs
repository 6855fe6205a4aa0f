//! The models as plugins ask them.

use std::sync::Arc;
use std::time::Instant;

use scorebox_metrics::{ChatModel, EmbeddingModel, Fault, FaultKind, Question, Speaker, Turn};
use scorebox_sandbox::{Embeddings, Model, ModelError, Prompt, Reply};

/// What plugins ask that were granted the model.
#[derive(Debug)]
pub(super) struct PluginModels {
    pub(super) chat: Option<Arc<dyn ChatModel>>,
    pub(super) embedding: Option<Arc<dyn EmbeddingModel>>,
}

impl Model for PluginModels {
    fn complete(&self, prompt: &Prompt, deadline: Instant) -> Result<Reply, ModelError> {
        let model = self.chat.as_ref().ok_or_else(|| none(super::JUDGE))?;
        let schema = prompt.schema.as_deref().map(serde_json::from_str).transpose();
        let schema =
            schema.map_err(|error| ModelError::Malformed(format!("the schema is not JSON: {error}")))?;
        let question = Question {
            system: prompt.system.clone(),
            turns: vec![Turn { speaker: Speaker::User, text: prompt.user.clone() }],
            schema,
            max_tokens: prompt.max_tokens,
            ..Question::default()
        };
        let answer = model.ask_until(&question, deadline).unwrap_or_else(|| Err(late())).map_err(error)?;
        Ok(Reply {
            text: answer.text,
            input_tokens: count(answer.usage.input_tokens),
            output_tokens: count(answer.usage.output_tokens),
            cost: answer.usage.cost,
        })
    }

    fn embed(&self, texts: &[String], deadline: Instant) -> Result<Embeddings, ModelError> {
        let model = self.embedding.as_ref().ok_or_else(|| none(super::EMBEDDINGS))?;
        let embedded = model.embed_until(texts, deadline).unwrap_or_else(|| Err(late())).map_err(error)?;
        let (vectors, usage) = (embedded.vectors, embedded.usage);
        Ok(Embeddings { vectors, tokens: count(usage.input_tokens), cost: usage.cost })
    }
}

fn none(name: &str) -> ModelError {
    ModelError::Unavailable(format!("the suite's `models` has no `{name}`, which plugins ask"))
}

fn late() -> Fault {
    let message = "there was no answer before the plugin's deadline: raise `limits.deadline` of the metric";
    Fault::new(FaultKind::ModelUnavailable, message)
}

fn error(fault: Fault) -> ModelError {
    match fault.kind {
        FaultKind::OverBudget => ModelError::OverBudget(fault.message),
        FaultKind::Refused => ModelError::Malformed(fault.message),
        _ => ModelError::Unavailable(fault.message),
    }
}

fn count(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
