//! Guards the golden samples: what people approved stands in a lock file, and a change since then is named.
//!
//! The lock file is JSON with one sample a line, so that a review sees which ones changed:
//!
//! ```json
//! {
//!   "golden": {
//!     "data/support.jsonl": {
//!       "digest": "blake3:…",
//!       "samples": {
//!         "g-001": "…"
//!       }
//!     }
//!   }
//! }
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::quoted;
use super::{DatasetError, Entry, Partition, open_raw, parse};
use crate::named;

/// Name of the lock file, which lies beside the dataset.
pub const LOCK_FILE: &str = "scorebox.lock";

/// The lock file of the dataset at `path`.
pub fn lock_file(path: &Path) -> PathBuf {
    path.with_file_name(LOCK_FILE)
}

/// The lock file's part that this module keeps; other parts are left as they are.
const PART: &str = "golden";
/// Largest lock file: 256 MiB, which is three million samples.
const MAX_BYTES: u64 = 256 << 20;
/// Ids that a message names of each kind of change.
const NAMED: usize = 10;

/// The golden samples of a dataset: a digest for each id. Their order in the file does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoldenSamples(BTreeMap<String, [u8; 32]>);

impl GoldenSamples {
    /// No samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `entry` where it is golden; other partitions are passed over.
    pub fn insert(&mut self, entry: &Entry) {
        if entry.partition == Partition::Golden {
            self.insert_digest(&entry.sample.id, entry.digest());
        }
    }

    /// Adds the golden sample `id`, whose [`Entry::digest`] is `digest`.
    pub(crate) fn insert_digest(&mut self, id: &str, digest: [u8; 32]) {
        self.0.insert(id.to_owned(), digest);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `blake3:` and 64 hexadecimal digits over all of them; `None` where there are none.
    pub fn digest(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        for (id, digest) in &self.0 {
            hasher.update(&(id.len() as u64).to_le_bytes());
            hasher.update(id.as_bytes());
            hasher.update(digest);
        }
        Some(format!("blake3:{}", hasher.finalize().to_hex()))
    }
}

/// Reads the golden samples of the dataset at `path`. Records that cannot be golden are passed over unread, so that the
/// guard before a run costs little; what is wrong with them is for the run to say.
pub fn golden_samples(path: &Path) -> Result<GoldenSamples, DatasetError> {
    // The word itself, or an escape sequence that may spell it.
    let may_be_golden = regex::bytes::Regex::new(r"(?i-u)golden|\\u").ok();
    let mut golden = GoldenSamples::new();
    for raw in open_raw(path)? {
        let raw = raw?;
        if may_be_golden.as_ref().is_none_or(|pattern| pattern.is_match(&raw.bytes)) {
            golden.insert(&parse(&raw)?);
        }
    }
    Ok(golden)
}

/// The golden samples of one dataset as they were approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenLock {
    samples: GoldenSamples,
}

impl GoldenLock {
    /// Reads what the lock file `lock` says of `dataset`; `None` where there is no such file, or nothing of the dataset
    /// in it.
    pub fn read(lock: &Path, dataset: &Path) -> Result<Option<Self>, LockError> {
        let Some(file) = LockFile::read(lock)? else { return Ok(None) };
        let key = key(lock, dataset)?;
        file.golden.get(&key).map(|locked| locked.check(lock, &key)).transpose()
    }

    /// The approved samples.
    pub fn samples(&self) -> &GoldenSamples {
        &self.samples
    }
}

/// How golden samples differ from the approved ones, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GoldenChange {
    /// Not approved yet.
    pub added: Vec<String>,
    /// Approved with another content.
    pub changed: Vec<String>,
    /// Approved, and no longer there or no longer golden.
    pub removed: Vec<String>,
}

impl GoldenChange {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// The change in one line: ``1 changed (`g-2`), 1 removed (`g-7`)``.
    pub fn render(&self) -> String {
        self.to_string()
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let parts = [("added", &*self.added), ("changed", &*self.changed), ("removed", &*self.removed)];
        parts.into_iter().filter(|(_, ids)| !ids.is_empty())
    }
}

impl fmt::Display for GoldenChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no change");
        }
        for (index, (word, ids)) in self.parts().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} {word} ({})", ids.len(), named(ids))?;
        }
        Ok(())
    }
}

fn named(ids: &[String]) -> String {
    let mut text = ids.iter().take(NAMED).map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
    if ids.len() > NAMED {
        let _ = write!(text, " and {} more", ids.len() - NAMED);
    }
    text
}

/// Holds golden samples against the approved ones. Without a lock, every sample is added.
pub fn compare(golden: &GoldenSamples, lock: Option<&GoldenLock>) -> GoldenChange {
    let none = BTreeMap::new();
    let approved = lock.map_or(&none, |lock| &lock.samples.0);
    let mut change = GoldenChange::default();
    for (id, digest) in &golden.0 {
        match approved.get(id) {
            None => change.added.push(id.clone()),
            Some(approved) if approved != digest => change.changed.push(id.clone()),
            Some(_) => {}
        }
    }
    change.removed.extend(approved.keys().filter(|id| !golden.0.contains_key(*id)).cloned());
    change
}

/// What an approval says, and whether it is in the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The dataset, as the lock file calls it.
    pub dataset: String,
    /// The lock file.
    pub lock: PathBuf,
    /// How many golden samples there are.
    pub samples: usize,
    /// What differs from the approval before.
    pub change: GoldenChange,
    /// Whether the lock file holds the approval; not so for a preview.
    pub written: bool,
}

