//! The glue between [`Plugin`] and the component that the host runs. Nothing here is for authors.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Once;

use crate::about::Kind;
use crate::plugin::Configured;
use crate::{
    Failure, Field, Finding, Message, Need, Plugin, Role, Sample, Score, ToolCall, Verdict, log, settings,
};

#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    reason = "generated from wit/: the canonical ABI passes raw pointers"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin",
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "scorebox_sdk::__private::bindings",
    });
}

use bindings::exports::scorebox::plugin::metric::Guest;
use bindings::scorebox::plugin::types as wit;

/// What [`export!`](crate::export) knows of a plugin beside its type.
pub trait Component {
    /// The author's type.
    type Plugin: Plugin;
    /// Name of the author's package.
    const NAME: &'static str;
    /// Version of the author's package.
    const VERSION: &'static str;
}

/// Answers the host's calls for the plugin of `C`.
pub struct Exported<C>(PhantomData<C>);

thread_local! {
    /// What `configure` left. Type-erased because a static cannot be generic; a component holds one plugin.
    static CONFIGURED: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

impl<C: Component> Guest for Exported<C> {
    fn describe() -> wit::Descriptor {
        report_panics();
        let about = C::Plugin::about();
        wit::Descriptor {
            name: C::NAME.to_owned(),
            version: C::VERSION.to_owned(),
            summary: about.summary,
            kind: match about.kind {
                Kind::Metric => wit::Kind::Metric,
                Kind::Constraint => wit::Kind::Constraint,
            },
            settings_schema: settings::schema::<<C::Plugin as Plugin>::Settings>().to_string(),
            range: about.range,
            higher_is_better: about.higher_is_better,
            needs: about.needs.into_iter().map(need).collect(),
        }
    }

    fn configure(settings: String) -> Result<(), wit::Failure> {
        report_panics();
        let configured = Configured::<C::Plugin>::new(&settings).map_err(failure)?;
        CONFIGURED.with(|slot| *slot.borrow_mut() = Some(Box::new(configured)));
        Ok(())
    }

    fn evaluate(given: wit::Sample) -> Result<wit::Score, wit::Failure> {
        report_panics();
        let given = sample(given);
        CONFIGURED
            .with(|slot| {
                match slot.borrow().as_ref().and_then(|any| any.downcast_ref::<Configured<C::Plugin>>()) {
                    Some(plugin) => plugin.evaluate(&given),
                    None => Err(Failure::failed("evaluate was called before configure succeeded")),
                }
            })
            .map(score)
            .map_err(failure)
    }
}

/// Makes a panic log where and why before it traps, since a trap carries no message.
fn report_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|panic| log::error(panic.to_string()))));
}

fn need(need: Need) -> wit::Need {
    match need {
        Need::Input => wit::Need::Input,
        Need::Expected => wit::Need::Expected,
        Need::Context => wit::Need::Context,
        Need::Conversation => wit::Need::Conversation,
    }
}

fn failure(failure: Failure) -> wit::Failure {
    match failure {
        Failure::Settings(message) => wit::Failure::InvalidSettings(message),
        Failure::Sample(message) => wit::Failure::InvalidSample(message),
        Failure::Failed(message) => wit::Failure::Failed(message),
    }
}

fn sample(sample: wit::Sample) -> Sample {
    Sample {
        id: sample.id,
        input: sample.input,
        output: sample.output,
        expected: sample.expected,
        context: sample.context,
        conversation: sample.conversation.into_iter().map(message).collect(),
        metadata: sample.metadata,
    }
}

fn message(message: wit::Message) -> Message {
    let call = |call: wit::ToolCall| ToolCall { id: call.id, name: call.name, arguments: call.arguments };
    Message {
        role: match message.role {
            wit::Role::System => Role::System,
            wit::Role::User => Role::User,
            wit::Role::Assistant => Role::Assistant,
            wit::Role::Tool => Role::Tool,
        },
        content: message.content,
        tool_calls: message.tool_calls.into_iter().map(call).collect(),
    }
}

fn score(score: Score) -> wit::Score {
    wit::Score {
        value: score.value,
        verdict: match score.verdict {
            Verdict::Pass => wit::Verdict::Pass,
            Verdict::Fail => wit::Verdict::Fail,
            Verdict::Unjudged => wit::Verdict::Unjudged,
        },
        summary: score.summary,
        findings: score.findings.into_iter().map(finding).collect(),
        measures: score.measures,
    }
}

fn finding(finding: Finding) -> wit::Finding {
    wit::Finding {
        rule: finding.rule,
        message: finding.message,
        location: finding.location.map(|span| wit::Span {
            field: match span.field {
                Field::Input => wit::Field::Input,
                Field::Output => wit::Field::Output,
                Field::Context(index) => wit::Field::Context(position(index)),
            },
            start: position(span.start),
            end: position(span.end),
        }),
    }
}

/// What does not fit lies outside every text, and the host says so.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
