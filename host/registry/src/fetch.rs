//! Fetching and publishing, from and to wherever a reference says.

use std::path::Path;

use crate::artifact::{self, Artifact, MAX_MANIFEST_BYTES};
use crate::asked::About;
use crate::error::RegistryError;
use crate::layout::Layout;
use crate::reference::{Place, Reference};
use crate::remote::{Network, Remote};
use crate::sign::{
    self, CERTIFICATE, MAX_PAYLOAD_BYTES, MAX_SIGNATURES, PrivateKey, PublicKey, SIMPLE_SIGNING, Signature,
};
use crate::{digest, whole};
use scorebox_sandbox::MAX_COMPONENT_BYTES;

/// Largest file with a signature.
const MAX_SIG_FILE_BYTES: usize = 16 << 10;

/// A plugin that was fetched. Its bytes have the digests that were named.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// What was asked for.
    pub reference: Reference,
    /// `sha256:` of the manifest, which is the artifact's digest.
    pub manifest: String,
    /// The component.
    pub component: Vec<u8>,
    /// What it says of itself.
    pub about: About,
    /// Signatures that came along, by whomever.
    pub signatures: Vec<Signature>,
    /// How many signatures came along that only an identity speaks for, which are not checked.
    pub keyless: usize,
}

impl Fetched {
    /// Those of `keys` that signed it.
    pub fn signers<'k>(&self, keys: &'k [PublicKey]) -> Vec<&'k PublicKey> {
        let by = |key: &&PublicKey| {
            self.signatures.iter().any(|signature| signature.is_by(key, &self.manifest, &self.component))
        };
        keys.iter().filter(by).collect()
    }
}

/// Where artifacts are read from and written to.
enum Registry {
    Remote(Box<Remote>),
    Layout(Layout),
}

impl Registry {
    fn manifest(&self, wanted: &str) -> Result<Vec<u8>, RegistryError> {
        let bytes = match self {
            Self::Remote(remote) => remote.manifest(wanted)?,
            Self::Layout(layout) => layout.manifest(wanted)?,
        };
        if digest::hex(wanted).is_some() {
            same("the manifest", wanted, &bytes)?;
        }
        Ok(bytes)
    }

    /// A blob with exactly this digest.
    fn blob(&self, what: &str, wanted: &str, size: u64, most: usize) -> Result<Vec<u8>, RegistryError> {
        // A size that no honest manifest names is capped as well.
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(most);
        let bytes = match self {
            Self::Remote(remote) => remote.blob(wanted, size)?,
            Self::Layout(layout) => layout.blob(wanted, size)?,
        };
        same(what, wanted, &bytes)?;
        Ok(bytes)
    }

    fn push(&self, tag: &str, artifact: &Artifact) -> Result<(), RegistryError> {
        match self {
            Self::Layout(layout) => layout.push(tag, artifact),
            Self::Remote(remote) => {
                for blob in &artifact.blobs {
                    remote.push_blob(&digest::of(blob), blob)?;
                }
                remote.push_manifest(tag, &artifact.manifest)
            }
        }
    }
}

fn same(what: &str, wanted: &str, bytes: &[u8]) -> Result<(), RegistryError> {
    let found = digest::of(bytes);
    if found == wanted {
        return Ok(());
    }
    Err(RegistryError::Digest { what: what.to_owned(), wanted: wanted.to_owned(), found })
}

fn registry(reference: &Reference, network: Network) -> Result<Option<Registry>, RegistryError> {
    Ok(match &reference.place {
        Place::Remote { host, repository } => {
            Some(Registry::Remote(Box::new(Remote::new(host, repository, network)?)))
        }
        Place::Directory { directory, name } => Some(Registry::Layout(Layout::new(directory, name))),
        Place::File(_) => None,
    })
}

