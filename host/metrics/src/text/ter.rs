//! Translation edit rate, as sacreBLEU 2.6.0 computes it.
//!
//! M. Snover and others, "A study of translation edit rate with targeted human annotation", 2006.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::Vocabulary;
use super::{About, TextMetric, expected, measured, python, ter_shift, too_long};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Settings of TER; the defaults are sacreBLEU's.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TerSettings {
    /// Tell upper from lower case; false by default.
    case_sensitive: bool,
}

/// Words of both texts together: some seconds at worst.
const MAX_WORDS: usize = 20_000;

/// Translation edit rate.
#[derive(Debug)]
pub(crate) struct Ter {
    case_sensitive: bool,
}

impl TextMetric for Ter {
    const ABOUT: About = About {
        name: "ter",
        version: "1.0.0",
        summary: "Edits and shifts of words that turn the output into the reference, for each 100 words of it (TER).",
        kind: Kind::Metric,
        range: None,
        higher_is_better: false,
        needs: &[Need::Expected],
        work: Work::Compute,
    };
    type Settings = TerSettings;

    fn new(settings: TerSettings) -> Result<Self, BadSetting> {
        Ok(Self { case_sensitive: settings.case_sensitive })
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault> {
        let case = |text: &str| if self.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let output = case(&sample.output);
        let expected = case(expected(sample, Self::ABOUT.name)?);
        let mut vocabulary = Vocabulary::default();
        let output = vocabulary.number(python::words(&output));
        let expected = vocabulary.number(python::words(&expected));
        if output.len() + expected.len() > MAX_WORDS {
            let reason =
                format!("{} and {} words, more than {MAX_WORDS} together", output.len(), expected.len());
            return Err(too_long(Self::ABOUT.name, &reason));
        }
        let edits = ter_shift::edits(&output, &expected, cancel)?;
        let value = match (edits, expected.len()) {
            (0, _) => 0.0,
            (_, 0) => 100.0,
            (edits, words) => 100.0 * (edits as f64 / words as f64),
        };
        Ok(measured(value, [("edits", edits as f64), ("expected-words", expected.len() as f64)]))
    }
}
