//! Datasets: samples with unique ids, each in one partition, in a file that people edit.
//!
//! A dataset is untrusted and can be larger than memory. So a file is split into records by [`open_raw`] without
//! looking into them, [`parse`] reads one record wherever there is time for it, and [`open`] does both in turn. What is
//! wrong comes back with file, line and field ([`DatasetError`]).
//!
//! - JSON lines, one JSON document and CSV hold the same fields, under our names or those that other tools use.
//! - [`golden_samples`], [`compare`] and [`approve`] guard the golden samples: what people reviewed stands in
//!   [`LOCK_FILE`], and a sample that changed since is named.
//! - [`stats`] counts, and [`check`] warns of samples that measure less than they seem to.

mod check;
mod csv;
mod document;
mod entry;
mod error;
mod fields;
mod golden;
mod ids;
mod jsonl;
mod messages;
mod near;
mod parse;
mod raw;
mod source;
mod stats;
mod training;
mod words;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use check::{CheckOptions, Warning, check, render_warnings};
pub(crate) use entry::hash_question;
pub use entry::{Entry, Partition};
pub use error::DatasetError;
pub(crate) use error::quoted;
pub use golden::{
    Approval, GoldenChange, GoldenLock, GoldenSamples, LOCK_FILE, LockError, approve, compare,
    golden_samples, lock_file, preview,
};
pub use ids::UniqueIds;
pub use parse::parse;
pub(crate) use parse::{kind, named_fields};
pub(crate) use raw::open_table;
pub use raw::{RawRecord, RawStream, open_raw};
pub use stats::{Lengths, Stats, stats};

/// The samples of a dataset in order, with their ids known to be unique. Ends after the first error.
#[derive(Debug)]
pub struct Entries {
    records: RawStream,
    ids: UniqueIds,
    failed: bool,
}

impl Iterator for Entries {
    type Item = Result<Entry, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let entry = self.records.next()?.and_then(|raw| parse(&raw)).and_then(|entry| {
            self.ids.insert(&entry.sample.id, entry.line)?;
            Ok(entry)
        });
        self.failed = entry.is_err();
        Some(entry)
    }
}

/// Opens the dataset at `path` and reads it sample by sample, in the formats of [`open_raw`].
pub fn open(path: &Path) -> Result<Entries, DatasetError> {
    Ok(Entries { records: open_raw(path)?, ids: UniqueIds::new(path), failed: false })
}
