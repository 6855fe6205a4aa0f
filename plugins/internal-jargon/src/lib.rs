//! Flags words and identifiers that only insiders should read, and says what to write instead.
//!
//! `settings` is what a suite writes, `vocabulary` turns it into one automaton and finds the hits.

mod settings;
mod vocabulary;

use scorebox_sdk::prelude::*;

pub use settings::{AdvisedPattern, AdvisedTerm, Pattern, Settings, Term};
use vocabulary::{Hit, Vocabulary};

/// Findings that one score carries; a text that is nothing but jargon needs no more to be understood.
const MAX_FINDINGS: usize = 200;

/// The check, configured.
#[derive(Debug)]
pub struct InternalJargon(Vocabulary);

impl Plugin for InternalJargon {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("Keeps internal words and identifiers to itself.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        Vocabulary::new(settings).map(Self)
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let mut hits = 0_u32;
        let mut findings = Vec::new();
        for hit in self.0.hits(&sample.output) {
            hits += 1;
            if findings.len() < MAX_FINDINGS {
                findings.push(finding(&hit, &sample.output));
            }
        }
        let left_out = hits as usize - findings.len();
        let score = Score::from_findings(findings).measure("hits", f64::from(hits));
        Ok(if left_out == 0 { score } else { score.summary(format!("{left_out} more hits are not listed")) })
    }
}

fn finding(hit: &Hit<'_>, output: &str) -> Finding {
    let found = clip(&output[hit.bytes.clone()]);
    let message = match hit.instead {
        Some(instead) => format!("says \"{found}\": write \"{instead}\" instead"),
        None => format!("says \"{found}\", which is internal: leave it out"),
    };
    Finding::new(hit.rule, message).in_output(hit.bytes.clone())
}

/// What was found, short enough for a message: a pattern can match a whole page.
fn clip(found: &str) -> String {
    const LONGEST: usize = 80;
    match found.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &found[..end]),
        None => found.to_owned(),
    }
}

export!(InternalJargon);

#[cfg(test)]
mod tests;
