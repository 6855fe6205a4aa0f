//! A language model behind an API.

use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use jsonschema::Validator;
use serde_json::Value;

use super::caller::{Caller, Request};
use super::digest::Digest;
use super::kept::Kept;
use super::reply::{Ended, Reply};
use super::schema::{self, Schemas};
use super::{Answer, Api, ChatModel, ModelIdentity, Question, Speaker, Turn, Usage, anthropic, http, openai};
use crate::{Cancel, Fault, FaultKind};

/// Bytes of one reply.
const MOST_BYTES: usize = 8 << 20;
/// Tokens that Anthropic adds to a question for which a tool has to be called.
const TOOL_TOKENS: u64 = 600;

/// A language model behind an API.
#[derive(Debug, Clone)]
pub(super) struct ApiChat(Arc<Asked>);

#[derive(Debug)]
struct Asked {
    caller: Caller,
    schemas: Schemas,
}

impl ApiChat {
    pub(super) fn new(caller: Caller) -> Self {
        Self(Arc::new(Asked { caller, schemas: Schemas::default() }))
    }
}

impl ChatModel for ApiChat {
    fn identity(&self) -> &ModelIdentity {
        &self.0.caller.identity
    }

    fn family(&self) -> Option<&str> {
        self.0.caller.config.family.as_deref()
    }

    fn ask<'a>(&'a self, question: &'a Question, cancel: &'a Cancel) -> BoxFuture<'a, Result<Answer, Fault>> {
        let (asked, question) = (Arc::clone(&self.0), question.clone());
        let work = async move { asked.ask(&question).await };
        self.0.caller.shared.runtime.run(work, cancel.clone()).boxed()
    }

    fn ask_until(&self, question: &Question, deadline: Instant) -> Option<Result<Answer, Fault>> {
        let (asked, question) = (Arc::clone(&self.0), question.clone());
        let work = async move { asked.ask(&question).await };
        self.0.caller.shared.runtime.wait(work, deadline)
    }
}

impl Asked {
    /// The answer: known, or asked for.
    async fn ask(&self, question: &Question) -> Result<Answer, Fault> {
        let answers = &self.caller.shared.answers;
        let validator = match &question.schema {
            Some(schema) => Some(self.schemas.compiled(schema).map_err(|reason| {
                Fault::new(
                    FaultKind::Refused,
                    format!("the schema of the answer is no JSON Schema: {reason}"),
                )
            })?),
            None => None,
        };
        let validator = validator.as_deref();
        let digest = Digest::of_question(&self.caller.identity, question);
        if let Some(answer) = self.known(digest, question, validator) {
            return Ok(answer);
        }
        let _alone = answers.alone(digest).await;
        if let Some(answer) = self.known(digest, question, validator) {
            return Ok(answer);
        }
        if let Some(reason) = self.caller.silent() {
            return Err(self.caller.fault(format!(
                "{reason}, and no answer of {} to question {digest} is known: {}; run once where the model can be asked, with \
                 `--record FILE`, and name FILE as its `transcript`",
                self.caller.identity,
                self.shown(question)
            )));
        }
        let answer = self.ask_the_api(question, validator).await?;
        let kept = Kept::of(&answer);
        answers.keep(digest, &kept);
        answers.record((digest, last(question)), &self.caller.identity, &kept);
        Ok(answer)
    }

    /// The answer that is known, where it is one to this question.
    fn known(&self, digest: Digest, question: &Question, validator: Option<&Validator>) -> Option<Answer> {
        let shared = &self.caller.shared;
        let kept = shared.answers.find(digest)?;
        let mut answer = kept.answer(self.caller.price)?;
        if let Some(validator) = validator {
            answer.text = schema::check(validator, &answer.text).ok()?.to_string();
        }
        shared.answers.record((digest, last(question)), &self.caller.identity, &Kept::of(&answer));
        shared.ledger.known();
        Some(answer)
    }

