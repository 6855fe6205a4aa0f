//! Whether the output contains phrases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phrase::Haystack;
use super::{About, MAX_FINDINGS, TextMetric, expected, failed, finding, output_span, passed, quoted};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, FaultKind, Finding, Kind, Need, Sample, Score, Work};

/// Settings of contains. Everything that is given has to hold.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ContainsSettings {
    /// Phrases that all have to be there. Without any of the three lists it is the sample's reference.
    all_of: Vec<String>,
    /// Phrases of which at least one has to be there.
    any_of: Vec<String>,
    /// Phrases that must not be there.
    none_of: Vec<String>,
    /// Ignore case, in every script; false by default.
    ignore_case: bool,
}

/// Phrases that one message lists.
const MAX_LISTED: usize = 5;

/// Contains.
#[derive(Debug)]
pub(crate) struct Contains(ContainsSettings);

impl TextMetric for Contains {
    const ABOUT: About = About {
        name: "contains",
        version: "1.0.0",
        summary: "Passes if the output contains all, any or none of some phrases, or the reference.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Trivial,
    };
    type Settings = ContainsSettings;

    fn new(settings: ContainsSettings) -> Result<Self, BadSetting> {
        let lists =
            [("all_of", &settings.all_of), ("any_of", &settings.any_of), ("none_of", &settings.none_of)];
        for (field, phrases) in lists {
            if let Some(at) = phrases.iter().position(String::is_empty) {
                return Err(BadSetting::new(
                    field,
                    format!("phrase {} is empty, and every text contains it", at + 1),
                ));
            }
        }
        Ok(Self(settings))
    }

    fn needs(&self) -> Vec<Need> {
        if self.is_given_phrases() { Vec::new() } else { vec![Need::Expected] }
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let haystack = Haystack::new(&sample.output, self.0.ignore_case);
        let findings = if self.is_given_phrases() {
            let mut findings = missing(&haystack, &self.0.all_of);
            findings.extend(none_found(&haystack, &self.0.any_of));
            findings.extend(forbidden(&haystack, &self.0.none_of));
            findings.truncate(MAX_FINDINGS);
            findings
        } else {
            missing(&haystack, &[reference(sample)?.to_owned()])
        };
        Ok(if findings.is_empty() { passed() } else { failed(findings) })
    }
}

impl Contains {
    fn is_given_phrases(&self) -> bool {
        let ContainsSettings { all_of, any_of, none_of, .. } = &self.0;
        [all_of, any_of, none_of].iter().any(|phrases| !phrases.is_empty())
    }
}

fn reference(sample: &Sample) -> Result<&str, Fault> {
    match expected(sample, Contains::ABOUT.name)? {
        "" => Err(Fault::new(
            FaultKind::InvalidSample,
            "the sample's `expected_output` is empty, and every output contains that: write the phrase to look for",
        )),
        phrase => Ok(phrase),
    }
}

fn missing(haystack: &Haystack<'_>, phrases: &[String]) -> Vec<Finding> {
    let missing = phrases.iter().filter(|phrase| !haystack.contains(phrase));
    let message = |phrase: &String| format!("the output does not contain {}", quoted(phrase));
    missing.map(|phrase| finding("missing-phrase", message(phrase), None)).take(MAX_FINDINGS).collect()
}

fn none_found(haystack: &Haystack<'_>, phrases: &[String]) -> Option<Finding> {
    if phrases.is_empty() || phrases.iter().any(|phrase| haystack.contains(phrase)) {
        return None;
    }
    let listed = phrases.iter().take(MAX_LISTED).map(|phrase| quoted(phrase)).collect::<Vec<_>>().join(", ");
    let more = if phrases.len() > MAX_LISTED { " and others" } else { "" };
    Some(finding("missing-phrase", format!("the output contains none of {listed}{more}"), None))
}

fn forbidden(haystack: &Haystack<'_>, phrases: &[String]) -> Vec<Finding> {
    let all = phrases.iter().flat_map(|phrase| {
        let message = format!("the output must not contain {}", quoted(phrase));
        let places = haystack.find(phrase, MAX_FINDINGS);
        places.into_iter().map(move |place| finding("forbidden-phrase", message.clone(), output_span(place)))
    });
    all.take(MAX_FINDINGS).collect()
}
