//! A promptfoo assertion as a check: the answer has as many numbered steps as it may have.

use std::ops::Range;

use scorebox_sdk::prelude::*;

/// How many steps an answer may have.
#[settings]
struct Settings {
    /// The fewest steps.
    #[serde(default)]
    min: usize,
    /// The most steps.
    max: usize,
}

struct NumberedSteps(Settings);

impl Plugin for NumberedSteps {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer has as many numbered steps as it may have.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        if settings.min > settings.max {
            let Settings { min, max } = settings;
            return Err(Failure::settings(format!(
                "min: {min} is above max {max}; write the smaller number as `min`"
            )));
        }
        Ok(Self(settings))
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let Settings { min, max } = self.0;
        let steps = steps(&sample.output);
        let count = steps.len();
        let mut findings = Vec::new();
        if count < min {
            findings.push(Finding::new("too-few-steps", format!("has {count} steps; the least is {min}")));
        }
        if let Some(first) = steps.get(max) {
            // Everything from the first step too many on.
            let bytes = first.start..sample.output.trim_end().len();
            let message = format!("has {count} steps; the most is {max}");
            findings.push(Finding::new("too-many-steps", message).in_output(bytes));
        }
        Ok(Score::from_findings(findings).measure("steps", count as f64))
    }
}

/// The lines that begin with a number and a dot.
fn steps(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut steps = Vec::new();
    for line in text.split_inclusive('\n') {
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && line[digits..].starts_with(". ") {
            steps.push(start..start + line.len());
        }
        start += line.len();
    }
    steps
}

export!(NumberedSteps);
