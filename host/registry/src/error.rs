//! Why a plugin cannot be published, fetched or found.

use std::path::PathBuf;
use std::time::Duration;

use crate::asked::AboutError;
use crate::reference::ReferenceError;
use crate::sign::KeyError;

/// Why a plugin cannot be published, fetched or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Not a reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nobody answers.
    #[error("cannot reach {url}: {reason}; is the address right, and the registry up?{hint}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        reason: String,
        /// What else it could be.
        hint: &'static str,
    },
    /// The registry answers with an error.
    #[error("{url} answers {status}{said}{hint}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it says, if anything.
        said: String,
        /// What to do about it.
        hint: String,
    },
    /// It takes too long.
    #[error("{url} has not answered in full within {} seconds: try again, or allow more with `--timeout`", after.as_secs_f32())]
    TooSlow {
        /// What was asked.
        url: String,
        /// The time that it had.
        after: Duration,
    },
    /// It answers with too much.
    #[error("{url} sends more than the {limit} bytes that it may")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The most.
        limit: u64,
    },
    /// It sends elsewhere.
    #[error("{url} sends to {to}, which is not followed: {reason}")]
    Redirect {
        /// What was asked.
        url: String,
        /// Where it sends to.
        to: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// It does not keep to the protocol.
    #[error("{url} does not answer as a registry does: {reason}")]
    Protocol {
        /// What was asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Credentials are there and cannot be used.
    #[error("the credentials for {host} cannot be used: {reason}; `docker login {host}` writes them anew")]
    Credentials {
        /// The registry.
        host: String,
        /// Why.
        reason: String,
    },
    /// What arrived is not what was named.
    #[error(
        "{what} has the digest {found}, and should have {wanted}: it was changed or damaged on the way, and is not used"
    )]
    Digest {
        /// What arrived.
        what: String,
        /// The digest that it should have.
        wanted: String,
        /// The digest that it has.
        found: String,
    },
    /// It is not there.
    #[error("there is no {reference}{hint}")]
    NotFound {
        /// What was looked for.
        reference: String,
        /// What there is instead.
        hint: String,
    },
    /// It is no plugin.
    #[error("{reference}: {reason}")]
    NotAPlugin {
        /// What was looked at.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// Its component is no plugin.
    #[error("{reference}: {source}")]
    About {
        /// What was looked at.
        reference: String,
        /// Why not.
        source: AboutError,
    },
    /// The same name and version hold something else already.
    #[error(
        "{reference} is there already with another content, {found}: a version is not changed once it is published; raise the version, or write `--overwrite`"
    )]
    Taken {
        /// The reference.
        reference: String,
        /// Digest of what is there.
        found: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory or file that is no part of a registry.
    #[error("{path}: {reason}", path = path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is not signed as it has to be.
    #[error("{reference} {reason}")]
    Signature {
        /// The plugin.
        reference: String,
        /// What is missing.
        reason: String,
    },
    /// Something of this program does not work.
    #[error("{0}")]
    Internal(String),
}

impl RegistryError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Status { status: 404, .. })
    }
}
