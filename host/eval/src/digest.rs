//! Digests of files, in the form that registries use: `sha256:` and 64 hexadecimal digits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// The digest of some bytes.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    text(&Sha256::digest(bytes))
}

/// The digest of a file's content.
pub(crate) fn file(path: &Path) -> io::Result<String> {
    let mut growing = Growing::default();
    growing.read(&mut File::open(path)?)?;
    Ok(growing.digest())
}

/// The digest of what is still being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Growing(Sha256);

impl Growing {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds all that `source` still has.
    pub(crate) fn read(&mut self, source: &mut impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match source.read(&mut buffer)? {
                0 => return Ok(()),
                read => self.add(&buffer[..read]),
            }
        }
    }

    /// The digest so far.
    pub(crate) fn digest(&self) -> String {
        text(&self.0.clone().finalize())
    }
}

/// Half of a BLAKE3 hash: two of a billion texts meet with a chance of one in 10^20.
pub(crate) fn half(bytes: &[u8]) -> [u8; 16] {
    first(bytes)
}

/// A quarter of a BLAKE3 hash: two of a million texts meet with a chance of one in 10^7, so who uses it looks twice.
pub(crate) fn quarter(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(first(bytes))
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&blake3::hash(bytes).as_bytes()[..N]);
    part
}

fn text(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
