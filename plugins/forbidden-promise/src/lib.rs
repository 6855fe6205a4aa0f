//! Flags an answer that promises what policy does not cover: guarantees, refunds, uptime, delivery dates, prices, legal
//! commitments.
//!
//! Built-in rules come in groups ([`Group`]), which a suite selects; it adds patterns of its own, and phrases that
//! policy does cover. What the answer denies ("we cannot guarantee …") is no promise.

mod builtin;
mod negation;
mod own;
mod settings;

use std::ops::Range;

use scorebox_sdk::prelude::*;
use scorebox_sdk::text::{Case, Folded, Phrases, Ranges};

use builtin::Builtin;
use own::Own;
pub use settings::{Group, Pattern, Settings};

/// The check.
pub struct Check {
    builtin: Builtin,
    own: Vec<Own>,
    allowed: Phrases,
}

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer promises nothing that policy does not cover.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let groups = settings.rules.unwrap_or_else(|| Group::ALL.to_vec());
        if groups.is_empty() && settings.patterns.is_empty() {
            return Err(Failure::settings("no rule is left: write at least one in `rules` or `patterns`"));
        }
        let own = settings.patterns.into_iter().enumerate();
        Ok(Self {
            builtin: Builtin::new(&groups)?,
            own: own.map(|(index, pattern)| Own::new(index, pattern)).collect::<Result<_, _>>()?,
            allowed: Phrases::new(settings.allowed, Case::Ignore)
                .map_err(|error| Failure::settings(format!("allowed{error}")))?,
        })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = &sample.output;
        let folded = Folded::new(output, Case::Ignore);
        let mut promises = self.builtin.find(&folded);
        promises.extend(self.own.iter().flat_map(|own| own.find(output)));
        if !promises.is_empty() {
            let allowed: Ranges =
                self.allowed.find_overlapping(output).into_iter().map(|hit| hit.bytes).collect();
            promises.retain(|promise| !allowed.touch(&promise.bytes));
        }
        promises.sort_by_key(|promise| (promise.bytes.start, std::cmp::Reverse(promise.bytes.end)));
        let findings: Vec<Finding> = promises.into_iter().map(Promise::into_finding).collect();
        let promises = findings.len() as f64;
        Ok(Score::from_findings(findings).measure("promises", promises))
    }
}

/// A promise that the answer makes.
struct Promise {
    rule: String,
    message: String,
    bytes: Range<usize>,
}

impl Promise {
    fn into_finding(self) -> Finding {
        Finding::new(self.rule, self.message).in_output(self.bytes)
    }
}

export!(Check);

#[cfg(test)]
mod tests;
