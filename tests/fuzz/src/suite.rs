//! Suite files.

use scorebox_eval::suite;

use crate::place;

/// Reads the input as a suite, in a directory that has a dataset, answers and a check. Mistakes are shown where they
/// stand, as on a terminal, and the same way twice.
pub fn suite(data: &[u8]) {
    let directory = place::directory();
    for name in ["dataset.jsonl", "answers.jsonl", "check.wasm"] {
        place::write(&directory, name, b"");
    }
    place::write(&directory, "scorebox.yaml", data);
    let path = directory.path().join("scorebox.yaml");
    let read = || match suite::load(&path) {
        Ok(suite) => {
            for metric in &suite.metrics {
                serde_json::to_string(&metric.settings).expect("settings are JSON");
            }
            format!("{suite:?}")
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "a suite was refused without a word");
            format!("{error}\n{error:?}")
        }
    };
    assert_eq!(read(), read(), "the same suite was read in two ways");
}
