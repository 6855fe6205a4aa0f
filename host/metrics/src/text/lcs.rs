//! Longest common subsequences of words.

use super::{check, too_long};
use crate::{Cancel, Fault};

/// Pairs of words that [`length`] compares at most: about a second.
const MAX_PAIRS: u64 = 1 << 36;

/// Words of a machine word.
const BLOCK: usize = 64;

/// The length of the longest common subsequence of two sequences of numbers below `distinct`.
///
/// Bit-parallel (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004), 64 words of one sequence at a time,
/// so that memory stays linear.
pub(super) fn length(
    a: &[u32],
    b: &[u32],
    distinct: usize,
    metric: &str,
    cancel: &Cancel,
) -> Result<usize, Fault> {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if (a.len() as u64).saturating_mul(b.len() as u64) > MAX_PAIRS {
        let reason = format!("{} words against {}, more than {MAX_PAIRS} pairs", a.len(), b.len());
        return Err(too_long(metric, &reason));
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut places = vec![0u64; distinct];
    let mut carries = vec![false; long.len()];
    let mut common = prefix + suffix;
    for block in short.chunks(BLOCK) {
        check(cancel)?;
        for (bit, word) in block.iter().enumerate() {
            places[*word as usize] |= 1 << bit;
        }
        // A zero bit is a word of the block at which the subsequence grows.
        let mut row = u64::MAX;
        for (word, carry) in long.iter().zip(&mut carries) {
            let matching = row & places[*word as usize];
            let (sum, over) = row.overflowing_add(matching);
            let (sum, over_again) = sum.overflowing_add(u64::from(*carry));
            *carry = over | over_again;
            row = sum | (row & !matching);
        }
        common += block.len() - (row & (u64::MAX >> (BLOCK - block.len()))).count_ones() as usize;
        for word in block {
            places[*word as usize] = 0;
        }
    }
    Ok(common)
}

/// Marks the words of `reference` that belong to its longest common subsequence with `candidate`. Of several longest
/// ones it is the one that rouge-score finds: backwards, leaving out a word of `candidate` only where that keeps more.
///
/// Time is the product of the lengths, memory one bit for each pair; the caller bounds both.
pub(super) fn mark(reference: &[u32], candidate: &[u32], marked: &mut [bool]) {
    let width = candidate.len();
    let mut keep_reference = vec![0u64; (reference.len() * width).div_ceil(64)];
    let mut above = vec![0u32; width + 1];
    let mut row = vec![0u32; width + 1];
    for (i, word) in reference.iter().enumerate() {
        for (j, other) in candidate.iter().enumerate() {
            row[j + 1] = if word == other {
                above[j] + 1
            } else if row[j] > above[j + 1] {
                let cell = i * width + j;
                keep_reference[cell / 64] |= 1 << (cell % 64);
                row[j]
            } else {
                above[j + 1]
            };
        }
        std::mem::swap(&mut above, &mut row);
    }
    let (mut i, mut j) = (reference.len(), width);
    while i > 0 && j > 0 {
        let cell = (i - 1) * width + j - 1;
        if reference[i - 1] == candidate[j - 1] {
            marked[i - 1] = true;
            i -= 1;
            j -= 1;
        } else if keep_reference[cell / 64] >> (cell % 64) & 1 == 1 {
            j -= 1;
        } else {
            i -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FaultKind;

    fn sequence() -> impl Strategy<Value = Vec<u32>> {
        proptest::collection::vec(0u32..6, 0..200)
    }

    proptest! {
        #[test]
        fn the_length_is_that_of_the_marked_words(a in sequence(), b in sequence()) {
            let mut marked = vec![false; a.len()];
            mark(&a, &b, &mut marked);
            let length = length(&a, &b, 6, "rouge-l", &Cancel::default()).unwrap();
            prop_assert_eq!(length, marked.iter().filter(|marked| **marked).count());
            let mut rest = b.iter();
            for (word, _) in a.iter().zip(&marked).filter(|(_, marked)| **marked) {
                prop_assert!(rest.any(|other| other == word), "the marked words are a subsequence of both");
            }
        }
    }

    #[test]
    fn what_would_take_too_long_is_refused_and_a_stopped_run_stops() {
        let (a, b) = (vec![0; 300_000], vec![1; 300_000]);
        let fault = length(&a, &b, 2, "rouge-l", &Cancel::default()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert_eq!(length(&a, &a, 2, "rouge-l", &Cancel::default()).unwrap(), 300_000);
        let cancel = Cancel::default();
        cancel.cancel();
        assert_eq!(length(&a[..9], &b[..9], 2, "rouge-l", &cancel).unwrap_err().kind, FaultKind::Cancelled);
    }
}
