//! Datasets as people write them, right and wrong.

mod arbitrary;
mod check;
mod errors;
mod formats;
mod golden;
mod stats;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::raw::from_reader;
use super::{DatasetError, Entry, parse};

/// Reads `text` as a file of this name.
fn read(name: &str, text: impl Into<Vec<u8>>) -> Result<Vec<Entry>, DatasetError> {
    from_reader(Box::new(Cursor::new(text.into())), Path::new(name))?.map(|raw| parse(&raw?)).collect()
}

/// The only sample of `text`.
fn one(name: &str, text: &str) -> Entry {
    let mut entries = read(name, text).unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

fn line(text: &str) -> Entry {
    one("d.jsonl", text)
}

/// A directory with one file in it.
fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    (directory, path)
}
