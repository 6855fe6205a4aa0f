//! Finds texts that say nearly the same, without holding the texts: `MinHash` over words and pairs of words, looked up
//! by bands (Broder, 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3).

use rustc_hash::FxHashMap;

use super::words::{scramble, shingle};

/// Hash functions of a signature. The estimated similarity is off by some 0.06.
const HASHES: usize = 64;
/// Rows of a band: with 16 bands, texts of similarity 0.7 meet in one of them with a chance of 0.99.
const ROWS: usize = 4;
/// Share of words and pairs of words that two texts have in common, from which on they are nearly the same.
pub(crate) const SIMILAR: f64 = 0.7;
/// Fewest words: of shorter texts, different ones are too often similar.
const MIN_WORDS: usize = 6;
/// Most texts that an index takes, some 100 MB.
pub(crate) const MAX_TEXTS: usize = 100_000;

/// What is remembered of a text.
#[derive(Debug, Clone)]
pub(crate) struct Signature(Box<[u32; HASHES]>);

impl Signature {
    /// The signature of a text; `None` where it is too short to have one.
    pub(crate) fn of(words: &[u64]) -> Option<Self> {
        if words.len() < MIN_WORDS {
            return None;
        }
        let mut least = Box::new([u32::MAX; HASHES]);
        let pieces = words.windows(1).chain(words.windows(2));
        for piece in pieces.map(shingle) {
            let mut hash = piece;
            for slot in least.chunks_exact_mut(2) {
                hash = scramble(hash);
                slot[0] = slot[0].min((hash >> 32) as u32);
                slot[1] = slot[1].min(hash as u32);
            }
        }
        Some(Self(least))
    }

    /// The estimated share of words and pairs that both texts have, 0 to 1.
    fn similarity(&self, other: &Self) -> f64 {
        let same = self.0.iter().zip(other.0.iter()).filter(|(one, other)| one == other).count();
        same as f64 / HASHES as f64
    }

    fn bands(&self, group: u64) -> impl Iterator<Item = u64> {
        self.0.chunks_exact(ROWS).enumerate().map(move |(band, rows)| {
            rows.iter().fold(scramble(group ^ band as u64), |hash, &row| scramble(hash ^ u64::from(row)))
        })
    }
}

/// Signatures by their bands, in groups that do not see each other.
#[derive(Debug, Default)]
pub(crate) struct NearIndex {
    /// The first text with a band. One is enough to find a near duplicate, and bounds the work where all texts share
    /// a template.
    bands: FxHashMap<u64, u32>,
    signatures: Vec<Signature>,
}

impl NearIndex {
    /// The most similar text of `group` that is similar enough, by its number, with the similarity.
    pub(crate) fn find(&self, group: u64, signature: &Signature) -> Option<(usize, f64)> {
        let candidates = signature.bands(group).filter_map(|band| self.bands.get(&band));
        let similar = candidates.map(|&text| {
            let text = text as usize;
            (text, self.signatures[text].similarity(signature))
        });
        similar
            .filter(|(_, similarity)| *similarity >= SIMILAR)
            .max_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// Adds a text to `group`, and gives its number; `None` where the index is full.
    pub(crate) fn insert(&mut self, group: u64, signature: Signature) -> Option<usize> {
        let number = self.signatures.len();
        if number >= MAX_TEXTS {
            return None;
        }
        for band in signature.bands(group) {
            self.bands.entry(band).or_insert(number as u32);
        }
        self.signatures.push(signature);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn signature(text: &str) -> Signature {
        Signature::of(&words(text)).unwrap()
    }

    #[test]
    fn estimates_the_similarity() {
        let numbers =
            |range: std::ops::Range<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let (one, other) = (signature(&numbers(0..200)), signature(&numbers(50..250)));
        // 150 of 250 words and 149 of 249 pairs: 0.6.
        assert!((one.similarity(&other) - 0.6).abs() < 0.2, "{}", one.similarity(&other));
        assert_eq!(one.similarity(&one), 1.0);
        assert!(one.similarity(&signature(&numbers(1000..1200))) < 0.1);
    }

    #[test]
    fn finds_a_changed_word_and_respects_groups() {
        let mut index = NearIndex::default();
        index.insert(1, signature("How do I get my money back for the blue kettle that I bought last week?"));
        let changed = signature("how do I get my money back for the blue kettle that I bought last month");
        assert_eq!(index.find(1, &changed).map(|(number, _)| number), Some(0));
        assert_eq!(index.find(2, &changed), None);
        assert_eq!(index.find(1, &signature("Where is the nearest shop that sells a blue kettle?")), None);
    }

    #[test]
    fn short_texts_have_no_signature() {
        assert!(Signature::of(&words("what is two plus two")).is_none());
    }
}
