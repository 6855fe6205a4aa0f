//! A bundle, and what it proves of a plugin.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sigstore_verify::types::{
    Artifact, Bundle as Parsed, KindVersion, MediaType, Sha256Hash, SignatureContent, Statement,
    TransparencyLogEntry,
};
use sigstore_verify::{Error, VerificationPolicy};

use super::{TrustRoot, crypto};
use crate::{digest, sign};

/// Largest bundle that is read.
pub(crate) const MAX_BUNDLE_BYTES: usize = 128 << 10;
/// Most bundles of one plugin.
pub(crate) const MAX_BUNDLES: usize = 16;
/// Media type of bundles, up to their version.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle";
/// Statements that say no more than who published or built something. Others, such as the findings of a scanner, can be
/// about a plugin without speaking for it.
const SPEAKING_FOR: [&str; 3] = [
    "https://sigstore.dev/cosign/sign/v1",
    "https://slsa.dev/provenance/v1",
    "https://slsa.dev/provenance/v0.2",
];

/// A signature by identity that came with a plugin, with all that is needed to verify it. Whose it is shows only when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What was signed, in base64, where it is a text that names the artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<String>,
    /// JSON, as it came.
    pub(super) bundle: String,
}

/// What a bundle proves: who signed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The certificate's subject: an address of a workflow, or of mail.
    pub subject: String,
    /// Who vouched for it: the address of an identity provider.
    pub issuer: String,
    /// When, RFC 3339 in UTC, as a log or a clock of the trust root says.
    pub time: String,
}

/// Why a bundle proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// It cannot be read.
    #[error("it is no bundle of sigstore: {0}")]
    NoBundle(String),
    /// There is no certificate.
    #[error("it is by a key, not by an identity")]
    ByKey,
    /// Its statement does not speak for the plugin.
    #[error(
        "it is a statement of the kind {0:.200?}, which does not speak for a plugin as a signature or a provenance does"
    )]
    Kind(String),
    /// It is for something else.
    #[error("it is for something else than this plugin")]
    OtherPlugin,
    /// Its certificate names nobody.
    #[error("its certificate names no subject, or no issuer, that this Scorebox knows")]
    Nameless,
    /// No log holds it.
    #[error("it has no entry in a log, which its trust root asks for")]
    NotLogged,
    /// Its certificate does not hold.
    #[error("its certificate does not hold: {0}")]
    Certificate(String),
    /// Its entry in the log does not hold.
    #[error("its entry in the log does not hold: {0}")]
    Log(String),
    /// Its time does not hold.
    #[error("its time does not hold: {0}")]
    Time(String),
    /// Its signature does not hold.
    #[error("its signature does not hold: {0}")]
    Signature(String),
    /// Something else.
    #[error("it cannot be verified: {0}")]
    Other(String),
}

impl From<Error> for Unproven {
    fn from(error: Error) -> Self {
        let said = error.to_string();
        match error {
            Error::Certificate(_) => Self::Certificate(said),
            Error::TransparencyLog(_) => Self::Log(said),
            Error::Timestamp(_) => Self::Time(said),
            Error::SignatureInvalid(_) | Error::Crypto(_) => Self::Signature(said),
            Error::ArtifactMismatch(_) => Self::OtherPlugin,
            Error::InvalidBundle(_) | Error::Types(_) | Error::Bundle(_) => Self::NoBundle(said),
            _ => Self::Other(said),
        }
    }
}

