//! Telephone numbers: international, North American, with a trunk zero, and whatever stands behind a word such as
//! "call". Dates, prices, order numbers and parts of identifiers are none.

use crate::groups::{Group, groups, join, variety};
use crate::leak::Leak;
use crate::settings::Kind;
use crate::surroundings::{after, before, separates, words_before};

/// Groups that one number can have.
const MAX_GROUPS: usize = 8;

/// Words after which digits are a telephone number.
const CUES: [&str; 29] = [
    "tel",
    "telefon",
    "telephone",
    "phone",
    "call",
    "mobile",
    "mobil",
    "cell",
    "fax",
    "handy",
    "whatsapp",
    "sms",
    "dial",
    "hotline",
    "rufnummer",
    "telefonnummer",
    "handynummer",
    "anrufen",
    "ring",
    "tél",
    "téléphone",
    "teléfono",
    "telefono",
    "telefone",
    "móvil",
    "celular",
    "appelez",
    "llame",
    "telefoon",
];

/// Words after which digits are anything but a telephone number.
const OTHER: [&str; 46] = [
    "order",
    "orders",
    "invoice",
    "ticket",
    "case",
    "ref",
    "reference",
    "sku",
    "isbn",
    "ean",
    "tracking",
    "shipment",
    "parcel",
    "customer",
    "account",
    "article",
    "item",
    "model",
    "serial",
    "part",
    "product",
    "version",
    "id",
    "transaction",
    "contract",
    "bestellung",
    "bestellnummer",
    "auftrag",
    "auftragsnummer",
    "rechnung",
    "rechnungsnummer",
    "kunde",
    "kundennummer",
    "konto",
    "kontonummer",
    "artikel",
    "artikelnummer",
    "seriennummer",
    "sendungsnummer",
    "vertrag",
    "vertragsnummer",
    "commande",
    "facture",
    "pedido",
    "factura",
    "ordine",
];

/// Words that may stand between one of those and the digits.
const FILLERS: [&str; 25] = [
    "at", "on", "is", "number", "numbers", "no", "nr", "nummer", "numero", "número", "numéro", "under",
    "unter", "me", "us", "him", "her", "them", "my", "our", "the", "ist", "lautet", "auf", "au",
];

pub(crate) fn find(text: &str) -> Vec<Leak> {
    let groups = groups(text);
    let mut leaks = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let linked = linked(text, &groups[at..]);
        let date = date(text, linked);
        if date > 0 {
            at += date;
            continue;
        }
        let Some(Number { length, bytes, mask }) = number(text, linked) else {
            at += 1;
            continue;
        };
        let value = canonical(&text[bytes.clone()]);
        leaks.push(Leak { kind: Kind::Phone, bytes, what: "a telephone number", mask, value });
        at += length;
    }
    leaks
}

/// A number's digits from the country code on, without a bracketed trunk zero: two ways to write it are then equal.
pub(crate) fn canonical(number: &str) -> String {
    let digits: String = number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix("00").map(str::to_owned).unwrap_or(digits)
}

struct Number {
    /// Groups that it takes.
    length: usize,
    bytes: std::ops::Range<usize>,
    mask: String,
}

/// What the words before a number make of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Telephone,
    Other,
    None,
}

/// The groups from the first on that can be one number.
fn linked<'a, 'b>(text: &str, groups: &'b [Group<'a>]) -> &'b [Group<'a>] {
    let links = |pair: &[Group<'_>]| {
        let gap = &text[pair[0].bytes.end..pair[1].bytes.start];
        let fits = |character| separates(character) || matches!(character, '.' | '/' | '(' | ')');
        gap.len() <= 9 && gap.chars().count() <= 3 && gap.chars().all(fits) && !gap.contains(". ")
    };
    let count = 1 + groups.windows(2).take(MAX_GROUPS - 1).take_while(|pair| links(pair)).count();
    &groups[..count]
}

/// How many of the first groups are a date.
fn date(text: &str, groups: &[Group<'_>]) -> usize {
    let [first, second, third, rest @ ..] = groups else { return 0 };
    let gap = |left: &Group<'_>, right: &Group<'_>| &text[left.bytes.end..right.bytes.start];
    let separator = gap(first, second);
    let goes_on = rest.first().is_some_and(|next| gap(third, next) == separator);
    if !matches!(separator, "." | "/" | "-") || gap(second, third) != separator || goes_on {
        return 0;
    }
    let within = |group: &Group<'_>, limit: u32| {
        group.digits.len() <= 2 && group.digits.parse().is_ok_and(|number: u32| (1..=limit).contains(&number))
    };
    let year = |group: &Group<'_>| {
        group.digits.len() == 2
            || (group.digits.len() == 4 && matches!(&group.digits[..2], "18" | "19" | "20" | "21"))
    };
    let year_first = first.digits.len() == 4 && year(first) && within(second, 12) && within(third, 31);
    let year_last = year(third)
        && ((within(first, 31) && within(second, 12)) || (within(first, 12) && within(second, 31)));
    if year_first || year_last { 3 } else { 0 }
}

