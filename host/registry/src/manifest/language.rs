//! What a plugin is written in.

use std::fmt;

use serde::{Deserialize, Serialize};

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
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
