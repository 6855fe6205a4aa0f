//! Finds web addresses and e-mail addresses.

use std::ops::Range;

/// The bytes of every link in `text`, in order.
pub(super) fn links(text: &str) -> impl Iterator<Item = Range<usize>> {
    words(text).filter_map(|word| {
        let link = trimmed(text, word);
        is_link(&text[link.clone()]).then_some(link)
    })
}

/// A link without what two people would write differently: scheme, "www.", case, a slash at the end.
pub(super) fn plain(link: &str) -> String {
    let lower = link.to_lowercase();
    let mut plain = lower.as_str();
    for prefix in ["mailto:", "https://", "http://", "www."] {
        plain = plain.strip_prefix(prefix).unwrap_or(plain);
    }
    plain.trim_end_matches('/').to_owned()
}

/// What stands between white space.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| {
        let at = word.as_ptr() as usize - start;
        at..at + word.len()
    })
}

/// Without the punctuation around it; what stands before the scheme, as in "[here](https://…)", is cut.
fn trimmed(text: &str, word: Range<usize>) -> Range<usize> {
    let around = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '#');
    let mut start = word.start;
    let raw = &text[word.clone()];
    if let Some(scheme) = raw.find("http://").or_else(|| raw.find("https://")) {
        start += scheme;
    }
    let raw = &text[start..word.end];
    let raw = raw.find([')', ']', '>', '<', '"']).map_or(raw, |end| if end > 0 { &raw[..end] } else { raw });
    let end = start + raw.trim_end_matches(around).len();
    let start = end - text[start..end].trim_start_matches(around).len();
    start..end
}

fn is_link(word: &str) -> bool {
    if word.len() < 5 || !word.contains(['.', ':']) {
        return false;
    }
    let lower = word.to_ascii_lowercase();
    if ["http://", "https://", "www.", "mailto:"].iter().any(|prefix| lower.starts_with(prefix)) {
        return lower.contains('.') || lower.contains('@');
    }
    let host = lower.split('/').next().unwrap_or_default();
    match host.split_once('@') {
        Some((user, host)) => !user.is_empty() && is_host(host),
        None => is_host(host) && ends_like_a_host(host),
    }
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    host.contains('.') && host.split('.').all(label)
}

/// Without a scheme only names under well-known domains are links: a missing space after a full stop makes none.
fn ends_like_a_host(host: &str) -> bool {
    const DOMAINS: [&str; 18] = [
        "com", "org", "net", "io", "dev", "app", "ai", "edu", "gov", "info", "eu", "uk", "de", "fr", "jp",
        "example", "test", "co",
    ];
    host.rsplit('.').next().is_some_and(|domain| DOMAINS.contains(&domain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_found_without_what_stands_around_them() {
        for (text, found) in [
            ("See https://example.com/a?b=1.", vec!["https://example.com/a?b=1"]),
            (
                "[here](https://example.com/a), (www.example.org)",
                vec!["https://example.com/a", "www.example.org"],
            ),
            (
                "write to Help@Plan.example, or status.plan.example!",
                vec!["Help@Plan.example", "status.plan.example"],
            ),
            ("the end.Next one, 3.5, e.g. U.S. a@b", vec![]),
            ("é www.é.example é", vec!["www.é.example"]),
        ] {
            assert_eq!(links(text).map(|link| &text[link]).collect::<Vec<_>>(), found, "{text}");
        }
        assert_eq!(plain("HTTPS://www.Example.com/"), plain("example.com"));
    }

    proptest! {
        #[test]
        fn links_lie_on_characters(text in "(http://|https://|www\\.|[a-z.@()\"<>é ]){0,20}|\\PC{0,40}") {
            for link in links(&text) {
                prop_assert!(text.get(link).is_some_and(|link| !link.is_empty()));
            }
        }
    }
}
