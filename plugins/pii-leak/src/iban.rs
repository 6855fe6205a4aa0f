//! International bank account numbers (ISO 13616): country, length and check digits all have to fit.

use crate::leak::Leak;
use crate::settings::Kind;
use crate::surroundings::{ends, separates, starts};

/// Country code and length, from the SWIFT IBAN registry.
const COUNTRIES: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 \
    DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 \
    OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 \
    UA29 VA22 VG24 XK20 YE30";

pub(crate) fn find(text: &str) -> Vec<Leak> {
    let bytes = text.as_bytes();
    let mut leaks = Vec::new();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let head = &bytes[at..at + 4];
        let looks_right =
            head[..2].iter().all(u8::is_ascii_alphabetic) && head[2..].iter().all(u8::is_ascii_digit);
        let found = if looks_right && starts(text, at) { iban(text, at) } else { None };
        match found {
            Some((end, value)) => {
                leaks.push(Leak {
                    kind: Kind::Iban,
                    bytes: at..end,
                    what: "an account number (IBAN)",
                    mask: format!("{}…{}", &value[..2], &value[value.len() - 2..]),
                    value,
                });
                at = end;
            }
            None => at += 1,
        }
    }
    leaks
}

/// The end and the compact form of the account number that starts at byte `start`.
fn iban(text: &str, start: usize) -> Option<(usize, String)> {
    let length = length_of(&text[start..start + 2])?;
    let mut value = String::with_capacity(length);
    let mut was_separator = false;
    for (offset, character) in text[start..].char_indices() {
        if character.is_ascii_alphanumeric() {
            value.push(character.to_ascii_uppercase());
            was_separator = false;
        } else if separates(character) && !was_separator {
            was_separator = true;
        } else {
            return None;
        }
        if value.len() == length {
            let end = start + offset + 1;
            return (ends(text, end) && remainder(&value) == 1).then_some((end, value));
        }
    }
    None
}

fn length_of(country: &str) -> Option<usize> {
    let country = country.to_ascii_uppercase();
    let entry = COUNTRIES.split_whitespace().find(|entry| entry.starts_with(&country))?;
    entry[2..].parse().ok()
}

/// ISO 7064 MOD 97-10: the first four characters go last, letters count from A = 10.
fn remainder(value: &str) -> u32 {
    value[4..].bytes().chain(value[..4].bytes()).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}
