//! Where a quote stands in the text that it is said to be from.
//!
//! Models quote with other white space, other quotation marks, another case, and a full stop of their own. All that is
//! overlooked; a word that is not there is not.

use std::ops::Range;

/// A text that quotes are looked for in.
#[derive(Debug)]
pub(crate) struct Located {
    /// The text as it is compared.
    plain: String,
    /// For each character of `plain`: where it stands there, and the bytes of the text that it stands for.
    places: Vec<(u32, Range<u32>)>,
}

/// Letters and digits that a quote needs, so that its place says something.
const FEWEST: usize = 4;

impl Located {
    /// A text of up to 4 GiB; what lies behind is not found.
    pub(crate) fn new(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        let position = |at: usize| u32::try_from(at).ok();
        for (start, letter) in text.char_indices() {
            let (Some(from), Some(to)) = (position(start), position(start + letter.len_utf8())) else {
                break;
            };
            plain_form(letter).push_to(&mut plain, |at| {
                if let Some(at) = position(at) {
                    places.push((at, from..to));
                }
            });
        }
        Self { plain, places }
    }

    /// The bytes of the first place behind `after` where `quote` stands, or else of the first at all.
    pub(crate) fn find(&self, quote: &str, after: usize) -> Option<Range<usize>> {
        let wanted = plain_quote(quote);
        let said = wanted.chars().filter(|letter| letter.is_alphanumeric()).count();
        let all = self.plain.chars().filter(|letter| letter.is_alphanumeric()).take(FEWEST).count();
        if said == 0 || said < all {
            return None;
        }
        let from = self.places.partition_point(|(_, place)| (place.start as usize) < after);
        let from = self.places.get(from).map_or(self.plain.len(), |(at, _)| *at as usize);
        let start = self.whole_words(&wanted, from).or_else(|| self.whole_words(&wanted, 0))?;
        let end = start + wanted.len();
        let first = self.places.partition_point(|(at, _)| (*at as usize) < start);
        let last = self.places.partition_point(|(at, _)| (*at as usize) < end).checked_sub(1)?;
        Some(self.places.get(first)?.1.start as usize..self.places.get(last)?.1.end as usize)
    }

    /// The first place at or behind `from` where `wanted` stands without a word or number cut at its ends: "costs $4" is
    /// not what "costs $49" says.
    fn whole_words(&self, wanted: &str, from: usize) -> Option<usize> {
        let mut places = self.plain.get(from..)?.match_indices(wanted).map(|(at, _)| from + at);
        let is_whole = |start: &usize| {
            let (before, behind) = (&self.plain[..*start], &self.plain[start + wanted.len()..]);
            let (first, last) = (wanted.chars().next(), wanted.chars().next_back());
            !belong_together(before.chars().next_back(), first)
                && !belong_together(last, behind.chars().next())
                && !goes_on(last, behind)
                && !goes_on_before(before, first)
        };
        places.find(is_whole)
    }
}

/// Whether two neighbouring characters are of one word or number. Scripts without capitals have none: there, words are not
/// always set apart.
fn belong_together(one: Option<char>, other: Option<char>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let cased = |letter: char| letter.is_lowercase() || letter.is_uppercase();
    (one.is_numeric() && other.is_numeric()) || (cased(one) && cased(other))
}

/// Whether a number that a quote ends with has more digits behind a point or comma.
fn goes_on(last: Option<char>, behind: &str) -> bool {
    let mut behind = behind.chars();
    let (mark, digit) = (behind.next(), behind.next());
    last.is_some_and(char::is_numeric)
        && mark.is_some_and(|mark| matches!(mark, '.' | ','))
        && digit.is_some_and(char::is_numeric)
}

/// Whether a number that a quote begins with has more digits before a point or comma.
fn goes_on_before(before: &str, first: Option<char>) -> bool {
    let mut before = before.chars().rev();
    let (mark, digit) = (before.next(), before.next());
    first.is_some_and(char::is_numeric)
        && mark.is_some_and(|mark| matches!(mark, '.' | ','))
        && digit.is_some_and(char::is_numeric)
}

enum Form {
    Nothing,
    Space,
    Letter(char),
}

