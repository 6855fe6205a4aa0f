//! Fetching and publishing, from and to wherever a reference says.

use std::path::Path;

use crate::artifact::{self, Artifact, Index, MANIFEST, MAX_MANIFEST_BYTES};
use crate::asked::About;
use crate::error::RegistryError;
use crate::identity::{self, Bundle, MAX_BUNDLE_BYTES, MAX_BUNDLES, Proven, TrustRoot, Unproven};
use crate::layout::Layout;
use crate::reference::{Place, Reference};
use crate::remote::{Network, Remote};
use crate::sign::{
    self, CERTIFICATE, Layer, MAX_PAYLOAD_BYTES, MAX_SIGNATURES, PrivateKey, SIMPLE_SIGNING, Signature,
};
use crate::signer::{Evidence, Signer};
use crate::{digest, whole};
use scorebox_sandbox::MAX_COMPONENT_BYTES;

/// Largest file with a signature.
const MAX_SIG_FILE_BYTES: usize = 16 << 10;
/// Most artifacts that refer to a plugin, and are looked at.
const MAX_REFERRERS: usize = 32;

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
    /// Signatures by identity that came along, by whomever.
    pub bundles: Vec<Bundle>,
}

impl Fetched {
    /// Those of `asked` who signed it.
    pub fn signers<'s>(&self, asked: &'s [Signer]) -> Vec<&'s Signer> {
        self.evidence().signers(asked)
    }

    /// What each signature by identity proves under a trust root.
    pub fn proven(&self, root: &TrustRoot) -> Vec<Result<Proven, Unproven>> {
        self.evidence().proven(root)
    }

    pub(crate) fn evidence(&self) -> Evidence<'_> {
        let Self { signatures, bundles, manifest, component, .. } = self;
        Evidence { signatures, bundles, manifest, component }
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

    /// The artifacts that refer to that with this digest; none where the registry knows of none.
    fn referrers(&self, digest: &str) -> Result<Index, RegistryError> {
        match self {
            Self::Remote(remote) => remote.referrers(digest),
            Self::Layout(layout) => layout.referrers(digest),
        }
    }

    /// The manifest of one of them.
    fn referrer(&self, wanted: &str) -> Result<Vec<u8>, RegistryError> {
        let bytes = match self {
            Self::Remote(remote) => remote.manifest(wanted)?,
            // There it has no name.
            Self::Layout(layout) => layout.blob(wanted, MAX_MANIFEST_BYTES)?,
        };
        same("a manifest", wanted, &bytes)?;
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
    let layers = signatures(&registry, &digest)?;
    let (by_identity, by_key): (Vec<_>, Vec<_>) =
        layers.iter().partition(|(layer, _)| layer.annotations.contains_key(CERTIFICATE));
    let signatures = by_key.into_iter().filter_map(|(layer, payload)| sign::of_layer(layer, payload));
    let mut bundles: Vec<Bundle> =
        by_identity.into_iter().map(|(layer, payload)| identity::of_layer(layer, payload)).collect();
    bundles.truncate(MAX_BUNDLES);
    let more = MAX_BUNDLES - bundles.len();
    bundles.extend(self::bundles(&registry, &digest, more)?);
    Ok(Fetched {
        reference: reference.clone(),
        manifest: digest,
        component,
        about,
        signatures: signatures.collect(),
        bundles,
    })
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
    // What stands beside artifacts is called after their digests.
    tags.retain(|tag| !tag.starts_with("sha256-"));
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
    let (signatures, bundles) = beside(path)?;
    let manifest = artifact.digest();
    Ok(Fetched { reference: reference.clone(), manifest, component, about, signatures, bundles })
}

/// The signatures beside a component's file, which are called the same with `.sig`, or `.sigstore.json`, behind it.
pub(crate) fn beside(path: &Path) -> Result<(Vec<Signature>, Vec<Bundle>), RegistryError> {
    let read = |ending: &str, most: usize| {
        let mut path = path.as_os_str().to_owned();
        path.push(ending);
        match whole::read(Path::new(&path), most) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            bytes => bytes.map(Some).map_err(RegistryError::file(path)),
        }
    };
    let signature = read(".sig", MAX_SIG_FILE_BYTES)?.map(|bytes| {
        let signature = String::from_utf8_lossy(&bytes).trim().to_owned();
        Signature { payload: None, signature }
    });
    let bundle = read(".sigstore.json", MAX_BUNDLE_BYTES)?.map(|bytes| Bundle::new(&bytes));
    Ok((signature.into_iter().collect(), bundle.into_iter().collect()))
}

/// The signatures of an artifact that lie under the tag that is called after it, as cosign before version 3 keeps them.
fn signatures(registry: &Registry, digest: &str) -> Result<Vec<Layer>, RegistryError> {
    let tag = sign::tag(digest);
    let bytes = match registry.manifest(&tag) {
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let not_signatures = |reason: String| RegistryError::NotAPlugin { reference: tag.clone(), reason };
    let manifest = artifact::manifest(&bytes).map_err(not_signatures)?;
    let mut signatures = Vec::new();
    for layer in
        manifest.layers.into_iter().filter(|layer| layer.media_type == SIMPLE_SIGNING).take(MAX_SIGNATURES)
    {
        digest::named(&layer.digest).map_err(not_signatures)?;
        let payload = registry.blob("a signature", &layer.digest, layer.size, MAX_PAYLOAD_BYTES)?;
        signatures.push((layer, payload));
    }
    Ok(signatures)
}

/// The bundles of an artifact, which are artifacts that refer to it, as cosign since version 3 and GitHub keep them.
fn bundles(registry: &Registry, digest: &str, most: usize) -> Result<Vec<Bundle>, RegistryError> {
    let index = registry.referrers(digest)?;
    let mut bundles = Vec::new();
    // What an index says of the kind of artifacts is not the same with all registries, so what else there is is looked at.
    let referrers = index.manifests.iter().filter(|entry| entry.media_type == MANIFEST);
    for referrer in referrers.take(MAX_REFERRERS) {
        let of = format!("what refers to {digest}");
        let no_bundle = |reason: String| RegistryError::NotAPlugin { reference: of.clone(), reason };
        digest::named(&referrer.digest).map_err(no_bundle)?;
        let manifest = match registry.referrer(&referrer.digest) {
            // A list can outlive what it lists.
            Err(error) if error.is_not_found() => continue,
            bytes => artifact::manifest(&bytes?).map_err(no_bundle)?,
        };
        for layer in manifest.layers.iter().filter(|layer| layer.media_type.starts_with(identity::MEDIA_TYPE))
        {
            // A statement can hold the parts list of a whole system, and is no signature then.
            if layer.size > MAX_BUNDLE_BYTES as u64 {
                continue;
            }
            if bundles.len() == most {
                return Ok(bundles);
            }
            digest::named(&layer.digest).map_err(no_bundle)?;
            let bytes = registry.blob("a bundle", &layer.digest, layer.size, MAX_BUNDLE_BYTES)?;
            bundles.push(Bundle::new(&bytes));
        }
    }
    Ok(bundles)
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
        // Those of others stay, whoever made them.
        let mut all = signatures(&registry, &digest)?;
        let is_by_key = |(layer, payload): &Layer| {
            sign::of_layer(layer, payload)
                .is_some_and(|signature| signature.is_by(&key.public(), &digest, component))
        };
        if !all.iter().any(is_by_key) {
            all.push(key.sign_artifact(&docker_reference(reference), &digest));
            let artifact = sign::artifact(all).map_err(|error| RegistryError::Internal(error.to_string()))?;
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
