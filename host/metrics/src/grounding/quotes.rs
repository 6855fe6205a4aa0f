//! Quoted phrases that do not stand in the context.

use std::ops::Range;

use super::claim::Output;
use super::evidence::{Evidence, is_said};
use super::lexicon::Lexicon;

/// Bytes of a quotation. What is longer is a mark that nobody closed.
const LONGEST: usize = 400;

/// The marks of quotations: what opens one, and what closes it.
const MARKS: [(char, char); 7] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«'), ('「', '」'), ('『', '』')];

/// What stands between quotation marks, without them.
pub(super) fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match open {
            Some((close, start)) if c == close => {
                found.push(start..at);
                open = None;
            }
            Some((_, start)) if c == '\n' || at - start > LONGEST => open = None,
            Some(_) => {}
            // A mark behind a digit is one of inches.
            None => {
                if let Some((_, close)) = MARKS.iter().find(|(opening, _)| *opening == c)
                    && !(c == '"' && before.is_alphanumeric())
                {
                    open = Some((*close, at + c.len_utf8()));
                }
            }
        }
        before = c;
    }
    found.retain(|range| !range.is_empty());
    found
}

/// The tokens of each quotation that the context does not have: a word is missing, or two words that stand beside each
/// other do so nowhere in the context.
pub(super) fn unsupported(
    output: &Output<'_>,
    evidence: &Evidence<'_>,
    lexicon: &Lexicon<'_>,
) -> Vec<Range<usize>> {
    let tokens = &output.reading.tokens;
    let word = |at: usize| lexicon.get(tokens[at].word);
    let ranges = quotations(output.text).into_iter().map(|bytes| {
        let first = tokens.partition_point(|token| token.start < bytes.start);
        first..tokens.partition_point(|token| token.start < bytes.end)
    });
    ranges
        .filter(|range| range.clone().any(|at| !output.done[at] && is_said(word(at))))
        .filter(|range| {
            let has_all = range.clone().all(|at| evidence.has(word(at).stem));
            let mut pairs = (range.start..range.end - 1).map(|at| word(at).stem.pair(word(at + 1).stem));
            !(has_all && pairs.all(|pair| evidence.has_pair(pair)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotations_are_what_stands_between_marks() {
        for (text, found) in [
            ("he said \"no more\" and left", vec!["no more"]),
            ("„Ja“, “yes”, «oui» and 「はい」", vec!["Ja", "yes", "oui", "はい"]),
            ("a 5\" screen, a 6\" screen", vec![]),
            ("\"not\nclosed\"", vec![]),
            ("\"\"", vec![]),
        ] {
            assert_eq!(
                quotations(text).into_iter().map(|range| &text[range]).collect::<Vec<_>>(),
                found,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn quotations_lie_on_characters(text in "[\"“”„«»a é\n]{0,40}") {
            for range in quotations(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