/// The longest number that starts with the first group.
fn number(text: &str, groups: &[Group<'_>]) -> Option<Number> {
    let first = groups[0].bytes.start;
    let (start, plus) = match &text[..first] {
        head if head.ends_with("(+") => (first - 2, true),
        head if head.ends_with("+(") => (first - 2, true),
        head if head.ends_with('+') => (first - 1, true),
        head if head.ends_with('(') => (first - 1, false),
        _ => (first, false),
    };
    let context = context(text, start);
    if !may_start(text, start, plus, context) {
        return None;
    }
    if !plus && (context == Context::Other || (context == Context::None && !may_be_national(groups))) {
        return None;
    }
    (1..=groups.len()).rev().find_map(|length| {
        let number = &groups[..length];
        // Counting is cheap, what follows is not: most lengths end here.
        let count: usize = number.iter().map(|group| group.digits.len()).sum();
        let by_length = match (plus || context == Context::Telephone, number[0].digits.starts_with('0')) {
            (true, _) => (7..=17).contains(&count),
            (false, true) => (9..=17).contains(&count),
            (false, false) => (10..=11).contains(&count),
        };
        if !by_length {
            return None;
        }
        let mut end = number[length - 1].bytes.end;
        // A bracket that was opened in the number is closed in it.
        let open = text[start..end].matches('(').count() > text[start..end].matches(')').count();
        if open && after(text, end) == Some(')') {
            end += 1;
        }
        if !may_end(text, end, plus) {
            return None;
        }
        let national = !plus && context == Context::None;
        if national && !(exit_code(number) || north_american(number) || trunk_zero(number)) {
            return None;
        }
        let digits = canonical(&text[start..end]);
        let fits = national || if plus { international(&digits) } else { (7..=15).contains(&digits.len()) };
        let last = &digits[digits.len().saturating_sub(2)..];
        let mask =
            if plus { format!("+{}…{last}", &digits[..digits.len().min(2)]) } else { format!("…{last}") };
        fits.then_some(Number { length, bytes: start..end, mask })
    })
}

/// A quick look at the first groups, which spares a text full of numbers the long one.
fn may_be_national(groups: &[Group<'_>]) -> bool {
    match groups {
        // Behind the zeros there is the start of a country or area code.
        [first, rest @ ..] if first.digits.starts_with('0') => {
            let code = first.digits.trim_start_matches('0');
            let zeros = first.digits.len() - code.len();
            zeros <= 2 && (!code.is_empty() || rest.first().is_some_and(|next| !next.digits.starts_with('0')))
        }
        [one, area, ..] if one.digits == "1" => area.digits.len() == 3,
        [area, ..] => area.digits.len() == 3,
        [] => false,
    }
}

fn context(text: &str, start: usize) -> Context {
    let is_filler = |word: &String| FILLERS.contains(&word.as_str());
    match words_before(text, start).take(5).find(|word| !is_filler(word)) {
        Some(word) if CUES.contains(&word.as_str()) => Context::Telephone,
        Some(word) if OTHER.contains(&word.as_str()) => Context::Other,
        _ => Context::None,
    }
}

/// Whether a number can start at byte `start`, seen from the left.
fn may_start(text: &str, start: usize, plus: bool, context: Context) -> bool {
    let Some(mark) = before(text, start) else { return true };
    let further = before(text, start - mark.len_utf8());
    if mark.is_alphanumeric() || mark == '_' {
        return false;
    }
    if plus {
        return true;
    }
    let currency = |character| matches!(character, '$' | '€' | '£' | '¥' | '₹');
    match mark {
        mark if currency(mark) => false,
        ' ' | '\u{a0}' => !further.is_some_and(currency),
        '#' | '@' | '&' | '%' | '\\' => false,
        '=' => context == Context::Telephone,
        '-' | '.' | '/' | ',' | ':' | '\u{2010}'..='\u{2013}' => {
            context == Context::Telephone || !further.is_some_and(char::is_alphanumeric)
        }
        _ => true,
    }
}

/// Whether a number can end at byte `end`, seen from the right.
fn may_end(text: &str, end: usize, plus: bool) -> bool {
    let Some(mark) = after(text, end) else { return true };
    let rest = &text[end + mark.len_utf8()..];
    let further = rest.chars().next();
    if mark.is_alphanumeric() || matches!(mark, '_' | '%' | '@') {
        return false;
    }
    match mark {
        '.' | ',' | ':' => !further.is_some_and(|character| character.is_ascii_digit()),
        '-' | '/' | '\u{2010}'..='\u{2013}' => !further.is_some_and(char::is_alphanumeric),
        '€' | '$' | '£' => plus,
        ' ' | '\u{a0}' => {
            plus || !["€", "$", "£", "EUR", "USD", "GBP", "CHF"].iter().any(|unit| rest.starts_with(unit))
        }
        _ => true,
    }
}

/// Behind a plus: a country code and a subscriber (E.164 allows 15 digits), not a round sum.
fn international(digits: &str) -> bool {
    let north_american = digits.len() == 11 && digits.as_bytes()[1] >= b'2';
    (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && !digits.ends_with("00000")
        && (!digits.starts_with('1') || north_american)
        && variety(digits) >= 3
}

/// `0049 30 1234567`.
fn exit_code(number: &[Group<'_>]) -> bool {
    number.len() >= 2 && number[0].digits.starts_with("00") && international(&join(number)[2..])
}

/// `(555) 123-4567`, with or without a leading one.
fn north_american(number: &[Group<'_>]) -> bool {
    let number = match number {
        [one, rest @ ..] if one.digits == "1" => rest,
        all => all,
    };
    let [area, exchange, line] = number else { return false };
    let lengths = (area.digits.len(), exchange.digits.len(), line.digits.len());
    lengths == (3, 3, 4) && area.digits.as_bytes()[0] >= b'2' && variety(&join(number)) >= 3
}

/// `030 1234567`, `020 7946 0958`, `06 12 34 56 78`.
fn trunk_zero(number: &[Group<'_>]) -> bool {
    let first = number[0].digits;
    let pairs = number.iter().all(|group| group.digits.len() == 2);
    if number.len() < 2
        || !first.starts_with('0')
        || first.starts_with("00")
        || number.iter().any(|group| group.digits.len() < 2)
        || (pairs && number.len() != 5)
    {
        return false;
    }
    let digits = join(number);
    (9..=12).contains(&digits.len()) && variety(&digits) >= 3
}
