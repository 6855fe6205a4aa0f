//! The directory of one run while it is being written.
//!
//! A record holds every text of the dataset, so a directory that is made here is its owner's alone (0700), and so is each
//! file (0600), also in a directory that was there before.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{BufReader, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::digest::Growing;
use crate::models::TRANSCRIPT;
use crate::run::engine::RunError;
use crate::run::record::Manifest;
use crate::run::{MANIFEST, SAMPLES};

/// Nobody but the owner reads or writes.
const PRIVATE: u32 = 0o600;
/// Held by the process that writes to the directory.
const LOCK: &str = ".lock";

/// A run's directory, held by this process alone.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    samples: File,
    /// Of the samples' file.
    digest: Growing,
    // Holds the lock until the run ends.
    _lock: File,
}

impl RunDirectory {
    /// Makes a new run directory, or takes over an empty one.
    pub(crate) fn create(path: &Path) -> Result<Self, RunError> {
        make(path).map_err(|source| RunError::write(path, source))?;
        keep_out_of_git(path);
        let lock = lock(path)?;
        if path.join(MANIFEST).exists() {
            return Err(RunError::Exists { path: path.to_owned() });
        }
        let file = path.join(SAMPLES);
        let samples = create_private(&file).map_err(|source| RunError::write(&file, source))?;
        Ok(Self { path: path.to_owned(), samples, digest: Growing::default(), _lock: lock })
    }

    /// Takes over the directory of a run that did not get to its end, and cuts a half-written last line off.
    pub(crate) fn resume(path: &Path) -> Result<Self, RunError> {
        let lock = lock(path)?;
        let file = path.join(SAMPLES);
        let error = |source| RunError::write(&file, source);
        let mut samples = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(PRIVATE)
            .open(&file)
            .map_err(error)?;
        let complete = end_of_last_line(&samples).map_err(error)?;
        samples.set_len(complete).map_err(error)?;
        let mut digest = Growing::default();
        samples.rewind().map_err(error)?;
        digest.read(&mut samples).map_err(error)?;
        Ok(Self { path: path.to_owned(), samples, digest, _lock: lock })
    }

    /// Takes back a directory that holds nothing worth keeping.
    pub(crate) fn discard(self) {
        // What cannot be removed stays as it is: the run has failed already, and says so.
        for name in [MANIFEST, SAMPLES, TRANSCRIPT, LOCK] {
            let _ = std::fs::remove_file(self.path.join(name));
        }
        let _ = std::fs::remove_dir(&self.path);
    }

    /// Appends whole lines.
    pub(crate) fn append(&mut self, lines: &[u8]) -> Result<(), RunError> {
        self.digest.add(lines);
        self.samples.write_all(lines).map_err(|source| RunError::write(&self.path.join(SAMPLES), source))
    }

    /// `sha256:` of the lines so far.
    pub(crate) fn samples_digest(&self) -> String {
        self.digest.digest()
    }

    /// Writes the manifest so that a reader sees the old one or the new one, never a part.
    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), RunError> {
        let path = self.path.join(MANIFEST);
        let write = || {
            // Made for its owner alone, and stays so.
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            serde_json::to_writer_pretty(&mut file, manifest)?;
            file.write_all(b"\n")?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| RunError::write(&path, source))
    }
}

/// Creates a file of a run that nobody but its owner can read. What lies there is taken away first, so that neither the mode
/// of an older file nor a link decides who reads the new one.
pub fn create_private(path: &Path) -> std::io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)
}

/// Makes the directory of a run, its owner's alone, unless it is there; those above it are as usual.
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Runs hold every text of the dataset; where they lie in their usual place, git leaves them out.
fn keep_out_of_git(run: &Path) {
    let home = run.parent().filter(|runs| runs.ends_with(".scorebox/runs")).and_then(Path::parent);
    if let Some(file) = home.map(|home| home.join(".gitignore")).filter(|file| !file.exists()) {
        // A help, not a promise: a run does not fail over it.
        let _ = std::fs::write(file, "*\n");
    }
}

fn lock(directory: &Path) -> Result<File, RunError> {
    let path = directory.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .open(&path)
        .map_err(|source| RunError::write(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(RunError::write(&path, source)),
    }
}

fn end_of_last_line(file: &File) -> std::io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut position, mut end) = (0, 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(end);
        }
        if let Some(newline) = buffer[..read].iter().rposition(|&byte| byte == b'\n') {
            end = position + newline as u64 + 1;
        }
        position += read as u64;
    }
}