/// Fetches a plugin; what it names by relative path is looked for in `base`.
///
/// # Errors
///
/// What cannot be reached or is not there, is too large or too slow, differs from its digest, or is no plugin.
pub fn fetch(reference: &Reference, base: &Path, network: Network) -> Result<Fetched, RegistryError> {
    let at = reference.from(base);
    let Some(registry) = registry(&at, network)? else { return fetch_file(reference, &at) };
    let manifest_bytes =
        registry.manifest(at.wanted()).map_err(|error| not_found(error, reference, &registry))?;
    let not_a_plugin =
        |reason: String| RegistryError::NotAPlugin { reference: reference.to_string(), reason };
    let manifest = artifact::manifest(&manifest_bytes).map_err(not_a_plugin)?;
    let layer = artifact::component(&manifest).map_err(not_a_plugin)?;
    let what = format!("the component of {reference}");
    let component = registry.blob(&what, &layer.digest, layer.size, MAX_COMPONENT_BYTES)?;
    let about = about(reference, &component)?;
    let digest = digest::of(&manifest_bytes);
    let (signatures, keyless) = signatures(&registry, &digest)?;
    Ok(Fetched { reference: reference.clone(), manifest: digest, component, about, signatures, keyless })
}

fn not_found(error: RegistryError, reference: &Reference, registry: &Registry) -> RegistryError {
    if !error.is_not_found() {
        return error;
    }
    let tags = match registry {
        Registry::Remote(remote) => remote.tags(),
        Registry::Layout(layout) => layout.tags(),
    };
    let mut tags = tags.unwrap_or_default();
    tags.retain(|tag| !tag.ends_with(".sig"));
    tags.truncate(20);
    let hint = match tags.len() {
        0 => ": the registry has no plugin of that name".to_owned(),
        _ => format!(": there are {}", tags.join(", ")),
    };
    RegistryError::NotFound { reference: reference.to_string(), hint }
}

fn about(reference: &Reference, component: &[u8]) -> Result<About, RegistryError> {
    About::read(component).map_err(|source| RegistryError::About { reference: reference.to_string(), source })
}

fn fetch_file(reference: &Reference, at: &Reference) -> Result<Fetched, RegistryError> {
    let Place::File(path) = &at.place else {
        return Err(RegistryError::Internal(format!("{reference} is no file")));
    };
    let component = whole::read(path, MAX_COMPONENT_BYTES).map_err(RegistryError::file(path))?;
    let about = about(reference, &component)?;
    let artifact = Artifact::of_component(&component, &about)
        .map_err(|error| RegistryError::Internal(error.to_string()))?;
    let signatures = beside(path)?.into_iter().collect();
    let manifest = artifact.digest();
    Ok(Fetched { reference: reference.clone(), manifest, component, about, signatures, keyless: 0 })
}

/// The signature beside a component's file, which is called the same with `.sig` behind it.
pub(crate) fn beside(path: &Path) -> Result<Option<Signature>, RegistryError> {
    let mut path = path.as_os_str().to_owned();
    path.push(".sig");
    let path = Path::new(&path);
    match whole::read(path, MAX_SIG_FILE_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RegistryError::file(path)(error)),
        Ok(bytes) => {
            let signature = String::from_utf8_lossy(&bytes).trim().to_owned();
            Ok(Some(Signature { payload: None, signature }))
        }
    }
}

/// The signatures of an artifact, and how many only an identity speaks for.
fn signatures(registry: &Registry, digest: &str) -> Result<(Vec<Signature>, usize), RegistryError> {
    let tag = sign::tag(digest);
    let bytes = match registry.manifest(&tag) {
        Err(error) if error.is_not_found() => return Ok((Vec::new(), 0)),
        bytes => bytes?,
    };
    let not_signatures = |reason: String| RegistryError::NotAPlugin { reference: tag.clone(), reason };
    let manifest = artifact::manifest(&bytes).map_err(not_signatures)?;
    let (mut signatures, mut keyless) = (Vec::new(), 0);
    for layer in
        manifest.layers.iter().filter(|layer| layer.media_type == SIMPLE_SIGNING).take(MAX_SIGNATURES)
    {
        if digest::hex(&layer.digest).is_none() {
            return Err(not_signatures(format!("{:.80?} is no digest", layer.digest)));
        }
        if layer.annotations.contains_key(CERTIFICATE) {
            keyless += 1;
            continue;
        }
        let payload = registry.blob("a signature", &layer.digest, layer.size, MAX_PAYLOAD_BYTES)?;
        signatures.extend(sign::of_layer(layer, &payload));
    }
    Ok((signatures, keyless))
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// Digest of the artifact, by which nobody can mean another one.
    pub manifest: String,
    /// What the component says of itself.
    pub about: About,
    /// Whether the same lay there already.
    pub was_there: bool,
}

