//! From a file to a tree.

use std::ops::Range;
use std::path::Path;

use super::error::{FileError, Mistake};
use super::node::{Node, bytes};
use crate::named;

/// Largest file: 1 MiB.
const MAX_BYTES: u64 = 1 << 20;

/// The text of the file at `path`, which is a `what`; `hint` is said where it is not there.
pub(crate) fn read(path: &Path, what: &str, hint: &str) -> Result<String, FileError> {
    let error = |source: std::io::Error| {
        let hint = if source.kind() == std::io::ErrorKind::NotFound { hint } else { "" };
        FileError::file(path, format!("cannot read the {what}: {source}{hint}"))
    };
    let raw = named::read(path, MAX_BYTES).map_err(error)?;
    String::from_utf8(raw).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        FileError::file(path, format!("the {what} is not UTF-8 at byte {at}: save it as UTF-8"))
    })
}

/// The tree of a text, which is a `what`.
pub(crate) fn tree(text: &str, what: &str) -> Result<Node, Mistake> {
    let options = serde_saphyr::options! {
        // `no` is a language, and `007` an identifier.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error.location();
        let span = location.map_or(0..0, |location| {
            let known = bytes(&location);
            if known.is_empty() {
                at_line(text, location.line() as usize, location.column() as usize)
            } else {
                known
            }
        });
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        // The place is drawn; the library's own words for it would say it twice.
        let message = message
            .split_once("column ")
            .and_then(|(_, rest)| rest.split_once(": "))
            .map_or(message, |(_, m)| m);
        let message = message.trim_start_matches("error: ").split(" at line ").next().unwrap_or_default();
        if message.starts_with("multiple YAML documents") {
            return Mistake::at(span, format!("a {what} is one document"))
                .help("remove everything from the second `---` on");
        }
        if let Some(key) = message.strip_prefix("duplicate mapping key: ") {
            let key = key.split(',').next().unwrap_or(key);
            return Mistake::at(span, format!("`{key}` stands here twice")).help("keep one of the two");
        }
        if text.contains('\t') {
            return Mistake::at(span, format!("this is no YAML: {message}"))
                .help("indent with spaces, not tabs");
        }
        Mistake::at(span, format!("this is no YAML: {message}"))
    })
}

fn at_line(text: &str, line: usize, column: usize) -> Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &text[start..];
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(index, _)| index);
    let at = start + inside;
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    at..at + length
}
