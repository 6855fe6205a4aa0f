//! A sentence of the output, as the rules see it.

use std::ops::Range;

use super::alignment::{Aligner, Alignment};
use super::evidence::Evidence;
use super::lexicon::{Class, Lexicon, StemId, Word};
use super::reading::{Reading, Token};

/// The output.
#[derive(Debug)]
pub(super) struct Output<'a> {
    pub(super) text: &'a str,
    pub(super) reading: Reading,
    /// By token: whether it needs no support, or is part of a hit already.
    pub(super) done: Vec<bool>,
}

/// What a sentence is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'s, 'a> {
    pub(super) lexicon: &'s Lexicon<'a>,
    pub(super) evidence: &'s Evidence<'a>,
    pub(super) aligner: &'s Aligner<'s, 'a>,
    pub(super) alignment: Alignment,
}

/// A sentence of the output, and what the context says to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'s, 'a> {
    pub(super) output: &'s Output<'a>,
    /// The sentence's first token and the one behind its last.
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) lexicon: &'s Lexicon<'a>,
    pub(super) evidence: &'s Evidence<'a>,
    pub(super) aligner: &'s Aligner<'s, 'a>,
    pub(super) alignment: Alignment,
}

impl<'a> Ground<'_, 'a> {
    /// The sentence of these tokens, on this ground.
    pub(super) fn claim<'o>(&'o self, output: &'o Output<'a>, tokens: &Range<usize>) -> Claim<'o, 'a> {
        let Self { lexicon, evidence, aligner, alignment } = *self;
        Claim { output, first: tokens.start, end: tokens.end, lexicon, evidence, aligner, alignment }
    }
}

impl<'a> Claim<'_, 'a> {
    /// Tokens that are still to be checked.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> {
        (self.first..self.end).filter(|at| !self.output.done[*at])
    }

    pub(super) fn token(&self, at: usize) -> &Token {
        &self.output.reading.tokens[at]
    }

    pub(super) fn word(&self, at: usize) -> &Word {
        self.lexicon.get(self.token(at).word)
    }

    pub(super) fn stem(&self, at: usize) -> StemId {
        self.word(at).stem
    }

    pub(super) fn raw(&self, at: usize) -> &'a str {
        let Token { start, end, .. } = *self.token(at);
        &self.output.text[start..end]
    }

    /// Bytes from the first to the last of these tokens.
    pub(super) fn span(&self, tokens: Range<usize>) -> Range<usize> {
        let tokens = &self.output.reading.tokens[tokens];
        let start = tokens.first().map_or(0, |token| token.start);
        start..tokens.last().map_or(start, |token| token.end)
    }

    /// The text between this token and the one before it, in this sentence or not.
    pub(super) fn before(&self, at: usize) -> &'a str {
        let start = at.checked_sub(1).map_or(0, |before| self.token(before).end);
        self.output.text.get(start..self.token(at).start).unwrap_or_default()
    }

    /// Whether the context has the word.
    pub(super) fn is_supported(&self, at: usize) -> bool {
        let word = self.word(at);
        match word.class {
            Class::Function | Class::Content => self.evidence.has(word.stem),
            Class::Number => self.evidence.has(word.stem) || self.is_number_supported(at),
            Class::Unspaced => {
                let pair = |first: usize| self.evidence.has_pair(self.stem(first).pair(self.stem(first + 1)));
                let alone = self.end - self.first == 1;
                (alone && self.evidence.has(word.stem))
                    || (at > self.first && pair(at - 1))
                    || (at + 1 < self.end && pair(at))
            }
        }
    }

    /// Whether the word is the "yes" or "no" that the output begins with.
    pub(super) fn is_reply(&self, at: usize) -> bool {
        at == 0 && self.word(at).is_reply
    }

    fn is_number_supported(&self, at: usize) -> bool {
        let numbers = &self.output.reading.numbers;
        let found = numbers.binary_search_by_key(&at, |(token, _)| *token).ok();
        found.is_some_and(|found| self.evidence.places(&numbers[found].1).is_some())
    }
}