/// Publishes a component, and signs it with `key`. What lies there under another content is replaced only with
/// `overwrite`.
///
/// # Errors
///
/// What is no plugin, a version that is taken, and a registry that does not take it.
pub fn push(
    component: &[u8],
    reference: &Reference,
    key: Option<&PrivateKey>,
    overwrite: bool,
    network: Network,
) -> Result<Pushed, RegistryError> {
    let about = about(reference, component)?;
    let artifact = Artifact::of_component(component, &about)
        .map_err(|error| RegistryError::Internal(error.to_string()))?;
    if artifact.manifest.len() > MAX_MANIFEST_BYTES {
        return Err(RegistryError::NotAPlugin {
            reference: reference.to_string(),
            reason: format!("what it says of itself has more than {MAX_MANIFEST_BYTES} bytes"),
        });
    }
    let digest = artifact.digest();
    let taken = |found: String| RegistryError::Taken { reference: reference.to_string(), found };
    let Some(registry) = registry(reference, network)? else {
        let Place::File(path) = &reference.place else {
            return Err(RegistryError::Internal(format!("{reference} is no file")));
        };
        let there = match std::fs::symlink_metadata(path) {
            Ok(_) => Some(whole::read(path, MAX_COMPONENT_BYTES).map_err(RegistryError::file(path))?),
            Err(_) => None,
        };
        let was_there = there.as_deref() == Some(component);
        if let Some(there) = there.filter(|_| !was_there && !overwrite) {
            return Err(taken(digest::of(&there)));
        }
        whole::write(path, component, 0o644).map_err(RegistryError::file(path))?;
        if let Some(key) = key {
            let mut path = path.as_os_str().to_owned();
            path.push(".sig");
            let signature = key.sign_blob(component) + "\n";
            whole::write(Path::new(&path), signature.as_bytes(), 0o644).map_err(RegistryError::file(path))?;
        }
        return Ok(Pushed { manifest: digest, about, was_there });
    };
    let Some(tag) = reference.tag.as_deref().filter(|_| reference.digest.is_none()) else {
        return Err(RegistryError::NotAPlugin {
            reference: reference.to_string(),
            reason: "a plugin is published under a version, not a digest: write `:1.0.0` behind its name"
                .to_owned(),
        });
    };
    let there = match registry.manifest(tag) {
        Ok(bytes) => Some(digest::of(&bytes)),
        Err(error) if error.is_not_found() => None,
        // A directory that is not there yet is made.
        Err(RegistryError::Layout { .. }) if matches!(registry, Registry::Layout(_)) => None,
        Err(error) => return Err(error),
    };
    let was_there = there.as_ref() == Some(&digest);
    if let Some(found) = there.filter(|_| !was_there && !overwrite) {
        return Err(taken(found));
    }
    if !was_there {
        registry.push(tag, &artifact)?;
    }
    if let Some(key) = key {
        let (mut all, _) = signatures(&registry, &digest)?;
        if !all.iter().any(|signature| signature.is_by(&key.public(), &digest, component)) {
            all.push(key.sign_artifact(&docker_reference(reference), &digest));
            let artifact =
                sign::artifact(&all).map_err(|error| RegistryError::Internal(error.to_string()))?;
            registry.push(&sign::tag(&digest), &artifact)?;
        }
    }
    Ok(Pushed { manifest: digest, about, was_there })
}

/// What a signature says that it is for; nothing relies on it.
fn docker_reference(reference: &Reference) -> String {
    match &reference.place {
        Place::Remote { host, repository } => format!("{host}/{repository}"),
        Place::Directory { name, .. } => name.clone(),
        Place::File(path) => path.display().to_string(),
    }
}
