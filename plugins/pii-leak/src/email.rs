//! E-mail addresses, with international names and domains.

use crate::leak::Leak;
use crate::settings::Kind;
use crate::surroundings::after;

/// Endings that look like a top-level domain but belong to a file: `logo@2x.png`.
const FILE_ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css"];

pub(crate) fn find(text: &str) -> Vec<Leak> {
    let mut leaks: Vec<Leak> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let start = text[..at].trim_end_matches(in_local_part).len();
        // Quotes and Markdown's underscores stand around addresses more often than at the start of one.
        let start = at - text[start..at].trim_start_matches(['.', '\'', '_']).len();
        let Some(end) = domain_end(text, at + 1) else { continue };
        let local = &text[start..at];
        if local.is_empty()
            || local.ends_with('.')
            || local.chars().count() > 64
            || is_remote(local, text, end)
        {
            continue;
        }
        let domain = &text[at + 1..end];
        // One or two characters and a domain would be nearly everything.
        let initial = local.chars().next().filter(|_| local.chars().nth(2).is_some());
        leaks.push(Leak {
            kind: Kind::Email,
            bytes: start..end,
            what: "an e-mail address",
            mask: format!("{}…@{domain}", initial.map(String::from).unwrap_or_default()),
            value: text[start..end].to_lowercase(),
        });
    }
    leaks.dedup_by(|right, left| right.bytes.start < left.bytes.end);
    leaks
}

/// The part of an address behind the `@`.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or_default()
}

fn in_local_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '_' | '%' | '+' | '-' | '\'')
}

/// Where the domain that starts at byte `start` ends: at least two labels, the last one a top-level domain.
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    let length = text[start..].find(|character| !inside(character)).unwrap_or(text.len() - start);
    let mut domain = &text[start..start + length];
    loop {
        domain = domain.trim_end_matches(['.', '-']);
        let (rest, last) = domain.rsplit_once('.')?;
        if domain.len() <= 253 && is_top_level(last) && rest.split('.').all(is_label) {
            return Some(start + domain.len());
        }
        domain = rest;
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
}

fn is_top_level(label: &str) -> bool {
    let letters = label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
    let lower = label.to_ascii_lowercase();
    (letters || lower.starts_with("xn--")) && !FILE_ENDINGS.contains(&lower.as_str())
}

/// `git@github.com:acme/shop.git` is the address of a repository.
fn is_remote(local: &str, text: &str, end: usize) -> bool {
    local == "git" && matches!(after(text, end), Some(':' | '/'))
}
