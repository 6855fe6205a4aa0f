//! Counts the n-grams that two sequences share.

use std::collections::HashMap;

/// The n-grams of one length in two sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overlap {
    /// N-grams of the output.
    pub(super) output: usize,
    /// N-grams of the reference.
    pub(super) expected: usize,
    /// N-grams that both have, each counted as often as in the sequence that has it more rarely.
    pub(super) matches: usize,
}

/// An n-gram that the output does not have.
const UNSEEN: u32 = u32::MAX;

/// The overlaps for n-grams of 1 to `longest` symbols. Linear in the lengths, in time and memory: an n-gram is the
/// number of its first n - 1 symbols together with its last symbol.
pub(super) fn overlaps(output: &[u32], expected: &[u32], longest: usize) -> Vec<Overlap> {
    let mut output_ids = vec![0; output.len()];
    let mut expected_ids = vec![0; expected.len()];
    let mut ids: HashMap<u64, u32, foldhash::fast::RandomState> = HashMap::default();
    let mut counts: Vec<u32> = Vec::new();
    let key = |first: u32, last: u32| u64::from(first) << 32 | u64::from(last);
    let overlap = |length: usize| {
        ids.clear();
        counts.clear();
        let lasts = output.get(length - 1..).unwrap_or_default();
        for (id, last) in output_ids.iter_mut().zip(lasts) {
            let next = u32::try_from(counts.len()).unwrap_or(UNSEEN);
            *id = *ids.entry(key(*id, *last)).or_insert(next);
            if *id == next {
                counts.push(0);
            }
            counts[*id as usize] += 1;
        }
        let expected_lasts = expected.get(length - 1..).unwrap_or_default();
        let mut matches = 0;
        for (id, last) in expected_ids.iter_mut().zip(expected_lasts) {
            if *id == UNSEEN {
                continue;
            }
            *id = ids.get(&key(*id, *last)).copied().unwrap_or(UNSEEN);
            if let Some(left) = counts.get_mut(*id as usize)
                && *left > 0
            {
                *left -= 1;
                matches += 1;
            }
        }
        Overlap { output: lasts.len(), expected: expected_lasts.len(), matches }
    };
    (1..=longest).map(overlap).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn overlaps_are_those_of_a_plain_count(
            output in proptest::collection::vec(0u32..4, 0..30),
            expected in proptest::collection::vec(0u32..4, 0..30),
        ) {
            for (index, overlap) in overlaps(&output, &expected, 5).into_iter().enumerate() {
                let count = |symbols: &[u32]| {
                    let mut counts = BTreeMap::new();
                    for gram in symbols.windows(index + 1) {
                        *counts.entry(gram.to_vec()).or_insert(0usize) += 1;
                    }
                    counts
                };
                let (output, expected) = (count(&output), count(&expected));
                let matches = output.iter().map(|(gram, n)| *n.min(expected.get(gram).unwrap_or(&0))).sum::<usize>();
                let plain = Overlap { output: output.values().sum(), expected: expected.values().sum(), matches };
                prop_assert_eq!(overlap, plain);
            }
        }
    }
}
