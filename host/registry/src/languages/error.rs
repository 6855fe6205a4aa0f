//! Why a language's tools did not make a plugin.

use std::path::PathBuf;

use crate::manifest::Language;

/// Why a language's tools did not make a plugin.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// Nothing says what the folder is written in.
    #[error(
        "{folder} is no plugin: it has no `plugin.yaml` with a `language`, and neither Cargo.toml nor src/check.py, \
         src/check.ts, src/check.js, check.go or src/check.c; `scorebox plugin new NAME --lang LANGUAGE` makes a folder \
         that has", folder = folder.display()
    )]
    Unknown {
        /// The folder.
        folder: PathBuf,
    },
    /// Nothing says what the plugin is called, and in which version.
    #[error(
        "{folder} is written in {language} and has no plugin.yaml: write `name`, `version`, `summary` and `licence` into \
         one", folder = folder.display()
    )]
    NoManifest {
        /// The folder.
        folder: PathBuf,
        /// What it is written in.
        language: Language,
    },
    /// The folder lacks something that the language's tools start from.
    #[error("{path}: {reason}", path = path.display())]
    Folder {
        /// What is not there, or is not as it has to be.
        path: PathBuf,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// A program is missing.
    #[error("{tool} is not here, and plugins in {language} need it: {get}")]
    Missing {
        /// The program.
        tool: String,
        /// What it is needed for.
        language: Language,
        /// How to get it on this system.
        get: String,
    },
    /// A program cannot be started.
    #[error("cannot run {program}: {source}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program failed; it has said why on standard error.
    #[error("{program} ended with {status}: it says why above{hint}")]
    Failed {
        /// The program and its first arguments.
        program: String,
        /// Exit status.
        status: String,
        /// What to look at, or nothing.
        hint: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What the compiler wrote cannot be made a component.
    #[error("what the compiler wrote cannot be made a component: {0}")]
    World(String),
}

impl LanguageError {
    /// For `map_err` on a file's operations.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
