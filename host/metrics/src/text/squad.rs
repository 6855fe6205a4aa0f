//! The normalisation of SQuAD's evaluation script.

use super::python::{is_word, words};

/// Lower case, no ASCII punctuation, no English articles, single spaces: `normalize_answer` of the script.
pub(super) fn normalize(text: &str) -> String {
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

    #[test]
    fn articles_and_punctuation_go() {
        assert_eq!(normalize("The  Refund, a—an 3-5 day\tthing!"), "refund — 35 day thing");
        assert_eq!(normalize("theory another a_b"), "theory another ab");
        // The accent is no word character to Python, so the letter before it is an article.
        assert_eq!(normalize("a\u{301} b"), "\u{301} b");
        assert_eq!(normalize("A an the ."), "");
    }
}
