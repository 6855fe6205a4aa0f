//! Texts as words, so that case, punctuation, spacing and ways of writing a letter do not tell two of them apart.

use std::hash::Hasher;

use rustc_hash::FxHasher;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::digest;

/// The hash of each word of `text`, in order.
pub(crate) fn words(text: &str) -> Vec<u64> {
    let plain: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkc().flat_map(char::to_lowercase).collect()
    };
    let hash = |word: &str| {
        let mut hasher = FxHasher::default();
        hasher.write(word.as_bytes());
        scramble(hasher.finish())
    };
    plain.unicode_words().map(hash).collect()
}

/// A hash of a whole text, by its words.
pub(crate) fn fingerprint(words: &[u64]) -> [u8; 16] {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    digest::half(&bytes)
}

/// A quick hash of a few words in order.
pub(crate) fn shingle(words: &[u64]) -> u64 {
    words.iter().fold(words.len() as u64, |hash, word| scramble(hash.rotate_left(23) ^ word))
}

/// Whether the words of `part` stand in `whole` side by side.
pub(crate) fn contains(whole: &[u64], part: &[u64]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

/// Spreads every bit over all bits: the finaliser of `SplitMix64` (Steele, Lea, Flood, 2014).
pub(crate) fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_count() {
        assert_eq!(words("The  KETTLE, is blue!"), words("the kettle is\nBlue"));
        assert_eq!(words("CAFÉ №１"), words("cafe\u{301} no1"));
        assert_ne!(words("the kettle"), words("kettle the"));
        assert!(words(" … !?").is_empty());
    }

    #[test]
    fn a_part_stands_side_by_side() {
        assert!(contains(&words("within thirty days, please"), &words("Thirty days")));
        assert!(!contains(&words("thirty long days"), &words("thirty days")));
        assert!(!contains(&words("thirty days"), &words("")));
    }
}
