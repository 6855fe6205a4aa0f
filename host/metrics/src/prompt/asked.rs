//! The questions that one sample takes, and what they cost together.

use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;

use crate::models::unavailable;
use crate::{Answer, Cancel, ChatModel, Fault, FaultKind, Question, Usage};

/// Asks models for one sample, and adds up what that takes.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    cancel: &'a Cancel,
    usage: Mutex<Usage>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(cancel: &'a Cancel) -> Self {
        Self { cancel, usage: Mutex::new(Usage::default()) }
    }

    /// Whether the run was stopped.
    pub(crate) fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    /// Asks `model` once.
    pub(crate) async fn ask(&self, model: &dyn ChatModel, question: &Question) -> Result<Answer, Fault> {
        if self.cancel.is_cancelled() {
            return Err(Fault::new(FaultKind::Cancelled, "the run was stopped while this sample was scored"));
        }
        let answer = model.ask(question, self.cancel).await?;
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner) += answer.usage;
        Ok(answer)
    }

    /// Asks `model` for a reply of a form.
    pub(crate) async fn ask_for<T: DeserializeOwned>(
        &self,
        model: &dyn ChatModel,
        question: &Question,
    ) -> Result<(T, Answer), Fault> {
        let answer = self.ask(model, question).await?;
        match serde_json::from_str(&answer.text) {
            Ok(reply) => Ok((reply, answer)),
            Err(error) => {
                let start = answer.text.chars().take(80).collect::<String>();
                Err(unavailable(format!(
                    "{} did not reply in the form that was asked for: {error}; the reply begins {start:?}",
                    model.identity()
                )))
            }
        }
    }

    /// What all questions took.
    pub(crate) fn usage(self) -> Usage {
        self.usage.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
