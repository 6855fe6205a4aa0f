//! Reads a number as people write it: "$49", "forty-nine dollars", "1.2k", "twelve hundred", "3rd", "Q3".

use super::pieces::{Piece, PieceKind, digit};

/// A number in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// The other way to read it, where there is one: "1.200" is 1.2 or, in half of Europe, 1200.
    pub(super) other: Option<f64>,
    pub(super) unit: Unit,
    /// Whether it claims something. The "2." before an entry of a list does not.
    pub(super) claims: bool,
}

/// What a number counts, as far as its notation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Plain,
    Percent,
    Money(Currency),
    /// "3rd" or "third"; a word is only borne out by another ordinal, since a digit stands in every second text.
    Ordinal {
        word: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Currency {
    Dollar,
    Euro,
    Pound,
    Yen,
    Rupee,
    Won,
    Franc,
}

impl Unit {
    /// The sort of unit as one bit.
    pub(super) fn bit(self) -> u8 {
        match self {
            Self::Plain => 1,
            Self::Percent => 2,
            Self::Money(_) => 4,
            Self::Ordinal { .. } => 8,
        }
    }
}

impl Number {
    fn plain(value: f64) -> Self {
        Self { value, other: None, unit: Unit::Plain, claims: true }
    }

    /// Every value that the number may have.
    pub(super) fn readings(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.value).chain(self.other)
    }

    /// Whether `context`, a number of the same value, can be what this one was taken from.
    pub(super) fn is_borne_out_by(&self, context: &Self) -> bool {
        match (self.unit, context.unit) {
            (Unit::Ordinal { word: true }, unit) => matches!(unit, Unit::Ordinal { .. }),
            (Unit::Money(one), Unit::Money(other)) => one == other,
            (Unit::Money(_), Unit::Percent) | (Unit::Percent, Unit::Money(_)) => false,
            _ => true,
        }
    }
}

/// A number, and the pieces and bytes that it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) number: Number,
    /// The first piece behind it.
    pub(super) next: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The number that begins at piece `at`, if one does.
pub(super) fn number(text: &str, pieces: &[Piece], at: usize) -> Option<Found> {
    let piece = pieces.get(at)?;
    let mut found = match piece.kind {
        PieceKind::Digits => from_digits(text, pieces, at)?,
        PieceKind::Letters => quarter_or_year(text, piece, at).or_else(|| from_words(text, pieces, at))?,
        PieceKind::Unspaced => return None,
    };
    found.unit_behind(text, pieces);
    found.unit_before(text);
    found.number.readings().all(f64::is_finite).then_some(found)
}

fn from_digits(text: &str, pieces: &[Piece], at: usize) -> Option<Found> {
    let piece = &pieces[at];
    let (value, other) = readings(&text[piece.start..piece.end])?;
    let number = Number { other, ..Number::plain(value) };
    let mut found = Found { number, next: at + 1, start: piece.start, end: piece.end };
    if let Some(suffix) = pieces.get(at + 1).filter(|suffix| suffix.start == piece.end) {
        found.suffix(&text[suffix.start..suffix.end], suffix.end);
    }
    found.scale(text, pieces);
    Some(found)
}

impl Found {
    /// Letters that stand at the digits.
    fn suffix(&mut self, letters: &str, end: usize) {
        let number = &mut self.number;
        match letters.to_ascii_lowercase().as_str() {
            "k" => number.times(1e3),
            // Metres or millions.
            "m" => number.other = Some(number.value * 1e6),
            "mn" | "mio" => number.times(1e6),
            "b" | "bn" | "mrd" => number.times(1e9),
            "t" | "tn" => number.times(1e12),
            "st" | "nd" | "rd" | "th" => number.unit = Unit::Ordinal { word: false },
            "s" | "x" | "am" | "pm" | "er" => {}
            _ => return,
        }
        self.next += 1;
        self.end = end;
    }

    /// "2.5 million".
    fn scale(&mut self, text: &str, pieces: &[Piece]) {
        while let Some(piece) = pieces.get(self.next) {
            let word = &text[piece.start..piece.end];
            let Some(factor) = scale(word).filter(|_| joins(&text[self.end..piece.start])) else { return };
            self.number.times(factor);
            self.next += 1;
            self.end = piece.end;
        }
    }

