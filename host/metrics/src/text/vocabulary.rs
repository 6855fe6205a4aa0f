//! Numbers for words, so that comparing two words is comparing two numbers.

use std::collections::HashMap;

/// A number for each distinct word, counting from 0.
#[derive(Debug, Default)]
pub(super) struct Vocabulary<'a> {
    // Seeded per process: words come from outside and must not be able to collide on purpose.
    numbers: HashMap<&'a str, u32, foldhash::fast::RandomState>,
}

impl<'a> Vocabulary<'a> {
    /// The numbers of `words`, in order.
    pub(super) fn number(&mut self, words: impl Iterator<Item = &'a str>) -> Vec<u32> {
        words
            .map(|word| {
                // Four thousand million distinct words do not fit into memory.
                let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                *self.numbers.entry(word).or_insert(next)
            })
            .collect()
    }

    /// How many distinct words there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}
