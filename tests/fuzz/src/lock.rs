//! The lock file of the golden samples.

use scorebox_eval::dataset::{self, GoldenLock, LOCK_FILE, LockError};
use serde_json::{Map, Value};

use crate::place;

const DATASET: &[u8] = br#"{"id": "g-1", "input": "Tea?", "expected": "Yes.", "partition": "golden"}
{"id": "g-2", "input": "Coffee?", "expected": "No.", "partition": "golden"}
{"id": "d-1", "input": "Water?"}
"#;

/// Reads the input as the lock file of a dataset with two golden samples. One that is no lock file is left alone; any
/// other can be approved anew, after which it holds, and what others keep in it is still there.
pub fn lock(data: &[u8]) {
    let directory = place::directory();
    place::write(&directory, "dataset.jsonl", DATASET);
    place::write(&directory, LOCK_FILE, data);
    let (path, lock) = (directory.path().join("dataset.jsonl"), directory.path().join(LOCK_FILE));
    let golden = dataset::golden_samples(&path).expect("the dataset is sound");
    match GoldenLock::read(&lock, &path) {
        Ok(lock) => {
            let _ = dataset::compare(&golden, lock.as_ref()).render();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let preview = dataset::preview(&path, &lock);
    assert_eq!(std::fs::read(&lock).ok().as_deref(), Some(data), "a preview changes nothing");
    match dataset::approve(&path, &lock) {
        Ok(approval) => {
            assert_eq!(preview.expect("an approval can be previewed").change, approval.change);
            let kept = GoldenLock::read(&lock, &path).expect("what was just written");
            assert!(dataset::compare(&golden, kept.as_ref()).is_empty(), "an approval does not hold");
            let (before, after) = (others(data), std::fs::read(&lock).expect("what was just written"));
            assert_eq!(before, others(&after), "what others keep in the lock file is gone");
        }
        Err(LockError::Broken { .. }) => {
            assert_eq!(
                std::fs::read(&lock).ok().as_deref(),
                Some(data),
                "what is no lock file is left alone"
            );
        }
        Err(error) => panic!("{error}"),
    }
}

/// Everything but the golden samples.
fn others(lock: &[u8]) -> Map<String, Value> {
    let mut parts: Map<String, Value> = serde_json::from_slice(lock).expect("a lock file");
    parts.shift_remove("golden");
    parts
}