    /// A percent sign, a currency's sign, or a word for either, behind the number.
    fn unit_behind(&mut self, text: &str, pieces: &[Piece]) {
        let rest = &text[self.end..];
        let blank = rest.chars().next().filter(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}'));
        let blank = blank.map_or(0, char::len_utf8);
        if let Some(sign) = rest[blank..].chars().next() {
            let unit = match sign {
                '%' | '％' | '٪' => Some(Unit::Percent),
                // The dollar behind a number belongs to the next one.
                '$' if blank > 0 => None,
                _ => currency_sign(sign).map(Unit::Money),
            };
            if let Some(unit) = unit {
                self.number.unit = unit;
                self.end += blank + sign.len_utf8();
                return;
            }
        }
        let word = |at: usize, end: usize| {
            let piece = pieces.get(at).filter(|piece| joins(&text[end..piece.start]))?;
            Some((text[piece.start..piece.end].to_ascii_lowercase(), piece.end))
        };
        let Some((first, end)) = word(self.next, self.end) else { return };
        if let Some(currency) = currency_word(&first) {
            self.number.unit = Unit::Money(currency);
            (self.next, self.end) = (self.next + 1, end);
        } else if matches!(first.as_str(), "percent" | "percentage" | "pct" | "prozent") {
            self.number.unit = Unit::Percent;
            (self.next, self.end) = (self.next + 1, end);
        } else if first == "per"
            && let Some((second, end)) = word(self.next + 1, end)
            && second == "cent"
        {
            self.number.unit = Unit::Percent;
            (self.next, self.end) = (self.next + 2, end);
        }
    }

    /// A currency's sign before the number.
    fn unit_before(&mut self, text: &str) {
        let before = &text[..self.start];
        let trimmed = before.strip_suffix([' ', '\u{a0}', '\u{202f}']).unwrap_or(before);
        if let Some(sign) = trimmed.chars().next_back()
            && let Some(currency) = currency_sign(sign)
        {
            self.number.unit = Unit::Money(currency);
            self.start = trimmed.len() - sign.len_utf8();
        }
    }
}

impl Number {
    fn times(&mut self, factor: f64) {
        self.value *= factor;
        self.other = self.other.map(|other| other * factor);
    }
}

/// The value of digits, and the other reading where two countries would differ.
fn readings(digits: &str) -> Option<(f64, Option<f64>)> {
    let mut plain = String::with_capacity(digits.len());
    for c in digits.chars() {
        match digit(c) {
            Some(value) => plain.push(char::from_digit(value, 10)?),
            None if c == '٫' => plain.push('.'),
            None if c.is_ascii() && c != '\'' => plain.push(c),
            // Every other sign groups digits.
            None => {}
        }
    }
    let read = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let without = |sign: char| plain.replace(sign, "");
    let (points, commas) = (plain.matches('.').count(), plain.matches(',').count());
    let behind = |sign: char| plain.rsplit(sign).next().map_or(0, str::len);
    match (points, commas) {
        (0, 0) => Some((read(&plain)?, None)),
        // "1,200" and "2,5".
        (0, 1) if behind(',') == 3 && !plain.starts_with('0') => {
            Some((read(&without(','))?, read(&plain.replace(',', "."))))
        }
        (0, 1) => Some((read(&plain.replace(',', "."))?, None)),
        (1, 0)
            if behind('.') == 3 && plain.find('.').is_some_and(|at| at <= 3) && !plain.starts_with('0') =>
        {
            Some((read(&plain)?, read(&without('.'))))
        }
        (1, 0) => Some((read(&plain)?, None)),
        (0, _) => Some((read(&without(','))?, None)),
        (_, 0) => Some((read(&without('.'))?, None)),
        // Both: what comes last is the point.
        _ if plain.rfind('.') > plain.rfind(',') => Some((read(&without(','))?, None)),
        _ => Some((read(&without('.').replace(',', "."))?, None)),
    }
}

