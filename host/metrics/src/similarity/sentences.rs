//! Which sentences of one text are unlike all of the other.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::cosine;
use crate::Finding;
use crate::text::{finding, output_span, quoted};

/// Sentences of one text that are looked at.
const MOST: usize = 200;

/// Where the sentences of a text are, after Unicode's rules (UAX #29); white space around them and what has neither letter
/// nor digit is left out.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let trimmed = |(start, sentence): (usize, &str)| {
        let start = start + sentence.len() - sentence.trim_start().len();
        start..start + sentence.trim().len()
    };
    let says = |range: &Range<usize>| text[range.clone()].chars().any(char::is_alphanumeric);
    text.split_sentence_bound_indices().map(trimmed).filter(says).take(MOST).collect()
}

/// A text, where its sentences are, and their vectors.
type Side<'a> = (&'a str, &'a [Range<usize>], &'a [Vec<f32>]);

/// The sentences of output and reference.
pub(super) struct Matches<'a> {
    pub(super) output: Side<'a>,
    pub(super) expected: Side<'a>,
}

impl Matches<'_> {
    /// For each sentence of `side` how similar the most similar one of `other` is; nothing where there is none.
    fn best(side: Side<'_>, other: Side<'_>) -> Vec<f64> {
        let best =
            |vector: &Vec<f32>| other.2.iter().map(|other| cosine(vector, other)).max_by(f64::total_cmp);
        side.2.iter().filter_map(best).collect()
    }

    /// How similar the least similar sentence of either is to its best match.
    pub(super) fn least(&self) -> Option<f64> {
        let all = [Self::best(self.output, self.expected), Self::best(self.expected, self.output)];
        all.into_iter().flatten().min_by(f64::total_cmp)
    }

    /// A finding for each sentence without a match as similar as `below`.
    pub(super) fn findings(&self, below: f64) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (range, similarity) in self.output.1.iter().zip(Self::best(self.output, self.expected)) {
            if similarity < below {
                let message = format!("the most similar sentence of the reference is at {similarity}");
                findings.push(finding("unlike-reference", message, output_span(range.clone())));
            }
        }
        for (range, similarity) in self.expected.1.iter().zip(Self::best(self.expected, self.output)) {
            if similarity < below {
                let text = quoted(&self.expected.0[range.clone()]);
                let message = format!(
                    "no sentence of the output is more similar than {similarity} to the reference's {text}"
                );
                findings.push(finding("missing-from-output", message, None));
            }
        }
        findings
    }
}
