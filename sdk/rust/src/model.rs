//! The host's language and embedding models, for a plugin that a suite granted them. The host holds the keys, counts calls
//! and tokens of each sample, and keeps the answers, so that the same question is asked once.
//!
//! A component that uses this module imports `scorebox:plugin/model`, and runs only where a suite says `grants: {model:
//! true}`. In native tests, [`testing::check_with_model`](crate::testing::check_with_model) answers.

use std::fmt;

/// A question to the language model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Instructions.
    pub system: Option<String>,
    /// The question.
    pub user: String,
    /// JSON Schema that the reply has to satisfy; the reply is then JSON text. The host holds the reply against it.
    pub schema: Option<String>,
    /// Tokens that the reply may have.
    pub max_tokens: u32,
}

/// The language model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer; JSON text where a schema was asked for.
    pub text: String,
    /// Tokens of the question.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}

/// Why there is no answer. Give it back as a [`Failure`](crate::Failure), with `?`: it is no verdict on the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelError {
    /// The sample's budget of calls or tokens is spent, or the run's.
    OverBudget,
    /// There is no model, or none that answers.
    Unavailable(String),
    /// It answered, but not in the form that was asked for.
    Malformed(String),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverBudget => f.write_str("the budget of questions to the model is spent"),
            Self::Unavailable(reason) => write!(f, "the model is unavailable: {reason}"),
            Self::Malformed(reason) => {
                write!(f, "the model's answer has not the form that was asked for: {reason}")
            }
        }
    }
}

impl std::error::Error for ModelError {}

impl From<ModelError> for crate::Failure {
    fn from(error: ModelError) -> Self {
        Self::failed(error.to_string())
    }
}

/// Asks the language model.
///
/// # Errors
/// [`ModelError`]
pub fn complete(prompt: Prompt) -> Result<Reply, ModelError> {
    host::complete(prompt)
}

/// One vector a text, all of the same length, from the embedding model.
///
/// # Errors
/// [`ModelError`]
pub fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
    host::embed(texts)
}

#[cfg(target_arch = "wasm32")]
mod host {
    use super::{ModelError, Prompt, Reply};
    use crate::component::bindings::scorebox::plugin::model;

    pub(super) fn complete(prompt: Prompt) -> Result<Reply, ModelError> {
        let Prompt { system, user, schema, max_tokens } = prompt;
        let reply = model::complete(&model::Prompt { system, user, schema, max_tokens }).map_err(error)?;
        Ok(Reply { text: reply.text, input_tokens: reply.input_tokens, output_tokens: reply.output_tokens })
    }

    pub(super) fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        model::embed(texts).map_err(error)
    }

    fn error(error: model::ModelError) -> ModelError {
        match error {
            model::ModelError::OverBudget => ModelError::OverBudget,
            model::ModelError::Unavailable(reason) => ModelError::Unavailable(reason),
            model::ModelError::Malformed(reason) => ModelError::Malformed(reason),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod host {
    use std::cell::RefCell;

    use super::{ModelError, Prompt, Reply};

    /// What answers in a test.
    pub(crate) type Double = Box<dyn FnMut(&Prompt) -> Result<String, ModelError>>;

    thread_local! {
        pub(crate) static DOUBLE: RefCell<Option<Double>> = const { RefCell::new(None) };
    }

    fn none() -> ModelError {
        ModelError::Unavailable(
            "a native test has no model; `testing::check_with_model` gives it one".to_owned(),
        )
    }

    #[expect(clippy::needless_pass_by_value, reason = "as in a component")]
    pub(super) fn complete(prompt: Prompt) -> Result<Reply, ModelError> {
        let answer = DOUBLE.with(|double| double.borrow_mut().as_mut().map(|double| double(&prompt)));
        let text = answer.unwrap_or_else(|| Err(none()))?;
        let tokens = |text: &str| u32::try_from(text.len() / 4 + 1).unwrap_or(u32::MAX);
        Ok(Reply { input_tokens: tokens(&prompt.user), output_tokens: tokens(&text), text })
    }

    pub(super) fn embed(_: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        Err(none())
    }
}
