//! The shipped plugins, natively, so that the fuzzer sees their branches.

use scorebox_sdk::serde_json::Value;
use scorebox_sdk::{Failure, Message, Plugin, Role, Sample, Score, ToolCall, testing};

use crate::pieces;

/// The first byte names a plugin, then come its settings, then a sample. What the plugin returns is a score that the host
/// would take, or one of the failures that it may have; and it is the same twice.
pub fn plugins(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else { return };
    let mut texts = pieces::texts(rest);
    let Some(Ok(settings)) = texts.next().map(|text| scorebox_sdk::serde_json::from_str(&text)) else {
        return;
    };
    let sample = native(pieces::sample(texts));
    match which {
        b'c' => run::<competitor_mention::Check>(&settings, &sample),
        b'f' => run::<forbidden_promise::Check>(&settings, &sample),
        b'i' => run::<internal_jargon::InternalJargon>(&settings, &sample),
        b'j' => run::<json_shape::JsonShape>(&settings, &sample),
        b'l' => run::<language::Language>(&settings, &sample),
        b'p' => run::<pii_leak::PiiLeak>(&settings, &sample),
        b'r' => run::<required_phrase::Check>(&settings, &sample),
        _ => run::<response_length::Check>(&settings, &sample),
    }
}

fn run<P: Plugin>(settings: &Value, sample: &Sample) {
    let check = || -> Result<Score, Failure> { testing::check::<P>(settings.clone(), sample.clone()) };
    let first = check();
    assert_eq!(first, check(), "the same sample had two results");
    if let Err(Failure::Failed(reason)) = &first {
        assert!(!reason.starts_with("the host would refuse this score"), "{reason}");
    }
}

/// The host's sample as the SDK has it.
fn native(sample: scorebox_sandbox::Sample) -> Sample {
    let role = |role| match role {
        scorebox_sandbox::Role::System => Role::System,
        scorebox_sandbox::Role::User => Role::User,
        scorebox_sandbox::Role::Assistant => Role::Assistant,
        scorebox_sandbox::Role::Tool => Role::Tool,
    };
    let call = |call: scorebox_sandbox::ToolCall| ToolCall {
        id: call.id,
        name: call.name,
        arguments: call.arguments,
    };
    let messages = sample.conversation.into_iter().map(|message| Message {
        role: role(message.role),
        content: message.content,
        tool_calls: message.tool_calls.into_iter().map(call).collect(),
    });
    Sample {
        id: sample.id,
        input: sample.input,
        output: sample.output,
        expected: sample.expected,
        context: sample.context,
        conversation: messages.collect(),
        metadata: sample.metadata,
    }
}