/// "Q3" is the third quarter, "FY24" a year.
fn quarter_or_year(text: &str, piece: &Piece, at: usize) -> Option<Found> {
    let word = &text[piece.start..piece.end];
    let number = if let Some(quarter) = word.strip_prefix(['Q', 'q'])
        && matches!(quarter, "1" | "2" | "3" | "4")
    {
        Number { unit: Unit::Ordinal { word: true }, ..Number::plain(quarter.parse().ok()?) }
    } else {
        let year: u16 = word.strip_prefix("FY").filter(|year| matches!(year.len(), 2 | 4))?.parse().ok()?;
        let other = (year < 100).then(|| f64::from(year) + 2000.0);
        Number { other, ..Number::plain(f64::from(year)) }
    };
    Some(Found { number, next: at + 1, start: piece.start, end: piece.end })
}

/// "forty-nine", "two thousand and five", "twelve hundred", "twenty-first". A single "one" is an article as often as a
/// number, so it is none.
fn from_words(text: &str, pieces: &[Piece], at: usize) -> Option<Found> {
    let mut total = 0.0;
    let mut group = 0.0;
    let mut ordinal = false;
    let mut next = at;
    let mut end = pieces[at].start;
    while let Some(piece) = pieces.get(next) {
        if next > at && !joins(&text[end..piece.start]) {
            break;
        }
        let word = &text[piece.start..piece.end];
        let hundreds = group % 100.0;
        match number_word(word) {
            // "twenty five" is 25, "five twenty" and "two three" are two numbers.
            Some(NumberWord::Cardinal(value)) if value < 10.0 => {
                if hundreds % 10.0 != 0.0 || hundreds == 10.0 {
                    break;
                }
                group += value;
            }
            Some(NumberWord::Cardinal(value)) if hundreds == 0.0 => group += value,
            Some(NumberWord::Ordinal(value))
                if next == at || (value < 10.0 && hundreds >= 20.0 && hundreds % 10.0 == 0.0) =>
            {
                group += value;
                ordinal = true;
            }
            Some(NumberWord::Group(factor)) => group = f64::max(group, 1.0) * factor,
            Some(NumberWord::Scale(factor)) => {
                total += f64::max(group, 1.0) * factor;
                group = 0.0;
            }
            None if next > at && word.eq_ignore_ascii_case("and") && continues(text, pieces, next) => {}
            _ => break,
        }
        next += 1;
        end = piece.end;
        if ordinal {
            break;
        }
    }
    let value = total + group;
    if next == at || (value <= 1.0 && !ordinal) {
        return None;
    }
    let unit = if ordinal { Unit::Ordinal { word: true } } else { Unit::Plain };
    Some(Found { number: Number { unit, ..Number::plain(value) }, next, start: pieces[at].start, end })
}

/// Whether "and" at piece `at` is within a number: "two hundred and five".
fn continues(text: &str, pieces: &[Piece], at: usize) -> bool {
    let word = |at: usize| pieces.get(at).and_then(|piece| number_word(&text[piece.start..piece.end]));
    let joined = pieces.get(at + 1).is_some_and(|next| joins(&text[pieces[at].end..next.start]));
    matches!(word(at - 1), Some(NumberWord::Group(_) | NumberWord::Scale(_)))
        && joined
        && matches!(word(at + 1), Some(NumberWord::Cardinal(_)))
}

/// Whether the text between two words lets them be one number.
fn joins(between: &str) -> bool {
    matches!(between, " " | "-" | "‑" | "\u{a0}" | "\u{202f}")
}

fn scale(word: &str) -> Option<f64> {
    match number_word(word)? {
        NumberWord::Scale(factor) | NumberWord::Group(factor) => Some(factor),
        _ => None,
    }
}

/// A word that is a number, or part of one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum NumberWord {
    Cardinal(f64),
    Ordinal(f64),
    /// What multiplies the group before it: "hundred", "dozen".
    Group(f64),
    /// What multiplies all before it: "million".
    Scale(f64),
}

