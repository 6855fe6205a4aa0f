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
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(text(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn text(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
