//! Checks that an answer is JSON, and that it satisfies a JSON Schema.
//!
//! `fence` finds the JSON in the answer, `json` parses it and remembers which bytes every value came from,
//! `schema` compiles the schema and validates. README.md says why the validator is our own.

mod fence;
mod json;
mod number;
mod schema;
mod settings;

use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::Value;

use schema::Schema;
pub use settings::{Fence, Settings};

/// Findings that one score carries.
const MAX_FINDINGS: usize = 100;

/// The check, configured.
pub struct JsonShape {
    schema: Option<Schema>,
    fence: Fence,
    formats: bool,
}

impl Plugin for JsonShape {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("Is JSON that satisfies the schema.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let schema = match &settings.schema {
            None | Some(Value::Null) => None,
            Some(document) => {
                Some(Schema::compile(document).map_err(|error| Failure::settings(error.to_string()))?)
            }
        };
        for keyword in schema.iter().flat_map(Schema::ignored) {
            log::warn(format!("schema: {keyword} is not known, and checks nothing"));
        }
        Ok(Self { schema, fence: settings.fence, formats: settings.formats })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = sample.output.as_str();
        let (body, mut findings) = fence::body(output, self.fence);
        match json::parse(output, body) {
            Err(error) => findings.push(Finding::new("json-syntax", error.message).in_output(error.bytes)),
            Ok(document) => {
                if let Some(rest) = document.rest {
                    let finding = Finding::new("text-around-json", "has text behind the JSON: leave it out");
                    findings.push(finding.in_output(rest));
                }
                findings.extend(document.duplicates.into_iter().map(|(key, bytes)| {
                    let message = format!("has the property {} twice in one object", json::quote(&key));
                    Finding::new("duplicate-key", message).in_output(bytes)
                }));
                if let Some(schema) = &self.schema {
                    findings.extend(schema.problems(&document.root, self.formats).into_iter().map(
                        |problem| {
                            let at = if problem.pointer.is_empty() {
                                "the whole"
                            } else {
                                json::clip(&problem.pointer, 200)
                            };
                            Finding::new(problem.rule, format!("{at}: {}", problem.message))
                                .in_output(problem.bytes)
                        },
                    ));
                }
            }
        }
        let found = findings.len();
        findings.truncate(MAX_FINDINGS);
        let count = u32::try_from(found).unwrap_or(u32::MAX);
        let score = Score::from_findings(findings).measure("problems", f64::from(count));
        let left_out = found.saturating_sub(MAX_FINDINGS);
        Ok(if left_out == 0 {
            score
        } else {
            score.summary(format!("{left_out} more problems are not listed"))
        })
    }
}

export!(JsonShape);

#[cfg(test)]
mod tests;
