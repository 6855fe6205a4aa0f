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
    /// Where the parts of `text` come from, in order.
    pieces: Vec<Piece>,
}

/// A part of the folded text, up to the next piece.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it starts in the folded text.
    folded: usize,
    /// Where it starts in the original.
    original: usize,
    /// Whether it is plain ASCII, byte for byte; otherwise it is what one character became.
    plain: bool,
}

impl<'a> Folded<'a> {
    /// Folds `original`.
    pub fn new(original: &'a str, case: Case) -> Self {
        let mut folded = Self { original, text: String::with_capacity(original.len()), pieces: Vec::new() };
        let mut at = 0;
        while at < original.len() {
            // Most text is plain, and plain text is copied in one go.
            let plain = plain_length(&original.as_bytes()[at..], folded.text.ends_with(' '));
            if plain > 0 {
                folded.start_piece(at, true);
                folded.text.push_str(&original[at..at + plain]);
                at += plain;
            }
            if let Some(letter) = original[at..].chars().next() {
                folded.push(at, letter, case);
                at += letter.len_utf8();
            }
        }
        if case == Case::Ignore {
            folded.text.make_ascii_lowercase();
        }
        folded
    }

    fn start_piece(&mut self, original: usize, plain: bool) {
        self.pieces.push(Piece { folded: self.text.len(), original, plain });
    }

    fn push(&mut self, at: usize, letter: char, case: Case) {
        if letter.is_whitespace() {
            if !self.text.ends_with(' ') {
                self.start_piece(at, false);
                self.text.push(' ');
            }
        } else if !is_ignorable(letter) {
            let before = self.text.len();
            // Decomposing can bring a typographic character to light: the Greek oxia is an acute accent.
            decompose_canonical(plain(letter), |part| self.push_part(plain(part), case));
            if self.text.len() > before {
                self.pieces.push(Piece { folded: before, original: at, plain: false });
            }
        }
    }

    fn push_part(&mut self, part: char, case: Case) {
        match (case, part) {
            (Case::Match, _) => self.text.push(part),
            // The dot that lowering İ leaves, or that a decomposed İ carries: i has one already.
            (Case::Ignore, '\u{307}') if self.text.ends_with(['i', 'I']) => {}
            // Lowering the upper case is Unicode's full case folding for all but a few letters of historic scripts;
            // lowered before, capital ẞ is ss too.
            (Case::Ignore, _) => part
                .to_lowercase()
                .flat_map(char::to_uppercase)
                .flat_map(char::to_lowercase)
                .for_each(|lower| decompose_canonical(lower, |letter| self.text.push(plain(letter)))),
        }
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
        let (start, end) = (self.place(range.start)?, self.place(range.end)?);
        if range.is_empty() {
            return Some(start..start);
        }
        // What was left out behind the last character belongs to nobody.
        let covered = self.original[start..end].trim_end_matches(is_ignorable);
        Some(start..start + covered.len())
    }

    /// Where the character starts in the original whose folding starts at `at`; `None` where none starts there.
    fn place(&self, at: usize) -> Option<usize> {
        if at == self.text.len() {
            return Some(self.original.len());
        }
        let next = self.pieces.partition_point(|piece| piece.folded <= at);
        let piece = self.pieces.get(next.checked_sub(1)?)?;
        let within = at - piece.folded;
        (piece.plain || within == 0).then_some(piece.original + within)
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

/// How many of the first bytes fold to themselves, case aside: printable ASCII with single spaces.
fn plain_length(bytes: &[u8], after_space: bool) -> usize {
    let mut after_space = after_space;
    let folds = |byte: &u8| {
        let doubled = *byte == b' ' && after_space;
        after_space = *byte == b' ';
        !(b' '..=b'~').contains(byte) || doubled
    };
    bytes.iter().position(folds).unwrap_or(bytes.len())
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
            ("STRAẞE", "straße"),
            ("\u{1ffd}", "'"),
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
        let spaced = Folded::new("a  \n b\u{307}i\u{307}c", Case::Ignore);
        assert_eq!(spaced.text(), "a b\u{307}ic");
        assert_eq!(
            [spaced.original(0..1), spaced.original(1..2), spaced.original(5..6)],
            [Some(0..1), Some(1..5), Some(8..11)]
        );
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
