//! Signatures, as cosign makes them: ECDSA on P-256 over SHA-256.
//!
//! Of an artifact in a registry, what is signed is a small JSON text, cosign's "simple signing", that names the digest
//! of the artifact's manifest; of a file, the file's bytes, as `cosign sign-blob` does it. Keys are PEM: public ones as
//! `PUBLIC KEY`, private ones as PKCS #8, encrypted where a password is given. A private key is read where it is used and
//! written nowhere but to its own file, which has to be its owner's alone.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::{Signer as _, Verifier};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use pkcs8::{DecodePrivateKey, EncodePrivateKey};
use scorebox_sandbox::private_file;
use serde::{Deserialize, Serialize};

use crate::artifact::{self, Artifact, Descriptor, MANIFEST, Manifest};
use crate::digest;

/// Media type of what is signed.
pub(crate) const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Where the signature of a layer stands.
pub(crate) const ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// Where the certificate of a signature by identity stands; one without is by a key.
pub(crate) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const KIND: &str = "cosign container image signature";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Largest key file that is read.
const MAX_KEY_BYTES: u64 = 64 << 10;
/// Largest payload of a signature.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 64 << 10;
/// Most signatures of one artifact.
pub(crate) const MAX_SIGNATURES: usize = 32;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It lies there already.
    #[error("{path} is there already, and no key is overwritten: choose another name", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others could have read or written it.
    #[error("the private key {path} is not yours alone: {reason}; run `chmod 600` on it, and make a new key if somebody may have read it", path = path.display())]
    Shared {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Not a key.
    #[error("{path} is no {what}: {reason}; `scorebox plugin keygen` makes keys", path = path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// Which key.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// It is encrypted.
    #[error("the private key {path} is encrypted: give its password in $SCOREBOX_KEY_PASSWORD", path = path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// No key can be made.
    #[error("no key can be made: {0}")]
    Make(String),
}

/// A public key on P-256.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A private key on P-256; never shown.
pub struct PrivateKey(SigningKey);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl PublicKey {
    /// Reads a key from its PEM text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(pem: &str) -> Result<Self, String> {
        let key = VerifyingKey::from_public_key_pem(pem.trim());
        key.map(Self).map_err(|error| {
            format!("it is no public key on P-256, which begins with `-----BEGIN PUBLIC KEY-----` ({error})")
        })
    }

    /// Reads a key from a PEM file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = read(path)?;
        Self::parse(&text).map_err(|reason| KeyError::NoKey {
            path: path.to_owned(),
            what: "public key",
            reason,
        })
    }

    /// The key in one line of base64, as lock files have it.
    pub(crate) fn to_line(&self) -> String {
        self.der().map(|der| STANDARD.encode(der)).unwrap_or_default()
    }

    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let der = STANDARD.decode(line).ok()?;
        VerifyingKey::from_public_key_der(&der).ok().map(Self)
    }

    /// `sha256:` of the key's DER, by which people tell keys apart.
    pub fn fingerprint(&self) -> String {
        self.der().map_or_else(String::new, |der| digest::of(&der))
    }

    fn der(&self) -> Option<Vec<u8>> {
        self.0.to_public_key_der().ok().map(|document| document.as_bytes().to_vec())
    }
}

