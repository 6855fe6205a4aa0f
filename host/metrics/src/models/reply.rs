//! What an API replied, whichever it is.

use super::Usage;

/// A reply that holds an answer, or says why it holds none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) text: String,
    /// The likeliest first tokens with their log-probabilities, likeliest first.
    pub(super) alternatives: Vec<(String, f64)>,
    pub(super) ended: Ended,
    /// Without its cost.
    pub(super) usage: Usage,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// Where the model wanted it to.
    Whole,
    /// Where it may not be longer.
    Cut,
    /// The model, or a filter, would not answer; in its words.
    Refused(String),
}

/// Tokens of a text, where a server counts none: a token is about four bytes.
pub(super) fn estimate(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}
