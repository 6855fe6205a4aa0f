//! Run records.

use scorebox_eval::run::{MANIFEST, RunReader, SAMPLES};

use crate::{pieces, place, report};

/// A manifest as a run of the example left it.
pub(crate) const REAL: &[u8] = include_bytes!("run.json");

/// Reads a record: the first piece is the manifest, a real one where it is empty, the second its samples. What can be read
/// can be reported in every format, and no format lets a stranger's text do anything.
pub fn record(data: &[u8]) {
    let mut pieces = pieces::bytes(data);
    let manifest = pieces.next().filter(|manifest| !manifest.is_empty()).unwrap_or(REAL);
    let directory = place::directory();
    place::write(&directory, MANIFEST, manifest);
    if let Some(samples) = pieces.next() {
        place::write(&directory, SAMPLES, samples);
    }
    match RunReader::open(directory.path()) {
        Ok(record) => report::in_every_format(&record),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
