//! Sentence BLEU, as sacreBLEU 2.6.0 computes it.
//!
//! K. Papineni and others, "BLEU: a method for automatic evaluation of machine translation", 2002; smoothing after
//! B. Chen and C. Cherry, "A systematic comparison of smoothing techniques for sentence-level BLEU", 2014.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ngrams::{Overlap, overlaps};
use super::vocabulary::Vocabulary;
use super::{About, TextMetric, expected, measured, python, tokenizer_13a};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Settings of BLEU; the defaults are sacreBLEU's for sentences.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BleuSettings {
    /// How words are found: `13a` (Western scripts), `char` (each character, for scripts without spaces) or `none`
    /// (white space only).
    tokenizer: Tokenizer,
    /// What stands for an n-gram length without matches: `exp`, `floor` (0.1 matches), `add-k` (1 more everywhere)
    /// or `none`.
    smoothing: Smoothing,
    /// Longest n-gram, 1 to 8; 4 by default.
    #[schemars(range(min = 1, max = 8))]
    max_order: usize,
    /// Compare in lower case; false by default.
    ignore_case: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Tokenizer {
    #[serde(rename = "13a")]
    Mteval13a,
    Char,
    None,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Smoothing {
    Exp,
    Floor,
    AddK,
    None,
}

impl Default for BleuSettings {
    fn default() -> Self {
        Self { tokenizer: Tokenizer::Mteval13a, smoothing: Smoothing::Exp, max_order: 4, ignore_case: false }
    }
}

/// Sentence BLEU.
#[derive(Debug)]
pub(crate) struct Bleu(BleuSettings);

impl TextMetric for Bleu {
    const ABOUT: About = About {
        name: "bleu",
        version: "1.0.0",
        summary: "Precision of the output's word n-grams with a penalty for brevity, 0 to 100 (sentence BLEU).",
        kind: Kind::Metric,
        range: Some((0.0, 100.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Compute,
    };
    type Settings = BleuSettings;

    fn new(settings: BleuSettings) -> Result<Self, BadSetting> {
        if !(1..=8).contains(&settings.max_order) {
            return Err(BadSetting::new("max_order", format!("{} is not 1 to 8", settings.max_order)));
        }
        Ok(Self(settings))
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let output = self.prepare(&sample.output);
        let expected = self.prepare(expected(sample, Self::ABOUT.name)?);
        let mut vocabulary = Vocabulary::default();
        let output = vocabulary.number(python::words(&output));
        let expected = vocabulary.number(python::words(&expected));
        let overlaps = overlaps(&output, &expected, self.0.max_order);
        let brevity = brevity_penalty(output.len(), expected.len());
        // Rounding can lift a perfect score above 100 by its last bit.
        let value = (brevity * mean_precision(&overlaps, self.0.smoothing)).min(100.0);
        Ok(measured(value, [("brevity-penalty", brevity)]))
    }
}

impl Bleu {
    /// Words, separated by white space.
    fn prepare(&self, text: &str) -> String {
        let text = if self.0.ignore_case { text.to_lowercase() } else { text.to_owned() };
        let text = text.trim_end_matches(python::is_space);
        match self.0.tokenizer {
            Tokenizer::Mteval13a => tokenizer_13a::tokenize(text),
            Tokenizer::Char => text.chars().flat_map(|c| [c, ' ']).collect(),
            Tokenizer::None => text.to_owned(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
fn brevity_penalty(output: usize, expected: usize) -> f64 {
    if output >= expected {
        1.0
    } else if output == 0 {
        0.0
    } else {
        (1.0 - expected as f64 / output as f64).exp()
    }
}

/// The geometric mean of the precisions in percent, over the n-gram lengths that the output is long enough for.
#[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
fn mean_precision(overlaps: &[Overlap], smoothing: Smoothing) -> f64 {
    if overlaps.iter().all(|overlap| overlap.matches == 0) {
        return 0.0;
    }
    let mut logs = 0.0;
    let mut orders = 0;
    let mut halved = 1.0;
    for (index, overlap) in overlaps.iter().enumerate() {
        let added = if matches!(smoothing, Smoothing::AddK) && index > 0 { 1.0 } else { 0.0 };
        let (matches, total) = (overlap.matches as f64 + added, overlap.output as f64 + added);
        if total == 0.0 {
            break;
        }
        orders += 1;
        let precision = match smoothing {
            _ if matches > 0.0 => 100.0 * matches / total,
            Smoothing::Exp => {
                halved *= 2.0;
                100.0 / (halved * total)
            }
            Smoothing::Floor => 100.0 * 0.1 / total,
            Smoothing::AddK | Smoothing::None => return 0.0,
        };
        logs += precision.ln();
    }
    (logs / f64::from(orders)).exp()
}
