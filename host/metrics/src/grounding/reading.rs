//! A text as words, numbers and sentences, each with its place.

use std::collections::HashMap;
use std::ops::Range;

use super::lexicon::{Lexicon, WordId};
use super::number::{self, Number};
use super::pieces::{Piece, PieceKind, digit, pieces};

/// A text that was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) tokens: Vec<Token>,
    /// Numbers, by the token that each is.
    pub(super) numbers: Vec<(usize, Number)>,
    pub(super) sentences: Vec<Sentence>,
}

/// A word or a number, and its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) word: WordId,
}

/// Tokens that belong together: a sentence, a line, or a part of a very long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) tokens: Range<usize>,
}

/// Tokens of one sentence. Text without full stops is cut there, so that every step stays linear.
const LONGEST_SENTENCE: usize = 100;

/// Reads `text`.
pub(super) fn read<'a>(text: &'a str, lexicon: &mut Lexicon<'a>) -> Reading {
    let pieces = pieces(text);
    let mut reading = Reading { tokens: Vec::with_capacity(pieces.len()), ..Reading::default() };
    let mut at = 0;
    let mut end = 0;
    let mut first = 0;
    while let Some(piece) = pieces.get(at) {
        if piece.start < end {
            at += 1;
            continue;
        }
        let between = &text[end..piece.start];
        let tokens = reading.tokens.len();
        let begins = tokens == first
            || tokens - first >= LONGEST_SENTENCE
            || ends_sentence(between, last_word(text, &reading.tokens));
        if begins && tokens > first {
            reading.sentences.push(Sentence { tokens: first..tokens });
            first = tokens;
        }
        let (next, until) = if let Some(date) = date(text, &pieces, at) {
            reading.push_date(&date, lexicon);
            (date.next, date.end)
        } else if let Some(mut found) = number::number(text, &pieces, at) {
            found.number.claims = !(begins && is_marker(text, between, found.end));
            reading.numbers.push((tokens, found.number));
            let word = lexicon.number(found.number.value);
            reading.tokens.push(Token { start: found.start, end: found.end, word });
            (found.next, found.end)
        } else {
            let word = lexicon.word(&text[piece.start..piece.end]);
            reading.tokens.push(Token { start: piece.start, end: piece.end, word });
            (at + 1, piece.end)
        };
        (at, end) = (next, until);
    }
    if reading.tokens.len() > first {
        reading.sentences.push(Sentence { tokens: first..reading.tokens.len() });
    }
    reading
}

fn last_word<'a>(text: &'a str, tokens: &[Token]) -> &'a str {
    tokens.last().map_or("", |token| &text[token.start..token.end])
}

/// Whether the text between two tokens, of which the first is `before`, ends a sentence.
fn ends_sentence(between: &str, before: &str) -> bool {
    if between.len() == 1 {
        return between == "\n";
    }
    let is_spaced = between.contains(char::is_whitespace);
    between.chars().any(|c| match c {
        '\n' | '\r' | '。' | '！' | '？' | '．' | '؟' | '۔' | '।' | '…' | '!' | '?' => true,
        '.' => is_spaced && !is_abbreviation(before),
        _ => false,
    })
}

/// Whether a full stop behind the word is part of it.
fn is_abbreviation(word: &str) -> bool {
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let known = ["Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "No", "e.g", "i.e", "approx", "z.B"];
    initial || known.contains(&word)
}

/// Whether a number at the beginning of a sentence counts the entry of a list, or is the "First," of an enumeration.
fn is_marker(text: &str, before: &str, end: usize) -> bool {
    let line = end == 0 || before.is_empty() || before.contains('\n');
    let mut behind = text[end..].chars();
    match behind.next() {
        Some('.' | ')' | ':') => line && behind.next().is_none_or(char::is_whitespace),
        Some(',') => behind.next().is_none_or(char::is_whitespace),
        _ => false,
    }
}

/// A date in digits only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: u32,
    month: u32,
    day: u32,
    start: usize,
    end: usize,
    next: usize,
}

impl Reading {
    /// A date in digits becomes the year, the month's name and the day, as "March 3, 2025" has them.
    fn push_date<'a>(&mut self, date: &Date, lexicon: &mut Lexicon<'a>) {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let Date { start, end, .. } = *date;
        let mut number = |value: u32, reading: &mut Self| {
            let value = f64::from(value);
            let number = Number { value, other: None, unit: number::Unit::Plain, claims: true };
            reading.numbers.push((reading.tokens.len(), number));
            reading.tokens.push(Token { start, end, word: lexicon.number(value) });
        };
        number(date.year, self);
        number(date.day, self);
        if let Some(month) = (date.month as usize).checked_sub(1).and_then(|at| MONTHS.get(at)) {
            self.tokens.push(Token { start, end, word: lexicon.normal_word(month) });
        }
    }
}

