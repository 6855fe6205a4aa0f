//! What a plugin may do beyond computing: nothing, unless the suite says so.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Reach;

/// The capabilities that a suite gives one plugin. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// May ask the host's model, within [`Limits::model_calls`](crate::Limits::model_calls) and
    /// [`Limits::model_tokens`](crate::Limits::model_tokens).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub model: bool,
    /// Directories that it may read, and nothing outside of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileGrant>,
    /// Hosts that it may send requests to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HostGrant>,
}

impl Grants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the same sample gives the same score: files, hosts and models can change, everything else cannot.
    pub fn is_deterministic(&self) -> bool {
        self.is_empty()
    }

    /// Whether a plugin may wait for something outside the host's processes: hosts and models.
    pub(crate) fn wait(&self) -> bool {
        self.model || !self.http.is_empty()
    }

    /// What is granted, in short sentences for people.
    pub fn in_words(&self) -> Vec<String> {
        let model = self.model.then(|| "may ask the host's model".to_owned());
        let files = self
            .files
            .iter()
            .map(|grant| format!("may read the files in {} as {}", grant.dir.display(), grant.name));
        let http = self.http.iter().map(HostGrant::in_words);
        model.into_iter().chain(files).chain(http).collect()
    }
}

/// A directory that a plugin may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileGrant {
    /// The directory on this machine.
    pub dir: PathBuf,
    /// The path under which the plugin sees it: `/reference`.
    #[serde(rename = "as")]
    pub name: String,
}

/// A host that a plugin may send requests to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostGrant {
    /// A name, or an address in its usual form; never a pattern.
    pub host: String,
    /// 443 for https, 80 for http, where the suite names none.
    pub port: u16,
    /// `http` without encryption, which the suite has to write out: `http://host`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// Whether the host may have a private or loopback address. Link-local ones, where clouds keep their metadata, are
    /// refused even then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Headers that the host sets on every request. The plugin never sees them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<SecretHeader>,
}

impl HostGrant {
    /// Who is reached at the host, as far as its name says: what a name leads to is found when a request is sent.
    pub fn reach(&self) -> Reach {
        crate::http::reach_of(&self.host)
    }

    fn in_words(&self) -> String {
        let scheme = if self.plain { "http" } else { "https" };
        let private = if self.private { ", at a private address too" } else { "" };
        let headers = match self.headers.iter().map(|header| header.name.as_str()).collect::<Vec<_>>() {
            names if names.is_empty() => String::new(),
            names => format!(", with {} set by the host", names.join(", ")),
        };
        format!("may send requests to {scheme}://{}:{}{private}{headers}", self.host, self.port)
    }
}

/// A header with a secret. Only its name is ever written anywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHeader {
    /// Name of the header, in lower case.
    pub name: String,
    /// Its value, resolved from the environment of the host.
    #[serde(skip)]
    pub value: String,
    /// The parts of the value that are secret: what came from the environment. They are redacted wherever the plugin
    /// or a server says them, if they have [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES) or more, which a suite's have.
    #[serde(skip)]
    pub secrets: Vec<String>,
}

impl std::fmt::Debug for SecretHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: [redacted]", self.name)
    }
}
