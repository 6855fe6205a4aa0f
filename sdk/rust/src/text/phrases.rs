//! Many phrases, one pass over the text.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::fold::{Case, Folded};

/// Finds any of a list of phrases in a text, as whole words, under the rules of [`Folded`]. Build it once, in
/// [`Plugin::configure`](crate::Plugin::configure).
#[derive(Debug, Clone)]
pub struct Phrases {
    automaton: AhoCorasick,
    case: Case,
    whole_words: bool,
}

/// One place where a phrase stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Position of the phrase in the list that [`Phrases::new`] was given.
    pub phrase: usize,
    /// Where it stands in the text as it was written.
    pub bytes: Range<usize>,
}

/// Why phrases cannot be looked for. The display names the phrase by its position, ready for
/// [`Failure::settings`](crate::Failure::settings).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhraseError {
    /// The phrase at this position holds nothing to look for.
    Empty(usize),
    /// Together, the phrases are larger than the search can hold.
    TooLarge,
}

impl std::fmt::Display for PhraseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty(index) => {
                write!(f, "[{index}]: the phrase is empty; write at least one letter, or leave it out")
            }
            Self::TooLarge => {
                f.write_str(": there are too many phrases; split them over several uses of the plugin")
            }
        }
    }
}

impl std::error::Error for PhraseError {}

impl Phrases {
    /// Gets ready to look for `phrases`.
    ///
    /// # Errors
    /// [`PhraseError`] if a phrase is empty or white space, or all of them are too large.
    pub fn new<T: AsRef<str>>(phrases: impl IntoIterator<Item = T>, case: Case) -> Result<Self, PhraseError> {
        let mut folded = Vec::new();
        for (index, phrase) in phrases.into_iter().enumerate() {
            let text = Folded::new(phrase.as_ref().trim(), case).text().to_owned();
            if text.is_empty() {
                return Err(PhraseError::Empty(index));
            }
            folded.push(text);
        }
        let automaton = AhoCorasick::new(&folded).map_err(|_| PhraseError::TooLarge)?;
        Ok(Self { automaton, case, whole_words: true })
    }

    /// Finds the phrases within words too: `refund` in `nonrefundable`.
    #[must_use]
    pub fn within_words(mut self) -> Self {
        self.whole_words = false;
        self
    }

    /// Where the phrases stand in `text`, from left to right. Where hits overlap, the one that starts first counts,
    /// and of those the longest.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits = self.find_overlapping(text);
        let mut end = 0;
        hits.retain(|hit| {
            let free = hit.bytes.start >= end;
            if free {
                end = hit.bytes.end;
            }
            free
        });
        hits
    }

    /// Every place where a phrase stands in `text`, from left to right, overlapping or not; of those that start at the
    /// same place the longest first.
    pub fn find_overlapping(&self, text: &str) -> Vec<Hit> {
        let folded = Folded::new(text, self.case);
        let mut hits: Vec<Hit> = self
            .automaton
            .find_overlapping_iter(folded.text())
            .filter(|hit| {
                !self.whole_words
                    || (folded.is_word_boundary(hit.start()) && folded.is_word_boundary(hit.end()))
            })
            .filter_map(|hit| {
                Some(Hit { phrase: hit.pattern().as_usize(), bytes: folded.original(hit.range())? })
            })
            .collect();
        hits.sort_by_key(|hit| (hit.bytes.start, std::cmp::Reverse(hit.bytes.end), hit.phrase));
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(phrases: &[&str], text: &'a str) -> Vec<&'a str> {
        let phrases = Phrases::new(phrases, Case::Ignore).unwrap();
        phrases.find(text).into_iter().map(|hit| &text[hit.bytes]).collect()
    }

    #[test]
    fn the_longest_whole_words_win() {
        assert_eq!(
            found(&["acme", "acme corp"], "Acme Corp, acme\n corp, Acme Corps"),
            ["Acme Corp", "acme\n corp", "Acme"]
        );
        assert_eq!(found(&["corp acme", "acme corp"], "acme corp acme"), ["acme corp"]);
        assert_eq!(found(&["C++"], "C++ and c++20, abc++"), ["C++", "c++"]);
        assert!(found(&["straß", "cafe"], "strassen Café").is_empty());
        assert_eq!(found(&[], "anything"), Vec::<&str>::new());
    }

    #[test]
    fn case_and_word_boundaries_can_be_chosen() {
        let exact = Phrases::new(["IT"], Case::Match).unwrap();
        assert_eq!(exact.find("it is IT").len(), 1);
        let within = Phrases::new(["refund"], Case::Ignore).unwrap().within_words();
        assert_eq!(within.find("Nonrefundable").first().unwrap().bytes, 3..9);
        let both = Phrases::new(["a b", "b c"], Case::Ignore).unwrap();
        assert_eq!((both.find("a b c").len(), both.find_overlapping("a b c").len()), (1, 2));
    }

    #[test]
    fn an_empty_phrase_is_refused_by_position() {
        assert_eq!(Phrases::new(["a", " \u{ad}"], Case::Ignore).unwrap_err(), PhraseError::Empty(1));
    }
}
