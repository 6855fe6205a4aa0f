//! What a plugin in a process of its own asks of the host. The process has no network and no keys, so it sends the
//! question and waits; the host answers at its [`Desk`](super::desk::Desk).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::protocol::{Channel, ChannelError};
use super::wire::{Head, WireError};
use crate::fault::Fault;
use crate::model::{Embeddings, Model, ModelError, Prompt, Reply};

/// What an answer takes to come over: the host has less time than the plugin, so that a plugin whose time ends while the
/// host waits learns of it from the host.
const WAY: Duration = Duration::from_millis(20);
/// Bytes of one answer of the host.
const MOST: usize = 256 << 20;

/// What a process sends while it works.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said<T> {
    /// It asks the host, and waits.
    Ask(HostCall),
    /// It is done.
    Done(T),
}

/// A question of the plugin with this number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostCall {
    pub(super) plugin: usize,
    /// Until the evaluation's deadline.
    pub(super) left_ms: u64,
    pub(super) question: Question,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Question {
    Complete(Prompt),
    Embed(Vec<String>),
    /// A request, whose body follows as bytes.
    Send(Send),
    /// More of the body of the response with this number.
    Read(u32),
    /// What the host has to say of all requests so far.
    Account,
}

/// A request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) trailers: Vec<(String, Vec<u8>)>,
    /// Whether the plugin finished the body in time.
    pub(super) whole: bool,
    pub(super) connect: Option<Duration>,
    pub(super) first_byte: Option<Duration>,
    pub(super) between_bytes: Option<Duration>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Completed(Result<Reply, ModelError>),
    Embedded(Result<Embeddings, ModelError>),
    /// The head of the response.
    Sent(Result<Head, WireError>),
    /// A part of a body.
    Read(Result<Part, WireError>),
    Account {
        fault: Option<Fault>,
        lines: Vec<String>,
    },
}

/// A part of a body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Part {
    /// Follows as bytes.
    Data,
    Trailers(Vec<(String, Vec<u8>)>),
    End,
}

/// The process's end of the connection, shared by its plugins. Whoever holds it has the host's ear until the answer is
/// there.
pub(super) type Line = Arc<Mutex<Channel>>;

pub(super) fn lock(line: &Line) -> MutexGuard<'_, Channel> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One plugin's way to the host.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    plugin: usize,
    line: Line,
}

impl Caller {
    pub(super) fn new(plugin: usize, line: Line) -> Self {
        Self { plugin, line }
    }

    /// Asks, and waits; `bytes` go with the question, and come with the answer where it says so.
    pub(super) fn ask(
        &self,
        question: Question,
        bytes: Option<&[u8]>,
        deadline: Instant,
    ) -> Result<(Answer, Vec<u8>), ChannelError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = left.saturating_sub(WAY.min(left / 10));
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let mut channel = lock(&self.line);
        channel.send(&Said::<()>::Ask(HostCall { plugin: self.plugin, left_ms, question }))?;
        if let Some(bytes) = bytes {
            channel.send_bytes(bytes)?;
        }
        let answer = channel.receive(MOST)?;
        let bytes = match answer {
            Answer::Read(Ok(Part::Data)) => channel.receive_bytes(MOST)?,
            _ => Vec::new(),
        };
        Ok((answer, bytes))
    }

    fn ask_model(&self, question: Question, deadline: Instant) -> Result<Answer, ModelError> {
        let asked = self.ask(question, None, deadline);
        asked.map(|(answer, _)| answer).map_err(|error| ModelError::Unavailable(error.to_string()))
    }
}

/// The host's model, as the process sees it.
#[derive(Debug)]
pub(super) struct DistantModel(pub(super) Caller);

impl Model for DistantModel {
    fn complete(&self, prompt: &Prompt, deadline: Instant) -> Result<Reply, ModelError> {
        match self.0.ask_model(Question::Complete(prompt.clone()), deadline)? {
            Answer::Completed(reply) => reply,
            _ => Err(mixed_up()),
        }
    }

    fn embed(&self, texts: &[String], deadline: Instant) -> Result<Embeddings, ModelError> {
        match self.0.ask_model(Question::Embed(texts.to_vec()), deadline)? {
            Answer::Embedded(embeddings) => embeddings,
            _ => Err(mixed_up()),
        }
    }
}

fn mixed_up() -> ModelError {
    ModelError::Unavailable("the host answered another question".to_owned())
}
