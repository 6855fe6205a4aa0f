//! Language and embedding models, as metrics ask them.
//!
//! A metric asks through [`ChatModel`] and [`EmbeddingModel`] and sees neither key nor protocol. Who configures the models
//! hands them over as [`Models`], by the names that suites give them. Whatever goes wrong on the way to an answer is a
//! [`Fault`]: a model that is down, rubbish in place of a reply, a budget that is spent. It is never a score.
//!
//! Models behind an API are made by an [`Exchange`], which all models of a run share:
//!
//! ```text
//! question ─► known? transcript, cache ─► concurrency ─► rates ─► ledger ─► HTTP ─► reply ─► schema ─► answer
//!                     │ then for free      (caller.rs: again, with pauses, where it may go better)      │
//!                     └──────────────────────────────── kept, recorded ◄────────────────────────────────┘
//! ```
//!
//! Answers that satisfy what was asked are kept under a digest of everything that was asked ([`Question`], the model, its
//! place), so that no question is paid for twice, and a transcript can answer where nobody can be asked. Keys stand in
//! headers alone; what a server says of one is taken out before anybody sees it.

mod answers;
mod anthropic;
mod base_url;
mod cache;
mod caller;
mod chat;
mod concurrency;
mod config;
mod digest;
mod embeddings;
mod exchange;
mod http;
mod kept;
mod key;
mod openai;
mod price;
mod rate;
mod reply;
mod retry;
mod runtime;
mod schema;
mod spend;
mod transcript;

mod local;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use futures::executor::block_on;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use base_url::BaseUrl;
pub use cache::{AnswerCache, AnswerCacheError};
pub use config::{Access, Api, CONCURRENCY, ModelConfig, Omit, RETRIES, TIMEOUT};
pub use exchange::{Exchange, ExchangeError, ExchangeOptions, ModelError};
pub use key::{ApiKey, KeySource};
pub use local::{LocalEmbedding, LocalModelError};
pub use price::{Price, Prices, PricesError};
pub use spend::{Ceiling, Spent};
pub use store::{
    DEFAULT_MODEL, InstalledModel, Mismatch, ModelFile, ModelOrigin, ModelStore, PullProgress, PullRequest,
    Pulled, StoreError,
};
pub use transcript::TranscriptError;

use crate::{Cancel, Fault, FaultKind};

/// A language model that answers questions.
pub trait ChatModel: Send + Sync + fmt::Debug {
    /// Which model it is. Two models with equal identities give answers that may be compared.
    fn identity(&self) -> &ModelIdentity;

    /// Asks once, retries of the transport included. The answer satisfies the question's schema where it has one.
    ///
    /// # Errors
    ///
    /// [`FaultKind::ModelUnavailable`] where no answer comes, or none of the form that was asked for;
    /// [`FaultKind::OverBudget`] where the run may ask no more; [`FaultKind::Cancelled`].
    fn ask<'a>(&'a self, question: &'a Question, cancel: &'a Cancel) -> BoxFuture<'a, Result<Answer, Fault>>;

    /// The family that the suite says the model is of, such as `llama`; `None` to go by its name.
    fn family(&self) -> Option<&str> {
        None
    }

    /// As [`Self::ask`], for a thread that waits by itself, and no longer than until `deadline`; `None` where that came
    /// first. By default, the answer is waited for however long it takes.
    fn ask_until(&self, question: &Question, deadline: Instant) -> Option<Result<Answer, Fault>> {
        waited(|| block_on(self.ask(question, &Cancel::default())), deadline)
    }
}

/// A model that turns texts into vectors.
pub trait EmbeddingModel: Send + Sync + fmt::Debug {
    /// Which model it is. Vectors of models with equal identities may be compared.
    fn identity(&self) -> &ModelIdentity;

    /// Whether it computes on this machine's processors, rather than waiting for another.
    fn is_local(&self) -> bool;

