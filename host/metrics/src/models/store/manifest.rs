//! What is written down of a model that was pulled.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;

/// The file beside a model's own.
pub(super) const NAME: &str = "scorebox-model.json";
/// Bytes of it that are read.
const MOST: u64 = 1 << 20;

/// A model in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledModel {
    /// As suites call it.
    pub name: String,
    /// Where it came from, for people.
    pub source: String,
    /// The commit of the hub's repository, where the hub says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The licence of its weights, where the source names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether its files are those that Scorebox pins.
    pub pinned: bool,
    /// Numbers in a vector.
    pub dimension: usize,
    /// SHA-256 over everything that a vector depends on, in hexadecimal.
    pub digest: String,
    /// Its files.
    pub files: Vec<ModelFile>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Within the model's folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl InstalledModel {
    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Where the manifest of a model is.
pub(super) fn path(directory: &Path, name: &str) -> PathBuf {
    directory.join(name).join(NAME)
}

pub(super) fn read(directory: &Path, name: &str) -> Result<InstalledModel, StoreError> {
    let path = path(directory, name);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { name: name.to_owned(), directory: directory.to_owned() });
        }
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(|error| StoreError::io(&path, error))?;
    let installed: InstalledModel = serde_json::from_slice(&bytes).map_err(|error| StoreError::Source {
        place: path.display().to_string(),
        what: format!("is not what was written ({error}): remove the folder and pull the model again"),
    })?;
    // The folder may have been copied under another name, and its paths are joined to it.
    let sound = installed.files.iter().all(|file| super::source::is_inside(&file.path));
    if !sound {
        let what = "names files outside of the model's folder: remove it and pull the model again".to_owned();
        return Err(StoreError::Source { place: path.display().to_string(), what });
    }
    Ok(InstalledModel { name: name.to_owned(), ..installed })
}
