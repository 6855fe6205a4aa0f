//! The chat API of OpenAI, which llama.cpp, vLLM, Ollama, LiteLLM and Azure speak as well: `/chat/completions`, and
//! `/embeddings`.

use serde_json::{Map, Value, json};

use super::http::Failure;
use super::reply::{Ended, Reply, estimate};
use super::schema::is_strict;
use super::{Question, Speaker, Usage};

pub(super) const CHAT: &str = "/chat/completions";
pub(super) const EMBEDDINGS: &str = "/embeddings";
/// The most alternatives of a token that the API gives.
const MOST_ALTERNATIVES: u8 = 20;

/// What an API turned out not to take. It says so with its first reply, and is asked without it from then on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lacks {
    /// `response_format`: the schema goes into the instructions.
    pub(super) response_format: bool,
    /// `max_tokens`, which is called `max_completion_tokens` there.
    pub(super) max_tokens: bool,
    /// `temperature`, which the suite says.
    pub(super) temperature: bool,
    /// `logprobs`, which the suite says.
    pub(super) logprobs: bool,
}

impl Lacks {
    /// What the words of a refusal say beyond what was known.
    pub(super) fn learn(self, refusal: &str) -> Option<Self> {
        let more = Self {
            response_format: self.response_format || refusal.contains("response_format"),
            max_tokens: self.max_tokens || refusal.contains("max_completion_tokens"),
            ..self
        };
        (more != self).then_some(more)
    }
}

/// The body that asks `question`.
pub(super) fn body(model: &str, question: &Question, lacks: Lacks) -> Value {
    let mut messages = Vec::new();
    let in_words = question.schema.as_ref().filter(|_| lacks.response_format).map(schema_in_words);
    let system = [question.system.clone(), in_words].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    messages.extend(question.turns.iter().map(|turn| {
        let role = match turn.speaker {
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        json!({"role": role, "content": turn.text})
    }));
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("messages".to_owned(), messages.into());
    let max_tokens = if lacks.max_tokens { "max_completion_tokens" } else { "max_tokens" };
    body.insert(max_tokens.to_owned(), question.max_tokens.into());
    if !lacks.temperature {
        body.insert("temperature".to_owned(), question.temperature.into());
    }
    if question.alternatives > 0 && !lacks.logprobs {
        body.insert("logprobs".to_owned(), true.into());
        body.insert("top_logprobs".to_owned(), question.alternatives.min(MOST_ALTERNATIVES).into());
    }
    if let Some(schema) = question.schema.as_ref().filter(|_| !lacks.response_format) {
        let format = json!({"name": "answer", "strict": is_strict(schema), "schema": schema});
        body.insert("response_format".to_owned(), json!({"type": "json_schema", "json_schema": format}));
    }
    Value::Object(body)
}

/// The schema as an instruction, where an API has no other place for it.
pub(super) fn schema_in_words(schema: &Value) -> String {
    format!("Answer with JSON alone, without any other text. It has to satisfy this JSON Schema:\n{schema}")
}

/// The answer in a reply.
pub(super) fn read(reply: &Value, asked: &str) -> Result<Reply, Failure> {
    let Some(choice) = reply.pointer("/choices/0") else {
        return Err(no_answer(reply));
    };
    let message = choice.get("message").unwrap_or(&Value::Null);
    let refused = message.get("refusal").and_then(Value::as_str).filter(|refusal| !refusal.is_empty());
    let text = message.get("content").and_then(text_of).unwrap_or_default();
    let ended = match (refused, choice.get("finish_reason").and_then(Value::as_str)) {
        (Some(refusal), _) => Ended::Refused(refusal.to_owned()),
        (None, Some("content_filter")) => {
            Ended::Refused("the provider's content filter stopped it".to_owned())
        }
        (None, Some("length")) => Ended::Cut,
        _ => Ended::Whole,
    };
    let usage = usage(reply, asked, &text);
    Ok(Reply { alternatives: alternatives(choice), text, ended, usage })
}

/// A text, or the texts of a list of parts.
fn text_of(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect())
        }
        _ => None,
    }
}

pub(super) fn no_answer(reply: &Value) -> Failure {
    let shown = super::http::excerpt(reply.to_string().as_bytes());
    Failure::passing(format!("the reply holds no answer: {shown}"))
}

fn usage(reply: &Value, asked: &str, text: &str) -> Usage {
    let tokens = |name: &str| reply.pointer(&format!("/usage/{name}")).and_then(Value::as_u64);
    Usage {
        calls: 1,
        input_tokens: tokens("prompt_tokens").unwrap_or_else(|| estimate(asked)),
        output_tokens: tokens("completion_tokens").unwrap_or_else(|| estimate(text)),
        ..Usage::default()
    }
}

/// The likeliest first tokens, likeliest first.
fn alternatives(choice: &Value) -> Vec<(String, f64)> {
    let listed = choice.pointer("/logprobs/content/0/top_logprobs").and_then(Value::as_array);
    let one = |entry: &Value| {
        let token = entry.get("token")?.as_str()?.to_owned();
        Some((token, entry.get("logprob")?.as_f64().filter(|logprob| *logprob <= 0.0)?))
    };
    let mut found: Vec<(String, f64)> = listed.into_iter().flatten().filter_map(one).collect();
    found.truncate(usize::from(MOST_ALTERNATIVES));
    found.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    found
}

/// The body that asks for the vectors of `texts`.
pub(super) fn embeddings_body(model: &str, texts: &[String]) -> Value {
    json!({"model": model, "input": texts, "encoding_format": "float"})
}

/// The vectors in a reply, in the order of the texts, each brought to length 1.
pub(super) fn read_embeddings(reply: &Value, texts: &[String]) -> Result<(Vec<Vec<f32>>, Usage), Failure> {
    let wrong = |reason: String| {
        Failure::lasting(format!("the reply to a question for vectors is wrong: {reason}")).charged()
    };
    let Some(data) = reply.get("data").and_then(Value::as_array) else {
        return Err(no_answer(reply));
    };
    if data.len() != texts.len() {
        return Err(wrong(format!("{} vectors for {} texts", data.len(), texts.len())));
    }
    let mut vectors = vec![Vec::new(); texts.len()];
    for (position, entry) in data.iter().enumerate() {
        let index = entry.get("index").and_then(Value::as_u64).map_or(position, |index| index as usize);
        let numbers = entry.get("embedding").and_then(Value::as_array);
        let vector: Option<Vec<f32>> =
            numbers.and_then(|numbers| numbers.iter().map(|number| Some(number.as_f64()? as f32)).collect());
        let vector =
            vector.and_then(normalized).ok_or_else(|| wrong(format!("entry {position} has no vector")))?;
        let place = vectors.get_mut(index).filter(|place| place.is_empty());
        *place.ok_or_else(|| wrong(format!("index {index} stands twice, or is none of a text")))? = vector;
    }
    if vectors.iter().any(|vector| vector.len() != vectors[0].len()) {
        return Err(wrong("the vectors have different lengths".to_owned()));
    }
    let tokens = reply.pointer("/usage/prompt_tokens").and_then(Value::as_u64);
    let input_tokens = tokens.unwrap_or_else(|| texts.iter().map(|text| estimate(text)).sum());
    Ok((vectors, Usage { calls: 1, input_tokens, ..Usage::default() }))
}

/// The vector at length 1; `None` where it has no direction.
fn normalized(vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let sound = !vector.is_empty() && length.is_finite() && length > 0.0;
    sound.then(|| vector.into_iter().map(|value| (f64::from(value) / length) as f32).collect())
}
