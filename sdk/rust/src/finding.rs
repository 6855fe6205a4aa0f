//! What a plugin points at.

use std::ops::Range;

/// One thing that a plugin points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable identifier of what was found, in kebab-case. Reports count findings by it.
    pub rule: String,
    /// One sentence for a person.
    pub message: String,
    /// Where it stands, if it stands anywhere.
    pub location: Option<Span>,
}

impl Finding {
    /// A finding that stands nowhere in particular.
    pub fn new(rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self { rule: rule.into(), message: message.into(), location: None }
    }

    /// Points at `bytes` of the output, as `str::find` and the regex crates give them: both ends on character
    /// boundaries, within the text. The host refuses a score whose findings point elsewhere.
    #[must_use]
    pub fn in_output(self, bytes: Range<usize>) -> Self {
        self.at(Field::Output, bytes)
    }

    /// Points at `bytes` of the input.
    #[must_use]
    pub fn in_input(self, bytes: Range<usize>) -> Self {
        self.at(Field::Input, bytes)
    }

    /// Points at `bytes` of the passage at position `index` of the context.
    #[must_use]
    pub fn in_context(self, index: usize, bytes: Range<usize>) -> Self {
        self.at(Field::Context(index), bytes)
    }

    fn at(mut self, field: Field, bytes: Range<usize>) -> Self {
        self.location = Some(Span { field, start: bytes.start, end: bytes.end });
        self
    }
}

/// A range of UTF-8 bytes, both ends on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The text that the span lies in.
    pub field: Field,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The part of a sample that a span points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The input.
    Input,
    /// The output.
    Output,
    /// A passage of the context, by position.
    Context(usize),
}
