//! One thing that the context does not bear out.

use std::ops::Range;

use super::lexicon::StemId;

/// What is not borne out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    pub(super) rule: Rule,
    /// Bytes of the output.
    pub(super) span: Range<usize>,
    /// The passage that shows it.
    pub(super) passage: Option<u32>,
    /// The word of the passage that says otherwise.
    pub(super) instead: Option<StemId>,
}

/// Why something is not borne out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Rule {
    Link,
    Quote,
    Number,
    NumberElsewhere,
    Name,
    Opposite,
    NegationAdded,
    NegationDropped,
    Phrase,
    Sentence,
}

impl Rule {
    pub(super) const ALL: [Self; 10] = [
        Self::Link,
        Self::Quote,
        Self::Number,
        Self::NumberElsewhere,
        Self::Name,
        Self::Opposite,
        Self::NegationAdded,
        Self::NegationDropped,
        Self::Phrase,
        Self::Sentence,
    ];

    /// The name that findings and documentation use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Link => "unsupported-link",
            Self::Quote => "unsupported-quote",
            Self::Number => "unsupported-number",
            Self::NumberElsewhere => "number-elsewhere",
            Self::Name => "unsupported-name",
            Self::Opposite => "opposite",
            Self::NegationAdded => "negation-added",
            Self::NegationDropped => "negation-dropped",
            Self::Phrase => "unsupported-phrase",
            Self::Sentence => "unsupported-sentence",
        }
    }

    /// The measure that counts such hits.
    pub(super) fn measure(self) -> &'static str {
        match self {
            Self::Link => "links",
            Self::Quote => "quotes",
            Self::Number => "numbers",
            Self::NumberElsewhere => "numbers-elsewhere",
            Self::Name => "names",
            Self::Opposite => "opposites",
            Self::NegationAdded => "negations-added",
            Self::NegationDropped => "negations-dropped",
            Self::Phrase => "phrases",
            Self::Sentence => "sentences",
        }
    }

    /// What one such hit counts. New words may be another way to say the same, so they count half of what a fact does.
    pub(super) fn weight(self) -> f64 {
        if matches!(self, Self::Phrase | Self::Sentence) { 0.5 } else { 1.0 }
    }
}