impl PrivateKey {
    /// Reads a private key; `password` is for an encrypted one.
    pub fn read(path: &Path, password: Option<&str>) -> Result<Self, KeyError> {
        let shared = |reason: String| KeyError::Shared { path: path.to_owned(), reason };
        // Looked at before it is read: a key that others can read is reported, not quietly closed.
        let about = std::fs::symlink_metadata(path)
            .map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777;
        if about.is_file() && mode & 0o077 != 0 {
            return Err(shared(format!("its mode is {mode:o}")));
        }
        private_file(path).map_err(|error| shared(error.to_string()))?;
        let text = read(path)?;
        let no_key = |reason: String| KeyError::NoKey { path: path.to_owned(), what: "private key", reason };
        let key = if text.contains("ENCRYPTED PRIVATE KEY") {
            let password = password.ok_or_else(|| KeyError::Encrypted { path: path.to_owned() })?;
            SigningKey::from_pkcs8_encrypted_pem(text.trim(), password).map_err(|error| {
                no_key(format!(
                    "it cannot be decrypted with the password of $SCOREBOX_KEY_PASSWORD ({error})"
                ))
            })?
        } else {
            SigningKey::from_pkcs8_pem(text.trim()).map_err(|error| {
                no_key(format!("it is not PKCS #8 with a key on P-256, which begins with `-----BEGIN PRIVATE KEY-----` ({error})"))
            })?
        };
        Ok(Self(key))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(bytes);
        signature.as_bytes().to_vec()
    }

    /// Signs a file's bytes as `cosign sign-blob` does: what belongs into `FILE.sig`.
    pub fn sign_blob(&self, bytes: &[u8]) -> String {
        STANDARD.encode(self.sign(bytes))
    }

    /// Signs the artifact with this digest, which is meant for `repository`.
    pub(crate) fn sign_artifact(&self, repository: &str, digest: &str) -> Layer {
        // In the form and order in which cosign writes it.
        let identity = serde_json::json!({"docker-reference": repository});
        let image = serde_json::json!({"docker-manifest-digest": digest});
        let payload = serde_json::json!({
            "critical": {"identity": identity, "image": image, "type": KIND},
            "optional": null,
        });
        let payload = payload.to_string().into_bytes();
        let mut layer = Descriptor::of(SIMPLE_SIGNING, &payload);
        layer.annotations.insert(ANNOTATION.to_owned(), STANDARD.encode(self.sign(&payload)));
        (layer, payload)
    }
}

/// Makes a key: `PATH.key`, readable by its owner alone, and `PATH.pub`. Neither is overwritten.
pub fn keygen(path: &Path, password: Option<&str>) -> Result<(PathBuf, PathBuf, PublicKey), KeyError> {
    let key = SigningKey::try_generate().map_err(|error| KeyError::Make(error.to_string()))?;
    let pem = match password {
        Some(password) => key.to_pkcs8_encrypted_pem(password, LineEnding::LF),
        None => key.to_pkcs8_pem(LineEnding::LF),
    };
    let pem = pem.map_err(|error| KeyError::Make(error.to_string()))?;
    let public = PublicKey(*key.verifying_key());
    let public_pem =
        public.0.to_public_key_pem(LineEnding::LF).map_err(|error| KeyError::Make(error.to_string()))?;
    let [private_path, public_path] = ["key", "pub"].map(|extension| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    });
    if public_path.exists() {
        return Err(KeyError::Exists { path: public_path });
    }
    write_new(&private_path, pem.as_bytes(), 0o600)?;
    write_new(&public_path, public_pem.as_bytes(), 0o644)?;
    Ok((private_path, public_path, public))
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let file = std::fs::File::options().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::File { path: path.to_owned(), source },
    })
}

fn read(path: &Path) -> Result<String, KeyError> {
    use std::io::Read;
    let read = || {
        let mut text = String::new();
        std::fs::File::open(path)?.take(MAX_KEY_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|source| KeyError::File { path: path.to_owned(), source })
}

/// A signature that came with a plugin. By whom it is shows only when a key is held against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// What was signed, in base64; a file's own bytes where this is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
    /// ECDSA in DER, in base64.
    pub(crate) signature: String,
}

/// What was signed, as far as it is looked at.
#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

impl Signature {
    /// Whether it is by `key`, and of this artifact, or of this component.
    pub fn is_by(&self, key: &PublicKey, manifest_digest: &str, component: &[u8]) -> bool {
        let Ok(signature) = STANDARD.decode(self.signature.trim()) else { return false };
        let Ok(signature) = DerSignature::from_bytes(&signature) else { return false };
        let Some(payload) = &self.payload else { return key.0.verify(component, &signature).is_ok() };
        let Ok(payload) = STANDARD.decode(payload) else { return false };
        if key.0.verify(&payload, &signature).is_err() {
            return false;
        }
        // Only what the signature covers says which artifact it is for.
        names(&payload, manifest_digest)
    }
}

