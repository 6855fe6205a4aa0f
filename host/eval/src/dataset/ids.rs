//! Ids that may stand only once.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::DatasetError;
use super::error::quoted;

/// Remembers the ids of a dataset, to refuse one that comes back. Holds half a hash and a line for each, so that a
/// million samples take some 50 MB however long their ids are.
#[derive(Debug)]
pub struct UniqueIds {
    path: PathBuf,
    lines: FxHashMap<[u8; 16], u64>,
}

impl UniqueIds {
    /// No ids yet; `path` stands in messages.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), lines: FxHashMap::default() }
    }

    /// Remembers `id`, which stands in `line` (from 1).
    ///
    /// # Errors
    /// [`DatasetError::DuplicateId`] where it came before.
    pub fn insert(&mut self, id: &str, line: u64) -> Result<(), DatasetError> {
        match self.lines.insert(half_hash(id.as_bytes()), line) {
            None => Ok(()),
            Some(first) => {
                Err(DatasetError::DuplicateId { path: self.path.clone(), line, id: quoted(id), first })
            }
        }
    }
}

/// Half of a BLAKE3 hash: two of a billion texts meet with a chance of one in 10^20.
pub(crate) fn half_hash(bytes: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    half
}