    /// Asks, and once more where the answer has not the form that was asked for.
    async fn ask_the_api(&self, question: &Question, validator: Option<&Validator>) -> Result<Answer, Fault> {
        let reply = self.reply(question).await?;
        let Some(validator) = validator else {
            return Ok(self.answer(reply));
        };
        let problem = match schema::check(validator, &reply.text) {
            Ok(value) => return Ok(self.structured(reply, value)),
            Err(problem) => problem,
        };
        let mut again = question.clone();
        again.turns.push(Turn { speaker: Speaker::Assistant, text: reply.text.clone() });
        again.turns.push(Turn {
            speaker: Speaker::User,
            text: format!("That answer cannot be used: {problem}. Answer again with JSON alone that satisfies the schema."),
        });
        let mut second = self.reply(&again).await?;
        second.usage += reply.usage;
        match schema::check(validator, &second.text) {
            Ok(value) => Ok(self.structured(second, value)),
            Err(problem) => Err(self.caller.fault(format!(
                "{} answered twice in another form than was asked for: {problem}; it said: {}",
                self.caller.identity,
                http::excerpt(second.text.as_bytes())
            ))),
        }
    }

    /// A whole reply to `question`.
    async fn reply(&self, question: &Question) -> Result<Reply, Fault> {
        let api = self.caller.config.api;
        let model = self.caller.config.model.as_str();
        let asked = last(question);
        let body = |lacks: openai::Lacks| match api {
            Api::OpenAi => openai::body(model, question, lacks),
            Api::Anthropic => anthropic::body(model, question, !lacks.temperature),
        };
        let read = |reply: &Value| {
            let reply = match api {
                Api::OpenAi => openai::read(reply, asked)?,
                Api::Anthropic => anthropic::read(reply, question.schema.as_ref(), asked)?,
            };
            let usage = reply.usage;
            Ok((reply, usage))
        };
        let request = Request {
            path: match api {
                Api::OpenAi => openai::CHAT,
                Api::Anthropic => anthropic::MESSAGES,
            },
            body: &body,
            read: &read,
            max_tokens: u64::from(question.max_tokens),
            beyond: if api == Api::Anthropic && question.schema.is_some() { TOOL_TOKENS } else { 0 },
            most_bytes: MOST_BYTES,
        };
        let (reply, usage) = self.caller.ask(&request).await?;
        let identity = &self.caller.identity;
        // Of an answer whose first token is wanted, the rest is not missed.
        let first_token = question.alternatives > 0 && question.schema.is_none();
        let reason = match &reply.ended {
            Ended::Refused(words) => {
                format!("{identity} refuses to answer: {}", http::excerpt(words.as_bytes()))
            }
            Ended::Cut if !first_token => format!(
                "the answer of {identity} was cut at {} tokens, which it may have at most; it began: {}",
                question.max_tokens,
                http::excerpt(reply.text.as_bytes())
            ),
            _ if reply.text.trim().is_empty() && reply.alternatives.is_empty() => {
                format!("{identity} answered with an empty text")
            }
            _ => return Ok(Reply { usage, ..reply }),
        };
        Err(self.caller.fault(reason))
    }

    fn structured(&self, reply: Reply, mut value: Value) -> Answer {
        self.caller.redact_json(&mut value);
        Answer { text: value.to_string(), ..self.answer(reply) }
    }

    fn answer(&self, reply: Reply) -> Answer {
        let Reply { mut text, mut alternatives, usage, .. } = reply;
        self.caller.redact(&mut text);
        for (token, _) in &mut alternatives {
            self.caller.redact(token);
        }
        // However many requests it took, it was one question.
        Answer { text, alternatives, usage: Usage { calls: 1, ..usage } }
    }

    fn shown(&self, question: &Question) -> String {
        let mut shown = http::excerpt(last(question).as_bytes());
        if let Some((end, _)) = shown.char_indices().nth(120) {
            shown.truncate(end);
            shown.push('…');
        }
        format!("“{shown}”")
    }
}

/// What was asked last.
fn last(question: &Question) -> &str {
    question.turns.last().map_or("", |turn| turn.text.as_str())
}
