//! SQuAD's F1 over words.

use super::ngrams::overlaps;
use super::vocabulary::Vocabulary;
use super::{About, NoSettings, TextMetric, expected, f_measure, measured, python, share, squad};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Token F1.
#[derive(Debug)]
pub(crate) struct TokenF1;

impl TextMetric for TokenF1 {
    const ABOUT: About = About {
        name: "token-f1",
        version: "1.0.0",
        summary: "F measure over the words that output and reference share, normalised and counted as SQuAD does.",
        kind: Kind::Metric,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Trivial,
    };
    type Settings = NoSettings;

    fn new(_: NoSettings) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let output = squad::normalize(&sample.output);
        let expected = squad::normalize(expected(sample, Self::ABOUT.name)?);
        let mut vocabulary = Vocabulary::default();
        let output = vocabulary.number(python::words(&output));
        let expected = vocabulary.number(python::words(&expected));
        // Without a word on one side the texts either agree on saying nothing or share nothing.
        let (precision, recall) = if output.is_empty() && expected.is_empty() {
            (1.0, 1.0)
        } else {
            let matches = overlaps(&output, &expected, 1).first().map_or(0, |overlap| overlap.matches);
            (share(matches, output.len()), share(matches, expected.len()))
        };
        Ok(measured(f_measure(precision, recall), [("precision", precision), ("recall", recall)]))
    }
}
