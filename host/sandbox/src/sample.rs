//! What a metric is given: one exchange under evaluation.

use serde::{Deserialize, Serialize};

/// One exchange under evaluation, as metrics and plugins see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Unique in its dataset.
    pub id: String,
    /// What the user asked. Structured inputs are JSON text.
    pub input: String,
    /// What the system answered.
    pub output: String,
    /// The reference answer, where there is one.
    pub expected: Option<String>,
    /// The passages that the answer has to rest on, in order.
    pub context: Vec<String>,
    /// The messages that led to the output, oldest first; empty for a single turn.
    pub conversation: Vec<Message>,
    /// The text of a JSON object: everything else that the dataset carries for this sample.
    pub metadata: String,
}

impl Sample {
    /// The text that a span of `field` points into; `None` where a context index does not exist.
    pub fn text(&self, field: Field) -> Option<&str> {
        match field {
            Field::Input => Some(&self.input),
            Field::Output => Some(&self.output),
            Field::Context(index) => self.context.get(index as usize).map(String::as_str),
        }
    }
}

/// One message of the conversation that led to the output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// The tools that the message calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The system prompt.
    System,
    /// The person.
    User,
    /// The system under evaluation.
    Assistant,
    /// The reply of a tool.
    Tool,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Identifier of the call.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// The text of a JSON value.
    pub arguments: String,
}

/// The part of a sample that a span points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// [`Sample::input`].
    Input,
    /// [`Sample::output`].
    Output,
    /// A passage of [`Sample::context`], by position.
    Context(u32),
}
