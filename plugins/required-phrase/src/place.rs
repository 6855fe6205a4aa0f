//! Where a phrase has to stand.

use std::ops::Range;

use scorebox_sdk::prelude::*;

/// Where a phrase has to stand.
#[settings]
#[serde(rename_all = "kebab-case")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// Anywhere in the answer.
    #[default]
    Anywhere,
    /// Before every other word of the answer.
    Start,
    /// After every other word of the answer.
    End,
}

impl Place {
    /// The place in a sentence that says "at the".
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anywhere => "right place",
            Self::Start => "start",
            Self::End => "end",
        }
    }

    /// Whether the phrase at `bytes` of `text` stands here.
    pub(crate) fn holds(self, text: &str, bytes: &Range<usize>) -> bool {
        let beyond = match self {
            Self::Anywhere => return true,
            Self::Start => &text[..bytes.start],
            Self::End => &text[bytes.end..],
        };
        !beyond.contains(char::is_alphanumeric)
    }
}
