//! Reads a run record back, one sample at a time.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::run::record::{Manifest, SampleRecord};

/// Name of the manifest's file in a run's directory.
pub const MANIFEST: &str = "run.json";
/// Name of the samples' file in a run's directory.
pub const SAMPLES: &str = "samples.jsonl";

/// A run record on disk.
#[derive(Debug, Clone)]
pub struct RunReader {
    directory: PathBuf,
    manifest: Manifest,
}

impl RunReader {
    /// Opens the record in `directory`.
    pub fn open(directory: &Path) -> Result<Self, RecordError> {
        let path = directory.join(MANIFEST);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| RecordError::Read { path: path.clone(), source })?;
        let manifest = serde_json::from_str(&text)
            .map_err(|source| RecordError::Manifest { path: path.clone(), source })?;
        Ok(Self { directory: directory.to_owned(), manifest })
    }

    /// Where the record lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The samples in the dataset's order, read as they are asked for. A last line that was cut short by a kill is
    /// left out.
    pub fn samples(
        &self,
    ) -> Result<impl Iterator<Item = Result<SampleRecord, RecordError>> + use<>, RecordError> {
        let path = self.directory.join(SAMPLES);
        let file = File::open(&path).map_err(|source| RecordError::Read { path: path.clone(), source })?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut line = Vec::new();
        let mut number = 0;
        Ok(std::iter::from_fn(move || {
            line.clear();
            number += 1;
            match reader.read_until(b'\n', &mut line) {
                Err(source) => Some(Err(RecordError::Read { path: path.clone(), source })),
                Ok(_) if line.last() != Some(&b'\n') => None,
                Ok(_) => Some(serde_json::from_slice(&line).map_err(|source| RecordError::Sample {
                    path: path.clone(),
                    line: number,
                    source,
                })),
            }
        }))
    }
}

/// Why a run record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file of the record cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is not one.
    #[error("{path} is not a run's manifest: {source}", path = path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A line of the samples is not one.
    #[error("{path}:{line}: not a sample record: {source}", path = path.display())]
    Sample {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Why.
        source: serde_json::Error,
    },
}
