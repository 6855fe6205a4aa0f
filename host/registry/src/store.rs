//! The local store: components that were fetched, by digest, from where runs take them without asking anybody.
//!
//! ```text
//! components/HEX.wasm     a component, by its own digest
//! packages/HEX.json       what came with it, by the digest of its manifest: from where, and the signatures by key and identity
//! ```
//!
//! The directory is one user's alone. A file is written beside its place and moved there, so that two who fetch the same
//! at once, or a disk that fills up, leave a whole file or none. What is read is held against its digest every time.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use scorebox_sandbox::{MAX_COMPONENT_BYTES, NotPrivate, private_directory};
use serde::{Deserialize, Serialize};

use crate::fetch::Fetched;
use crate::identity::Bundle;
use crate::sign::Signature;
use crate::signer::{Evidence, Signer};
use crate::{digest, whole};

const MAX_PACKAGE_BYTES: usize = 8 << 20;
/// What a program that was killed left behind is removed after this time.
const STALE: Duration = Duration::from_secs(3600);

/// The plugins that were fetched by this user.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others could have written it.
    #[error("the store of plugins {directory} is not yours alone: {source}; choose another with $SCOREBOX_STORE", directory = directory.display())]
    NotPrivate {
        /// The store.
        directory: PathBuf,
        /// Why.
        source: NotPrivate,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}; nothing half-written is left", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it is called.
    #[error("{path} was changed since it was fetched: {reason}; `scorebox plugin pull` fetches it anew", path = path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: String,
    },
}

/// What came with a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The reference that it was fetched by.
    pub reference: String,
    /// Kebab-case.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// `sha256:` of the manifest.
    pub manifest: String,
    /// `sha256:` of the component.
    pub component: String,
    /// By whomever.
    pub signatures: Vec<Signature>,
    /// Signatures by identity, by whomever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<Bundle>,
}

impl Package {
    /// Those of `asked` who signed it.
    pub fn signers<'s>(&self, asked: &'s [Signer], component: &[u8]) -> Vec<&'s Signer> {
        self.evidence(component).signers(asked)
    }

    pub(crate) fn evidence<'e>(&'e self, component: &'e [u8]) -> Evidence<'e> {
        let Self { signatures, bundles, manifest, .. } = self;
        Evidence { signatures, bundles, manifest, component }
    }
}

impl Store {
    /// Opens the store in `directory`, which is made where it is not there.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        for path in [directory.to_owned(), directory.join("components"), directory.join("packages")] {
            private_directory(&path)
                .map_err(|source| StoreError::NotPrivate { directory: path.clone(), source })?;
        }
        let store = Self { directory: directory.to_owned() };
        store.sweep();
        Ok(store)
    }

    /// Removes what programs that were killed left behind. What cannot be removed now is tried again next time.
    fn sweep(&self) {
        for part in ["components", "packages"] {
            for entry in std::fs::read_dir(self.directory.join(part)).into_iter().flatten().flatten() {
                let is_stale = || {
                    let age =
                        SystemTime::now().duration_since(entry.metadata().ok()?.modified().ok()?).ok()?;
                    Some(entry.file_name().to_str()?.starts_with(".scorebox-") && age > STALE)
                };
                if is_stale() == Some(true) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the component with this digest lies, or would.
    pub fn component_path(&self, digest: &str) -> Option<PathBuf> {
        Some(self.directory.join("components").join(format!("{}.wasm", digest::hex(digest)?)))
    }

    fn package_path(&self, manifest: &str) -> Option<PathBuf> {
        Some(self.directory.join("packages").join(format!("{}.json", digest::hex(manifest)?)))
    }

    /// Keeps a plugin: first its component, then what says that it is there.
    pub fn keep(&self, fetched: &Fetched) -> Result<(), StoreError> {
        let component = fetched.about.inspection.digest.clone();
        let package = Package {
            reference: fetched.reference.to_string(),
            name: fetched.about.name.clone(),
            version: fetched.about.version.clone(),
            manifest: fetched.manifest.clone(),
            component: component.clone(),
            signatures: fetched.signatures.clone(),
            bundles: fetched.bundles.clone(),
        };
        let json = serde_json::to_vec_pretty(&package).unwrap_or_default();
        let paths = self.component_path(&component).zip(self.package_path(&fetched.manifest));
        let Some((component_path, package_path)) = paths else { return Ok(()) };
        for (path, bytes) in [(component_path, &fetched.component), (package_path, &json)] {
            if whole::read(&path, bytes.len()).is_ok_and(|there| there == *bytes) {
                continue;
            }
            whole::write(&path, bytes, 0o600).map_err(|source| StoreError::File { path, source })?;
        }
        Ok(())
    }

    /// The component with this digest; `None` where it was never fetched.
    pub fn component(&self, wanted: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(path) = self.component_path(wanted) else { return Ok(None) };
        let Some(bytes) = Self::read(&path, MAX_COMPONENT_BYTES)? else { return Ok(None) };
        let found = digest::of(&bytes);
        if found != wanted {
            return Err(StoreError::Changed { path, reason: format!("its digest is {found}") });
        }
        Ok(Some(bytes))
    }

    /// What came with the artifact of this digest; `None` where it was never fetched.
    pub fn package(&self, manifest: &str) -> Result<Option<Package>, StoreError> {
        let Some(path) = self.package_path(manifest) else { return Ok(None) };
        let Some(bytes) = Self::read(&path, MAX_PACKAGE_BYTES)? else { return Ok(None) };
        let package = serde_json::from_slice(&bytes);
        package.map(Some).map_err(|error| StoreError::Changed { path, reason: error.to_string() })
    }

    /// All that was fetched, sorted by reference. What cannot be read is left out.
    pub fn packages(&self) -> Vec<Package> {
        let entries = std::fs::read_dir(self.directory.join("packages")).into_iter().flatten().flatten();
        let read = |entry: std::fs::DirEntry| {
            let name = entry.file_name();
            let hex = name.to_str()?.strip_suffix(".json")?;
            self.package(&format!("sha256:{hex}")).ok()?
        };
        let mut packages: Vec<Package> = entries.filter_map(read).collect();
        packages.sort_by(|a, b| (&a.reference, &a.manifest).cmp(&(&b.reference, &b.manifest)));
        packages
    }

    /// A package with this component.
    pub fn package_of(&self, component: &str) -> Option<Package> {
        self.packages().into_iter().find(|package| package.component == component)
    }

    /// Removes what was fetched by this manifest; its component as well, where no other package has the same.
    pub fn forget(&self, package: &Package) -> Result<(), StoreError> {
        let remove = |path: Option<PathBuf>| match path {
            Some(path) => match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    Err(StoreError::File { path, source })
                }
                _ => Ok(()),
            },
            None => Ok(()),
        };
        remove(self.package_path(&package.manifest))?;
        if self.package_of(&package.component).is_none() {
            remove(self.component_path(&package.component))?;
        }
        Ok(())
    }

    fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match whole::read(path, most) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::File { path: path.to_owned(), source }),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }
}
