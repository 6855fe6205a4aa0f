//! What the compiler made of functions before, in the memory of a process.
//!
//! An interpreter's component is forty megabytes of code that no edit of a script and no settings change: what differs is
//! data. Compiled again, its functions are looked up here, by a hash over all that their code depends on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use wasmtime::CacheStore;

/// Bytes that are kept: room for an interpreter or two. What comes later is compiled each time.
const MOST: usize = 512 << 20;

/// Compiled functions, by the compiler's hash of what they were made of.
#[derive(Debug, Default)]
pub(crate) struct Functions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    functions: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.functions.get(key).map(|function| Cow::Owned(function.clone()))
    }

    fn insert(&self, key: &[u8], function: Vec<u8>) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = kept.bytes + key.len() + function.len();
        if bytes > MOST {
            return false;
        }
        kept.bytes = bytes;
        kept.functions.insert(key.to_owned(), function);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_as_long_as_there_is_room() {
        let functions = Functions::default();
        assert!(functions.insert(b"one", vec![1; 1000]));
        assert_eq!(functions.get(b"one").as_deref(), Some(&[1; 1000][..]));
        assert_eq!(functions.get(b"two"), None);
        assert!(!functions.insert(b"two", vec![0; MOST]));
        assert_eq!(functions.get(b"two"), None);
        assert!(functions.get(b"one").is_some());
    }
}
