//! What a plugin is given.

use serde_json::{Map, Value};

use crate::Failure;

/// One exchange under evaluation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// Unique in its dataset.
    pub id: String,
    /// What the user asked. Structured inputs arrive as JSON text.
    pub input: String,
    /// What the system answered.
    pub output: String,
    /// The reference answer, where there is one.
    pub expected: Option<String>,
    /// The passages that the answer has to rest on, in order.
    pub context: Vec<String>,
    /// The messages that led to the output, oldest first; empty for a single turn.
    pub conversation: Vec<Message>,
    /// The text of a JSON object: everything else the dataset carries for this sample. See [`Sample::metadata`].
    pub metadata: String,
}

impl Sample {
    /// The metadata, parsed; empty where there is none.
    ///
    /// # Errors
    /// [`Failure::Sample`] if the metadata is no JSON object.
    pub fn metadata(&self) -> Result<Map<String, Value>, Failure> {
        if self.metadata.trim().is_empty() {
            return Ok(Map::new());
        }
        serde_json::from_str(&self.metadata)
            .map_err(|error| Failure::sample(format!("the metadata is not a JSON object: {error}")))
    }

    /// A sample with nothing but an output, to build the others from in tests.
    pub fn of_output(output: impl Into<String>) -> Self {
        Self { id: "sample".to_owned(), output: output.into(), metadata: "{}".to_owned(), ..Self::default() }
    }

    /// The same with an input.
    #[must_use]
    pub fn with_input(mut self, input: impl Into<String>) -> Self {
        self.input = input.into();
        self
    }

    /// The same with a reference answer.
    #[must_use]
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same with these passages.
    #[must_use]
    pub fn with_context<T: Into<String>>(mut self, passages: impl IntoIterator<Item = T>) -> Self {
        self.context = passages.into_iter().map(Into::into).collect();
        self
    }

    /// The same with one more message at the end of the conversation.
    #[must_use]
    pub fn with_message(mut self, role: Role, content: impl Into<String>) -> Self {
        self.conversation.push(Message { role, content: content.into(), tool_calls: Vec::new() });
        self
    }

    /// The same with one more message of the assistant's that calls the tool `name` with the JSON `arguments`.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "json!() is written in place")]
    pub fn with_tool_call(mut self, name: impl Into<String>, arguments: Value) -> Self {
        let id = format!("call-{}", self.conversation.len() + 1);
        let call = ToolCall { id, name: name.into(), arguments: arguments.to_string() };
        self.conversation.push(Message {
            role: Role::Assistant,
            content: String::new(),
            tool_calls: vec![call],
        });
        self
    }

    /// The same with this metadata, a JSON object.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "json!() is written in place")]
    pub fn with_metadata(mut self, metadata: Value) -> Self {
        self.metadata = metadata.to_string();
        self
    }
}

impl From<&str> for Sample {
    fn from(output: &str) -> Self {
        Self::of_output(output)
    }
}

impl From<String> for Sample {
    fn from(output: String) -> Self {
        Self::of_output(output)
    }
}

impl From<&Sample> for Sample {
    fn from(sample: &Sample) -> Self {
        sample.clone()
    }
}

/// One message of the conversation that led to the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// The tools that the message calls.
    pub tool_calls: Vec<ToolCall>,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Identifier of the call.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// The text of a JSON value.
    pub arguments: String,
}

impl ToolCall {
    /// The arguments, parsed.
    ///
    /// # Errors
    /// [`Failure::Sample`] if the arguments are not JSON.
    pub fn arguments(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.arguments).map_err(|error| {
            Failure::sample(format!("the arguments of the call of {} are not JSON: {error}", self.name))
        })
    }
}
