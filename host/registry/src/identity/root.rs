//! Which authorities and logs count.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use sigstore_verify::Verifier;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};

use super::crypto;
use crate::{digest, whole};

/// Largest trust root that is read.
const MAX_ROOT_BYTES: usize = 256 << 10;

/// The authorities, logs and clocks of one instance of sigstore: the text of its `trusted_root.json`.
#[derive(Clone)]
pub struct TrustRoot(Arc<Root>);

struct Root {
    verifier: Verifier,
    /// Without white space, so that however it is written, it is the same.
    text: String,
    digest: String,
    /// Whether it names logs of signatures, which then have to hold every signature.
    logs: bool,
    /// Whether it names logs of certificates, which then have to hold every certificate.
    certificate_logs: bool,
}

/// Why a trust root cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustRootError {
    /// It cannot be read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is none.
    #[error("it is no trust root of sigstore, which is called `trusted_root.json`: {0}")]
    Wrong(String),
}

impl TrustRoot {
    /// That of sigstore's public instance, as it was when this program was made.
    pub fn public() -> Result<Self, TrustRootError> {
        static PUBLIC: OnceLock<Result<TrustRoot, String>> = OnceLock::new();
        let read = || TrustRoot::parse(SIGSTORE_PRODUCTION_TRUSTED_ROOT).map_err(|error| error.to_string());
        PUBLIC.get_or_init(read).clone().map_err(TrustRootError::Wrong)
    }

    /// Reads a trust root's text.
    pub fn parse(text: &str) -> Result<Self, TrustRootError> {
        crypto::install();
        let wrong = |reason: &dyn fmt::Display| TrustRootError::Wrong(reason.to_string());
        if text.len() > MAX_ROOT_BYTES {
            return Err(wrong(&format_args!("it has more than {MAX_ROOT_BYTES} bytes")));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        let root = TrustedRoot::from_json(text).map_err(|error| wrong(&error))?;
        if !root.media_type.starts_with("application/vnd.dev.sigstore.trustedroot") {
            return Err(wrong(&format_args!("its `mediaType` is {:.80?}", root.media_type)));
        }
        if root.certificate_authorities.is_empty() {
            return Err(wrong(&"it names no certificate authority"));
        }
        let verifier = Verifier::new(&root).map_err(|error| wrong(&error))?;
        let text = value.to_string();
        Ok(Self(Arc::new(Root {
            verifier,
            digest: digest::of(text.as_bytes()),
            text,
            logs: !root.tlogs.is_empty(),
            certificate_logs: !root.ctlogs.is_empty(),
        })))
    }

    /// Reads a trust root's file.
    pub fn read(path: &Path) -> Result<Self, TrustRootError> {
        let bytes = whole::read(path, MAX_ROOT_BYTES)
            .map_err(|source| TrustRootError::File { path: path.to_owned(), source })?;
        Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| match error {
            TrustRootError::Wrong(reason) => TrustRootError::Wrong(format!("{}: {reason}", path.display())),
            error @ TrustRootError::File { .. } => error,
        })
    }

    /// Whether it is that of sigstore's public instance.
    pub fn is_public(&self) -> bool {
        Self::public().is_ok_and(|public| public == *self)
    }

    /// `sha256:` of its text.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    pub(super) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    pub(super) fn has_logs(&self) -> bool {
        self.0.logs
    }

    pub(super) fn has_certificate_logs(&self) -> bool {
        self.0.certificate_logs
    }
}

impl PartialEq for TrustRoot {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for TrustRoot {}

impl fmt::Debug for TrustRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustRoot({})", self.0.digest)
    }
}
