//! One model's way to its API: within its limits, and again where it may go better.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use scorebox_sandbox::Secrets;
use serde_json::Value;

use super::concurrency::Concurrency;
use super::exchange::Shared;
use super::http::{self, Failure, Target};
use super::openai::Lacks;
use super::rate::Rate;
use super::spend::Most;
use super::{Access, Api, ModelConfig, ModelIdentity, Omit, Price, Usage, anthropic, retry, unavailable};
use crate::Fault;

/// What a model is asked through.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) shared: Arc<Shared>,
    pub(super) config: ModelConfig,
    pub(super) identity: ModelIdentity,
    pub(super) price: Option<Price>,
    secrets: Secrets,
    headers: HeaderMap,
    concurrency: Arc<Concurrency>,
    requests: Option<Rate>,
    tokens: Option<Rate>,
    lacks: Mutex<Lacks>,
}

/// What a reply says, and what it took.
type Read<'a, T> = dyn Fn(&Value) -> Result<(T, Usage), Failure> + Sync + 'a;

/// One request: what differs between chat and embeddings, OpenAI and Anthropic.
pub(super) struct Request<'a, T> {
    pub(super) path: &'static str,
    pub(super) body: &'a (dyn Fn(Lacks) -> Value + Sync),
    pub(super) read: &'a Read<'a, T>,
    /// Tokens that the answer may have.
    pub(super) max_tokens: u64,
    /// Tokens of the question beyond one for each byte of the body.
    pub(super) beyond: u64,
    /// Bytes that the reply may have.
    pub(super) most_bytes: usize,
}

impl Caller {
    /// `None` where the key's header has an impossible name.
    pub(super) fn new(
        shared: Arc<Shared>,
        config: ModelConfig,
        price: Option<Price>,
        secrets: Secrets,
    ) -> Option<Self> {
        let headers = headers(&config)?;
        let omits = |what| config.omit.contains(&what);
        let lacks = Lacks {
            response_format: omits(Omit::ResponseFormat),
            max_tokens: false,
            temperature: omits(Omit::Temperature),
            logprobs: omits(Omit::Logprobs),
        };
        Some(Self {
            shared,
            identity: config.identity(),
            price,
            secrets,
            headers,
            concurrency: Arc::new(Concurrency::new(config.concurrency)),
            requests: config.requests_per_minute.map(Rate::per_minute),
            tokens: config.tokens_per_minute.map(Rate::per_minute),
            lacks: Mutex::new(lacks),
            config,
        })
    }

    /// Why nobody can be asked, where that is so.
    pub(super) fn silent(&self) -> Option<&str> {
        match &self.config.access {
            _ if self.shared.offline => Some("this is offline"),
            Access::Missing(reason) => Some(reason),
            Access::Open | Access::Key { .. } => None,
        }
    }

    /// Sends a request until it is answered, or is not going to be.
    pub(super) async fn ask<T>(&self, request: &Request<'_, T>) -> Result<(T, Usage), Fault> {
        let mut attempt = 0;
        loop {
            let lacks = *self.lacks.lock().unwrap_or_else(PoisonError::into_inner);
            let failure = match self.attempt(request, lacks).await? {
                Ok(answered) => return Ok(answered),
                Err(failure) => failure,
            };
            if let Some(more) = lacks.learn(&failure.reason).filter(|_| !failure.passing) {
                *self.lacks.lock().unwrap_or_else(PoisonError::into_inner) = more;
            } else if failure.passing && attempt < self.config.retries {
                tokio::time::sleep(retry::pause(self.config.pause, attempt, failure.after)).await;
                attempt += 1;
            } else {
                let again =
                    if attempt > 0 { format!(" (after {} attempts)", attempt + 1) } else { String::new() };
                return Err(self.fault(format!("{}{again}", failure.reason)));
            }
        }
    }

    /// One request; a fault where it may not be sent.
    async fn attempt<T>(
        &self,
        request: &Request<'_, T>,
        lacks: Lacks,
    ) -> Result<Result<(T, Usage), Failure>, Fault> {
        let body = serde_json::to_vec(&(request.body)(lacks)).map_err(unavailable)?;
        let bytes = body.len() as u64;
        let permit = self.concurrency.enter().await;
        if let Some(requests) = &self.requests {
            requests.take(1).await;
        }
        let expected = bytes / 4 + request.max_tokens;
        if let Some(tokens) = &self.tokens {
            tokens.take(expected).await;
        }
        let most = Most::of(bytes + request.beyond, request.max_tokens, self.price);
        let mut reserved = self.shared.ledger.reserve(most).await?;
        reserved.sent();
        let url = self.config.base_url.join(request.path);
        let target = self.target();
        let bounds = (self.config.timeout, request.most_bytes);
        let sent = http::post(&self.shared.http, (url, self.headers.clone(), body), bounds, target).await;
        let read = sent.and_then(|body| http::json(&body, target)).and_then(|reply| (request.read)(&reply));
        Ok(match read {
            Ok((answer, usage)) => {
                permit.answered();
                let usage = Price::on(self.price, bounded(usage));
                reserved.settle(usage);
                if let Some(tokens) = &self.tokens {
                    tokens.give_back(expected.saturating_sub(usage.input_tokens + usage.output_tokens));
                }
                Ok((answer, usage))
            }
            Err(failure) => {
                if failure.crowded {
                    permit.crowded();
                }
                if !failure.charged {
                    reserved.release();
                }
                Err(failure)
            }
        })
    }

    fn target(&self) -> Target<'_> {
        let key = match &self.config.access {
            Access::Key { place, .. } => Some(place.as_str()),
            Access::Open | Access::Missing(_) => None,
        };
        Target { base: &self.config.base_url, model: &self.config.model, key }
    }

    /// The fault of a question that has no answer; no key stands in it.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        let mut reason = reason.into();
        self.secrets.redact(&mut reason);
        unavailable(reason)
    }

    /// Takes the key out of what a server said.
    pub(super) fn redact(&self, text: &mut String) {
        self.secrets.redact(text);
    }

    /// The same in all texts of a JSON value.
    pub(super) fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.secrets.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(fields) => {
                let redacted = std::mem::take(fields).into_iter().map(|(mut name, mut value)| {
                    self.secrets.redact(&mut name);
                    self.redact_json(&mut value);
                    (name, value)
                });
                *fields = redacted.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Counts that no server can make overflow.
fn bounded(usage: Usage) -> Usage {
    let most = u64::from(u32::MAX);
    Usage {
        input_tokens: usage.input_tokens.min(most),
        output_tokens: usage.output_tokens.min(most),
        ..usage
    }
}

fn headers(config: &ModelConfig) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if config.api == Api::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static(anthropic::VERSION));
    }
    if let Access::Key { key, header, .. } = &config.access {
        let (name, scheme) = match (header, config.api) {
            (Some(name), _) => (name.parse::<HeaderName>().ok()?, ""),
            (None, Api::OpenAi) => (AUTHORIZATION, "Bearer "),
            (None, Api::Anthropic) => (HeaderName::from_static("x-api-key"), ""),
        };
        headers.insert(name, key.header(scheme)?);
    }
    Some(headers)
}
