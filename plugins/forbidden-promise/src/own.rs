//! The rules that a suite brings.

use regex::{Regex, RegexBuilder};
use scorebox_sdk::Failure;
use scorebox_sdk::text::{Case, Folded};

use crate::settings::Pattern;
use crate::{Promise, negation};

/// One rule of the suite's own.
pub(crate) struct Own {
    rule: String,
    message: Option<String>,
    regex: Regex,
}

impl Own {
    /// `index` is the position in the settings, for the failure.
    pub(crate) fn new(index: usize, pattern: Pattern) -> Result<Self, Failure> {
        let refuse =
            |field: &str, reason: String| Failure::settings(format!("patterns[{index}].{field}: {reason}"));
        let is_kebab = pattern.rule.starts_with(|first: char| first.is_ascii_lowercase())
            && pattern
                .rule
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_kebab {
            return Err(refuse(
                "rule",
                format!("{:?} is not kebab-case; write something like free-shipping", pattern.rule),
            ));
        }
        let regex = RegexBuilder::new(&pattern.pattern)
            .case_insensitive(true)
            .build()
            .map_err(|error| refuse("pattern", error.to_string()))?;
        if regex.is_match("") {
            return Err(refuse("pattern", "matches the empty text, so every answer would fail".to_owned()));
        }
        Ok(Self { rule: pattern.rule, message: pattern.message, regex })
    }

    /// The promises in `output` by this rule.
    pub(crate) fn find<'a>(&'a self, output: &'a str) -> impl Iterator<Item = Promise> + 'a {
        let not_denied = move |bytes: &std::ops::Range<usize>| {
            let before = Folded::new(negation::reach(&output[..bytes.start]), Case::Ignore);
            !negation::denies(before.text())
        };
        self.regex.find_iter(output).map(|hit| hit.range()).filter(not_denied).map(move |bytes| {
            let message =
                self.message.clone().unwrap_or_else(|| format!("promises “{}”", &output[bytes.clone()]));
            Promise { rule: self.rule.clone(), message, bytes }
        })
    }
}
