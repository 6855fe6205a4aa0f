//! `scorebox:plugin@0.1.0`: the generated bindings, and the conversion to this crate's types. A later version of the
//! contract gets a module of its own beside this one.

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/0.1.0",
        world: "plugin",
        imports: { "scorebox:plugin/model": trappable },
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}

use wasmtime::component::{HasSelf, Linker};

use bindings::exports::scorebox::plugin::metric as guest;
use bindings::scorebox::plugin::{log, model, types};
pub(crate) use bindings::{Plugin, PluginPre};

use crate::fault::{Fault, FaultKind};
use crate::imports::Capability;
use crate::model::{ModelError, Prompt};
use crate::sample::Role;
use crate::store::State;
use crate::{Descriptor, Field, Finding, Kind, Need, Sample, Score, Span, Verdict};

/// Links the contract's own interfaces among `capabilities`, and no others.
pub(crate) fn link(linker: &mut Linker<State>, capabilities: &[Capability]) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    if capabilities.contains(&Capability::Model) {
        model::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    Ok(())
}

impl types::Host for State {}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        self.log.write(level, &message);
    }
}

impl From<ModelError> for model::ModelError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Unavailable(reason) => Self::Unavailable(reason),
            ModelError::Malformed(reason) => Self::Malformed(reason),
            ModelError::OverBudget(_) => Self::OverBudget,
        }
    }
}

impl model::Host for State {
    fn complete(
        &mut self,
        prompt: model::Prompt,
    ) -> wasmtime::Result<Result<model::Reply, model::ModelError>> {
        let model::Prompt { system, user, schema, max_tokens } = prompt;
        let prompt = Prompt { system, user, schema, max_tokens };
        let reply = self.model_budget.complete(self.model.as_deref(), prompt, self.deadline);
        Ok(reply.map_err(Into::into).map(|reply| model::Reply {
            text: reply.text,
            input_tokens: reply.input_tokens,
            output_tokens: reply.output_tokens,
        }))
    }

    fn embed(&mut self, texts: Vec<String>) -> wasmtime::Result<Result<Vec<Vec<f32>>, model::ModelError>> {
        let embeddings = self.model_budget.embed(self.model.as_deref(), &texts, self.deadline);
        Ok(embeddings.map_err(Into::into).map(|embeddings| embeddings.vectors))
    }
}

/// Calls `describe`.
pub(crate) fn describe(
    plugin: &Plugin,
    store: &mut wasmtime::Store<State>,
) -> wasmtime::Result<Result<Descriptor, String>> {
    let descriptor = plugin.scorebox_plugin_metric().call_describe(store)?;
    let settings_schema = match serde_json::from_str(&descriptor.settings_schema) {
        Ok(schema) => schema,
        Err(error) => return Ok(Err(format!("the settings schema is not JSON: {error}"))),
    };
    Ok(Ok(Descriptor {
        name: descriptor.name,
        version: descriptor.version,
        summary: descriptor.summary,
        kind: match descriptor.kind {
            types::Kind::Metric => Kind::Metric,
            types::Kind::Constraint => Kind::Constraint,
        },
        settings_schema,
        range: descriptor.range,
        higher_is_better: descriptor.higher_is_better,
        needs: descriptor.needs.into_iter().map(need).collect(),
    }))
}

/// Calls `configure`.
pub(crate) fn configure(
    plugin: &Plugin,
    store: &mut wasmtime::Store<State>,
    settings: &str,
) -> wasmtime::Result<Result<(), Fault>> {
    Ok(plugin.scorebox_plugin_metric().call_configure(store, settings)?.map_err(failure))
}

fn tool_call(call: &crate::ToolCall) -> types::ToolCall<'_> {
    types::ToolCall { id: &call.id, name: &call.name, arguments: &call.arguments }
}

/// Calls `evaluate`.
pub(crate) fn evaluate(
    plugin: &Plugin,
    store: &mut wasmtime::Store<State>,
    sample: &Sample,
) -> wasmtime::Result<Result<Score, Fault>> {
    let context: Vec<&str> = sample.context.iter().map(String::as_str).collect();
    let calls: Vec<Vec<types::ToolCall<'_>>> = sample
        .conversation
        .iter()
        .map(|message| message.tool_calls.iter().map(tool_call).collect())
        .collect();
    let conversation: Vec<types::Message<'_>> = sample
        .conversation
        .iter()
        .zip(&calls)
        .map(|(message, calls)| types::Message {
            role: match message.role {
                Role::System => types::Role::System,
                Role::User => types::Role::User,
                Role::Assistant => types::Role::Assistant,
                Role::Tool => types::Role::Tool,
            },
            content: &message.content,
            tool_calls: calls,
        })
        .collect();
    let sample = types::Sample {
        id: &sample.id,
        input: &sample.input,
        output: &sample.output,
        expected: sample.expected.as_deref(),
        context: &context,
        conversation: &conversation,
        metadata: &sample.metadata,
    };
    let result = plugin.scorebox_plugin_metric().call_evaluate(store, sample)?;
    Ok(result.map(score).map_err(failure))
}

fn need(need: types::Need) -> Need {
    match need {
        types::Need::Input => Need::Input,
        types::Need::Expected => Need::Expected,
        types::Need::Context => Need::Context,
        types::Need::Conversation => Need::Conversation,
    }
}

fn score(score: guest::Score) -> Score {
    let span = |span: types::Span| Span {
        field: match span.field {
            types::Field::Input => Field::Input,
            types::Field::Output => Field::Output,
            types::Field::Context(index) => Field::Context(index),
        },
        start: span.start,
        end: span.end,
    };
    let finding = |finding: types::Finding| Finding {
        rule: finding.rule,
        message: finding.message,
        location: finding.location.map(span),
    };
    Score {
        value: score.value,
        verdict: match score.verdict {
            types::Verdict::Pass => Verdict::Pass,
            types::Verdict::Fail => Verdict::Fail,
            types::Verdict::Unjudged => Verdict::Unjudged,
        },
        summary: score.summary,
        findings: score.findings.into_iter().map(finding).collect(),
        measures: score.measures,
    }
}

fn failure(failure: guest::Failure) -> Fault {
    /// Bytes of a plugin's own words that a fault keeps.
    const MAX: usize = 4096;
    let (kind, mut text) = match failure {
        types::Failure::InvalidSettings(text) => (FaultKind::InvalidSettings, text),
        types::Failure::InvalidSample(text) => (FaultKind::InvalidSample, text),
        types::Failure::Failed(text) => (FaultKind::Failed, text),
    };
    crate::store::cut(&mut text, MAX);
    Fault::new(kind, text)
}
