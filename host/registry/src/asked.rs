//! What a plugin asks a suite to grant, and what else its package says of itself.

use std::fmt;

use scorebox_sandbox::{Inspection, LoadError, Sandbox};
use serde::{Deserialize, Serialize};

use crate::manifest::{AskedGrants, AskedLimits, Manifest, section};

/// Most hosts, and most directories, that are asked for.
const MAX_ENTRIES: usize = 64;
/// Stands for the hosts of a plugin that imports `wasi:http` and names none.
const ANY_HOST: &str = "any";

/// What a plugin asks a suite to grant, in the words of a suite. Lists are sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// The host's model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub model: bool,
    /// Hosts; `any` where it does not say which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<String>,
    /// Names of directories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

impl Asked {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked for here and not there.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        let new = |ours: &[String], theirs: &[String]| {
            ours.iter().filter(|entry| !theirs.contains(entry)).cloned().collect()
        };
        Self {
            model: self.model && !other.model,
            http: new(&self.http, &other.http),
            files: new(&self.files, &other.files),
        }
    }

    fn sort(&mut self) {
        for list in [&mut self.http, &mut self.files] {
            list.sort();
            list.dedup();
            list.truncate(MAX_ENTRIES);
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.model {
            parts.push("model: true".to_owned());
        }
        for (name, list) in [("http", &self.http), ("files", &self.files)] {
            if !list.is_empty() {
                parts.push(format!("{name}: [{}]", list.join(", ")));
            }
        }
        if parts.is_empty() { f.write_str("none") } else { write!(f, "{{{}}}", parts.join(", ")) }
    }
}

/// What a component says of itself, read without running it.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Digest, size, imports, and the descriptor, which is there.
    pub inspection: Inspection,
    /// Kebab-case.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// An SPDX expression, where the author gave one.
    pub licence: Option<String>,
    /// `Jo Doe <jo@example.org>`.
    pub authors: Vec<String>,
    /// Where the sources lie.
    pub source: Option<String>,
    /// What it asks for.
    pub asked: Asked,
    /// Limits that it needs beyond the defaults.
    pub limits: AskedLimits,
    /// The author's examples, as `plugin.yaml` has them.
    pub cases: Vec<serde_json::Value>,
}

/// Why a component is no package.
#[derive(Debug, thiserror::Error)]
pub enum AboutError {
    /// No plugin that this host runs.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It does not say what it is.
    #[error(
        "it carries no descriptor, so nobody could read what it is without running it: build it with `scorebox plugin build`"
    )]
    NoDescriptor,
    /// The manifest's section is none.
    #[error("its custom section `{name}` is no manifest: {0}; build it again", name = Manifest::SECTION)]
    Manifest(String),
}

/// The part of a manifest that a registry shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    licence: Option<String>,
    authors: Vec<String>,
    source: Option<String>,
    grants: AskedGrants,
    limits: AskedLimits,
    cases: Vec<serde_json::Value>,
}

impl About {
    /// Reads a component.
    ///
    /// # Errors
    ///
    /// What is no plugin for this host, has no descriptor, or a manifest that is none.
    pub fn read(component: &[u8]) -> Result<Self, AboutError> {
        let inspection = Sandbox::inspect(component)?;
        let descriptor = inspection.descriptor.as_ref().ok_or(AboutError::NoDescriptor)?;
        let said = said(component)?;
        let mut asked = Asked {
            model: said.grants.model,
            http: said.grants.http,
            files: said.grants.files.into_iter().map(|files| files.name).collect(),
        };
        // The imports are the permissions, whatever a manifest says.
        asked.model |= imports(&inspection, "scorebox:plugin/model@");
        if imports(&inspection, "wasi:http/outgoing-handler@") && asked.http.is_empty() {
            asked.http.push(ANY_HOST.to_owned());
        }
        asked.sort();
        Ok(Self {
            name: descriptor.name.clone(),
            version: descriptor.version.clone(),
            summary: descriptor.summary.clone(),
            licence: said.licence,
            authors: said.authors,
            source: said.source,
            asked,
            limits: said.limits,
            cases: said.cases,
            inspection,
        })
    }
}

fn imports(inspection: &Inspection, interface: &str) -> bool {
    inspection.imports.iter().any(|import| import.starts_with(interface))
}

fn said(component: &[u8]) -> Result<Said, AboutError> {
    let Some(data) = section(component).map_err(AboutError::Manifest)? else { return Ok(Said::default()) };
    serde_json::from_slice(data).map_err(|source| AboutError::Manifest(source.to_string()))
}
