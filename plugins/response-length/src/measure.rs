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

/// How much there is of a unit.
pub(crate) struct Count {
    /// The number of units.
    pub(crate) units: usize,
    /// Where the first unit starts that is over the limit, in bytes.
    pub(crate) over: Option<usize>,
}

/// Counts the units of `text`, white space around it left out.
pub(crate) fn count(text: &str, unit: Unit, limit: usize) -> Count {
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let mut count = match unit {
        Unit::Words => positions(trimmed.unicode_word_indices(), limit),
        Unit::Characters => positions(trimmed.grapheme_indices(true), limit),
        // A part without a letter or digit, such as a rule between paragraphs, is no sentence.
        Unit::Sentences => positions(
            trimmed.split_sentence_bound_indices().filter(|(_, part)| part.contains(char::is_alphanumeric)),
            limit,
        ),
    };
    count.over = count.over.map(|at| start + at);
    count
}

fn positions<'a>(parts: impl Iterator<Item = (usize, &'a str)>, limit: usize) -> Count {
    let mut count = Count { units: 0, over: None };
    for (at, _) in parts {
        if count.units == limit {
            count.over = Some(at);
        }
        count.units += 1;
    }
    count
}
