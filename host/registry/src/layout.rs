//! A plain directory as a registry: an OCI image layout, which can be copied, archived, and served by any web server.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::artifact::{self, Artifact, Descriptor, INDEX_TYPE, Index, MANIFEST, MAX_MANIFEST_BYTES};
use crate::error::RegistryError;
use crate::{digest, whole};

const MARKER: &str = "oci-layout";
const MARK: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
const INDEX: &str = "index.json";
/// Where a manifest's name stands.
const NAME: &str = "org.opencontainers.image.ref.name";
const MAX_INDEX_BYTES: usize = 16 << 20;
/// Most artifacts without a name that are looked at for what they refer to.
const MAX_SCANNED: usize = 1024;

/// One plugin's part of a layout.
#[derive(Debug)]
pub(crate) struct Layout {
    directory: PathBuf,
    name: String,
}

impl Layout {
    pub(crate) fn new(directory: &Path, name: &str) -> Self {
        Self { directory: directory.to_owned(), name: name.to_owned() }
    }

    fn wrong(&self, file: &str, reason: impl Into<String>) -> RegistryError {
        RegistryError::Layout { path: self.directory.join(file), reason: reason.into() }
    }

    fn index(&self) -> Result<Index, RegistryError> {
        let path = self.directory.join(INDEX);
        if !self.directory.join(MARKER).is_file() {
            return Err(self.wrong(
                "",
                "this is no OCI image layout, which holds a file `oci-layout`: `scorebox plugin push` makes one",
            ));
        }
        let bytes = whole::read(&path, MAX_INDEX_BYTES).map_err(RegistryError::file(&path))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| self.wrong(INDEX, format!("this is no index: {error}")))
    }

    fn full(&self, tag: &str) -> String {
        format!("{}:{tag}", self.name)
    }

    fn blob_path(&self, digest: &str) -> Result<PathBuf, RegistryError> {
        let hex = digest::named(digest).map_err(|reason| self.wrong(INDEX, reason))?;
        Ok(self.directory.join("blobs/sha256").join(hex))
    }

    /// The artifacts that refer to that with this digest: those under the tag that is called after it, and those of the
    /// layout that say so themselves.
    pub(crate) fn referrers(&self, digest: &str) -> Result<Index, RegistryError> {
        let index = self.index()?;
        let name = self.full(&artifact::referrers_tag(digest));
        let tagged = index.manifests.iter().find(|entry| entry.annotations.get(NAME) == Some(&name));
        if let Some(entry) = tagged {
            let bytes = self.blob(&entry.digest, MAX_MANIFEST_BYTES)?;
            return artifact::index(&bytes).map_err(|reason| self.wrong(INDEX, format!("{name}: {reason}")));
        }
        let mut manifests = Vec::new();
        for entry in
            index.manifests.into_iter().filter(|entry| entry.artifact_type.is_some()).take(MAX_SCANNED)
        {
            let bytes = self.blob(&entry.digest, MAX_MANIFEST_BYTES)?;
            if artifact::manifest(&bytes).is_ok_and(|manifest| manifest.refers_to(digest)) {
                manifests.push(entry);
            }
        }
        Ok(Index { manifests, ..Index::default() })
    }

    pub(crate) fn manifest(&self, wanted: &str) -> Result<Vec<u8>, RegistryError> {
        let index = self.index()?;
        let name = self.full(wanted);
        let same = |entry: &&Descriptor| {
            let named = entry.annotations.get(NAME);
            let own =
                named.is_some_and(|named| named.rsplit_once(':').is_some_and(|(of, _)| of == self.name));
            named == Some(&name) || (own && entry.digest == wanted)
        };
        let Some(entry) = index.manifests.iter().find(same) else {
            return Err(RegistryError::NotFound {
                reference: format!("{name} in {}", self.directory.display()),
                hint: String::new(),
            });
        };
        self.blob(&entry.digest, MAX_MANIFEST_BYTES)
    }

    pub(crate) fn blob(&self, digest: &str, most: usize) -> Result<Vec<u8>, RegistryError> {
        let path = self.blob_path(digest)?;
        whole::read(&path, most).map_err(RegistryError::file(path))
    }

    pub(crate) fn tags(&self) -> Result<Vec<String>, RegistryError> {
        let index = self.index()?;
        let names = index.manifests.iter().filter_map(|entry| entry.annotations.get(NAME));
        let tags = names.filter_map(|name| name.rsplit_once(':').filter(|(name, _)| *name == self.name));
        Ok(tags.map(|(_, tag)| tag.to_owned()).collect())
    }

    /// Adds an artifact under a tag; its blobs lie there before the index names them.
    pub(crate) fn push(&self, tag: &str, artifact: &Artifact) -> Result<(), RegistryError> {
        let blobs = self.directory.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).map_err(RegistryError::file(&blobs))?;
        // Two that publish at once take turns; the lock ends with the file.
        let path = self.directory.join(".lock");
        let turn = File::options().create(true).truncate(false).write(true).open(&path);
        let turn = turn.and_then(|file| file.lock().map(|()| file)).map_err(RegistryError::file(&path))?;
        let marker = self.directory.join(MARKER);
        if !marker.is_file() {
            let write = |name: &str, bytes: &[u8]| {
                let path = self.directory.join(name);
                whole::write(&path, bytes, 0o644).map_err(RegistryError::file(path))
            };
            let empty = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
            write(INDEX, empty)?;
            write(MARKER, MARK)?;
        }
        let mut index = self.index()?;
        for bytes in artifact.blobs.iter().chain([&artifact.manifest]) {
            let path = self.blob_path(&digest::of(bytes))?;
            if whole::read(&path, bytes.len()).is_ok_and(|there| there == *bytes) {
                continue;
            }
            whole::write(&path, bytes, 0o644).map_err(RegistryError::file(path))?;
        }
        let name = self.full(tag);
        let mut entry = Descriptor::of(MANIFEST, &artifact.manifest);
        entry.annotations.insert(NAME.to_owned(), name.clone());
        index.manifests.retain(|entry| entry.annotations.get(NAME) != Some(&name));
        index.manifests.push(entry);
        index.media_type = Some(INDEX_TYPE.to_owned());
        let bytes =
            serde_json::to_vec_pretty(&index).map_err(|error| self.wrong(INDEX, error.to_string()))?;
        let path = self.directory.join(INDEX);
        whole::write(&path, &bytes, 0o644).map_err(RegistryError::file(path))?;
        drop(turn);
        Ok(())
    }
}
