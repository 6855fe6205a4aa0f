//! Digests as registries write them: `sha256:` and 64 hexadecimal digits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The digest of `bytes`.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digits of a digest that a stranger names.
///
/// # Errors
///
/// That it is none, in words.
pub(crate) fn named(text: &str) -> Result<&str, String> {
    hex(text).ok_or_else(|| format!("{text:.80?} is no digest"))
}

/// The digits of a digest; `None` where `text` is none. They hold nothing that a path could stumble over.
pub(crate) fn hex(text: &str) -> Option<&str> {
    let hex = text.strip_prefix("sha256:")?;
    let sound = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    sound.then_some(hex)
}