impl Form {
    /// Adds the character to `plain`, after saying at which byte each character of it comes to stand.
    fn push_to(self, plain: &mut String, mut at: impl FnMut(usize)) {
        match self {
            Self::Nothing => {}
            Self::Space if plain.is_empty() || plain.ends_with(' ') => {}
            Self::Space => {
                at(plain.len());
                plain.push(' ');
            }
            Self::Letter(letter) => {
                for letter in letter.to_lowercase() {
                    at(plain.len());
                    plain.push(letter);
                }
            }
        }
    }
}

/// A character without what quoting changes.
fn plain_form(letter: char) -> Form {
    match letter {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => Form::Nothing,
        '“' | '”' | '„' | '«' | '»' => Form::Letter('"'),
        '‘' | '’' | '‚' | '`' => Form::Letter('\''),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Form::Letter('-'),
        letter if letter.is_whitespace() => Form::Space,
        letter => Form::Letter(letter),
    }
}

/// A quote as it is compared, without marks around it that are the quoter's own.
fn plain_quote(quote: &str) -> String {
    let mut plain = String::with_capacity(quote.len());
    for letter in quote.chars() {
        plain_form(letter).push_to(&mut plain, |_| {});
    }
    let own = |letter: char| matches!(letter, '"' | '\'' | '.' | '…' | ' ' | ',' | ';' | ':');
    plain.trim_matches(own).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find<'a>(text: &'a str, quote: &str) -> Option<&'a str> {
        Located::new(text).find(quote, 0).map(|range| &text[range])
    }

    #[test]
    fn overlooks_what_quoting_changes_and_nothing_else() {
        let text = "The “Pro” plan\n  costs $49 a month — billed yearly.";
        for (quote, found) in [
            ("the \"pro\" plan costs $49", Some("The “Pro” plan\n  costs $49")),
            ("\"costs $49 a month - billed yearly...\"", Some("costs $49 a month — billed yearly")),
            ("costs $59 a month", None),
            ("costs $4", None),
            ("osts $49 a month", None),
            ("costs $4 9", None),
            ("the", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(find(text, quote), found, "{quote}");
        }
        assert_eq!(find("料金は月額49ドルです。", "月額49ドル"), Some("月額49ドル"));
        assert_eq!(find("السعر ٤٩ دولارا", "٤٩ دولارا."), Some("٤٩ دولارا"));
        assert_eq!(find("İstanbul’da 5 gün", "İSTANBUL'DA"), Some("İstanbul’da"));
        assert_eq!(find("No.", "no"), Some("No"));
        assert_eq!(find("It costs $49.50, or 1,049 a year.", "costs $49"), None);
        assert_eq!(find("It costs $49.50, or 1,049 a year.", "049 a year"), None);
        assert_eq!(find("It costs $149. It costs $49.", "It costs $49"), Some("It costs $49"));
    }

    #[test]
    fn a_quote_that_stands_twice_is_found_behind_what_was_found_before() {
        let located = Located::new("It costs $49. Yes, it costs $49.");
        assert_eq!(located.find("costs $49", 0), Some(3..12));
        assert_eq!(located.find("costs $49", 12), Some(22..31));
        assert_eq!(located.find("costs $49", 31), Some(3..12));
    }

    proptest! {
        #[test]
        fn words_of_a_text_are_found(
            words in prop::collection::vec("[“”’—aàßİΣ語٤3]{1,6}", 1..12), from in 0..12_usize, length in 1..12_usize,
        ) {
            let text = words.join(" ");
            let part = words.iter().skip(from).take(length).cloned().collect::<Vec<_>>();
            let wanted = plain_quote(&part.join(" "));
            let shown = part.join(" \n\t").replace('“', "\"");
            let enough = wanted.chars().filter(|letter| letter.is_alphanumeric()).count() >= FEWEST;
            match Located::new(&text).find(&shown, 0) {
                Some(range) => prop_assert_eq!(plain_quote(&text[range]), wanted),
                None => prop_assert!(!enough, "{shown:?} is not found in {text:?}"),
            }
        }

        #[test]
        fn nothing_is_found_that_is_not_there(text in "[a-f ]{0,60}", quote in "[a-g ]{0,12}") {
            if let Some(range) = Located::new(&text).find(&quote, 0) {
                prop_assert_eq!(plain_quote(&text[range]), plain_quote(&quote));
            }
        }
    }
}
