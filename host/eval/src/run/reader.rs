//! Reads a run record back, one sample at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::run::engine::FORMAT;
use crate::run::record::{Manifest, SampleRecord};
use crate::suite::MAX_METRICS;

/// Name of the manifest's file in a run's directory.
pub const MANIFEST: &str = "run.json";
/// Name of the samples' file in a run's directory.
pub const SAMPLES: &str = "samples.jsonl";

/// Longest line that is read: the largest sample with the largest scores of many metrics. More is no record.
const MAX_LINE: u64 = 1 << 30;

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
        let manifest: Manifest = serde_json::from_str(&text)
            .map_err(|source| RecordError::Manifest { path: path.clone(), source })?;
        if manifest.format > FORMAT {
            return Err(RecordError::Newer { path, format: manifest.format });
        }
        if manifest.metrics.len() > MAX_METRICS {
            return Err(RecordError::TooManyMetrics { path, metrics: manifest.metrics.len() });
        }
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
        let lines = self.lines()?;
        let path = lines.path.clone();
        Ok(lines.filter(|line| line.as_ref().map_or(true, RawLine::is_whole)).map(move |line| {
            let line = line?;
            line.parse().map_err(|source| RecordError::Sample {
                path: path.clone(),
                line: line.number,
                source,
            })
        }))
    }

    /// The lines of the samples' file, read as they are asked for.
    pub(crate) fn lines(&self) -> Result<Lines, RecordError> {
        let path = self.directory.join(SAMPLES);
        let open = || {
            let file = File::open(&path)?;
            let total = file.metadata()?.len();
            Ok((file, total))
        };
        let (file, total) = open().map_err(|source| RecordError::Read { path: path.clone(), source })?;
        Ok(Lines { reader: BufReader::with_capacity(1 << 20, file), path, total, number: 0, start: 0 })
    }
}

/// A line of the samples' file, not looked into yet.
#[derive(Debug)]
pub(crate) struct RawLine {
    /// From 1.
    pub(crate) number: u64,
    /// Position of its first byte in the file.
    pub(crate) start: u64,
    /// With the line break, unless the file ends before it.
    pub(crate) bytes: Vec<u8>,
}

impl RawLine {
    /// Whether it got to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.bytes.last() == Some(&b'\n')
    }

    pub(crate) fn parse(&self) -> serde_json::Result<SampleRecord> {
        serde_json::from_slice(&self.bytes)
    }
}

/// The lines of the samples' file.
#[derive(Debug)]
pub(crate) struct Lines {
    reader: BufReader<File>,
    path: PathBuf,
    total: u64,
    number: u64,
    start: u64,
}

impl Lines {
    /// Length of the file in bytes.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Bytes of the lines so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.start
    }
}

impl Iterator for Lines {
    type Item = Result<RawLine, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        match self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes) {
            Err(source) => Some(Err(RecordError::Read { path: self.path.clone(), source })),
            Ok(0) => None,
            Ok(read) => {
                let start = self.start;
                self.start += read as u64;
                self.number += 1;
                Some(Ok(RawLine { number: self.number, start, bytes }))
            }
        }
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
    /// A later Scorebox wrote the record.
    #[error("{path} has format {format}, and this Scorebox reads up to {FORMAT}: take the version that wrote it", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of its format.
        format: u32,
    },
    /// No suite has so many.
    #[error("{path}: `metrics` has {metrics} entries, more than the {MAX_METRICS} that a suite may have; take the record that a run wrote", path = path.display())]
    TooManyMetrics {
        /// The manifest.
        path: PathBuf,
        /// How many there are.
        metrics: usize,
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
