//! chrF and chrF++, as sacreBLEU 2.6.0 computes them.
//!
//! M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015, and "chrF++", 2017.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ngrams::{Overlap, overlaps};
use super::vocabulary::Vocabulary;
use super::{About, TextMetric, check, expected, measured, python, share};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Settings of chrF; the defaults are sacreBLEU's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChrfSettings {
    /// Longest n-gram of characters, 1 to 12; 6 by default.
    #[schemars(range(min = 1, max = 12))]
    char_order: usize,
    /// Longest n-gram of words, 0 to 4; 0 by default, 2 makes it chrF++.
    #[schemars(range(max = 4))]
    word_order: usize,
    /// How many times more recall counts than precision, 1 to 10; 2 by default.
    #[schemars(range(min = 1, max = 10))]
    beta: u8,
    /// Compare in lower case; false by default.
    ignore_case: bool,
}

impl Default for ChrfSettings {
    fn default() -> Self {
        Self { char_order: 6, word_order: 0, beta: 2, ignore_case: false }
    }
}

/// chrF.
#[derive(Debug)]
pub(crate) struct Chrf(ChrfSettings);

impl TextMetric for Chrf {
    const ABOUT: About = About {
        name: "chrf",
        version: "1.0.0",
        summary: "F measure over the n-grams of characters that output and reference share, 0 to 100 (chrF).",
        kind: Kind::Metric,
        range: Some((0.0, 100.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Compute,
    };
    type Settings = ChrfSettings;

    fn new(settings: ChrfSettings) -> Result<Self, BadSetting> {
        let bounds = [
            ("char_order", settings.char_order, 1..=12),
            ("word_order", settings.word_order, 0..=4),
            ("beta", usize::from(settings.beta), 1..=10),
        ];
        for (field, value, range) in bounds {
            if !range.contains(&value) {
                return Err(BadSetting::new(
                    field,
                    format!("{value} is not {} to {}", range.start(), range.end()),
                ));
            }
        }
        Ok(Self(settings))
    }

    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault> {
        let case = |text: &str| if self.0.ignore_case { text.to_lowercase() } else { text.to_owned() };
        let output = case(&sample.output);
        let expected = case(expected(sample, Self::ABOUT.name)?);
        let chars =
            |text: &str| text.chars().filter(|c| !python::is_space(*c)).map(u32::from).collect::<Vec<_>>();
        let mut all = overlaps(&chars(&output), &chars(&expected), self.0.char_order);
        if self.0.word_order > 0 {
            check(cancel)?;
            let mut vocabulary = Vocabulary::default();
            let output = vocabulary.number(python::words(&output).flat_map(parts));
            let expected = vocabulary.number(python::words(&expected).flat_map(parts));
            all.extend(overlaps(&output, &expected, self.0.word_order));
        }
        let (precision, recall) = mean_precision_and_recall(&all);
        let factor = f64::from(self.0.beta).powi(2);
        let value = if precision + recall > 0.0 {
            100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
        } else {
            0.0
        };
        Ok(measured(value.min(100.0), [("precision", precision), ("recall", recall)]))
    }
}

/// A word without the ASCII punctuation mark at its end, or else at its beginning, and the mark.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let ends_in_mark = word.ends_with(|c: char| c.is_ascii_punctuation());
    let starts_with_mark = word.starts_with(|c: char| c.is_ascii_punctuation());
    let (a, b) = match word.len() {
        1 => (word, ""),
        length if ends_in_mark => word.split_at(length - 1),
        _ if starts_with_mark => word.split_at(1),
        _ => (word, ""),
    };
    [a, b].into_iter().filter(|part| !part.is_empty())
}

/// Means over the lengths of n-grams that both texts are long enough for.
fn mean_precision_and_recall(overlaps: &[Overlap]) -> (f64, f64) {
    let effective = overlaps.iter().filter(|overlap| overlap.output > 0 && overlap.expected > 0);
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for overlap in effective {
        precision += share(overlap.matches, overlap.output);
        recall += share(overlap.matches, overlap.expected);
        orders += 1.0;
    }
    if orders > 0.0 { (precision / orders, recall / orders) } else { (0.0, 0.0) }
}
