//! Cuts a text into the pieces that words and numbers are made of.

use unicode_normalization::char::is_combining_mark;

/// Letters, or the digits of a number, that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: PieceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A word, perhaps with digits behind its first letter: `don't`, `U.S`, `S&P`, `Q3`.
    Letters,
    /// Digits with what groups them: `1,200.50`.
    Digits,
    /// One character, with its marks, of a script that is written without spaces.
    Unspaced,
}

/// The pieces of `text`, in order. Nothing else in a text is a word: spaces, punctuation, symbols, emoji.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len() / 6);
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let kind = if is_digit(first) {
            PieceKind::Digits
        } else if is_unspaced(first) {
            PieceKind::Unspaced
        } else if first.is_alphabetic() {
            PieceKind::Letters
        } else {
            at += first.len_utf8();
            continue;
        };
        let length = match kind {
            PieceKind::Digits => digits(&text[at..]),
            PieceKind::Letters => letters(&text[at..]),
            PieceKind::Unspaced => first.len_utf8() + marks(&text[at + first.len_utf8()..]),
        };
        pieces.push(Piece { start: at, end: at + length, kind });
        at += length;
    }
    pieces
}

/// Whether the character is a decimal digit, of any script.
pub(super) fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

/// The value of a decimal digit, in the scripts that write numbers with their own digits today.
pub(super) fn digit(c: char) -> Option<u32> {
    const ZEROS: [char; 13] = ['٠', '۰', '०', '০', '੦', '૦', '௦', '౦', '೦', '൦', '๐', '０', '០'];
    if c.is_ascii() {
        return c.to_digit(10);
    }
    ZEROS.iter().find_map(|&zero| (u32::from(c)).checked_sub(u32::from(zero)).filter(|value| *value < 10))
}

/// Scripts without spaces between words. Katakana is not among them: what is written in it is mostly one word.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e01..=0x0e4f // Thai
        | 0x0e81..=0x0ecf // Lao
        | 0x1000..=0x103f // Burmese
        | 0x1780..=0x17d3 // Khmer
        | 0x3041..=0x309f // Hiragana
        | 0x3005..=0x3007 | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff // Han
    )
}

/// Bytes of the marks that a text begins with.
fn marks(text: &str) -> usize {
    text.chars().take_while(|c| is_combining_mark(*c)).map(char::len_utf8).sum()
}

/// Bytes of the number that a text begins with.
fn digits(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    let mut end = 0;
    while let Some((at, c)) = characters.next() {
        let follows = characters.peek().is_some_and(|(_, next)| is_digit(*next));
        if is_digit(c) {
            end = at + c.len_utf8();
        } else if !(follows && (matches!(c, '.' | ',' | '\'' | '’' | '٫' | '٬') || groups(c, &text[at..])))
        {
            break;
        }
    }
    end
}

/// Whether `space`, which `text` begins with, stands before a group of three digits: "1 200", with a space that does
/// not break the line.
fn groups(space: char, text: &str) -> bool {
    let group = text.chars().skip(1).take_while(|c| is_digit(*c)).count();
    matches!(space, '\u{a0}' | '\u{2009}' | '\u{202f}') && group == 3
}

/// Bytes of the word that a text begins with.
fn letters(text: &str) -> usize {
    let inside = |c: char| (c.is_alphanumeric() || is_combining_mark(c) || c == '_') && !is_unspaced(c);
    let mut characters = text.char_indices().peekable();
    let mut end = 0;
    // Letters since the last full stop, for abbreviations.
    let mut run = 0;
    let mut last = ' ';
    while let Some((at, c)) = characters.next() {
        if inside(c) {
            end = at + c.len_utf8();
            run += 1;
        } else {
            let Some(&(_, next)) = characters.peek() else { break };
            let joins = match c {
                '\'' | '’' | '\u{200c}' => next.is_alphabetic(),
                '.' => run == 1 && next.is_alphabetic() && is_single(&text[at + 1..]),
                '&' => last.is_ascii_uppercase() && next.is_ascii_uppercase(),
                _ => false,
            };
            if !joins || is_unspaced(next) {
                break;
            }
            run = 0;
        }
        last = c;
    }
    end
}

/// Whether the letter that a text begins with stands alone, as in "U.S.".
fn is_single(text: &str) -> bool {
    !text.chars().nth(1).is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_cut_where_words_and_numbers_end() {
        for (text, cut) in [
            ("Don't stop: it’s 5.", vec!["Don't", "stop", "it’s", "5"]),
            ("U.S. and S&P, e.g. AT&T.", vec!["U.S", "and", "S&P", "e.g", "AT&T"]),
            ("end.Next a.m. x", vec!["end", "Next", "a.m", "x"]),
            ("1,200.50 1.2k 30-day 1\u{202f}200", vec!["1,200.50", "1.2", "k", "30", "day", "1\u{202f}200"]),
            ("Q3 C2H5OH snake_case", vec!["Q3", "C2H5OH", "snake_case"]),
            ("価格は４９ドル。", vec!["価", "格", "は", "４９", "ドル"]),
            ("السعر ٤٩ دولارًا", vec!["السعر", "٤٩", "دولارًا"]),
            ("cafe\u{301} 👩‍👩‍👧 🙂", vec!["cafe\u{301}"]),
            ("ราคา", vec!["ร", "า", "ค", "า"]),
            ("5, 6. '7'", vec!["5", "6", "7"]),
            ("", vec![]),
        ] {
            let found =
                pieces(text).into_iter().map(|piece| &text[piece.start..piece.end]).collect::<Vec<_>>();
            assert_eq!(found, cut, "{text}");
        }
    }

    #[test]
    fn digits_of_every_script_have_their_value() {
        for (text, value) in [("0", 0), ("9", 9), ("٤", 4), ("۹", 9), ("७", 7), ("９", 9)] {
            assert_eq!(text.chars().next().and_then(digit), Some(value), "{text}");
        }
        assert_eq!(digit('½'), None);
        assert_eq!(digit('x'), None);
    }

    proptest! {
        #[test]
        fn pieces_are_whole_characters_in_order(text in "\\PC{0,60}|[a-zA-Z.'&0-9 ,一二がกั\u{301}\u{200c}]{0,60}") {
            let mut last = 0;
            for piece in pieces(&text) {
                prop_assert!(piece.start >= last && piece.end > piece.start);
                prop_assert!(text.get(piece.start..piece.end).is_some());
                last = piece.end;
            }
        }
    }
}
