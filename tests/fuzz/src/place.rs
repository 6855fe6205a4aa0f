//! Directories for inputs that the host reads from a file.

use std::path::Path;

use tempfile::TempDir;

/// A new directory that goes with the value; in memory where there is such a place, since inputs come by the thousand.
pub(crate) fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    directory.expect("a directory for the input")
}

/// Writes a file that the host is to read.
pub(crate) fn write(directory: &TempDir, name: &str, bytes: &[u8]) {
    std::fs::write(directory.path().join(name), bytes).expect("a file for the input");
}
