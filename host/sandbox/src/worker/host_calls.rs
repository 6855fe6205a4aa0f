//! What a plugin in a process of its own asks of the host: the process has no network and no keys, so it sends the
//! question and waits, and the host answers within the plugin's grants and budgets as it counts them itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::protocol::{Channel, ChannelError};
use crate::model::{Embeddings, Model, ModelBudget, ModelError, Prompt, Reply};
use crate::plugin::Prepared;

/// Bytes of one answer of the host.
const MOST: usize = 256 << 20;

/// A question of the plugin with this number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostCall {
    plugin: usize,
    /// Until the evaluation's deadline.
    left_ms: u64,
    question: Question,
}

#[derive(Debug, Serialize, Deserialize)]
enum Question {
    Complete(Prompt),
    Embed(Vec<String>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Completed(Result<Reply, ModelError>),
    Embedded(Result<Embeddings, ModelError>),
}

/// What a process sends while it evaluates.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said<T> {
    /// It asks the host, and waits.
    Ask(HostCall),
    /// It is done.
    Done(T),
}

/// The process's end of the connection, shared by its plugins.
pub(super) type Line = Arc<Mutex<Channel>>;

pub(super) fn lock(line: &Line) -> MutexGuard<'_, Channel> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The host's model, as the process sees it.
#[derive(Debug)]
pub(super) struct DistantModel {
    pub(super) plugin: usize,
    pub(super) line: Line,
}

impl DistantModel {
    fn ask(&self, question: Question, deadline: Instant) -> Result<Answer, ModelError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let call = Said::<()>::Ask(HostCall { plugin: self.plugin, left_ms, question });
        let mut channel = lock(&self.line);
        channel
            .send(&call)
            .and_then(|()| channel.receive(MOST))
            .map_err(|error| ModelError::Unavailable(error.to_string()))
    }
}

impl Model for DistantModel {
    fn complete(&self, prompt: &Prompt, deadline: Instant) -> Result<Reply, ModelError> {
        match self.ask(Question::Complete(prompt.clone()), deadline)? {
            Answer::Completed(reply) => reply,
            Answer::Embedded(_) => Err(mixed_up()),
        }
    }

    fn embed(&self, texts: &[String], deadline: Instant) -> Result<Embeddings, ModelError> {
        match self.ask(Question::Embed(texts.to_vec()), deadline)? {
            Answer::Embedded(embeddings) => embeddings,
            Answer::Completed(_) => Err(mixed_up()),
        }
    }
}

fn mixed_up() -> ModelError {
    ModelError::Unavailable("the host answered another question".to_owned())
}

/// What the host still answers one plugin in one evaluation. The plugin's process counts too, but may not be believed.
pub(super) struct Desk<'a> {
    number: usize,
    plugin: &'a Prepared,
    budget: ModelBudget,
    until: Instant,
}

impl<'a> Desk<'a> {
    pub(super) fn new(number: usize, plugin: &'a Prepared) -> Self {
        let limits = &plugin.loading.limits;
        Self { number, plugin, budget: ModelBudget::new(limits), until: Instant::now() + limits.deadline }
    }
}

/// Answers `call` for one of the plugins that are being evaluated. What none of them may ask is an error.
pub(super) fn answer(
    desks: &mut [Desk<'_>],
    call: HostCall,
    channel: &mut Channel,
) -> Result<(), ChannelError> {
    let desk = desks.iter_mut().find(|desk| desk.number == call.plugin);
    let Some(desk) = desk.filter(|desk| desk.plugin.loading.grants.model) else {
        return Err(ChannelError::Garbled("it asks for what was not granted".to_owned()));
    };
    channel.send(&desk.answer(call))
}

impl Desk<'_> {
    fn answer(&mut self, call: HostCall) -> Answer {
        let until = self.until.min(Instant::now() + Duration::from_millis(call.left_ms));
        let model = self.plugin.sandbox.0.model.as_ref();
        let unavailable = |why: &str| ModelError::Unavailable(why.to_owned());
        let model = model.ok_or_else(|| unavailable(crate::model::NONE));
        let spent = if self.budget.call() { Ok(()) } else { Err(unavailable("the budget is spent")) };
        match call.question {
            Question::Complete(mut prompt) => {
                prompt.max_tokens = self.budget.answer(prompt.max_tokens);
                let reply = spent.and(model).and_then(|model| model.complete(&prompt, until));
                if let Ok(reply) = &reply {
                    self.budget.spend(u64::from(reply.input_tokens) + u64::from(reply.output_tokens));
                }
                Answer::Completed(reply)
            }
            Question::Embed(texts) => {
                let embeddings = spent.and(model).and_then(|model| model.embed(&texts, until));
                if let Ok(embeddings) = &embeddings {
                    self.budget.spend(u64::from(embeddings.tokens));
                }
                Answer::Embedded(embeddings)
            }
        }
    }
}