impl Approval {
    /// What was approved, in lines.
    pub fn render(&self) -> String {
        let Self { dataset, lock, samples, change, written } = self;
        let lock = lock.display();
        if change.is_empty() {
            return match samples {
                0 => format!("{dataset} has no golden samples: there is nothing to approve\n"),
                1 => format!("{dataset}: the one golden sample stands in {lock} as it is\n"),
                _ => format!("{dataset}: all {samples} golden samples stand in {lock} as they are\n"),
            };
        }
        let plural = if *samples == 1 { "" } else { "s" };
        let mut text = if *written {
            format!("approved {samples} golden sample{plural} of {dataset} in {lock}\n")
        } else {
            format!("would approve {samples} golden sample{plural} of {dataset} in {lock}\n")
        };
        for (word, ids) in change.parts() {
            let _ = writeln!(text, "  {word:<8} {:>4}  {}", ids.len(), named(ids));
        }
        text
    }
}

/// Says what [`approve`] would do, and changes nothing.
pub fn preview(dataset: &Path, lock: &Path) -> Result<Approval, LockError> {
    plan(dataset, lock).map(|(approval, _, _)| approval)
}

/// Approves the golden samples of `dataset` as they are now: writes their digests to the lock file `lock`, so that a
/// reader sees the old file or the new one. What the file holds of other datasets stays.
pub fn approve(dataset: &Path, lock: &Path) -> Result<Approval, LockError> {
    let (mut approval, golden, mut file) = plan(dataset, lock)?;
    if !approval.change.is_empty() {
        match golden.digest() {
            None => file.golden.remove(&approval.dataset),
            Some(digest) => {
                let samples = golden.0.into_iter().map(|(id, digest)| (id, hex(&digest))).collect();
                file.golden.insert(approval.dataset.clone(), Locked { digest, samples })
            }
        };
        file.write(lock)?;
    }
    approval.written = true;
    Ok(approval)
}

fn plan(dataset: &Path, lock: &Path) -> Result<(Approval, GoldenSamples, LockFile), LockError> {
    let golden = golden_samples(dataset)?;
    let file = LockFile::read(lock)?.unwrap_or_default();
    let key = key(lock, dataset)?;
    // A lock that does not add up is no ground to compare with, and approving anew is the way out of it.
    let locked = file.golden.get(&key).and_then(|locked| locked.check(lock, &key).ok());
    let change = compare(&golden, locked.as_ref());
    let approval =
        Approval { dataset: key, lock: lock.to_owned(), samples: golden.len(), change, written: false };
    Ok((approval, golden, file))
}

/// Why a lock file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock file, or the path of the dataset, cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The lock file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no lock file.
    #[error(
        "{path} is no lock file: {source}; take the version of the last approval, or delete it and approve again",
        path = path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The digests of the samples do not make up the digest of the whole.
    #[error(
        "{path}: the samples of {dataset} do not add up to its digest: the file was edited or merged by hand; \
         review the golden samples and approve them again",
        path = path.display()
    )]
    Edited {
        /// The file.
        path: PathBuf,
        /// The dataset, as the lock file calls it.
        dataset: String,
    },
    /// The dataset is broken.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl LockError {
    fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}

/// What the file says of one dataset.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Locked {
    digest: String,
    samples: BTreeMap<String, String>,
}

impl Locked {
    fn check(&self, lock: &Path, dataset: &str) -> Result<GoldenLock, LockError> {
        let edited = || LockError::Edited { path: lock.to_owned(), dataset: dataset.to_owned() };
        let mut samples = GoldenSamples::new();
        for (id, digest) in &self.samples {
            let digest = blake3::Hash::from_hex(digest).map_err(|_| edited())?;
            samples.insert_digest(id, *digest.as_bytes());
        }
        if samples.digest().as_ref() != Some(&self.digest) {
            return Err(edited());
        }
        Ok(GoldenLock { samples })
    }
}

#[derive(Debug, Default)]
struct LockFile {
    golden: BTreeMap<String, Locked>,
    /// The parts that others keep.
    rest: Map<String, Value>,
}

impl LockFile {
    fn read(path: &Path) -> Result<Option<Self>, LockError> {
        let text = match named::read(path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LockError::read(path, error)),
        };
        let broken = |source| LockError::Broken { path: path.to_owned(), source };
        let mut rest: Map<String, Value> = serde_json::from_slice(&text).map_err(broken)?;
        let golden = rest.shift_remove(PART).map(serde_json::from_value).transpose().map_err(broken)?;
        Ok(Some(Self { golden: golden.unwrap_or_default(), rest }))
    }

    fn write(mut self, path: &Path) -> Result<(), LockError> {
        let mut write = || {
            let golden = serde_json::to_value(&self.golden)?;
            self.rest.insert(PART.to_owned(), golden);
            let mut file = tempfile::NamedTempFile::new_in(directory_of(path))?;
            serde_json::to_writer_pretty(&mut file, &self.rest)?;
            file.write_all(b"\n")?;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| LockError::Write { path: path.to_owned(), source })
    }
}

fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path of `dataset` from the directory of `lock`, with forward slashes: it holds wherever the two are moved
/// together.
fn key(lock: &Path, dataset: &Path) -> Result<String, LockError> {
    let real = |path: &Path| path.canonicalize().map_err(|source| LockError::read(path, source));
    let (from, to) = (real(directory_of(lock))?, real(dataset)?);
    let shared = from.components().zip(to.components()).take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|name| name.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}