/// Whether what was signed names the artifact with this manifest.
pub(crate) fn names(payload: &[u8], manifest_digest: &str) -> bool {
    serde_json::from_slice::<Payload>(payload)
        .is_ok_and(|said| said.critical.kind == KIND && said.critical.image.digest == manifest_digest)
}

/// The tag under which cosign keeps the signatures of an artifact.
pub(crate) fn tag(manifest_digest: &str) -> String {
    format!("{}.sig", artifact::referrers_tag(manifest_digest))
}

/// One layer of such an artifact, with its blob, which is what was signed.
pub(crate) type Layer = (Descriptor, Vec<u8>);

/// The artifact that holds these signatures, as cosign lays it out.
pub(crate) fn artifact(signatures: Vec<Layer>) -> Result<Artifact, serde_json::Error> {
    let mut layers = Vec::new();
    let mut blobs = Vec::new();
    for (layer, payload) in signatures {
        layers.push(layer);
        if !blobs.contains(&payload) {
            blobs.push(payload);
        }
    }
    let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.digest.as_str()).collect();
    let config = serde_json::to_vec(&serde_json::json!({
        "architecture": "", "os": "", "config": {}, "created": "0001-01-01T00:00:00Z",
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": [{"created": "0001-01-01T00:00:00Z"}],
    }))?;
    let manifest = serde_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST.to_owned()),
        config: Descriptor::of(CONFIG, &config),
        layers,
        subject: None,
        annotations: std::collections::BTreeMap::new(),
    })?;
    blobs.insert(0, config);
    Ok(Artifact { manifest, blobs })
}

/// The signature of one layer of such an artifact, whose payload was fetched.
pub(crate) fn of_layer(layer: &Descriptor, payload: &[u8]) -> Option<Signature> {
    let signature = layer.annotations.get(ANNOTATION)?;
    Some(Signature { payload: Some(STANDARD.encode(payload)), signature: signature.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_artifact_and_by_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("release");
        let (private, public, _) = keygen(&path, Some("correct horse")).unwrap();
        let other = keygen(&directory.path().join("other"), None).unwrap().2;
        assert!(matches!(PrivateKey::read(&private, None), Err(KeyError::Encrypted { .. })));
        assert!(matches!(PrivateKey::read(&private, Some("wrong")), Err(KeyError::NoKey { .. })));
        assert!(matches!(keygen(&path, None), Err(KeyError::Exists { .. })));
        let key = PrivateKey::read(&private, Some("correct horse")).unwrap();
        let public = PublicKey::read(&public).unwrap();
        assert_eq!(key.public(), public);
        assert_eq!(PublicKey::from_line(&public.to_line()), Some(public.clone()));

        let [digest, another] = [b"one", b"two"].map(|bytes| digest::of(bytes));
        let (layer, payload) = key.sign_artifact("ghcr.io/acme/x", &digest);
        let signature = of_layer(&layer, &payload).unwrap();
        assert!(signature.is_by(&public, &digest, b""));
        assert!(!signature.is_by(&public, &another, b""));
        assert!(!signature.is_by(&other, &digest, b""));

        let blob = Signature { payload: None, signature: key.sign_blob(b"bytes") };
        assert!(blob.is_by(&public, &digest, b"bytes"));
        assert!(!blob.is_by(&public, &digest, b"byte"));
    }

    #[test]
    fn a_private_key_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (private, ..) = keygen(&directory.path().join("k"), None).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&private, mode).unwrap();
        let error = PrivateKey::read(&private, None).unwrap_err().to_string();
        assert!(error.contains("its mode is 644"), "{error}");
    }
}
