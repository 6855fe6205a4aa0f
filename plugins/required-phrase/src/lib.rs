//! Flags an answer that lacks a phrase it has to have, or has it in the wrong place.

mod place;

use scorebox_sdk::prelude::*;
use scorebox_sdk::text::{Case, Hit, Phrases};

pub use place::Place;

/// What the answer has to say. At least one phrase.
#[settings]
pub struct Settings {
    /// At least one of these phrases has to be there.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// Each of these phrases has to be there.
    #[serde(default)]
    pub all_of: Vec<String>,
    /// Where the phrases have to stand. White space and punctuation around them do not count.
    #[serde(default)]
    pub at: Place,
    /// Tell `Terms` from `terms`.
    #[serde(default)]
    pub case_sensitive: bool,
}

/// The check.
pub struct Check {
    /// The phrases of `any_of`, then those of `all_of`.
    phrases: Vec<String>,
    /// How many of them are of `any_of`.
    any_of: usize,
    finder: Phrases,
    place: Place,
}

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer has the phrases that it has to have.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let Settings { any_of, all_of, at, case_sensitive } = settings;
        if any_of.is_empty() && all_of.is_empty() {
            return Err(Failure::settings("no phrase is set; write at least one in `any_of` or `all_of`"));
        }
        if at != Place::Anywhere && all_of.len() > 1 {
            return Err(Failure::settings(format!(
                "all_of: {} phrases cannot all stand at the {}; write one, or use `any_of`",
                all_of.len(),
                at.name()
            )));
        }
        let case = if case_sensitive { Case::Match } else { Case::Ignore };
        for (field, phrases) in [("any_of", &any_of), ("all_of", &all_of)] {
            Phrases::new(phrases, case).map_err(|error| Failure::settings(format!("{field}{error}")))?;
        }
        let count = any_of.len();
        let phrases = [any_of, all_of].concat();
        let finder = Phrases::new(&phrases, case)
            .map_err(|error| Failure::settings(format!("any_of, all_of{error}")))?;
        Ok(Self { phrases, any_of: count, finder, place: at })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = &sample.output;
        let hits = self.finder.find_overlapping(output);
        let stands = |phrase: usize| {
            hits.iter().any(|hit| hit.phrase == phrase && self.place.holds(output, &hit.bytes))
        };
        let mut findings = Vec::new();
        if self.any_of > 0 && !(0..self.any_of).any(stands) {
            let misplaced = hits.iter().find(|hit| hit.phrase < self.any_of);
            findings.push(self.finding(output, &self.phrases[..self.any_of], misplaced));
        }
        for phrase in (self.any_of..self.phrases.len()).filter(|&phrase| !stands(phrase)) {
            let misplaced = hits.iter().find(|hit| hit.phrase == phrase);
            findings.push(self.finding(output, &self.phrases[phrase..=phrase], misplaced));
        }
        let missing = findings.len() as f64;
        Ok(Score::from_findings(findings).measure("missing", missing))
    }
}

impl Check {
    /// Says that `output` has none of `phrases` in its place, though perhaps one elsewhere.
    fn finding(&self, output: &str, phrases: &[String], misplaced: Option<&Hit>) -> Finding {
        if let Some(hit) = misplaced {
            let quote = &output[hit.bytes.clone()];
            let message = format!("has “{quote}”, but not at the {}", self.place.name());
            return Finding::new("misplaced-phrase", message).in_output(hit.bytes.clone());
        }
        let quoted: Vec<String> = phrases.iter().map(|phrase| format!("“{phrase}”")).collect();
        let none = if quoted.len() == 1 { "" } else { "all of " };
        Finding::new("missing-phrase", format!("lacks {none}{}", quoted.join(", ")))
    }
}

export!(Check);

#[cfg(test)]
mod tests {
    use super::*;
    use scorebox_sdk::serde_json::Value;
    use scorebox_sdk::testing::{check, quotes};

    fn messages(settings: Value, output: &str) -> Vec<String> {
        check::<Check>(settings, output)
            .unwrap()
            .findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn each_missing_phrase_is_named() {
        let settings = json!({"all_of": ["terms apply", "Ask your Großhändler", "14 days"]});
        let output = "TERMS\n  APPLY.  Ask your GROSSHÄNDLER.";
        assert_eq!(messages(settings.clone(), output), ["lacks “14 days”"]);
        assert_eq!(messages(settings, "").len(), 3);
        assert!(messages(json!({"all_of": ["return policy", "policy"]}), "our return policy").is_empty());
    }

    #[test]
    fn one_of_several_is_enough() {
        let settings = json!({"any_of": ["contact support", "support@example.com"]});
        assert!(messages(settings.clone(), "Write to support@example.com").is_empty());
        assert_eq!(messages(settings, "Bye"), ["lacks all of “contact support”, “support@example.com”"]);
        assert_eq!(messages(json!({"any_of": ["art"]}), "start"), ["lacks “art”"], "whole words only");
    }

    #[test]
    fn a_phrase_in_the_wrong_place_is_pointed_at() {
        let end = json!({"any_of": ["Best regards, Ümit"], "at": "end"});
        assert!(messages(end.clone(), "Hello.\n\n“Best regards,\nümit!” ").is_empty());
        let output = "Best regards, Ümit\nPS: é";
        let score = check::<Check>(end, output).unwrap();
        assert_eq!((score.findings[0].rule.as_str(), score.verdict), ("misplaced-phrase", Verdict::Fail));
        assert_eq!(quotes(&score, output), ["Best regards, Ümit"]);
        let start = json!({"all_of": ["hello"], "at": "start"});
        assert!(messages(start.clone(), "**Hello**, hello").is_empty());
        assert_eq!(messages(start, "Oh, hello"), ["has “hello”, but not at the start"]);
    }

    #[test]
    fn case_can_matter() {
        assert_eq!(messages(json!({"all_of": ["AG"], "case_sensitive": true}), "ag"), ["lacks “AG”"]);
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_field() {
        for (settings, message) in [
            (json!({}), "no phrase is set"),
            (json!({"any_of": ["a", ""]}), "any_of[1]: the phrase is empty"),
            (json!({"any_of": ["a"], "all_of": [" "]}), "all_of[0]: the phrase is empty"),
            (json!({"all_of": ["a", "b"], "at": "end"}), "all_of: 2 phrases cannot all stand at the end"),
            (
                json!({"any_of": ["a"], "at": "middle"}),
                "unknown variant `middle`, expected one of `anywhere`, `start`, `end`",
            ),
        ] {
            let refusal = check::<Check>(settings, "").unwrap_err().to_string();
            assert!(refusal.contains(message), "{refusal}");
        }
    }
}
