//! Reports: what a run record looks like to people and machines.
//!
//! ```text
//! run record ─► overview (the manifest's summary, or one counted anew where the run was killed)
//!          └──► samples, one at a time ─► terminal │ json │ junit │ sarif │ github │ markdown │ html
//! ```
//!
//! Each format has a file of its own. A report reads `samples.jsonl` as often as it has to and keeps none of it, so that
//! memory does not grow with the run. What a model, a dataset or a plugin wrote is text from a stranger: [`escape`]
//! makes its control characters visible, each format then escapes what has a meaning there, and every list that a
//! stranger can lengthen is bounded and says how much it leaves out.
//!
//! What each format shows, and which parts of it are stable, stands in `docs/reports.md`.

pub(crate) mod escape;
mod excerpt;
mod faults;
mod format;
mod github;
pub(crate) mod html;
mod json;
pub(crate) mod json_text;
mod junit;
mod markdown;
mod marked;
mod overview;
mod sarif;
mod scores;
mod stream;
pub(crate) mod table;
mod terminal;
pub(crate) mod words;
pub(crate) mod wrap;

#[cfg(test)]
pub(crate) mod tests;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::run::{RecordError, RunReader};

pub(crate) use escape::is_hidden;
pub use escape::{escape, escape_line};
pub use format::{Format, UnknownFormat};
pub use json_text::json;
pub use marked::marked;
pub(crate) use table::{Cell, write as write_table};
pub use words::{count, grouped};
pub(crate) use words::{duration, percent};

/// What a report shows, within what its format allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal report, and of excerpts elsewhere; default 100, at least 40.
    pub width: usize,
    /// Failing samples that the terminal and Markdown reports show in full; default 10.
    pub failures: usize,
    /// Samples that the HTML report holds, failing and faulted ones first; default 10,000.
    pub embedded: usize,
    /// The HTML report of the same run, which the terminal report then points to.
    pub html: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, failures: 10, embedded: 10_000, html: None }
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The report cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// Writes `record` as `format` to `out`, in many small pieces: give it a buffer.
///
/// The terminal report carries colours as ANSI escape sequences; the caller strips them where nobody sees them. No
/// other format has any.
///
/// # Errors
///
/// A record that cannot be read, or an `out` that cannot be written. What was written until then stays.
pub fn write(
    format: Format,
    record: &RunReader,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    match format {
        Format::Terminal => terminal::write(record, options, out),
        Format::Json => json::write(record, out),
        Format::Junit => junit::write(record, out),
        Format::Sarif => sarif::write(record, out),
        Format::Github => github::write(record, out),
        Format::Markdown => markdown::write(record, options, out),
        Format::Html => html::write(record, options, out),
    }
}
