//! One value that was found.

use std::ops::Range;

use crate::settings::Kind;

/// One value that was found. It cannot be printed, on purpose: only `what` and `mask` may leave the plugin.
pub(crate) struct Leak {
    pub(crate) kind: Kind,
    pub(crate) bytes: Range<usize>,
    /// What it is, with its article.
    pub(crate) what: &'static str,
    /// Enough of the value to recognise it, never all of it.
    pub(crate) mask: String,
    /// The value itself, written in one way, so that two spellings of it are equal.
    pub(crate) value: String,
}
