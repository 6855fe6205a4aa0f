//! The normalisation of SQuAD's evaluation script.

use super::python::{is_word, words};

/// Lower case, no ASCII punctuation, no English articles, single spaces: `normalize_answer` of the script.
pub(super) fn normalize(text: &str) -> String {
    normalize_ascii(text).unwrap_or_else(|| normalize_any(text))
}

/// The same in one pass, for text of ASCII letters, digits, punctuation and spaces, as most is.
fn normalize_ascii(text: &str) -> Option<String> {
    let mut normal = String::with_capacity(text.len());
    let mut start = 0;
    for byte in text.bytes().chain([b' ']) {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => normal.push(char::from(byte)),
            b'A'..=b'Z' => normal.push(char::from(byte.to_ascii_lowercase())),
            b' ' | b'\n' | b'\r' | b'\t' => {
                match &normal[start..] {
                    "" => {}
                    "a" | "an" | "the" => normal.truncate(start),
                    _ => normal.push(' '),
                }
                start = normal.len();
            }
            byte if byte.is_ascii_punctuation() => {}
            _ => return None,
        }
    }
    normal.truncate(normal.trim_end().len());
    Some(normal)
}

fn normalize_any(text: &str) -> String {
    let mut kept = text.to_lowercase();
    kept.retain(|c| !c.is_ascii_punctuation());
    let without = without_articles(&kept);
    let mut normal = String::with_capacity(without.len());
    for word in words(&without) {
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.push_str(word);
    }
    normal
}

/// A space for every `\b(a|an|the)\b`. Such a match is always a whole run of word characters.
fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        kept.push_str(if matches!(run, "a" | "an" | "the") { " " } else { run });
        let next = after.find(is_word).unwrap_or(after.len());
        kept.push_str(&after[..next]);
        rest = &after[next..];
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn one_pass_says_the_same(text in "[aAnthe T_'.,\n\t\r0-]{0,40}|[ -~]{0,40}") {
            proptest::prop_assert_eq!(normalize_ascii(&text), Some(normalize_any(&text)));
        }
    }

    #[test]
    fn articles_and_punctuation_go() {
        assert_eq!(normalize("The  Refund, a—an 3-5 day\tthing!"), "refund — 35 day thing");
        assert_eq!(normalize("theory another a_b"), "theory another ab");
        // The accent is no word character to Python, so the letter before it is an article.
        assert_eq!(normalize("a\u{301} b"), "\u{301} b");
        assert_eq!(normalize("A an the ."), "");
    }
}
