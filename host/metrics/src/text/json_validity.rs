//! Whether the output is JSON, and of the right shape.

use jsonschema::{PatternOptions, Validator};
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{About, MAX_FINDINGS, TextMetric, failed, finding, output_span, passed, quoted};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Finding, Kind, Sample, Score, Work};

/// Settings of JSON validity.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JsonValiditySettings {
    /// A JSON Schema that the output has to satisfy. References to other documents are not followed.
    schema: Option<Value>,
    /// Accept JSON inside one Markdown code fence as well; false by default.
    allow_fence: bool,
}

/// JSON validity.
#[derive(Debug)]
pub(crate) struct JsonValidity {
    schema: Option<Validator>,
    allow_fence: bool,
}

impl TextMetric for JsonValidity {
    const ABOUT: About = About {
        name: "json-validity",
        version: "1.0.0",
        summary: "Passes if the output is JSON, and satisfies a JSON Schema where one is given.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[],
        work: Work::Trivial,
    };
    type Settings = JsonValiditySettings;

    fn new(settings: JsonValiditySettings) -> Result<Self, BadSetting> {
        // The linear regex engine, because the strings that patterns meet come from the output.
        let compile = |schema: &Value| {
            jsonschema::options().with_pattern_options(PatternOptions::regex()).offline().build(schema)
        };
        let schema = settings.schema.as_ref().map(compile).transpose().map_err(|error| {
            let place = error.instance_path().to_string();
            BadSetting::new("schema", format!("it is no JSON Schema: at `{place}`, {error}"))
        })?;
        Ok(Self { schema, allow_fence: settings.allow_fence })
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let text = &sample.output;
        let json = if self.allow_fence { unfenced(text) } else { text };
        let offset = json.as_ptr().addr() - text.as_ptr().addr();
        let findings = match &self.schema {
            None => match serde_json::from_str::<IgnoredAny>(json) {
                Ok(IgnoredAny) => Vec::new(),
                Err(error) => vec![syntax(&error, json, offset)],
            },
            Some(schema) => match serde_json::from_str::<Value>(json) {
                Ok(value) => violations(schema, &value),
                Err(error) => vec![syntax(&error, json, offset)],
            },
        };
        Ok(if findings.is_empty() { passed() } else { failed(findings) })
    }
}

/// What stands between the lines of a Markdown fence, or the text itself where it is not one fence.
fn unfenced(text: &str) -> &str {
    let inside = || {
        let rest = text.trim().strip_prefix("```")?.strip_suffix("```")?;
        let (language, body) = rest.split_once('\n')?;
        (!language.contains('`')).then_some(body)
    };
    inside().unwrap_or(text)
}

fn syntax(error: &serde_json::Error, json: &str, offset: usize) -> Finding {
    let line: usize = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The column counts bytes and may stand behind the last one, or within a character.
    let start = json.floor_char_boundary(line + error.column().saturating_sub(1));
    let end = start + json[start..].chars().next().map_or(0, char::len_utf8);
    finding("not-json", format!("the output is not JSON: {error}"), output_span(offset + start..offset + end))
}

fn violations(schema: &Validator, value: &Value) -> Vec<Finding> {
    let message = |error: jsonschema::ValidationError<'_>| {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() { "the JSON".to_owned() } else { quoted(&path) };
        format!("{place} does not satisfy the schema: {}", error.masked())
    };
    schema
        .iter_errors(value)
        .take(MAX_FINDINGS)
        .map(|error| finding("schema", message(error), None))
        .collect()
}
