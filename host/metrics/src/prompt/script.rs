//! A model that says what a test wants it to, by what it is asked.

use std::sync::{Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt};

use crate::models::{Models, unavailable};
use crate::{Answer, Cancel, ChatModel, Fault, ModelIdentity, Question, Usage};

/// Replies in order: each is given to the first question that it fits, once.
#[derive(Debug)]
pub(crate) struct Script {
    identity: ModelIdentity,
    replies: Mutex<Vec<Reply>>,
    asked: Mutex<Vec<Question>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// What has to stand in the question's last turn, behind the last `<claim`, `<answer` or `<first` where it has one.
    fits: String,
    text: String,
    alternatives: Vec<(String, f64)>,
}

impl Reply {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { fits: String::new(), text: text.into(), alternatives: Vec::new() }
    }

    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self::text(value.to_string())
    }

    /// Likelihoods of first tokens.
    pub(crate) fn tokens(tokens: &[(&str, f64)]) -> Self {
        let alternatives = tokens.iter().map(|(token, share)| ((*token).to_owned(), share.ln())).collect();
        let text = tokens.first().map_or("", |(token, _)| token);
        Self { alternatives, ..Self::text(text) }
    }

    pub(crate) fn to(mut self, fits: &str) -> Self {
        fits.clone_into(&mut self.fits);
        self
    }
}

impl Script {
    pub(crate) fn new(model: &str, replies: Vec<Reply>) -> Self {
        Self {
            identity: ModelIdentity { place: "http://localhost:8080/v1".to_owned(), model: model.to_owned() },
            replies: Mutex::new(replies),
            asked: Mutex::default(),
        }
    }

    /// The questions so far.
    pub(crate) fn asked(&self) -> Vec<Question> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Models by the names that suites give them.
pub(crate) fn models<const N: usize>(scripts: [(&str, &std::sync::Arc<Script>); N]) -> Models {
    let mut models = Models::default();
    for (name, script) in scripts {
        models.chat.insert(name.to_owned(), std::sync::Arc::<Script>::clone(script));
    }
    models
}

impl ChatModel for Script {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn ask<'a>(&'a self, question: &'a Question, _: &'a Cancel) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(question.clone());
        let asked = question.turns.last().map_or("", |turn| turn.text.as_str());
        let focus = ["<claim ", "<first ", "<answer "].iter().filter_map(|label| asked.rfind(label)).max();
        let asked = &asked[focus.unwrap_or(0)..];
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        let found = replies.iter().position(|reply| asked.contains(&reply.fits));
        let answer = match found.map(|at| replies.remove(at)) {
            Some(Reply { text, alternatives, .. }) => {
                let usage = Usage { calls: 1, input_tokens: 10, output_tokens: 1, ..Usage::default() };
                Ok(Answer { text, alternatives, usage })
            }
            None => Err(unavailable(format!("the script has no reply to: {asked}"))),
        };
        std::future::ready(answer).boxed()
    }
}