/// Reads a word, in any case.
fn number_word(word: &str) -> Option<NumberWord> {
    use NumberWord::{Cardinal, Group, Ordinal, Scale};
    const LONGEST: usize = 11;
    /// Sorted.
    const WORDS: [(&str, NumberWord); 65] = [
        ("billion", Scale(1e9)),
        ("bn", Scale(1e9)),
        ("crore", Scale(1e7)),
        ("dozen", Group(12.0)),
        ("eight", Cardinal(8.0)),
        ("eighteen", Cardinal(18.0)),
        ("eighteenth", Ordinal(18.0)),
        ("eighth", Ordinal(8.0)),
        ("eighty", Cardinal(80.0)),
        ("eleven", Cardinal(11.0)),
        ("eleventh", Ordinal(11.0)),
        ("fifteen", Cardinal(15.0)),
        ("fifteenth", Ordinal(15.0)),
        ("fifth", Ordinal(5.0)),
        ("fifty", Cardinal(50.0)),
        ("first", Ordinal(1.0)),
        ("five", Cardinal(5.0)),
        ("forty", Cardinal(40.0)),
        ("four", Cardinal(4.0)),
        ("fourteen", Cardinal(14.0)),
        ("fourteenth", Ordinal(14.0)),
        ("fourth", Ordinal(4.0)),
        ("hundred", Group(100.0)),
        ("lakh", Scale(1e5)),
        ("milliarde", Scale(1e9)),
        ("milliarden", Scale(1e9)),
        ("million", Scale(1e6)),
        ("millionen", Scale(1e6)),
        ("mio", Scale(1e6)),
        ("mn", Scale(1e6)),
        ("mrd", Scale(1e9)),
        ("nine", Cardinal(9.0)),
        ("nineteen", Cardinal(19.0)),
        ("nineteenth", Ordinal(19.0)),
        ("ninety", Cardinal(90.0)),
        ("ninth", Ordinal(9.0)),
        ("one", Cardinal(1.0)),
        ("second", Ordinal(2.0)),
        ("seven", Cardinal(7.0)),
        ("seventeen", Cardinal(17.0)),
        ("seventeenth", Ordinal(17.0)),
        ("seventh", Ordinal(7.0)),
        ("seventy", Cardinal(70.0)),
        ("six", Cardinal(6.0)),
        ("sixteen", Cardinal(16.0)),
        ("sixteenth", Ordinal(16.0)),
        ("sixth", Ordinal(6.0)),
        ("sixty", Cardinal(60.0)),
        ("tausend", Scale(1e3)),
        ("ten", Cardinal(10.0)),
        ("tenth", Ordinal(10.0)),
        ("third", Ordinal(3.0)),
        ("thirteen", Cardinal(13.0)),
        ("thirteenth", Ordinal(13.0)),
        ("thirty", Cardinal(30.0)),
        ("thousand", Scale(1e3)),
        ("three", Cardinal(3.0)),
        ("tn", Scale(1e12)),
        ("trillion", Scale(1e12)),
        ("twelfth", Ordinal(12.0)),
        ("twelve", Cardinal(12.0)),
        ("twentieth", Ordinal(20.0)),
        ("twenty", Cardinal(20.0)),
        ("two", Cardinal(2.0)),
        ("zero", Cardinal(0.0)),
    ];
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let found = WORDS.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)).ok()?;
    Some(WORDS[found].1)
}

fn currency_sign(sign: char) -> Option<Currency> {
    Some(match sign {
        '$' => Currency::Dollar,
        '€' => Currency::Euro,
        '£' => Currency::Pound,
        '¥' | '￥' | '円' => Currency::Yen,
        '₹' => Currency::Rupee,
        '₩' => Currency::Won,
        _ => return None,
    })
}

