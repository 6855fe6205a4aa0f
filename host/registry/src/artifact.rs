//! A plugin as an OCI artifact, in the layout that the tools for WebAssembly use: one layer with the component, and a
//! config that says what it imports and exports.

use std::collections::BTreeMap;

use scorebox_sandbox::MAX_COMPONENT_BYTES;
use serde::{Deserialize, Serialize};

use crate::asked::About;
use crate::digest;

/// Media type of manifests.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of lists of manifests.
pub(crate) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of a component's config.
pub(crate) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Media type of a component.
pub(crate) const COMPONENT: &str = "application/wasm";
/// Largest manifest that is read.
pub(crate) const MAX_MANIFEST_BYTES: usize = 256 << 10;
/// A moment for all artifacts, so that the same component is the same artifact whenever it is pushed.
const CREATED: &str = "1970-01-01T00:00:00Z";
/// Where the grants that a plugin asks for stand in an artifact's annotations.
pub(crate) const GRANTS: &str = "scorebox.grants";

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub(crate) schema_version: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    /// The artifact that this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Manifest {
    pub(crate) fn refers_to(&self, digest: &str) -> bool {
        self.subject.as_ref().is_some_and(|subject| subject.digest == digest)
    }
}

/// A list of manifests.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    pub(crate) schema_version: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    pub(crate) manifests: Vec<Descriptor>,
}

/// What a manifest says of one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// An artifact with all of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// The manifest's bytes, whose digest is the artifact's.
    pub(crate) manifest: Vec<u8>,
    /// Its blobs; the config comes first.
    pub(crate) blobs: Vec<Vec<u8>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [&'a str; 1],
    component: World<'a>,
}

#[derive(Serialize)]
struct World<'a> {
    exports: Vec<&'a str>,
    imports: &'a [String],
}

impl Artifact {
    /// The artifact of a component. The same component gives the same bytes.
    pub(crate) fn of_component(component: &[u8], about: &About) -> Result<Self, serde_json::Error> {
        let inspection = &about.inspection;
        let metric = inspection.contract.replace('@', "/metric@");
        let mut exports = vec![metric.as_str()];
        exports.extend(inspection.other_exports.iter().map(String::as_str));
        let config = serde_json::to_vec(&Config {
            created: CREATED,
            author: (!about.authors.is_empty()).then(|| about.authors.join(", ")),
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [&inspection.digest],
            component: World { exports, imports: &inspection.imports },
        })?;
        let mut annotations = BTreeMap::from([
            ("org.opencontainers.image.title".to_owned(), about.name.clone()),
            ("org.opencontainers.image.version".to_owned(), about.version.clone()),
            ("org.opencontainers.image.description".to_owned(), about.summary.clone()),
            (GRANTS.to_owned(), serde_json::to_string(&about.asked)?),
        ]);
        let mut annotate = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                annotations.insert(format!("org.opencontainers.image.{name}"), value);
            }
        };
        annotate("licenses", about.licence.clone());
        annotate("source", about.source.clone());
        annotate("authors", (!about.authors.is_empty()).then(|| about.authors.join(", ")));
        let manifest = serde_json::to_vec(&Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            config: Descriptor::of(CONFIG, &config),
            layers: vec![Descriptor::of(COMPONENT, component)],
            subject: None,
            annotations,
        })?;
        Ok(Self { manifest, blobs: vec![config, component.to_vec()] })
    }

    pub(crate) fn digest(&self) -> String {
        digest::of(&self.manifest)
    }
}

/// What of a manifest is wrong; in words that follow the name of the artifact.
pub(crate) type Wrong = String;

/// Reads a manifest.
pub(crate) fn manifest(bytes: &[u8]) -> Result<Manifest, Wrong> {
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| format!("its manifest cannot be read: {error}"))?;
    if manifest.schema_version != 2 {
        return Err(format!("its manifest has version {}, this Scorebox reads 2", manifest.schema_version));
    }
    Ok(manifest)
}

/// Reads a list of manifests.
pub(crate) fn index(bytes: &[u8]) -> Result<Index, Wrong> {
    serde_json::from_slice(bytes).map_err(|error| format!("this is no index: {error}"))
}

/// The tag under which a registry that has no list of its own keeps the artifacts that refer to another.
pub(crate) fn referrers_tag(digest: &str) -> String {
    digest.replacen(':', "-", 1)
}

/// The layer of an artifact that is the component.
pub(crate) fn component(manifest: &Manifest) -> Result<&Descriptor, Wrong> {
    let [layer] = manifest.layers.as_slice() else {
        return Err(format!("it has {} layers, a plugin has one", manifest.layers.len()));
    };
    if manifest.config.media_type != CONFIG || layer.media_type != COMPONENT {
        return Err(format!(
            "it is no plugin: its config is {:.80?} and its layer {:.80?}, those of a plugin are `{CONFIG}` and `{COMPONENT}`",
            manifest.config.media_type, layer.media_type
        ));
    }
    if layer.size > MAX_COMPONENT_BYTES as u64 {
        return Err(format!(
            "its component has {} bytes, more than the {MAX_COMPONENT_BYTES} that are allowed",
            layer.size
        ));
    }
    if digest::hex(&layer.digest).is_none() {
        return Err(format!(
            "{:.80?} is no digest that this Scorebox knows: it has to be `sha256:`",
            layer.digest
        ));
    }
    Ok(layer)
}
