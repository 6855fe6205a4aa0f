//! Ids that may stand only once.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::error::quoted;
use super::{DatasetError, open_raw, parse};
use crate::digest;

/// Remembers the ids of a dataset, to refuse one that comes back. Holds eight bytes of hash for each, whatever its
/// length; where two hashes meet, the file itself is asked.
#[derive(Debug)]
pub struct UniqueIds {
    path: PathBuf,
    hashes: FxHashSet<u64>,
}

impl UniqueIds {
    /// No ids yet; `path` is the dataset that they come from.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), hashes: FxHashSet::default() }
    }

    /// Remembers `id`, which stands in `line` (from 1).
    ///
    /// # Errors
    /// [`DatasetError::DuplicateId`] where it came before; any other where the file can no longer be read.
    pub fn insert(&mut self, id: &str, line: u64) -> Result<(), DatasetError> {
        if self.hashes.insert(digest::quarter(id.as_bytes())) {
            return Ok(());
        }
        match self.first_line(id, line)? {
            Some(first) => {
                Err(DatasetError::DuplicateId { path: self.path.clone(), line, id: quoted(id), first })
            }
            None => Ok(()),
        }
    }

    /// The line of `id` above `line`.
    fn first_line(&self, id: &str, line: u64) -> Result<Option<u64>, DatasetError> {
        for raw in open_raw(&self.path)? {
            let raw = raw?;
            if raw.line() >= line {
                break;
            }
            if parse(&raw)?.sample.id == id {
                return Ok(Some(raw.line()));
            }
        }
        Ok(None)
    }
}
