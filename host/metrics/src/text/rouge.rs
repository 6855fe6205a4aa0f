//! ROUGE, as rouge-score 0.1.2 computes it.
//!
//! C.-Y. Lin, "ROUGE: a package for automatic evaluation of summaries", 2004. Words are runs of a to z and 0 to 9
//! after lower-casing: other scripts are not seen at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ngrams::overlaps;
use super::vocabulary::Vocabulary;
use super::{About, TextMetric, check, expected, f_measure, lcs, measured, porter, share, too_long};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Settings of the ROUGE metrics.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RougeSettings {
    /// Compare the stems of English words of more than three letters (Porter's, with NLTK's extensions); false by
    /// default.
    stemming: bool,
}

const fn about(name: &'static str, summary: &'static str) -> About {
    About {
        name,
        version: "1.0.0",
        summary,
        kind: Kind::Metric,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Compute,
    }
}

/// ROUGE-N: shared n-grams of words.
#[derive(Debug)]
pub(crate) struct RougeN<const N: usize> {
    stemming: bool,
}

impl<const N: usize> TextMetric for RougeN<N> {
    const ABOUT: About = match N {
        1 => about(
            "rouge-1",
            "Share of words that output and reference have in common, as an F measure (ROUGE-1).",
        ),
        2 => about(
            "rouge-2",
            "Share of word pairs that output and reference have in common, as an F measure (ROUGE-2).",
        ),
        _ => panic!("ROUGE is offered for single words and pairs"),
    };
    type Settings = RougeSettings;

    fn new(settings: RougeSettings) -> Result<Self, BadSetting> {
        Ok(Self { stemming: settings.stemming })
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let output = tokens(&sample.output, self.stemming);
        let expected = tokens(expected(sample, Self::ABOUT.name)?, self.stemming);
        let mut vocabulary = Vocabulary::default();
        let output = vocabulary.number(output.split_ascii_whitespace());
        let expected = vocabulary.number(expected.split_ascii_whitespace());
        let [.., overlap] = overlaps(&output, &expected, N)[..] else { return Ok(rouge(0, 0, 0)) };
        Ok(rouge(overlap.matches, overlap.output, overlap.expected))
    }
}

/// ROUGE-L: the longest common subsequence of words.
#[derive(Debug)]
pub(crate) struct RougeL {
    stemming: bool,
}

impl TextMetric for RougeL {
    const ABOUT: About = about(
        "rouge-l",
        "Length of the longest common subsequence of words of output and reference, as an F measure (ROUGE-L).",
    );
    type Settings = RougeSettings;

    fn new(settings: RougeSettings) -> Result<Self, BadSetting> {
        Ok(Self { stemming: settings.stemming })
    }

    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault> {
        let output = tokens(&sample.output, self.stemming);
        let expected = tokens(expected(sample, Self::ABOUT.name)?, self.stemming);
        let mut vocabulary = Vocabulary::default();
        let output = vocabulary.number(output.split_ascii_whitespace());
        let expected = vocabulary.number(expected.split_ascii_whitespace());
        let common = lcs::length(&output, &expected, vocabulary.len(), Self::ABOUT.name, cancel)?;
        Ok(rouge(common, output.len(), expected.len()))
    }
}

/// ROUGE-Lsum: for each line of the reference, the words that any line of the output shares with it in order.
#[derive(Debug)]
pub(crate) struct RougeLsum {
    stemming: bool,
}

/// Pairs of words that ROUGE-Lsum compares at most: two seconds, and 128 MiB for one bit each.
const MAX_PAIRS: usize = 1 << 30;
/// Pairs of lines that ROUGE-Lsum compares at most.
const MAX_LINE_PAIRS: usize = 1 << 24;

impl TextMetric for RougeLsum {
    const ABOUT: About = about(
        "rouge-lsum",
        "Union of the longest common subsequences of the lines of output and reference, as an F measure (ROUGE-Lsum).",
    );
    type Settings = RougeSettings;

    fn new(settings: RougeSettings) -> Result<Self, BadSetting> {
        Ok(Self { stemming: settings.stemming })
    }

    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault> {
        let output = lines(&sample.output, self.stemming);
        let expected = lines(expected(sample, Self::ABOUT.name)?, self.stemming);
        let mut vocabulary = Vocabulary::default();
        let output =
            output.iter().map(|line| vocabulary.number(line.split_ascii_whitespace())).collect::<Vec<_>>();
        let expected =
            expected.iter().map(|line| vocabulary.number(line.split_ascii_whitespace())).collect::<Vec<_>>();
        let total = |lines: &[Vec<u32>]| lines.iter().map(Vec::len).sum::<usize>();
        let (output_words, expected_words) = (total(&output), total(&expected));
        let line_pairs = output.len().saturating_mul(expected.len());
        if output_words.saturating_mul(expected_words) > MAX_PAIRS || line_pairs > MAX_LINE_PAIRS {
            let reason = format!(
                "{output_words} words in {} lines against {expected_words} in {}; at most {MAX_PAIRS} pairs of words \
                 and {MAX_LINE_PAIRS} of lines are compared",
                output.len(),
                expected.len()
            );
            return Err(too_long(Self::ABOUT.name, &reason));
        }
        // A word counts no more often than each text has it, however many lines share it.
        let count = |lines: &[Vec<u32>]| {
            let mut counts = vec![0u32; vocabulary.len()];
            lines.iter().flatten().for_each(|word| counts[*word as usize] += 1);
            counts
        };
        let (mut left_in_output, mut left_in_expected) = (count(&output), count(&expected));
        let mut hits = 0;
        for line in &expected {
            let mut marked = vec![false; line.len()];
            for other in &output {
                check(cancel)?;
                lcs::mark(line, other, &mut marked);
            }
            for (word, _) in line.iter().zip(&marked).filter(|(_, marked)| **marked) {
                let (a, b) = (&mut left_in_output[*word as usize], &mut left_in_expected[*word as usize]);
                if *a > 0 && *b > 0 {
                    hits += 1;
                    *a -= 1;
                    *b -= 1;
                }
            }
        }
        Ok(rouge(hits, output_words, expected_words))
    }
}

fn rouge(common: usize, output: usize, expected: usize) -> Score {
    let (precision, recall) = (share(common, output), share(common, expected));
    measured(f_measure(precision, recall), [("precision", precision), ("recall", recall)])
}

/// The words of a text, separated by spaces.
fn tokens(text: &str, stemming: bool) -> String {
    let lower = text.to_lowercase();
    let mut tokens = String::with_capacity(lower.len());
    for word in lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !tokens.is_empty() {
            tokens.push(' ');
        }
        if stemming && word.len() > 3 {
            tokens.push_str(&porter::stem(word));
        } else {
            tokens.push_str(word);
        }
    }
    tokens
}

/// The words of each line that has any.
fn lines(text: &str, stemming: bool) -> Vec<String> {
    text.split('\n').map(|line| tokens(line, stemming)).filter(|line| !line.is_empty()).collect()
}
