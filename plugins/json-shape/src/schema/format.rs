//! The values of `format` that are checked.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A form of string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    Time,
    DateTime,
    Email,
    Uuid,
    Ipv4,
    Ipv6,
    Uri,
    Hostname,
}

impl Format {
    const ALL: [(&'static str, Self); 9] = [
        ("date", Self::Date),
        ("time", Self::Time),
        ("date-time", Self::DateTime),
        ("email", Self::Email),
        ("uuid", Self::Uuid),
        ("ipv4", Self::Ipv4),
        ("ipv6", Self::Ipv6),
        ("uri", Self::Uri),
        ("hostname", Self::Hostname),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::DateTime => {
                let time = text.get(11..).is_some_and(is_time);
                time && text.get(..10).is_some_and(is_date) && matches!(text.as_bytes()[10], b'T' | b't')
            }
            Self::Email => is_email(text),
            Self::Uuid => is_uuid(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Uri => is_uri(text),
            Self::Hostname => is_hostname(text),
        }
    }
}

/// Two digits at byte `at`.
fn two(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 2)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// `full-date` of RFC 3339.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(century), Some(year), Some(month), Some(day)) =
        (two(text, 0), two(text, 2), two(text, 5), two(text, 8))
    else {
        return false;
    };
    let year = century * 100 + year;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && (1..=days).contains(&day)
}

/// `full-time` of RFC 3339. A leap second is only the last one of a day in UTC.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(hour), Some(minute), Some(second)) = (two(text, 0), two(text, 3), two(text, 6)) else {
        return false;
    };
    if bytes[2] != b':' || bytes[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    let mut rest = &text[8..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let after = fraction.trim_start_matches(|character: char| character.is_ascii_digit());
        if after.len() == fraction.len() {
            return false;
        }
        rest = after;
    }
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => match (two(rest, 1), two(rest, 4)) {
            (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
                let minutes = i64::from(hours * 60 + minutes);
                Some(if *sign == b'+' { minutes } else { -minutes })
            }
            _ => None,
        },
        _ => None,
    };
    offset.is_some_and(|offset| {
        let utc = (i64::from(hour * 60 + minute) - offset).rem_euclid(24 * 60);
        second < 60 || utc == 24 * 60 - 1
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |character: char| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character);
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    !local.is_empty() && (quoted || (local.chars().all(plain) && !dots)) && is_hostname(domain)
}

fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A scheme, a colon, and only characters that RFC 3986 lets stand, with whole percent escapes.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme_fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let escapes = rest
        .split('%')
        .skip(1)
        .all(|part| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    scheme_fits && rest.bytes().all(may_stand) && rest.matches('#').count() <= 1 && escapes
}
