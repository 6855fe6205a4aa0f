//! Inputs that people can read: texts, ended by a byte that no UTF-8 text holds.

use scorebox_sandbox::{Message, Role, Sample, ToolCall};

/// The byte between two texts.
const END: u8 = 0xff;
/// Bytes of a sample's text that a repetition may come to.
const MOST: usize = 4 << 20;

/// The input, cut at every [`END`].
pub(crate) fn bytes(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == END)
}

/// The input as texts. What is no UTF-8 is replaced: the contract's strings cannot hold it.
pub(crate) fn texts(data: &[u8]) -> impl Iterator<Item = String> {
    bytes(data).map(|piece| String::from_utf8_lossy(piece).into_owned())
}

/// A sample of texts: its output, its input, its expected answer, and passages. A text that begins with a word and a
/// colon is something else: `user:`, `assistant:`, `system:` and `tool:` begin a message, `call:` a tool call of the
/// message before, `metadata:` metadata. `x1000:` in front repeats the text.
pub(crate) fn sample(texts: impl Iterator<Item = String>) -> Sample {
    let mut sample = Sample { id: "fuzzed".to_owned(), metadata: "{}".to_owned(), ..Sample::default() };
    let mut plain = 0;
    for text in texts {
        let text = repeated(text);
        let (word, rest) = text.split_once(':').unwrap_or(("", &text));
        let role = match word {
            "user" => Some(Role::User),
            "assistant" => Some(Role::Assistant),
            "system" => Some(Role::System),
            "tool" => Some(Role::Tool),
            _ => None,
        };
        match (word, role) {
            (_, Some(role)) => {
                let message = Message { role, content: rest.to_owned(), tool_calls: Vec::new() };
                sample.conversation.push(message);
            }
            ("call", _) => {
                let call =
                    ToolCall { id: word.to_owned(), name: word.to_owned(), arguments: rest.to_owned() };
                if let Some(message) = sample.conversation.last_mut() {
                    message.tool_calls.push(call);
                }
            }
            ("metadata", _) => sample.metadata = rest.to_owned(),
            _ => {
                plain += 1;
                match plain {
                    1 => sample.output = text,
                    2 => sample.input = text,
                    3 => sample.expected = (!text.is_empty()).then_some(text),
                    _ => sample.context.push(text),
                }
            }
        }
    }
    sample
}

fn repeated(text: String) -> String {
    let parts = text.strip_prefix('x').and_then(|rest| rest.split_once(':'));
    match parts.and_then(|(times, text)| Some((times.parse::<usize>().ok()?, text))) {
        Some((times, text)) => text.repeat(times.min(MOST / text.len().max(1))),
        None => text,
    }
}
