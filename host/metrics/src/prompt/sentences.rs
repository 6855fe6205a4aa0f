//! Where the sentences of a text stand.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// The bytes of each sentence that says something (holds a letter or a digit), without white space around it. Lines end
/// sentences as well, so the items of a list are sentences.
///
/// Source: Unicode Standard Annex 29, sentence boundaries.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_sentence_bound_indices().filter_map(|(start, piece)| {
        let trimmed = piece.trim_start();
        let start = start + piece.len() - trimmed.len();
        let trimmed = trimmed.trim_end();
        trimmed.chars().any(char::is_alphanumeric).then(|| start..start + trimmed.len())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_sentences_in_several_scripts() {
        for (text, expected) in [
            ("  It costs $49.50. Cancel any time! ", vec!["It costs $49.50.", "Cancel any time!"]),
            ("- one\n- two\n---\n", vec!["- one", "- two"]),
            (
                "料金は月額49ドルです。解約はいつでもできます。",
                vec!["料金は月額49ドルです。", "解約はいつでもできます。"],
            ),
            ("السعر ٤٩ دولارا. هل تريد المزيد؟", vec!["السعر ٤٩ دولارا.", "هل تريد المزيد؟"]),
            ("👍👍", vec![]),
            ("", vec![]),
        ] {
            let found = sentences(text).map(|range| &text[range]).collect::<Vec<_>>();
            assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn no_letter_is_lost(text in ".{0,200}") {
            let covered = sentences(&text).map(|range| text[range].to_owned()).collect::<String>();
            let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&covered), letters(&text));
        }
    }
}