fn currency_word(word: &str) -> Option<Currency> {
    Some(match word {
        "dollar" | "dollars" | "usd" => Currency::Dollar,
        "euro" | "euros" | "eur" => Currency::Euro,
        "pound" | "pounds" | "gbp" => Currency::Pound,
        "yen" | "jpy" => Currency::Yen,
        "rupee" | "rupees" | "inr" => Currency::Rupee,
        "won" | "krw" => Currency::Won,
        "franc" | "francs" | "chf" => Currency::Franc,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pieces::pieces;
    use super::*;

    fn read(text: &str) -> Vec<(f64, Unit, String)> {
        let pieces = pieces(text);
        let mut at = 0;
        let mut numbers = Vec::new();
        while at < pieces.len() {
            match number(text, &pieces, at) {
                Some(found) => {
                    let Number { value, unit, .. } = found.number;
                    numbers.push((value, unit, text[found.start..found.end].to_owned()));
                    at = found.next;
                }
                None => at += 1,
            }
        }
        numbers
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        use Currency::{Dollar, Euro, Pound};
        use Unit::{Money, Ordinal, Percent, Plain};
        let word = Ordinal { word: true };
        for (text, value, unit, span) in [
            ("costs $49 now", 49.0, Money(Dollar), "$49"),
            ("costs 49 dollars now", 49.0, Money(Dollar), "49 dollars"),
            ("forty-nine dollars", 49.0, Money(Dollar), "forty-nine dollars"),
            ("forty nine", 49.0, Plain, "forty nine"),
            ("49 €", 49.0, Money(Euro), "49 €"),
            ("€ 49", 49.0, Money(Euro), "€ 49"),
            ("£1.5bn", 1.5e9, Money(Pound), "£1.5bn"),
            ("1,200", 1200.0, Plain, "1,200"),
            ("1.2k users", 1200.0, Plain, "1.2k"),
            ("twelve hundred", 1200.0, Plain, "twelve hundred"),
            ("one thousand two hundred", 1200.0, Plain, "one thousand two hundred"),
            ("two thousand and five", 2005.0, Plain, "two thousand and five"),
            (
                "three hundred and twenty-one thousand",
                321_000.0,
                Plain,
                "three hundred and twenty-one thousand",
            ),
            ("1,234,567.5", 1_234_567.5, Plain, "1,234,567.5"),
            ("1.234.567,5", 1_234_567.5, Plain, "1.234.567,5"),
            ("1'200", 1200.0, Plain, "1'200"),
            ("2,5 Millionen", 2.5e6, Plain, "2,5 Millionen"),
            ("12,34", 12.34, Plain, "12,34"),
            ("$3.1 billion", 3.1e9, Money(Dollar), "$3.1 billion"),
            ("30%", 30.0, Percent, "30%"),
            ("30 percent", 30.0, Percent, "30 percent"),
            ("thirty per cent", 30.0, Percent, "thirty per cent"),
            ("31st", 31.0, Ordinal { word: false }, "31st"),
            ("third", 3.0, word, "third"),
            ("twenty-first", 21.0, word, "twenty-first"),
            ("Q3", 3.0, word, "Q3"),
            ("the 1990s", 1990.0, Plain, "1990s"),
            ("two dozen", 24.0, Plain, "two dozen"),
            ("٤٩", 49.0, Plain, "٤٩"),
            ("４９円", 49.0, Money(Currency::Yen), "４９円"),
        ] {
            assert_eq!(read(text), [(value, unit, span.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none_and_neighbours_stay_apart() {
        for text in ["one", "a", "seconds", "someone", "Q5", "½", ""] {
            assert!(read(text).is_empty(), "{text}");
        }
        let values = |text| read(text).into_iter().map(|(value, ..)| value).collect::<Vec<_>>();
        assert_eq!(values("two, three and five twenty"), [2.0, 3.0, 5.0, 20.0]);
        assert_eq!(values("3-5 days"), [3.0, 5.0]);
        assert_eq!(values("5 $6"), [5.0, 6.0]);
        assert_eq!(values(&"9".repeat(400)), [0.0; 0]);
    }

    #[test]
    fn two_readings_where_two_countries_differ() {
        for (digits, value, other) in [
            ("1,200", 1200.0, Some(1.2)),
            ("1.200", 1.2, Some(1200.0)),
            ("0,125", 0.125, None),
            ("0.125", 0.125, None),
            ("1,00,000", 100_000.0, None),
            ("1.25", 1.25, None),
        ] {
            assert_eq!(readings(digits), Some((value, other)), "{digits}");
        }
    }

    proptest! {
        #[test]
        fn a_number_moves_on_and_lies_within_the_text(
            text in "(twenty|one|hundred|and|million|first|5|1,200|\\$|%| |-|per|cent|Q3|k|€){0,12}|\\PC{0,40}",
        ) {
            let pieces = pieces(&text);
            for at in 0..pieces.len() {
                if let Some(found) = number(&text, &pieces, at) {
                    prop_assert!(found.next > at && found.next <= pieces.len());
                    prop_assert!(text.get(found.start..found.end).is_some_and(|span| !span.is_empty()));
                    prop_assert!(found.number.value.is_finite());
                }
            }
        }
    }
}
