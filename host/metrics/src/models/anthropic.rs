//! The Messages API of Anthropic: `/messages`. A schema becomes a tool that has to be called; there are no
//! log-probabilities.

use serde_json::{Map, Value, json};

use super::http::Failure;
use super::openai::no_answer;
use super::reply::{Ended, Reply, estimate};
use super::{Question, Speaker, Usage};

pub(super) const MESSAGES: &str = "/messages";
/// The version of the API that is spoken.
pub(super) const VERSION: &str = "2023-06-01";
/// The tool whose input is the answer.
const TOOL: &str = "answer";

/// The body that asks `question`.
pub(super) fn body(model: &str, question: &Question, with_temperature: bool) -> Value {
    let messages = question.turns.iter().map(|turn| {
        let role = match turn.speaker {
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        json!({"role": role, "content": turn.text})
    });
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("max_tokens".to_owned(), question.max_tokens.into());
    if with_temperature {
        // The API's scale ends at 1.
        body.insert("temperature".to_owned(), question.temperature.min(1.0).into());
    }
    if let Some(system) = &question.system {
        body.insert("system".to_owned(), system.as_str().into());
    }
    body.insert("messages".to_owned(), messages.collect());
    if let Some(schema) = &question.schema {
        let about = "Gives the answer. Call it exactly once.";
        let tool = json!({"name": TOOL, "description": about, "input_schema": object(schema)});
        body.insert("tools".to_owned(), json!([tool]));
        body.insert("tool_choice".to_owned(), json!({"type": "tool", "name": TOOL}));
    }
    Value::Object(body)
}

/// A tool's input is an object; any other answer stands in one.
fn object(schema: &Value) -> Value {
    if is_object(schema) {
        return schema.clone();
    }
    json!({"type": "object", "properties": {TOOL: schema}, "required": [TOOL], "additionalProperties": false})
}

fn is_object(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object")
}

/// The answer in a reply.
pub(super) fn read(reply: &Value, schema: Option<&Value>, asked: &str) -> Result<Reply, Failure> {
    let Some(parts) = reply.get("content").and_then(Value::as_array) else {
        return Err(no_answer(reply));
    };
    let kind = |part: &Value, kind: &str| part.get("type").and_then(Value::as_str) == Some(kind);
    let called = parts.iter().find(|part| kind(part, "tool_use")).and_then(|part| part.get("input"));
    let called = called.map(|input| match schema {
        Some(schema) if !is_object(schema) => input.get(TOOL).unwrap_or(input).to_string(),
        _ => input.to_string(),
    });
    let said =
        || parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect::<String>();
    let text = called.filter(|_| schema.is_some()).unwrap_or_else(said);
    let ended = match reply.get("stop_reason").and_then(Value::as_str) {
        Some("refusal") => {
            Ended::Refused(if text.is_empty() { "it gave no reason".to_owned() } else { text.clone() })
        }
        Some("max_tokens" | "model_context_window_exceeded") => Ended::Cut,
        _ => Ended::Whole,
    };
    let tokens = |name: &str| reply.pointer(&format!("/usage/{name}")).and_then(Value::as_u64);
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"]
        .into_iter()
        .filter_map(tokens)
        .sum::<u64>();
    let usage = Usage {
        calls: 1,
        input_tokens: tokens("input_tokens")
            .map_or_else(|| estimate(asked), |input| input.saturating_add(cached)),
        output_tokens: tokens("output_tokens").unwrap_or_else(|| estimate(&text)),
        ..Usage::default()
    };
    Ok(Reply { text, alternatives: Vec::new(), ended, usage })
}
