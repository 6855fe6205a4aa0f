//! Texts in a form that can be compared, and the way back.

use std::ops::Range;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// Whether letters that differ only in case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// `ACME` is `acme`.
    #[default]
    Ignore,
    /// `ACME` is not `acme`.
    Match,
}

/// A text with everything levelled that a reader overlooks, and the way back to the bytes it came from.
///
/// - letters and accents are canonically decomposed (é as e and its accent), so both spellings are one;
/// - with [`Case::Ignore`], case is folded in full: ß is ss, final sigma is sigma. İ and ı are i, so Turkish names match
///   whatever locale changed their case;
/// - every run of white space is one space;
/// - typographic quotes and dashes are `'`, `"` and `-`, full-width letters and digits are ASCII;
/// - soft hyphens and zero-width characters are left out.
#[derive(Debug, Clone)]
pub struct Folded<'a> {
    original: &'a str,
    text: String,
    /// For each byte of `text`, where the original character starts that it comes from.
    origin: Vec<usize>,
}

impl<'a> Folded<'a> {
    /// Folds `original`.
    pub fn new(original: &'a str, case: Case) -> Self {
        let mut folded = Self {
            original,
            text: String::with_capacity(original.len()),
            origin: Vec::with_capacity(original.len()),
        };
        for (at, letter) in original.char_indices() {
            if letter.is_ascii() && !letter.is_ascii_whitespace() {
                folded.push(at, if case == Case::Ignore { letter.to_ascii_lowercase() } else { letter });
            } else if letter.is_whitespace() {
                if !folded.text.ends_with(' ') {
                    folded.push(at, ' ');
                }
            } else if !is_ignorable(letter) {
                decompose_canonical(plain(letter), |part| folded.push_letter(at, part, case));
            }
        }
        folded
    }

    fn push_letter(&mut self, at: usize, letter: char, case: Case) {
        match (case, letter) {
            (Case::Match, _) => self.push(at, letter),
            // The dot that lowering İ leaves, or that a decomposed İ carries: i has one already.
            (Case::Ignore, '\u{307}') if self.text.ends_with('i') => {}
            // Lowering the upper case is Unicode's full case folding for all but a few letters of historic scripts.
            (Case::Ignore, _) => letter
                .to_uppercase()
                .flat_map(char::to_lowercase)
                .for_each(|lower| decompose_canonical(lower, |part| self.push(at, part))),
        }
    }

    fn push(&mut self, at: usize, letter: char) {
        self.text.push(letter);
        self.origin.resize(self.text.len(), at);
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that `range` of the folded text comes from.
    ///
    /// `None` where the range covers only a part of what one original character became, such as the first s of ß, or
    /// lies outside the text.
    pub fn original(&self, range: Range<usize>) -> Option<Range<usize>> {
        if range.start > range.end || range.end > self.text.len() {
            return None;
        }
        let cuts = |at: usize| at > 0 && at < self.origin.len() && self.origin[at - 1] == self.origin[at];
        if cuts(range.start) || cuts(range.end) {
            return None;
        }
        let place = |at: usize| self.origin.get(at).copied().unwrap_or(self.original.len());
        let (start, end) = (place(range.start), place(range.end));
        if range.is_empty() {
            return Some(start..start);
        }
        // What was left out behind the last character belongs to nobody.
        let covered = self.original[start..end].trim_end_matches(is_ignorable);
        Some(start..start + covered.len())
    }

    /// Whether a word may start or end at byte `at` of the folded text: not between two letters or digits, except in
    /// scripts that set no spaces between words.
    pub fn is_word_boundary(&self, at: usize) -> bool {
        let (Some(before), Some(after)) = (self.text.get(..at), self.text.get(at..)) else {
            return false;
        };
        match (before.chars().next_back(), after.chars().next()) {
            (Some(left), Some(right)) => {
                !(is_word(left) && is_word(right)) || is_unspaced(left) || is_unspaced(right)
            }
            _ => true,
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || is_combining_mark(letter)
}

/// Letters of scripts that set no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters that show nothing: the soft hyphen, zero-width spaces and joiners, the byte order mark.
fn is_ignorable(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The plain form of a typographic character.
fn plain(letter: char) -> char {
    match letter {
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '´' | '′' => '\'',
        '“' | '”' | '„' | '‟' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        'ı' => 'i',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xff01 + 0x21).unwrap_or(letter),
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fold(text: &str) -> String {
        Folded::new(text, Case::Ignore).text().to_owned()
    }

    #[test]
    fn what_a_reader_overlooks_is_levelled() {
        for (left, right) in [
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδός".replace('ό', "ο").as_str()),
            ("İstanbul", "ISTANBUL"),
            ("I\u{307}stanbul", "istanbul"),
            ("ısparta", "ISPARTA"),
            ("Café", "CAFE\u{301}"),
            ("can’t", "can't"),
            ("A\u{ad}c\u{200b}me", "acme"),
            ("a \t\n\u{a0} b", "a b"),
            ("ＡＣＭＥ２", "acme2"),
            ("30–day", "30-day"),
        ] {
            assert_eq!(fold(left), fold(right));
        }
        assert_ne!(fold("Cafe"), fold("Café"));
        assert_eq!(Folded::new("İß A’s", Case::Match).text(), "I\u{307}ß A's");
    }

    #[test]
    fn ranges_lead_back_to_whole_characters() {
        let folded = Folded::new("Die Straße\u{ad} ok", Case::Ignore);
        let at = folded.text().find("strasse").unwrap();
        let range = folded.original(at..at + 7).unwrap();
        assert_eq!(&"Die Straße\u{ad} ok"[range], "Straße");
        assert_eq!(folded.original(at..at + 5), None, "half of ß");
        assert_eq!(folded.original(0..100), None);
        let end = folded.text().len();
        assert_eq!(folded.original(end..end), Some(16..16));
    }

    #[test]
    fn words_end_where_a_reader_ends_them() {
        let boundary = |text: &str, part: &str| {
            let folded = Folded::new(text, Case::Ignore);
            let at = folded.text().find(part).unwrap();
            folded.is_word_boundary(at) && folded.is_word_boundary(at + part.len())
        };
        for text in ["Acme's", "(acme)", "acme-like", "ACME", "Acme™", "アクメacmeの"] {
            assert!(boundary(text, "acme"), "{text}");
        }
        for text in ["Acmex", "xacme", "acme2", "acme_", "Acmé", "Ac\u{ad}me\u{ad}x"] {
            assert!(!boundary(text, "acme"), "{text}");
        }
        assert!(boundary("株式会社アクメは", "アクメ"));
    }

    proptest! {
        #[test]
        fn every_range_leads_to_character_boundaries(text in "\\PC{0,40}|[iİıßΣςé\u{301}\u{307}\u{ad}\u{200b} \\n]{0,20}", a in 0usize..60, b in 0usize..60) {
            for case in [Case::Ignore, Case::Match] {
                let folded = Folded::new(&text, case);
                if let Some(range) = folded.original(a..b) {
                    prop_assert!(text.get(range).is_some());
                }
                prop_assert_eq!(folded.original(0..folded.text().len()).is_some(), true);
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
