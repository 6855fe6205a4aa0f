//! A DeepEval metric as a metric: the share of the expected words that the answer has.

use std::collections::BTreeSet;

use scorebox_sdk::prelude::*;

/// What counts as a word.
#[settings]
struct Settings {
    /// Words with fewer letters do not count.
    #[serde(default = "three")]
    min_letters: usize,
}

fn three() -> usize {
    3
}

struct ExpectedWords(Settings);

impl Plugin for ExpectedWords {
    type Settings = Settings;

    fn about() -> About {
        About::metric("Share of the expected words that the answer has.")
            .range(0.0, 1.0)
            .needs(Need::Expected)
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        Ok(Self(settings))
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let expected = self.words(sample.expected.as_deref().unwrap_or_default());
        if expected.is_empty() {
            return Err(Failure::sample(
                "the expected answer has no words; write one, or lower `min_letters`",
            ));
        }
        let answered = self.words(&sample.output);
        let missing: Vec<&String> = expected.difference(&answered).collect();
        let share = 1.0 - missing.len() as f64 / expected.len() as f64;
        let shown: Vec<&str> = missing.iter().take(5).map(|word| word.as_str()).collect();
        let score = Score::value(share).measure("missing", missing.len() as f64);
        Ok(if shown.is_empty() { score } else { score.summary(format!("lacks {}", shown.join(", "))) })
    }
}

impl ExpectedWords {
    fn words(&self, text: &str) -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| word.chars().count() >= self.0.min_letters.max(1))
            .map(str::to_lowercase)
            .collect()
    }
}

export!(ExpectedWords);
