//! The messages of a conversation, as OpenAI, Ragas and DeepEval write them.

use scorebox_metrics::{Message, Role, ToolCall};
use serde_json::{Map, Value};

use super::error::quoted;
use super::parse::{kind, text};

/// Reads one message; the error says what is wrong with it and what to write instead.
pub(crate) fn read(value: Value) -> Result<Message, String> {
    let Value::Object(mut message) = value else {
        return Err(format!("is {}: write {{\"role\": …, \"content\": …}}", kind(&value)));
    };
    // Ragas calls the role `type`.
    let role = match message.remove("role").or_else(|| message.remove("type")) {
        Some(Value::String(word)) => role(&word)?,
        Some(value) => {
            return Err(format!("the role is {}: write user, assistant, system or tool", kind(&value)));
        }
        None => return Err("has no `role`: write user, assistant, system or tool".into()),
    };
    let tool_calls = match message.remove("tool_calls") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(calls)) => calls.into_iter().map(tool_call).collect::<Result<_, _>>()?,
        Some(value) => return Err(format!("`tool_calls` is {}: write a list", kind(&value))),
    };
    let content = match message.remove("content") {
        Some(Value::String(content)) => content,
        Some(Value::Array(parts)) => parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?.join("\n"),
        None | Some(Value::Null) if !tool_calls.is_empty() => String::new(),
        None | Some(Value::Null) => return Err("has no `content`: write a text".into()),
        Some(value) => return Err(format!("`content` is {}: write a text", kind(&value))),
    };
    Ok(Message { role, content, tool_calls })
}

fn role(word: &str) -> Result<Role, String> {
    match word {
        "user" | "human" => Ok(Role::User),
        "assistant" | "ai" => Ok(Role::Assistant),
        "system" | "developer" => Ok(Role::System),
        "tool" | "function" => Ok(Role::Tool),
        _ => Err(format!("unknown role {}: write user, assistant, system or tool", quoted(word))),
    }
}

/// One part of a content that is a list.
fn part(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Object(mut part) => match part.remove("text") {
            Some(Value::String(text)) => Ok(text),
            _ => Err("`content` has a part without text: images and sounds cannot be evaluated".into()),
        },
        value => {
            Err(format!("a part of `content` is {}: write {{\"type\": \"text\", \"text\": …}}", kind(&value)))
        }
    }
}

/// `{id, name, arguments}`, or the same within `function`.
fn tool_call(value: Value) -> Result<ToolCall, String> {
    let Value::Object(mut call) = value else {
        return Err(format!(
            "a tool call is {}: write {{\"id\": …, \"name\": …, \"arguments\": {{…}}}}",
            kind(&value)
        ));
    };
    let id = match call.remove("id") {
        None | Some(Value::Null) => String::new(),
        Some(value) => text(value),
    };
    let mut inner: Map<String, Value> = match call.remove("function") {
        Some(Value::Object(inner)) => inner,
        _ => call,
    };
    let name = match inner.remove("name") {
        Some(Value::String(name)) => name,
        _ => return Err("a tool call has no `name`: write the tool's name".into()),
    };
    // Ragas calls the arguments `args`.
    let arguments = match inner.remove("arguments").or_else(|| inner.remove("args")) {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(value) => text(value),
    };
    Ok(ToolCall { id, name, arguments })
}