impl Bundle {
    /// A bundle as it lies beside a file, or as a blob in a registry.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { payload: None, bundle: String::from_utf8_lossy(bytes).into_owned() }
    }

    /// What it proves of the artifact with this manifest, or of its component.
    pub(crate) fn proves(
        &self,
        root: &TrustRoot,
        manifest_digest: &str,
        component: &[u8],
    ) -> Result<Proven, Unproven> {
        crypto::install();
        if self.bundle.len() > MAX_BUNDLE_BYTES {
            return Err(Unproven::NoBundle(format!("it has more than {MAX_BUNDLE_BYTES} bytes")));
        }
        let bundle =
            Parsed::from_json(&self.bundle).map_err(|error| Unproven::NoBundle(error.to_string()))?;
        if bundle.signing_certificate().is_none() {
            return Err(Unproven::ByKey);
        }
        match (&self.payload, &bundle.content) {
            (None, SignatureContent::MessageSignature(_)) => verify(&bundle, component.into(), root),
            (None, SignatureContent::DsseEnvelope(envelope)) => {
                let statement: Statement = serde_json::from_slice(envelope.payload.as_bytes())
                    .map_err(|error| Unproven::NoBundle(format!("its statement cannot be read: {error}")))?;
                if !SPEAKING_FOR.contains(&statement.predicate_type.as_str()) {
                    return Err(Unproven::Kind(statement.predicate_type));
                }
                let manifest = digest::hex(manifest_digest).and_then(|hex| Sha256Hash::from_hex(hex).ok());
                match manifest.filter(|manifest| statement.matches_sha256(manifest)) {
                    Some(manifest) => verify(&bundle, manifest.into(), root),
                    None => verify(&bundle, component.into(), root),
                }
            }
            (Some(payload), SignatureContent::MessageSignature(_)) => {
                let payload = STANDARD.decode(payload).map_err(|_| Unproven::OtherPlugin)?;
                let proven = verify(&bundle, payload.as_slice().into(), root)?;
                // Only what the signature covers says which artifact it is for.
                if sign::names(&payload, manifest_digest) { Ok(proven) } else { Err(Unproven::OtherPlugin) }
            }
            _ => Err(Unproven::OtherPlugin),
        }
    }
}

pub(super) fn verify(bundle: &Parsed, artifact: Artifact<'_>, root: &TrustRoot) -> Result<Proven, Unproven> {
    let mut policy = VerificationPolicy::any_identity();
    // What a trust root has no key of, it does not ask for: an instance for one company's private code has no public log.
    if !root.has_certificate_logs() {
        policy = policy.skip_sct();
    }
    let entries = &bundle.verification_material.tlog_entries;
    if root.has_logs() && entries.is_empty() {
        return Err(Unproven::NotLogged);
    }
    // The first version of bundles has the log's signed promise to hold an entry, maybe without the proof that it does. The
    // promise is checked where the time is established, which it is the source of.
    let promised =
        bundle.media_type() == MediaType::Bundle0_1 && !entries.is_empty() && entries.iter().all(is_promised);
    let proved = entries.iter().all(|entry| entry.inclusion_proof.is_some());
    let logged = if root.has_logs() && proved {
        true
    } else if !root.has_logs() || promised {
        policy = policy.skip_tlog_unsafe();
        false
    } else {
        return Err(Unproven::Log("there is no proof that the log holds it".to_owned()));
    };
    let result = root.verifier().verify(artifact, bundle, &policy)?;
    let times = result.verified_timestamps();
    let sound = result.certificate_verified()
        && result.sct_verified() == root.has_certificate_logs()
        && result.tlog_verified() == logged;
    let (true, Some(time)) = (sound, times.iter().min()) else {
        return Err(Unproven::Other("not all of it was checked".to_owned()));
    };
    let named = result.identity().zip(result.issuer());
    let (subject, issuer) = named.ok_or(Unproven::Nameless)?;
    let proven =
        Proven { subject: subject.as_str().to_owned(), issuer: issuer.to_owned(), time: time.to_string() };
    // Names are shown to people.
    let sound = |name: &str| !name.is_empty() && !name.chars().any(char::is_control);
    if sound(&proven.subject) && sound(&proven.issuer) { Ok(proven) } else { Err(Unproven::Nameless) }
}

/// Whether the log's promise, which covers the entry and its time, is there to be checked.
fn is_promised(entry: &TransparencyLogEntry) -> bool {
    let first_rekor = matches!(
        entry.kind_version,
        KindVersion::HashedRekordV001 | KindVersion::DsseV001 | KindVersion::IntotoV002
    );
    first_rekor && entry.inclusion_promise.is_some() && entry.integrated_time.is_some()
}
