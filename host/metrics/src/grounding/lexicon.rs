//! Words as numbers, so that comparing words is comparing numbers.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::contrast::{self, Side};
use super::function_words::{is_function_word, is_german, is_negation, is_reply};
use super::pieces::is_unspaced;
use crate::text::stem;

// Seeded per process: words come from outside and must not be able to collide on purpose.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Every distinct word of a sample. `'a` is the sample's life.
#[derive(Debug, Default)]
pub(super) struct Lexicon<'a> {
    raw: Map<&'a str, WordId>,
    normal: Map<Box<str>, WordId>,
    numbers: Map<i128, WordId>,
    stems: Map<Box<str>, StemId>,
    next_stem: u32,
    words: Vec<Word>,
}

/// A distinct word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WordId(u32);

/// Words of one stem are the same word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct StemId(u32);

impl StemId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    /// Two stems as one number.
    pub(super) fn pair(self, next: Self) -> u64 {
        u64::from(self.0) << 32 | u64::from(next.0)
    }
}

/// What there is to know of a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) stem: StemId,
    pub(super) class: Class,
    pub(super) is_negation: bool,
    pub(super) is_reply: bool,
    pub(super) is_german: bool,
    /// The sides of contrasts that it stands on.
    pub(super) sides: &'static [Side],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Holds a sentence together.
    Function,
    Content,
    Number,
    /// A character of a script without spaces, which means something beside its neighbours only.
    Unspaced,
}

impl<'a> Lexicon<'a> {
    /// The number of a word as it stands in a text.
    pub(super) fn word(&mut self, raw: &'a str) -> WordId {
        if let Some(id) = self.raw.get(raw) {
            return *id;
        }
        let id = self.normal_word(&normal(raw));
        self.raw.insert(raw, id);
        id
    }

    /// The number of a word in its normal form.
    pub(super) fn normal_word(&mut self, normal: &str) -> WordId {
        if let Some(id) = self.normal.get(normal) {
            return *id;
        }
        let stemmed = stemmed(normal);
        let stem = match self.stems.get(stemmed.as_str()) {
            Some(stem) => *stem,
            None => {
                let stem = self.new_stem();
                self.stems.insert(stemmed.as_str().into(), stem);
                stem
            }
        };
        let first = normal.chars().next();
        let class = if first.is_some_and(is_unspaced) {
            // Hiragana is mostly particles and endings.
            if matches!(first, Some('\u{3041}'..='\u{309f}')) { Class::Function } else { Class::Unspaced }
        } else if is_function_word(normal) || normal.ends_with("n't") {
            Class::Function
        } else {
            Class::Content
        };
        let id = self.push(Word {
            stem,
            class,
            is_negation: is_negation(normal),
            is_reply: is_reply(normal),
            is_german: is_german(normal),
            sides: contrast::sides(&stemmed),
        });
        self.normal.insert(normal.into(), id);
        id
    }

    /// The word that all numbers of this value are.
    pub(super) fn number(&mut self, value: f64) -> WordId {
        let key = key(value);
        if let Some(id) = self.numbers.get(&key) {
            return *id;
        }
        let stem = self.new_stem();
        let (class, is_negation, is_reply, is_german) = (Class::Number, false, false, false);
        let id = self.push(Word { stem, class, is_negation, is_reply, is_german, sides: &[] });
        self.numbers.insert(key, id);
        id
    }

    pub(super) fn get(&self, id: WordId) -> &Word {
        &self.words[id.0 as usize]
    }

    /// The number of a stem that some word of the sample has.
    pub(super) fn stem(&self, stem: &str) -> Option<StemId> {
        self.stems.get(stem).copied()
    }

    /// Stems so far; every one is below.
    pub(super) fn stems(&self) -> usize {
        self.next_stem as usize
    }

    fn new_stem(&mut self) -> StemId {
        let stem = StemId(self.next_stem);
        self.next_stem += 1;
        stem
    }

    fn push(&mut self, word: Word) -> WordId {
        // Four thousand million distinct words do not fit into memory.
        let id = WordId(u32::try_from(self.words.len()).unwrap_or(u32::MAX));
        self.words.push(word);
        id
    }
}

/// A number's value as something that can be looked up: millionths.
pub(super) fn key(value: f64) -> i128 {
    #[expect(clippy::cast_possible_truncation, reason = "beyond 10^32 all numbers are one")]
    let key = (value * 1e6).round() as i128;
    key
}

/// Lower case, one form of each accent, without the endings that apostrophes cut off.
pub(super) fn normal(raw: &str) -> String {
    let mut word = if raw.is_ascii() {
        raw.to_ascii_lowercase()
    } else {
        raw.to_lowercase().nfkc().collect::<String>().replace('’', "'")
    };
    if word.contains('\'') && !word.ends_with("n't") {
        for ending in ["'s", "'ll", "'re", "'ve", "'d", "'m"] {
            if word.len() > ending.len() && word.ends_with(ending) {
                word.truncate(word.len() - ending.len());
                break;
            }
        }
    }
    // "U.S." is "US".
    if word.contains('.') {
        word.retain(|c| c != '.');
    }
    month(&word).map_or(word, str::to_owned)
}

/// The stem of a word in its normal form. Only English words have one.
pub(super) fn stemmed(normal: &str) -> String {
    if normal.len() >= 3 && normal.bytes().all(|byte| byte.is_ascii_lowercase()) {
        stem(normal)
    } else {
        normal.to_owned()
    }
}

/// The whole name of a month that is cut. "Mar" and "may" are other words more often.
fn month(word: &str) -> Option<&'static str> {
    Some(match word {
        "jan" => "january",
        "feb" => "february",
        "apr" => "april",
        "jun" => "june",
        "jul" => "july",
        "aug" => "august",
        "sep" | "sept" => "september",
        "oct" => "october",
        "nov" => "november",
        "dec" => "december",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_differently_is_one_word() {
        let mut lexicon = Lexicon::default();
        for (one, other) in [
            ("Increase", "increasing"),
            ("plan's", "Plans"),
            ("plan’s", "plan"),
            ("U.S", "US"),
            ("Nov", "november"),
            ("café", "CAFE\u{301}"),
            ("ＡＰＩ", "api"),
            ("we'll", "we"),
        ] {
            let stems = [one, other].map(|word| {
                let id = lexicon.word(word);
                lexicon.get(id).stem
            });
            assert_eq!(stems[0], stems[1], "{one}, {other}");
        }
        assert_eq!(lexicon.number(49.0), lexicon.number(49.000_000_01));
        assert_ne!(lexicon.number(49.0), lexicon.number(49.01));
    }

    #[test]
    fn words_have_their_class() {
        let mut lexicon = Lexicon::default();
        for (word, class) in [
            ("The", Class::Function),
            ("doesn’t", Class::Function),
            ("price", Class::Content),
            ("価", Class::Unspaced),
            ("は", Class::Function),
            ("ドル", Class::Content),
        ] {
            let id = lexicon.word(word);
            assert_eq!(lexicon.get(id).class, class, "{word}");
        }
    }
}
