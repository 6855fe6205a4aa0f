//! The languages, and how a folder says which one it is in.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LanguageError;
use super::project::written_language;

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of languages say it")]
pub enum Language {
    Rust,
    Python,
    Typescript,
    Javascript,
    Go,
    C,
}

impl Language {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Rust, Self::Python, Self::Typescript, Self::Javascript, Self::Go, Self::C];

    /// Its name in `plugin.yaml` and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Typescript => "typescript",
            Self::Javascript => "javascript",
            Self::Go => "go",
            Self::C => "c",
        }
    }

    /// The file that an author writes, from the plugin's folder.
    pub fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::Python => "src/check.py",
            Self::Typescript => "src/check.ts",
            Self::Javascript => "src/check.js",
            Self::Go => "check.go",
            Self::C => "src/check.c",
        }
    }

    /// The language of the plugin in `folder`: as its `plugin.yaml` says, else as its files show.
    ///
    /// # Errors
    ///
    /// [`LanguageError::Unknown`] where neither says it.
    pub(crate) fn of(folder: &Path) -> Result<Self, LanguageError> {
        if let Some(written) = written_language(folder)? {
            return Ok(written);
        }
        // A crate's library lies where its manifest says.
        if folder.join("Cargo.toml").is_file() {
            return Ok(Self::Rust);
        }
        let shown = Self::ALL.into_iter().find(|language| folder.join(language.source()).is_file());
        shown.ok_or_else(|| LanguageError::Unknown { folder: folder.to_owned() })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
