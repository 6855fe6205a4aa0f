//! Whether the output contains phrases.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phrase::Haystack;
use super::{About, MAX_FINDINGS, TextMetric, expected, failed, finding, output_span, passed, quoted, share};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, FaultKind, Finding, Kind, Need, Sample, Score, Work};

/// Settings of contains.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ContainsSettings {
    /// The phrases to look for; without any it is the sample's reference.
    phrases: Vec<String>,
    /// Which of them the output has to contain: `all`, `any` or `none`; `all` by default.
    mode: Mode,
    /// Ignore case, in every script; false by default.
    ignore_case: bool,
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    #[default]
    All,
    Any,
    None,
}

/// Contains.
#[derive(Debug)]
pub(crate) struct Contains(ContainsSettings);

impl TextMetric for Contains {
    const ABOUT: About = About {
        name: "contains",
        version: "1.0.0",
        summary: "Passes if the output contains the given phrases, or the reference: all, any or none of them.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Trivial,
    };
    type Settings = ContainsSettings;

    fn new(settings: ContainsSettings) -> Result<Self, BadSetting> {
        match settings.phrases.iter().position(String::is_empty) {
            Some(at) => Err(BadSetting::new("phrases", format!("phrase {} is empty, and every text contains it", at + 1))),
            None => Ok(Self(settings)),
        }
    }

    fn needs(&self) -> Vec<Need> {
        if self.0.phrases.is_empty() { vec![Need::Expected] } else { Vec::new() }
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let phrases = self.phrases(sample)?;
        let haystack = Haystack::new(&sample.output, self.0.ignore_case);
        let found = phrases.iter().map(|phrase| haystack.contains(phrase)).collect::<Vec<_>>();
        let count = found.iter().filter(|found| **found).count();
        let holds = match self.0.mode {
            Mode::All => count == phrases.len(),
            Mode::Any => count > 0,
            Mode::None => count == 0,
        };
        let mut score = match self.0.mode {
            _ if holds => passed(),
            Mode::None => failed(forbidden(&haystack, &phrases)),
            Mode::All | Mode::Any => failed(missing(&phrases, &found)),
        };
        score.measures.push(("found".to_owned(), share(count, phrases.len())));
        Ok(score)
    }
}

impl Contains {
    fn phrases<'a>(&'a self, sample: &'a Sample) -> Result<Cow<'a, [String]>, Fault> {
        if !self.0.phrases.is_empty() {
            return Ok(Cow::Borrowed(&self.0.phrases));
        }
        match expected(sample, Self::ABOUT.name)? {
            "" => Err(Fault::new(
                FaultKind::InvalidSample,
                "the sample's `expected_output` is empty, and every output contains that: write the phrase to look for",
            )),
            phrase => Ok(Cow::Owned(vec![phrase.to_owned()])),
        }
    }
}

fn forbidden(haystack: &Haystack<'_>, phrases: &[String]) -> Vec<Finding> {
    let all = phrases.iter().flat_map(|phrase| {
        let message = format!("the output must not contain {}", quoted(phrase));
        let places = haystack.find(phrase, MAX_FINDINGS);
        places.into_iter().map(move |place| finding("forbidden-phrase", message.clone(), output_span(place)))
    });
    all.take(MAX_FINDINGS).collect()
}

fn missing(phrases: &[String], found: &[bool]) -> Vec<Finding> {
    let missing = phrases.iter().zip(found).filter(|(_, found)| !**found);
    let message = |phrase: &String| format!("the output does not contain {}", quoted(phrase));
    missing.map(|(phrase, _)| finding("missing-phrase", message(phrase), None)).take(MAX_FINDINGS).collect()
}
