//! What a text is made of, by the rules of Unicode's UAX #29.

use unicode_segmentation::UnicodeSegmentation;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Words,
    Characters,
    Sentences,
}

impl Unit {
    /// The unit's name in the settings, the measures and the findings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Characters => "characters",
            Self::Sentences => "sentences",
        }
    }
}

/// The units of `text` with their positions in bytes, white space around the text left out.
pub(crate) fn units(text: &str, unit: Unit) -> Box<dyn Iterator<Item = (usize, &str)> + '_> {
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let shift = move |(at, part)| (start + at, part);
    match unit {
        Unit::Words => Box::new(trimmed.unicode_word_indices().map(shift)),
        Unit::Characters => Box::new(trimmed.grapheme_indices(true).map(shift)),
        // A part without a letter or digit, such as a rule between paragraphs, is no sentence.
        Unit::Sentences => Box::new(
            trimmed
                .split_sentence_bound_indices()
                .filter(|(_, part)| part.chars().any(char::is_alphanumeric))
                .map(shift),
        ),
    }
}
