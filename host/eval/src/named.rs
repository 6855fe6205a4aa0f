//! Opening files that somebody else named: a suite, a policy, a command line.
//!
//! A name can lead to what is no file in any useful sense. Opening a pipe waits until somebody writes, a device has no
//! end, and the kernel's own files under `/proc` call themselves regular and hold this process's environment.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Where the kernel shows itself as files.
const OF_THE_KERNEL: [&str; 2] = ["/proc", "/sys"];

/// Opens the regular file at `path`, links followed.
///
/// # Errors
///
/// What opening it gives, and anything that is no regular file, before it is opened.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let about = std::fs::metadata(path)?;
    if about.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::Error::other("this is no regular file, but a pipe, a device or a socket"));
    }
    let real = path.canonicalize()?;
    if OF_THE_KERNEL.iter().any(|directory| real.starts_with(directory)) {
        return Err(io::Error::other("this is no regular file, but one that the kernel makes up"));
    }
    File::open(real)
}

/// Reads such a file, unless it has more than `most` bytes.
///
/// # Errors
///
/// Those of [`open`] and of reading, and a file that is larger, of which no more than that is read.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("it has more than the {most} bytes that are allowed");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_are_opened_and_none_waits() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), "twelve bytes").unwrap();
        symlink("file", at("link")).unwrap();
        symlink("/proc/self/environ", at("environment")).unwrap();
        symlink("/dev/zero", at("endless")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        assert!(open(&at("file")).is_ok() && open(&at("link")).is_ok());
        for name in ["environment", "endless", "pipe"] {
            let error = open(&at(name)).unwrap_err().to_string();
            assert!(error.contains("this is no regular file"), "{name}: {error}");
        }
        assert_eq!(open(directory.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(read(&at("file"), 12).unwrap(), b"twelve bytes");
        assert_eq!(read(&at("link"), 11).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
