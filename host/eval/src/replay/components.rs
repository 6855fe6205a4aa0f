//! Finds the components of a record: by path where they still lie there, by digest in the directories that somebody named.
//!
//! A record is a stranger's file, and says both where its suite lay and what its plugins were called. So a path from it is
//! followed only within the repositories that the record and whoever replays it are in, links resolved; and of a file
//! that is no component nothing is told but that.

use std::path::{Path, PathBuf};

use crate::digest;
use crate::replay::ReplayError;
use crate::run::{Manifest, directory_of, read_component, runs_directory};

/// How every component begins: the magic number, and the version and layer of the format.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// Where the components of a record may lie.
#[derive(Debug)]
pub(crate) struct Components {
    /// Directories that the suite may lie in, most likely first.
    suites: Vec<PathBuf>,
    /// Directories that paths of the record may lead into, without links.
    within: Vec<PathBuf>,
    /// The files in the directories that were named, by digest.
    named: Vec<(String, PathBuf)>,
    /// Those directories, in words.
    directories: String,
}

/// What is there for one digest.
#[derive(Debug)]
pub(crate) enum Found {
    /// The component.
    Same(PathBuf),
    /// Another file in its place.
    Other { path: PathBuf, digest: String },
    /// Nothing.
    Nowhere {
        /// Where it was looked for, in words.
        looked: String,
    },
}

impl Components {
    /// Looks around: beside the suite of the run in `directory`, and in the directories `named`.
    pub(crate) fn new(directory: &Path, manifest: &Manifest, named: &[PathBuf]) -> Result<Self, ReplayError> {
        let mut suites = Vec::new();
        let real = directory.canonicalize().ok();
        let recorded = directory_of(Path::new(&manifest.suite.path)).to_owned();
        for suite in [beside_suite(directory), real.as_deref().and_then(beside_suite), Some(recorded)] {
            suites.extend(suite.filter(|suite| !suites.contains(suite)));
        }
        // Not the recorded directory: that is the record's to say.
        let here = std::env::current_dir().ok();
        let trusted = [beside_suite(directory), real.as_deref().and_then(beside_suite), here];
        let within = trusted.into_iter().flatten().filter_map(|suite| repository(&suite)).collect();
        let mut files = Vec::new();
        for directory in named {
            let error = |source| ReplayError::Plugins { path: directory.clone(), source };
            for entry in std::fs::read_dir(directory).map_err(error)? {
                let path = entry.map_err(error)?.path();
                // What cannot be read is no component that anybody misses here.
                if let Ok(bytes) = read_component(&path) {
                    files.push((digest::bytes(&bytes), path));
                }
            }
        }
        let directories = named.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        Ok(Self { suites, within, named: files, directories })
    }

    /// The component that the suite calls `path`, with this digest.
    pub(crate) fn find(&self, path: &str, wanted: &str) -> Found {
        let mut other = None;
        let mut looked = Vec::new();
        for suite in &self.suites {
            let path = suite.join(path);
            match self.digest(&path) {
                Ok(digest) if digest == wanted => return Found::Same(path),
                Ok(digest) => _ = other.get_or_insert(Found::Other { path, digest }),
                Err(reason) => looked.push(format!("{}: {reason}", path.display())),
            }
        }
        if let Some((_, path)) = self.named.iter().find(|(digest, _)| digest == wanted) {
            return Found::Same(path.clone());
        }
        if !self.directories.is_empty() {
            looked.push(format!("no file in {} is it", self.directories));
        }
        other.unwrap_or(Found::Nowhere { looked: looked.join(", ") })
    }

    /// The digest of the component at `path`, which the record names; or why it is not told.
    fn digest(&self, path: &Path) -> Result<String, String> {
        let real = path.canonicalize().map_err(|error| error.to_string())?;
        if !self.within.iter().any(|directory| real.starts_with(directory)) {
            return Err("it is outside of the suite's repository, so it was not opened".to_owned());
        }
        let bytes = read_component(&real).map_err(|error| error.to_string())?;
        if !bytes.starts_with(COMPONENT) {
            return Err("this is no component".to_owned());
        }
        Ok(digest::bytes(&bytes))
    }
}

/// The root of the repository that a directory is in, without links; the directory itself where it is in none.
fn repository(directory: &Path) -> Option<PathBuf> {
    let real = directory.canonicalize().ok()?;
    let root = real.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned);
    Some(root.unwrap_or(real))
}

/// The directory of the suite that the run in `directory` lies beside, where it lies in its usual place.
fn beside_suite(directory: &Path) -> Option<PathBuf> {
    let runs = directory.parent()?;
    let suite = runs.parent()?.parent()?;
    (runs_directory(suite) == runs).then(|| suite.to_owned())
}
