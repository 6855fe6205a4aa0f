//! Splits a dataset into records without looking into them, so that one thread can feed many.

use std::path::Path;
use std::sync::Arc;

use super::csv::{self, Header};
use super::document::Document;
use super::source::Source;
use super::{DatasetError, jsonl};

/// One record of a dataset, cut out but not read yet. [`parse`](super::parse) reads it.
#[derive(Debug, Clone)]
pub struct RawRecord {
    pub(crate) path: Arc<Path>,
    pub(crate) line: u64,
    /// Position among the records of the file, from 1.
    pub(crate) position: u64,
    pub(crate) bytes: Vec<u8>,
    /// The columns of a CSV file; a JSON object brings its own names.
    pub(crate) header: Option<Arc<Header>>,
}

impl RawRecord {
    /// Line of the record's first byte, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// How the records of a file are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object a line.
    Lines,
    /// One JSON document.
    Document,
    /// Comma-separated values under a header.
    Csv,
}

impl Format {
    /// The format that the name of a file tells.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" => Some(Self::Lines),
            "json" => Some(Self::Document),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Splitter {
    Lines,
    Document(Document),
    Csv(Arc<Header>),
}

/// The records of a dataset, in order. Holds one record at a time, and ends after the first error.
#[derive(Debug)]
pub struct RawStream {
    source: Source,
    splitter: Splitter,
    position: u64,
    failed: bool,
}

impl RawStream {
    pub(crate) fn new(source: Source, format: Format) -> Result<Self, DatasetError> {
        Self::with_header(source, format, csv::header)
    }

    fn with_header(
        mut source: Source,
        format: Format,
        header: impl Fn(&mut Source) -> Result<Arc<Header>, DatasetError>,
    ) -> Result<Self, DatasetError> {
        let splitter = match format {
            Format::Lines => Splitter::Lines,
            Format::Document => Splitter::Document(Document::default()),
            Format::Csv => Splitter::Csv(header(&mut source)?),
        };
        Ok(Self { source, splitter, position: 0, failed: false })
    }

    /// Length of the file in bytes.
    pub fn total_bytes(&self) -> u64 {
        self.source.total()
    }

    /// Bytes of the file that the records so far have taken.
    pub fn bytes_read(&self) -> u64 {
        self.source.consumed()
    }

    fn split(&mut self) -> Result<Option<RawRecord>, DatasetError> {
        let mut bytes = Vec::new();
        let (line, header) = match &mut self.splitter {
            Splitter::Lines => (jsonl::next(&mut self.source, &mut bytes)?, None),
            Splitter::Document(document) => (document.next(&mut self.source, &mut bytes)?, None),
            Splitter::Csv(header) => (csv::next(&mut self.source, &mut bytes)?, Some(header.clone())),
        };
        let Some(line) = line else { return Ok(None) };
        self.position += 1;
        Ok(Some(RawRecord { path: self.source.path().clone(), line, position: self.position, bytes, header }))
    }
}

impl Iterator for RawStream {
    type Item = Result<RawRecord, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.split().transpose();
        self.failed = !matches!(record, Some(Ok(_)));
        record
    }
}

/// Opens the dataset at `path` for somebody who reads the records elsewhere. The name tells the format: `.jsonl` and
/// `.ndjson` hold one JSON object a line, `.json` one document, `.csv` comma-separated values.
pub fn open_raw(path: &Path) -> Result<RawStream, DatasetError> {
    let format = Format::of(path).ok_or_else(|| DatasetError::UnknownFormat { path: path.to_owned() })?;
    RawStream::new(Source::open(path)?, format)
}

/// Opens a table of records that are not samples, in the same formats: labels by id.
pub(crate) fn open_table(path: &Path) -> Result<RawStream, DatasetError> {
    let format = Format::of(path).ok_or_else(|| DatasetError::UnknownFormat { path: path.to_owned() })?;
    RawStream::with_header(Source::open(path)?, format, |source| Ok(csv::columns(source)?.1))
}

/// A dataset that does not come from a file; `path` stands in messages and tells the format.
#[cfg(test)]
pub(crate) fn from_reader(
    reader: Box<dyn std::io::Read + Send>,
    path: &Path,
) -> Result<RawStream, DatasetError> {
    let format = Format::of(path).ok_or_else(|| DatasetError::UnknownFormat { path: path.to_owned() })?;
    RawStream::new(Source::new(reader, path, 0)?, format)
}
