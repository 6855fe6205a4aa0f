//! Where a mention is fine.

use regex::{Regex, RegexBuilder};
use scorebox_sdk::Failure;
use scorebox_sdk::text::{Case, Phrases, Ranges};

use crate::names::Name;

/// What stands for a competitor in a context.
const PLACEHOLDER: &str = "{name}";

/// The wordings and patterns that make a mention fine.
pub(crate) struct Contexts {
    wordings: Phrases,
    patterns: Vec<Regex>,
}

impl Contexts {
    pub(crate) fn new(
        wordings: &[String],
        patterns: &[String],
        names: &[Name],
        case: Case,
    ) -> Result<Self, Failure> {
        require_placeholder("allowed_contexts", wordings)?;
        require_placeholder("allowed_patterns", patterns)?;
        let filled = wordings
            .iter()
            .flat_map(|wording| names.iter().map(move |name| wording.replace(PLACEHOLDER, &name.spelling)));
        let wordings = Phrases::new(filled, case)
            .map_err(|error| Failure::settings(format!("allowed_contexts{error}")))?;
        let alternatives: Vec<String> = names.iter().map(|name| regex::escape(&name.spelling)).collect();
        let any_name = format!("(?:{})", alternatives.join("|"));
        let patterns = patterns
            .iter()
            .enumerate()
            .map(|(index, pattern)| {
                RegexBuilder::new(&pattern.replace(PLACEHOLDER, &any_name))
                    .case_insensitive(case == Case::Ignore)
                    .build()
                    .map_err(|error| Failure::settings(format!("allowed_patterns[{index}]: {error}")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { wordings, patterns })
    }

    /// Every range of `text` that lies in an allowed context.
    pub(crate) fn find(&self, text: &str) -> Ranges {
        let wordings = self.wordings.find_overlapping(text).into_iter().map(|hit| hit.bytes);
        wordings
            .chain(self.patterns.iter().flat_map(|pattern| pattern.find_iter(text).map(|hit| hit.range())))
            .collect()
    }
}

fn require_placeholder(field: &str, contexts: &[String]) -> Result<(), Failure> {
    match contexts.iter().position(|context| !context.contains(PLACEHOLDER)) {
        Some(index) => Err(Failure::settings(format!(
            "{field}[{index}]: has no {{name}}; write {{name}} where the competitor stands, as in `migrate from {{name}}`"
        ))),
        None => Ok(()),
    }
}
