//! Datasets, in every format.

use std::path::Path;

use scorebox_eval::dataset::{
    self, CheckOptions, DatasetError, Entry, GoldenLock, GoldenSamples, LOCK_FILE, Partition,
};

use crate::place;

/// The first byte says the format: `l` for JSON lines, `c` for CSV, anything else for one JSON document. The rest is the
/// file. What reads it says the same twice; where it is sound, the guard of the golden samples, which reads only a part,
/// finds what reading all of it finds, and an approval holds.
pub fn dataset(data: &[u8]) {
    let Some((&format, rest)) = data.split_first() else { return };
    let name = match format {
        b'l' => "dataset.jsonl",
        b'c' => "dataset.csv",
        _ => "dataset.json",
    };
    let directory = place::directory();
    place::write(&directory, name, rest);
    let path = directory.path().join(name);
    let entries = read(&path);
    match (&entries, read(&path)) {
        (Ok(first), Ok(second)) => assert_eq!(*first, second, "the same dataset was read in two ways"),
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string(), "the same dataset was refused in two ways");
            crate::load::short(&first.to_string());
        }
        (first, second) => panic!("the same dataset was sound once, and broken once: {first:?}, {second:?}"),
    }
    let stats = dataset::stats(&path);
    let warnings = dataset::check(&path, &CheckOptions::default());
    match entries {
        Ok(entries) => {
            let _ = stats.expect("the dataset is sound").render();
            let _ = dataset::render_warnings(&warnings.expect("the dataset is sound"));
            approved(&path, &entries);
        }
        Err(_) => assert!(stats.is_err() && warnings.is_err(), "a broken dataset was counted"),
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, DatasetError> {
    dataset::open(path)?.collect()
}

fn approved(path: &Path, entries: &[Entry]) {
    let mut golden = GoldenSamples::new();
    for entry in entries {
        golden.insert(entry);
    }
    let count = entries.iter().filter(|entry| entry.partition == Partition::Golden).count();
    assert_eq!(golden.len(), count, "ids are unique");
    let guarded = dataset::golden_samples(path).expect("the dataset is sound");
    assert_eq!(guarded, golden, "the guard sees other golden samples than the run");

    let lock = path.with_file_name(LOCK_FILE);
    let approval = dataset::approve(path, &lock).expect("a directory that can be written");
    let _ = approval.render();
    let kept = GoldenLock::read(&lock, path).expect("what was just written");
    assert!(dataset::compare(&golden, kept.as_ref()).is_empty(), "an approval does not hold");
    assert!(dataset::preview(path, &lock).expect("what was just written").change.is_empty());
}
