//! What is wrong with a manifest, and where.

use std::fmt;
use std::path::PathBuf;

use super::Manifest;

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is wrong.
    #[error("{}", in_lines(path, mistakes))]
    Text {
        /// The file.
        path: PathBuf,
        /// By line.
        mistakes: Vec<Mistake>,
    },
    /// The custom section of a component is wrong.
    #[error("the custom section `{section}` is no manifest: {reason}; build the plugin again", section = Manifest::SECTION)]
    Section {
        /// Why.
        reason: String,
    },
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line of the file, from 1; 0 where nobody knows.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; empty where the message says it.
    pub help: String,
}

impl Mistake {
    pub(crate) fn new(line: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { line, message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, ": {}", self.help) }
    }
}

fn in_lines(path: &std::path::Path, mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| match mistake.line {
        0 => format!("{}: {mistake}", path.display()),
        line => format!("{}:{line}: {mistake}", path.display()),
    };
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}
