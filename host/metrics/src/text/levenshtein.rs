//! Levenshtein distance over Unicode scalar values, by RapidFuzz.

use rapidfuzz::distance::levenshtein;

use super::{About, NoSettings, TextMetric, expected, measured, share, too_long};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Kind, Need, Sample, Score, Work};

/// Levenshtein similarity.
#[derive(Debug)]
pub(crate) struct Levenshtein;

/// Pairs of characters that are compared at most: some seconds. Longer texts are compared only near the diagonal,
/// which is exact as long as they are similar.
const MAX_PAIRS: usize = 1 << 35;

impl TextMetric for Levenshtein {
    const ABOUT: About = About {
        name: "levenshtein",
        version: "1.0.0",
        summary: "1 less the edits of characters between output and reference, divided by the longer one's length.",
        kind: Kind::Metric,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Compute,
    };
    type Settings = NoSettings;

    fn new(_: NoSettings) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of characters stay far below 2^52")]
    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let expected = expected(sample, Self::ABOUT.name)?;
        let output = sample.output.chars().collect::<Vec<_>>();
        let expected = expected.chars().collect::<Vec<_>>();
        let distance = distance(&output, &expected, MAX_PAIRS).map_err(|limit| {
            let reason = format!(
                "{} and {} characters that differ in more than {limit} places",
                output.len(),
                expected.len()
            );
            too_long(Self::ABOUT.name, &reason)
        })?;
        let similarity = 1.0 - share(distance, output.len().max(expected.len()));
        Ok(measured(similarity, [("distance", distance as f64)]))
    }
}

/// The distance, or the number of edits that it exceeds where more would take more than `max_pairs` comparisons.
fn distance(a: &[char], b: &[char], max_pairs: usize) -> Result<usize, usize> {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.len().saturating_mul(b.len()) <= max_pairs {
        return Ok(levenshtein::distance(a.iter().copied(), b.iter().copied()));
    }
    // A band of twice the limit around the diagonal is all that can matter.
    let limit = max_pairs / a.len().max(b.len()) / 2;
    let args = levenshtein::Args::default().score_hint(64).score_cutoff(limit);
    levenshtein::distance_with_args(a.iter().copied(), b.iter().copied(), &args).ok_or(limit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook's table.
    fn plain(a: &[char], b: &[char]) -> usize {
        let mut row = (0..=b.len()).collect::<Vec<_>>();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], cost);
            }
        }
        row[b.len()]
    }

    fn text() -> impl Strategy<Value = Vec<char>> {
        let letter =
            prop_oneof![4 => Just('a'), 2 => Just('b'), 1 => Just('é'), 1 => Just('返'), 1 => any::<char>()];
        proptest::collection::vec(letter, 0..180)
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_plain_table(a in text(), b in text(), bound in 0usize..3000) {
            let exact = plain(&a, &b);
            prop_assert_eq!(distance(&a, &b, usize::MAX), Ok(exact));
            match distance(&a, &b, bound) {
                Ok(distance) => prop_assert_eq!(distance, exact),
                Err(limit) => prop_assert!(exact > limit, "{} is within {}", exact, limit),
            }
        }
    }
}
