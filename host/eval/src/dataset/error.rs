//! What can be wrong with a dataset, said so that the person who prepares it can mend it.

use std::path::{Path, PathBuf};

/// Why a dataset cannot be read. Every message names the file, and the line and the field where there is one.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file cannot be opened or read.
    #[error("cannot read the dataset {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's name says nothing of its format.
    #[error("{path}: the format of a dataset is told by its name: call it *.jsonl, *.json or *.csv", path = path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The text is not what the format asks for.
    #[error("{path}:{line}: {problem}", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// A field is missing or holds something else.
    #[error("{path}:{line}: `{field}`: {problem}", path = path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Line of the record's first byte, from 1.
        line: u64,
        /// The field, by the name that the dataset uses.
        field: String,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// Two samples have one id.
    #[error("{path}:{line}: `id`: {id} stands already in line {first}: give each sample an id of its own", path = path.display())]
    DuplicateId {
        /// The file.
        path: PathBuf,
        /// Line of the later sample, from 1.
        line: u64,
        /// The id in backticks, cut short where it is long.
        id: String,
        /// Line of the earlier sample, from 1.
        first: u64,
    },
}

impl DatasetError {
    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn broken(path: &Path, line: u64, problem: impl Into<String>) -> Self {
        Self::Broken { path: path.to_owned(), line, problem: problem.into() }
    }

    pub(crate) fn field(path: &Path, line: u64, field: &str, problem: impl Into<String>) -> Self {
        Self::Field { path: path.to_owned(), line, field: cut(field), problem: problem.into() }
    }
}

/// Longest piece of a dataset that a message repeats, in characters.
const SHOWN: usize = 60;

/// Text of a dataset for a message: in backticks, without control characters, cut short.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", cut(text))
}

fn cut(text: &str) -> String {
    let mut shown: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