/// The date that begins at piece `at`: 2025-03-31, 2025/03/31 or 31.03.2025. Countries differ on 03/04/2025, which is
/// three numbers.
fn date(text: &str, pieces: &[Piece], at: usize) -> Option<Date> {
    let value = |digits: &str| digits.chars().try_fold(0u32, |sum, c| Some(sum * 10 + digit(c)?));
    let piece = pieces.get(at).filter(|piece| piece.kind == PieceKind::Digits)?;
    let digits = &text[piece.start..piece.end];
    let date = if let Some((day, rest)) = digits.split_once('.') {
        let (month, year) = rest.split_once('.').filter(|(_, year)| year.chars().count() == 4)?;
        if day.chars().count() > 2 || month.chars().count() > 2 {
            return None;
        }
        Date {
            year: value(year)?,
            month: value(month)?,
            day: value(day)?,
            start: piece.start,
            end: piece.end,
            next: at + 1,
        }
    } else {
        let (month, day) = (pieces.get(at + 1)?, pieces.get(at + 2)?);
        let part =
            |piece: &Piece| Some(&text[piece.start..piece.end]).filter(|part| part.chars().count() <= 2);
        let separator = &text[piece.end..month.start];
        let same = matches!(separator, "-" | "/") && separator == &text[month.end..day.start];
        if !same || digits.chars().count() != 4 {
            return None;
        }
        let (month, day) = (part(month)?, part(day)?);
        Date {
            year: value(digits)?,
            month: value(month)?,
            day: value(day)?,
            start: piece.start,
            end: pieces[at + 2].end,
            next: at + 3,
        }
    };
    ((1..=12).contains(&date.month) && (1..=31).contains(&date.day)).then_some(date)
}

/// Tokens that a list of phrases covers: those need no support.
pub(super) fn covered(reading: &Reading, phrases: &[Vec<WordId>]) -> Vec<bool> {
    let mut by_first: HashMap<WordId, Vec<&[WordId]>> = HashMap::new();
    for phrase in phrases {
        if let Some(first) = phrase.first() {
            by_first.entry(*first).or_default().push(phrase);
        }
    }
    let mut covered = vec![false; reading.tokens.len()];
    for at in 0..reading.tokens.len() {
        for phrase in by_first.get(&reading.tokens[at].word).into_iter().flatten() {
            let end = at + phrase.len();
            let here = reading.tokens.get(at..end).unwrap_or_default().iter().map(|token| token.word);
            if here.eq(phrase.iter().copied()) {
                covered[at..end].fill(true);
            }
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<String> {
        let mut lexicon = Lexicon::default();
        let reading = read(text, &mut lexicon);
        let tokens = |sentence: &Sentence| reading.tokens[sentence.tokens.clone()].to_vec();
        let words =
            |sentence| tokens(sentence).iter().map(|token| &text[token.start..token.end]).collect::<Vec<_>>();
        reading.sentences.iter().map(|sentence| words(sentence).join(" ")).collect()
    }

    #[test]
    fn sentences_end_where_readers_end_them() {
        for (text, expected) in [
            ("One. Two! Three? Four", vec!["One", "Two", "Three", "Four"]),
            ("Mr. Hill pays 1.5 euros. J. S. Bach", vec!["Mr Hill pays 1.5 euros", "J S Bach"]),
            ("A line\nanother\r\n- third", vec!["A line", "another", "third"]),
            ("一。二！三", vec!["一", "二", "三"]),
            ("see a.b and status.example.com now", vec!["see a.b and status example com now"]),
            ("", vec![]),
        ] {
            assert_eq!(sentences(text), expected, "{text}");
        }
        assert_eq!(sentences(&"word ".repeat(250)).len(), 3);
    }

    #[test]
    fn dates_are_read_alike_however_they_are_written() {
        let mut lexicon = Lexicon::default();
        let mut words = |text| {
            let mut words =
                read(text, &mut lexicon).tokens.iter().map(|token| token.word).collect::<Vec<_>>();
            words.sort_by_key(|word| format!("{word:?}"));
            words
        };
        let expected = words("March 31, 2025");
        for text in ["2025-03-31", "2025/3/31", "31.03.2025", "31 March 2025", "31st march 2025"] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_ne!(words("2025-13-31"), expected);
        assert_eq!(words("03/04/2025").len(), 3);
    }

    #[test]
    fn what_counts_entries_claims_nothing() {
        let mut lexicon = Lexicon::default();
        let mut claims = |text| {
            read(text, &mut lexicon).numbers.into_iter().map(|(_, number)| number.claims).collect::<Vec<_>>()
        };
        assert_eq!(claims("1. Open it.\n2) Wait 3 days."), [false, false, true]);
        assert_eq!(claims("First, wait. The first one"), [false, true]);
        assert_eq!(claims("12 users"), [true]);
    }

    proptest! {
        #[test]
        fn tokens_lie_in_order_and_sentences_hold_them_all(text in "\\PC{0,80}|[a-z0-9.,:\\-/ \n$%一は]{0,80}") {
            let mut lexicon = Lexicon::default();
            let reading = read(&text, &mut lexicon);
            let mut last = 0;
            for token in &reading.tokens {
                prop_assert!(token.start >= last && token.start < token.end);
                prop_assert!(text.get(token.start..token.end).is_some());
                last = token.start;
            }
            let counted = reading.sentences.iter().map(|sentence| sentence.tokens.len()).sum::<usize>();
            prop_assert_eq!(counted, reading.tokens.len());
        }
    }
}
