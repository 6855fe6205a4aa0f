//! `plugin.yaml`: what an author says of a plugin that its code cannot say, and the cases that it has to pass.
//!
//! ```text
//! plugin.yaml ─► Manifest::read ─► held against descriptor and imports ─► embed_manifest ─► custom section ─► read_manifest
//! ```
//!
//! The file is read strictly: an unknown field, a wrong value or two cases that contradict each other are errors with
//! their line and with what to write instead. The custom section is a stranger's: it is capped, and checked by the
//! same rules.

mod agree;
mod case;
mod check;
mod error;
mod language;
mod limits;
mod parse;
mod section;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use agree::Disagreement;
pub use case::{Bounds, Case, CaseSample, Expectation, ExpectedFinding, ExpectedValue};
pub use error::{ManifestError, Mistake};
pub use language::Language;
pub use limits::AskedLimits;
pub(crate) use section::section;
pub use section::{MAX_MANIFEST_BYTES, embed_manifest, read_manifest};

/// What an author says of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Kebab-case, at most 64 characters; the same as the descriptor's.
    pub name: String,
    /// Semantic version; the same as the descriptor's.
    pub version: String,
    /// One sentence; the same as the descriptor's.
    pub summary: String,
    /// An SPDX expression: `MIT OR Apache-2.0`.
    pub licence: String,
    /// `Jo Doe <jo@example.org>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Address of the sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it is written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What it asks a suite to grant.
    #[serde(default, skip_serializing_if = "AskedGrants::is_empty")]
    pub grants: AskedGrants,
    /// Limits that it needs beyond the defaults.
    #[serde(default, skip_serializing_if = "AskedLimits::is_empty")]
    pub limits: AskedLimits,
    /// What it has to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// How many further cases the file has, where all of them are too many bytes for a component.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cases_left_out: usize,
}

/// What a plugin asks a suite to grant, in the words of a suite's `grants`. A suite decides what it gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskedGrants {
    /// Wants to ask the host's model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub model: bool,
    /// Hosts that it wants to send requests to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<String>,
    /// Directories that it wants to read; which ones they are on a machine is the suite's to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AskedFiles>,
}

/// A directory that a plugin wants to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedFiles {
    /// The path under which the plugin looks for it: `/reference`.
    #[serde(rename = "as")]
    pub name: String,
}

impl AskedGrants {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked for, in short sentences for people.
    pub fn in_words(&self) -> Vec<String> {
        let model = self.model.then(|| "the host's model".to_owned());
        let http = self.http.iter().map(|host| format!("requests to {host}"));
        let files = self.files.iter().map(|files| format!("a directory to read, as {}", files.name));
        model.into_iter().chain(http).chain(files).collect()
    }
}

impl Manifest {
    /// Name of the file in a plugin's folder.
    pub const FILE: &'static str = "plugin.yaml";
    /// Name of the custom section that holds a plugin's manifest as JSON.
    pub const SECTION: &'static str = "scorebox:manifest";

    /// The manifest's file in `folder`.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(Self::FILE)
    }

    /// Reads the `plugin.yaml` of `folder`; `None` where it has none.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is wrong.
    pub fn read(folder: &Path) -> Result<Option<Self>, ManifestError> {
        let path = Self::path(folder);
        match parse::text(&path) {
            Ok(text) => Self::parse(&text, &path).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ManifestError::File { path, source }),
        }
    }

    /// Reads the text of a `plugin.yaml` that lies at `path`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, by line: the first mistake of its shape, else all that its values have.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        parse::parse(text).map_err(|mistakes| ManifestError::Text { path: path.to_owned(), mistakes })
    }
}

/// For serde, which passes a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests;
