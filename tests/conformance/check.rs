//! Does all that the conformance suite asks about: findings in every part, measures, failures, a panic.

use scorebox_sdk::prelude::*;
use scorebox_sdk::text::{Case, Phrases};

/// What the check looks for.
#[settings]
struct Settings {
    /// What must not appear.
    terms: Vec<String>,
    /// Tell `IT` from `it`.
    #[serde(default)]
    case_sensitive: bool,
}

struct Check(Phrases);

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("No part of the sample has a term.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let case = if settings.case_sensitive { Case::Match } else { Case::Ignore };
        let terms = Phrases::new(settings.terms, case);
        terms.map(Self).map_err(|error| Failure::settings(format!("terms{error}")))
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        match sample.input.as_str() {
            "panic" => panic!("deliberately"),
            "fail" => return Err(Failure::failed("gave up")),
            "refuse" => return Err(Failure::sample("the sample will not do")),
            "outside" => {
                let beyond = sample.output.len() + 1;
                return Ok(Score::from_findings(vec![Finding::new("term", "outside").in_output(beyond..beyond)]));
            }
            _ => {}
        }
        let finding = |text: &str, at: std::ops::Range<usize>| Finding::new("term", format!("has “{}”", &text[at]));
        let mut findings = Vec::new();
        for hit in self.0.find(&sample.output) {
            findings.push(finding(&sample.output, hit.bytes.clone()).in_output(hit.bytes));
        }
        for hit in self.0.find(&sample.input) {
            findings.push(finding(&sample.input, hit.bytes.clone()).in_input(hit.bytes));
        }
        for (index, passage) in sample.context.iter().enumerate() {
            for hit in self.0.find(passage) {
                findings.push(finding(passage, hit.bytes.clone()).in_context(index, hit.bytes));
            }
        }
        let found = findings.len() as f64;
        Ok(Score::from_findings(findings).measure("found", found))
    }
}

export!(Check);
