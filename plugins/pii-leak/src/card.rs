//! Numbers of payment cards: issuer, length, grouping and check digit (ISO/IEC 7812-1, annex B) all have to fit.

use crate::groups::{Group, groups, join};
use crate::leak::Leak;
use crate::settings::Kind;
use crate::surroundings::{after, ends, separates, starts};

/// Groups that a card number can be written in; ordered so that the longer number wins.
const SHAPES: [&[usize]; 6] =
    [&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 4, 4, 2], &[4, 4, 4, 1], &[4, 6, 5], &[4, 6, 4]];

pub(crate) fn find(text: &str) -> Vec<Leak> {
    let groups = groups(text);
    let mut leaks = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let Some(length) = card(text, &groups[at..]) else {
            at += 1;
            continue;
        };
        let number = &groups[at..at + length];
        let digits = join(number);
        leaks.push(Leak {
            kind: Kind::Card,
            bytes: number[0].bytes.start..number[length - 1].bytes.end,
            what: "a card number",
            mask: format!("…{}", &digits[digits.len() - 4..]),
            value: digits,
        });
        at += length;
    }
    leaks
}

/// How many of the first groups make a card number.
fn card(text: &str, groups: &[Group<'_>]) -> Option<usize> {
    if !starts(text, groups[0].bytes.start) {
        return None;
    }
    let spaced = SHAPES.iter().find(|shape| has_shape(text, groups, shape)).map(|shape| shape.len());
    let length = spaced.unwrap_or(1);
    let number = &groups[..length];
    (ends(text, number[length - 1].bytes.end) && valid(&join(number))).then_some(length)
}

/// Whether the groups start with `shape`, with the same separator everywhere.
fn has_shape(text: &str, groups: &[Group<'_>], shape: &[usize]) -> bool {
    if groups.len() < shape.len()
        || groups.iter().zip(shape).any(|(group, length)| group.digits.len() != *length)
    {
        return false;
    }
    let Some(separator) = after(text, groups[0].bytes.end).filter(|character| separates(*character)) else {
        return false;
    };
    let same = |pair: &[Group<'_>]| text[pair[0].bytes.end..pair[1].bytes.start].chars().eq([separator]);
    groups[..shape.len()].windows(2).all(same) && valid(&join(&groups[..shape.len()]))
}

fn valid(digits: &str) -> bool {
    issued(digits) && luhn(digits)
}

/// Whether an issuer gives out numbers that start like this and are this long.
fn issued(digits: &str) -> bool {
    let Some(prefix) = digits.get(..4).and_then(|prefix| prefix.parse::<u16>().ok()) else { return false };
    match (prefix, digits.len()) {
        (4000..=4999, 13 | 16 | 19)                                          // Visa
        | (5100..=5599 | 2221..=2720, 16)                                    // Mastercard
        | (3400..=3499 | 3700..=3799, 15)                                    // American Express
        | (6011 | 6440..=6599, 16..=19)                                      // Discover
        | (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14)               // Diners Club
        | (3528..=3589, 16..=19)                                             // JCB
        | (6200..=6299, 16..=19) => true,                                    // UnionPay
        _ => false,
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (1, digit) if digit > 4 => digit * 2 - 9,
            (1, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    sum % 10 == 0
}
