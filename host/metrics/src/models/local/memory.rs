//! The vectors of texts that were seen lately.
//!
//! Two generations: what is asked for moves into the young one, and when that is full it becomes the old one, whose
//! texts go. So what is asked for again and again stays, and memory is bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::encoder::Encoded;

/// Bytes of both generations.
const MOST: usize = 48 << 20;
/// Bytes of an entry beside its vector.
const ENTRY: usize = 128;

/// A text's digest.
type Key = [u8; 32];

#[derive(Debug)]
pub(super) struct Memory {
    generations: Mutex<Generations>,
    /// Entries of one generation.
    most: usize,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Encoded>,
    old: HashMap<Key, Encoded>,
}

impl Memory {
    /// For vectors of this many numbers.
    pub(super) fn new(dimension: usize) -> Self {
        Self::holding((MOST / 2 / (4 * dimension + ENTRY)).max(1))
    }

    fn holding(most: usize) -> Self {
        Self { generations: Mutex::default(), most }
    }

    pub(super) fn get(&self, text: &str) -> Option<Encoded> {
        let key = key(text);
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoded) = generations.young.get(&key) {
            return Some(encoded.clone());
        }
        let encoded = generations.old.remove(&key)?;
        generations.keep(key, encoded.clone(), self.most);
        Some(encoded)
    }

    pub(super) fn put(&self, text: &str, encoded: Encoded) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.keep(key(text), encoded, self.most);
    }
}

impl Generations {
    fn keep(&mut self, key: Key, encoded: Encoded, most: usize) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, encoded);
    }
}

fn key(text: &str) -> Key {
    *blake3::hash(text.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let memory = Memory::holding(10);
        let encoded = |tokens| Encoded { vector: vec![1.0], parts: 1, tokens };
        memory.put("kept", encoded(0));
        for count in 0..1000 {
            memory.put(&count.to_string(), encoded(count));
            assert_eq!(memory.get("kept"), Some(encoded(0)), "after {count}");
        }
        assert_eq!(memory.get("999"), Some(encoded(999)));
        assert_eq!(memory.get("900"), None);
        let generations = memory.generations.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 20);
    }
}
