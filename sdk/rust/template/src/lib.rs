//! Flags an answer that uses jargon.

use scorebox_sdk::prelude::*;
use scorebox_sdk::text::{Case, Phrases};

/// What the check looks for.
#[settings]
struct Settings {
    /// Words and phrases that must not appear.
    terms: Vec<String>,
    /// Tell `IT` from `it`.
    #[serde(default)]
    case_sensitive: bool,
}

/// The check.
struct Check {
    terms: Phrases,
}

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer uses no jargon.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        if settings.terms.is_empty() {
            return Err(Failure::settings("terms: the list is empty; write at least one term"));
        }
        let case = if settings.case_sensitive { Case::Match } else { Case::Ignore };
        let terms =
            Phrases::new(settings.terms, case).map_err(|error| Failure::settings(format!("terms{error}")))?;
        Ok(Self { terms })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let hits = self.terms.find(&sample.output);
        let finding = |bytes: std::ops::Range<usize>| {
            Finding::new("jargon", format!("uses “{}”", &sample.output[bytes.clone()])).in_output(bytes)
        };
        Ok(Score::from_findings(hits.into_iter().map(|hit| finding(hit.bytes)).collect()))
    }
}

export!(Check);

#[cfg(test)]
mod tests {
    use super::*;
    use scorebox_sdk::testing;

    #[test]
    fn jargon_fails_and_the_finding_points_at_it() {
        let answer = "Größere Synergy is a low-hanging\nfruit.";
        let score =
            testing::check::<Check>(json!({"terms": ["synergy", "low-hanging fruit"]}), answer).unwrap();
        assert_eq!(score.verdict, Verdict::Fail);
        assert_eq!(testing::quotes(&score, answer), ["Synergy", "low-hanging\nfruit"]);
    }

    #[test]
    fn a_plain_answer_passes() {
        let score = testing::check::<Check>(json!({"terms": ["synergy"]}), "We work together.").unwrap();
        assert_eq!(score.verdict, Verdict::Pass);
    }

    #[test]
    fn settings_are_checked() {
        assert!(testing::check::<Check>(json!({"terms": []}), "").is_err());
        assert!(testing::check::<Check>(json!({"term": ["a"]}), "").is_err());
    }
}
