//! Whether the output matches a regular expression.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, MAX_FINDINGS, TextMetric, failed, finding, output_span, passed, quoted};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Sample, Score, Work};

/// Settings of regex.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegexSettings {
    /// The expression, in the syntax of Rust's regex crate: no look-around and no back-references, so that no output
    /// can make it slow.
    pattern: String,
    /// What the output has to do: `match` or `not-match`; `match` by default.
    #[serde(default)]
    must: Must,
    /// Match the whole output, not just a part of it; false by default.
    #[serde(default)]
    whole_output: bool,
    /// Ignore case, in every script; false by default.
    #[serde(default)]
    ignore_case: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Must {
    #[default]
    Match,
    NotMatch,
}

/// Regex.
#[derive(Debug)]
pub(crate) struct RegexMatch {
    regex: Regex,
    must: Must,
}

impl TextMetric for RegexMatch {
    const ABOUT: About = About {
        name: "regex",
        version: "1.0.0",
        summary: "Passes if the output matches a regular expression, or if it does not.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[],
        work: Work::Trivial,
    };
    type Settings = RegexSettings;

    fn new(settings: RegexSettings) -> Result<Self, BadSetting> {
        let RegexSettings { pattern, must, whole_output, ignore_case } = settings;
        let refused = |error: regex::Error| BadSetting::new("pattern", error.to_string());
        // Compiled by itself first, so that a mistake is shown in the pattern as it was written.
        Regex::new(&pattern).map_err(refused)?;
        let pattern = if whole_output { format!(r"\A(?:{pattern})\z") } else { pattern };
        let regex = RegexBuilder::new(&pattern).case_insensitive(ignore_case).build().map_err(refused)?;
        Ok(Self { regex, must })
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        match self.must {
            Must::Match if self.regex.is_match(&sample.output) => Ok(passed()),
            Must::Match => {
                let message = format!("the output does not match {}", quoted(self.regex.as_str()));
                Ok(failed(vec![finding("no-match", message, None)]))
            }
            Must::NotMatch => {
                let message =
                    |found: &str| format!("{} must not match {}", quoted(found), quoted(self.regex.as_str()));
                let found = self.regex.find_iter(&sample.output).take(MAX_FINDINGS);
                let findings = found
                    .map(|found| {
                        finding("forbidden-match", message(found.as_str()), output_span(found.range()))
                    })
                    .collect::<Vec<_>>();
                Ok(if findings.is_empty() { passed() } else { failed(findings) })
            }
        }
    }
}