    /// One vector of length 1 a text, in order; all zero where the model knows nothing of it. Texts of any length are seen
    /// whole, or refused.
    ///
    /// # Errors
    ///
    /// As [`ChatModel::ask`].
    fn embed<'a>(&'a self, texts: &'a [String], cancel: &'a Cancel)
    -> BoxFuture<'a, Result<Embedded, Fault>>;

    /// As [`ChatModel::ask_until`].
    fn embed_until(&self, texts: &[String], deadline: Instant) -> Option<Result<Embedded, Fault>> {
        waited(|| block_on(self.embed(texts, &Cancel::default())), deadline)
    }
}

/// Which model gave an answer: part of what a score depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Where it is asked: a base URL without user information, or `local`.
    pub place: String,
    /// The model's name there; for a local one with the digest of its weights.
    pub model: String,
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.model, self.place)
    }
}

/// One question to a language model. All of it is part of the key under which the answer is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Question {
    /// Instructions.
    pub system: Option<String>,
    /// The conversation so far; the last turn is the user's.
    pub turns: Vec<Turn>,
    /// JSON Schema that the answer's text has to satisfy as JSON.
    pub schema: Option<Value>,
    /// 0 to 2; 0 asks for the likeliest answer.
    pub temperature: f64,
    /// Tokens that the answer may have.
    pub max_tokens: u32,
    /// How many alternatives of the answer's first token are asked for; 0 for none, 20 at most.
    pub alternatives: u8,
    /// Which of several answers to the same question this is, from 0.
    pub draw: u32,
}

/// One turn of a conversation with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Whose it is.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

/// Who speaks in a conversation with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Whoever asks.
    User,
    /// The model.
    Assistant,
}

/// What a language model said.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text; JSON where the question has a schema.
    pub text: String,
    /// The likeliest first tokens with their natural log-probabilities, likeliest first; empty where the API gives none.
    pub alternatives: Vec<(String, f64)>,
    /// What it took.
    pub usage: Usage,
}

/// Vectors of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// One a text, all of the same dimension, each of length 1.
    pub vectors: Vec<Vec<f32>>,
    /// Into how many parts each text was cut for the model's window; its vector is the parts' mean.
    pub parts: Vec<u32>,
    /// What it took.
    pub usage: Usage,
}

/// What asking a model took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Questions, those that were answered from the cache included.
    pub calls: u64,
    /// Questions whose answers were known: tokens and cost are what they took when they were asked.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached: u64,
    /// Tokens of the questions.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// US dollars; `None` where no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.cached += other.cached;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cost = match (self.cost, other.cost) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
    }
}

/// The models of a run, by the names that its suite gives them.
#[derive(Debug, Clone, Default)]
pub struct Models {
    /// Language models.
    pub chat: BTreeMap<String, Arc<dyn ChatModel>>,
    /// Embedding models.
    pub embedding: BTreeMap<String, Arc<dyn EmbeddingModel>>,
}

/// No model has the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} `{name}` is configured: {hint}")]
pub struct NoModel {
    kind: &'static str,
    name: String,
    hint: String,
}

impl NoModel {
    /// The name that was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Models {
    /// The language model of this name.
    pub fn chat(&self, name: &str) -> Result<&Arc<dyn ChatModel>, NoModel> {
        self.chat.get(name).ok_or_else(|| missing("language model", name, self.chat.keys()))
    }

    /// The embedding model of this name.
    pub fn embedding(&self, name: &str) -> Result<&Arc<dyn EmbeddingModel>, NoModel> {
        self.embedding.get(name).ok_or_else(|| missing("embedding model", name, self.embedding.keys()))
    }
}

fn missing<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a String>) -> NoModel {
    let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    let hint = if known.is_empty() {
        format!("add `{name}` to the suite's `models`")
    } else {
        format!("the suite's `models` has {}", known.join(", "))
    };
    NoModel { kind, name: name.to_owned(), hint }
}

/// What `work` gives, where that is in time. It gets a thread of its own, since an executor runs in no other one.
fn waited<T: Send>(work: impl FnOnce() -> T + Send, deadline: Instant) -> Option<T> {
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    done.ok().filter(|_| Instant::now() < deadline)
}

/// The fault of a model that gave no usable answer.
pub(crate) fn unavailable(reason: impl fmt::Display) -> Fault {
    Fault::new(FaultKind::ModelUnavailable, reason.to_string())
}
