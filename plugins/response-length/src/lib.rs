//! Flags an answer that is too long or too short, in words, characters or sentences.

mod limit;
mod measure;

use scorebox_sdk::prelude::*;

use limit::{Bounds, Limit};
use measure::Unit;

/// How long the answer may be. At least one bound.
#[settings]
pub struct Settings {
    /// Bounds on the number of words. Numbers and contractions are one word.
    pub words: Option<Bounds>,
    /// Bounds on the number of characters as a reader counts them: an emoji or an accented letter is one. White space
    /// around the answer does not count.
    pub characters: Option<Bounds>,
    /// Bounds on the number of sentences. A line break ends a sentence, so every item of a list is one.
    pub sentences: Option<Bounds>,
}

/// The check.
pub struct Check {
    /// Those that are bounded, and words.
    limits: Vec<Limit>,
}

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer is neither too long nor too short.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let fields = [
            (Unit::Words, settings.words),
            (Unit::Characters, settings.characters),
            (Unit::Sentences, settings.sentences),
        ];
        if fields.iter().all(|(_, bounds)| bounds.is_none()) {
            return Err(Failure::settings("no bound is set; write one, such as `words: {max: 120}`"));
        }
        let limit = |(unit, bounds): (Unit, Option<Bounds>)| match bounds {
            Some(bounds) => Some(Limit::new(unit, bounds)),
            // The length in words is worth a trend in any case; the other units cost more to count.
            None => (unit == Unit::Words).then(|| Ok(Limit::none(unit))),
        };
        Ok(Self { limits: fields.into_iter().filter_map(limit).collect::<Result<_, _>>()? })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let mut findings = Vec::new();
        let mut counts = Vec::new();
        for limit in &self.limits {
            let (units, finding) = limit.check(&sample.output);
            findings.extend(finding);
            counts.push((limit.unit().name(), units));
        }
        let score = Score::from_findings(findings);
        Ok(counts.into_iter().fold(score, |score, (name, units)| score.measure(name, units as f64)))
    }
}

export!(Check);

#[cfg(test)]
mod tests {
    use super::*;
    use scorebox_sdk::serde_json::Value;
    use scorebox_sdk::testing::{check, quotes};

    fn measures(output: &str) -> Vec<f64> {
        let bound = json!({"max": 1000});
        let settings = json!({"words": bound, "characters": bound, "sentences": bound});
        let score = check::<Check>(settings, output).unwrap();
        score.measures.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn words_characters_and_sentences_are_counted_as_a_reader_counts() {
        for (output, expected) in [
            ("", [0.0, 0.0, 0.0]),
            (" \n ", [0.0, 0.0, 0.0]),
            ("It costs 3.50, doesn't it? Yes.", [6.0, 31.0, 2.0]),
            ("Größe e\u{301}! 👩‍👩‍👧 ok", [3.0, 13.0, 2.0]),
            ("- one\n- two\n", [2.0, 11.0, 2.0]),
            ("...!\n\n***", [0.0, 9.0, 0.0]),
        ] {
            assert_eq!(measures(output), expected, "{output:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_pointed_at() {
        let quote =
            |settings: Value, output: &str| quotes(&check::<Check>(settings, output).unwrap(), output);
        assert_eq!(
            quote(json!({"words": {"max": 2}}), "“Süße, kleine Äpfel”, sagt er. "),
            ["Äpfel”, sagt er."]
        );
        assert_eq!(quote(json!({"characters": {"max": 3}}), " Süße\u{301}r "), ["e\u{301}r"]);
        assert_eq!(quote(json!({"sentences": {"max": 1}}), "One. Two! Three?\n"), ["Two! Three?"]);
        assert!(quote(json!({"sentences": {"max": 3}}), "One. Two! Three?\n").is_empty());
    }

    #[test]
    fn every_bound_that_is_missed_is_a_finding() {
        let settings = json!({"words": {"min": 3}, "characters": {"min": 2, "max": 4}});
        let score = check::<Check>(settings, "Hello").unwrap();
        let said: Vec<_> =
            score.findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect();
        assert_eq!(
            said,
            [
                ("too-few-words", "has 1 word; the least is 3"),
                ("too-many-characters", "has 5 characters; the most is 4"),
            ]
        );
        assert_eq!((score.verdict, score.value), (Verdict::Fail, 0.0));
        let settings = json!({"words": {"min": 1, "max": 1}});
        assert_eq!(check::<Check>(settings, "Hello").unwrap().verdict, Verdict::Pass);
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_field() {
        for (settings, message) in [
            (json!({}), "no bound is set"),
            (json!({"words": {}}), "words: write `min`, `max` or both"),
            (json!({"words": {"min": 3, "max": 2}}), "words: min 3 is above max 2"),
            (json!({"words": {"max": -1}}), "words.max: invalid value"),
            (json!({"word": {"max": 1}}), "unknown field `word`"),
            (
                json!({"words": {"maximum": 1}}),
                "words.maximum: unknown field `maximum`, expected `min` or `max`",
            ),
        ] {
            let refusal = check::<Check>(settings, "").unwrap_err().to_string();
            assert!(refusal.contains(message), "{refusal}");
        }
    }
}
