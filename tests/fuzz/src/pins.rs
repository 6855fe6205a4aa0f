//! References of plugins, and the part of the lock file that pins them.

use std::path::Path;

use scorebox_registry::{Lock, Reference};

use crate::{pieces, place};

/// The first piece is a reference, the second a lock file. A reference that is one is written as it was read; what a lock file
/// pins is still pinned when the file was written anew; whatever is wrong is said with a word, and in a lock file with
/// its line.
pub fn pins(data: &[u8]) {
    let mut pieces = pieces::bytes(data);
    let text = String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    match text.parse::<Reference>() {
        Ok(reference) => {
            let written = reference.to_string();
            assert_eq!(written.parse(), Ok(reference.clone()), "a reference is not read as it was written");
            assert!(!reference.registry().is_empty());
        }
        Err(error) => assert!(error.to_string().contains("write for example")),
    }
    let text = String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    match Lock::parse(&text, Path::new("scorebox.lock")) {
        Ok(lock) => {
            let directory = place::directory();
            lock.write(directory.path()).expect("a directory that can be written");
            let again = Lock::read(directory.path()).expect("what was just written");
            assert_eq!(again.as_ref(), Some(&lock), "a lock file is not read as it was written");
        }
        Err(error) => assert!(error.to_string().starts_with("scorebox.lock:")),
    }
}
