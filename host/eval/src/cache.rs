//! The score cache: what a metric said of a sample is looked up instead of computed again.
//!
//! A row belongs to one sample (BLAKE3 of what metrics see) and holds the outcomes of the metrics that have scored it,
//! each under its [`Identity`]: code digest, settings, limits and contract. So an edited metric never finds a stale
//! score, and one look-up serves all metrics of a sample. Only outcomes that every machine would repeat are kept: no
//! deadline, no unreachable model, nothing cancelled. The cache is an accelerator: where it cannot be read or written,
//! the run goes on without it and says so.
//!
//! Who can write scores can forge them, so the directory and the database's files are this user's alone, as those of the
//! cache of compiled code are: one that another user owns or can write is not used.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use scorebox_metrics::{Fault, Identity, Outcome, Sample, Score};
use scorebox_sandbox::{NotPrivate, private_directory, private_file};
use serde::{Deserialize, Serialize};

use crate::dataset::hash_question;

/// Largest size of the cache; beyond it, the cache is emptied when it is next opened.
const MAX_BYTES: u64 = 2 << 30;
/// Outcomes that one sample keeps; the oldest go first.
const MAX_OUTCOMES: usize = 64;
/// Changes whenever rows of an older program must not be read.
const VERSION: i32 = 1;

/// The cache's directory: `$SCOREBOX_CACHE`, else `scorebox` in `$XDG_CACHE_HOME` or `~/.cache`.
pub fn default_directory() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("SCOREBOX_CACHE")
        .or_else(|| var("XDG_CACHE_HOME").map(|home| home.join("scorebox")))
        .or_else(|| var("HOME").map(|home| home.join(".cache/scorebox")))
}

/// The key of a sample: everything that a metric can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SampleKey([u8; 16]);

impl SampleKey {
    /// The key of `sample`.
    pub fn of(sample: &Sample) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(&sample.id);
        part(&sample.output);
        hash_question(sample, &mut part);
        part(&sample.metadata);
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(key)
    }
}

/// The outcomes that are known of one sample, by metric.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Known(Vec<(Key, Entry)>);

/// The first half of an identity's digest, in hexadecimal where it is written as text.
type Key = u128;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    result: Stored,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    fuel: Option<u64>,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Stored {
    #[serde(rename = "s")]
    Score(Score),
    #[serde(rename = "f")]
    Fault(Fault),
}

fn key(identity: &Identity) -> Key {
    let mut half = [0; 16];
    half.copy_from_slice(&identity.digest[..16]);
    u128::from_le_bytes(half)
}

impl Known {
    /// What `identity` said.
    pub fn get(&self, identity: &Identity) -> Option<Outcome> {
        let wanted = key(identity);
        let (_, entry) = self.0.iter().find(|(key, _)| *key == wanted)?;
        let result = match &entry.result {
            Stored::Score(score) => Ok(score.clone()),
            Stored::Fault(fault) => Err(fault.clone()),
        };
        Some(Outcome { result, fuel: entry.fuel, log: entry.log.clone(), usage: None })
    }

    /// Bytes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let entry = |(_, entry): &(Key, Entry)| {
            let said = match &entry.result {
                Stored::Score(score) => score.bytes(),
                Stored::Fault(fault) => fault.message.len(),
            };
            size_of::<(Key, Entry)>()
                + said
                + entry.log.iter().map(|line| size_of::<String>() + line.len()).sum::<usize>()
        };
        self.0.iter().map(entry).sum()
    }

    /// Remembers what `identity` said, unless another machine might hear something else.
    pub fn insert(&mut self, identity: &Identity, outcome: &Outcome) -> bool {
        let result = match &outcome.result {
            Ok(score) => Stored::Score(score.clone()),
            Err(fault) if fault.kind.is_deterministic() => Stored::Fault(fault.clone()),
            Err(_) => return false,
        };
        if self.0.len() >= MAX_OUTCOMES {
            self.0.remove(0);
        }
        self.0.push((key(identity), Entry { result, fuel: outcome.fuel, log: outcome.log.clone() }));
        true
    }
}

/// The cache of one user, in one file.
#[derive(Debug)]
pub struct ScoreCache {
    path: PathBuf,
    connection: Connection,
}

/// How much a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CacheStats {
    /// Samples with at least one outcome.
    pub samples: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The directory or a file cannot be made or removed.
    #[error("cannot use the score cache {path}: {source}", path = path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else could have written scores into it.
    #[error("the score cache {path} is not private: {reason}; remove it, or choose another directory with SCOREBOX_CACHE", path = path.display())]
    NotPrivate {
        /// The directory or file.
        path: PathBuf,
        /// Who else can write.
        reason: String,
    },
    /// The database says no.
    #[error("cannot use the score cache {path}: {source}", path = path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

impl ScoreCache {
    /// Opens the cache in `directory`, and makes it where there is none.
    pub fn open(directory: &Path) -> Result<Self, CacheError> {
        private_directory(directory).map_err(|error| not_private(directory, error))?;
        let path = directory.join("scores.sqlite");
        for file in files(&path) {
            private_file(&file).map_err(|error| not_private(&file, error))?;
        }
        if std::fs::metadata(&path).is_ok_and(|file| file.len() > MAX_BYTES) {
            remove(&path);
        }
        match Self::open_file(&path) {
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(
                    failure.code,
                    rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt
                ) =>
            {
                // A cache holds nothing that cannot be computed again.
                remove(&path);
                Self::open_file(&path)
            }
            opened => opened,
        }
        .map_err(|source| CacheError::Database { path, source })
    }

    fn open_file(path: &Path) -> rusqlite::Result<Self> {
        // SQLite gives the files beside the database its mode, so it is made before SQLite sees it. Where that fails, opening
        // it says why.
        let _ = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // A row lost in a power cut is computed again, so no write waits for the disk.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;",
        )?;
        let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            connection.execute_batch(&format!(
                "BEGIN; DROP TABLE IF EXISTS scores;
                 CREATE TABLE scores (sample BLOB NOT NULL, outcomes BLOB NOT NULL);
                 CREATE UNIQUE INDEX scores_by_sample ON scores (sample);
                 PRAGMA user_version = {VERSION}; COMMIT;"
            ))?;
        }
        Ok(Self { path: path.to_owned(), connection })
    }

    /// A second connection that only reads, for another thread. `None` where the cache is empty: then there is
    /// nothing to look up.
    pub fn reader(&self) -> Result<Option<CacheReader>, CacheError> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch("PRAGMA mmap_size = 268435456; PRAGMA cache_size = -8000;")?;
            let empty: bool =
                connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM scores)", [], |row| row.get(0))?;
            Ok((!empty).then_some(CacheReader { connection }))
        };
        open().map_err(|source| self.error(source))
    }

    /// Writes what is now known of some samples, all or nothing.
    pub fn write(&mut self, rows: &[(SampleKey, Known)]) -> Result<(), CacheError> {
        let path = self.path.clone();
        let mut write = || {
            let transaction = self.connection.transaction()?;
            {
                let mut insert = transaction
                    .prepare_cached("INSERT OR REPLACE INTO scores (sample, outcomes) VALUES (?1, ?2)")?;
                for (sample, known) in rows {
                    let outcomes = serde_json::to_vec(known).unwrap_or_default();
                    insert.execute((&sample.0[..], outcomes))?;
                }
            }
            transaction.commit()
        };
        write().map_err(|source| CacheError::Database { path, source })
    }

    /// How much the cache holds.
    pub fn stats(&self) -> Result<CacheStats, CacheError> {
        let samples: i64 = self
            .connection
            .query_row("SELECT count(*) FROM scores", [], |row| row.get(0))
            .map_err(|source| self.error(source))?;
        let bytes = files(&self.path)
            .iter()
            .filter_map(|file| std::fs::metadata(file).ok())
            .map(|file| file.len())
            .sum();
        Ok(CacheStats { samples: samples.unsigned_abs(), bytes })
    }

    /// Forgets everything.
    pub fn clear(self) -> Result<(), CacheError> {
        let path = self.path.clone();
        drop(self.connection);
        for file in files(&path) {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CacheError::Io { path: file, source: error });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn error(&self, source: rusqlite::Error) -> CacheError {
        CacheError::Database { path: self.path.clone(), source }
    }
}

/// Looks scores up; one for each thread.
#[derive(Debug)]
pub struct CacheReader {
    connection: Connection,
}

impl CacheReader {
    /// What is known of a sample. A row that cannot be read counts as unknown.
    pub fn known(&self, sample: SampleKey) -> Option<Known> {
        let mut statement =
            self.connection.prepare_cached("SELECT outcomes FROM scores WHERE sample = ?1").ok()?;
        statement
            .query_row([&sample.0[..]], |row| Ok(serde_json::from_slice(row.get_ref(0)?.as_blob()?).ok()))
            .optional()
            .ok()?
            .flatten()
    }
}

fn not_private(path: &Path, error: NotPrivate) -> CacheError {
    let path = path.to_owned();
    match error {
        NotPrivate::Io(source) => CacheError::Io { path, source },
        NotPrivate::Shared(reason) => CacheError::NotPrivate { path, reason },
    }
}

fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

fn remove(path: &Path) {
    for file in files(path) {
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use scorebox_metrics::{FaultKind, Verdict};

    use super::*;

    fn outcome(value: f64) -> Outcome {
        let score = Score {
            value,
            verdict: Verdict::Pass,
            summary: String::new(),
            findings: vec![],
            measures: vec![],
        };
        Outcome { result: Ok(score), fuel: Some(7), log: vec![], usage: None }
    }

    #[test]
    fn keeps_what_was_said_by_identity() {
        let directory = tempfile::tempdir().unwrap();
        let mut cache = ScoreCache::open(directory.path()).unwrap();
        assert!(cache.reader().unwrap().is_none());
        let [one, other] = ["a", "b"].map(|code| Identity::new(code, &serde_json::json!({}), ""));
        let sample = SampleKey::of(&Sample { id: "x".into(), ..Sample::default() });
        let mut known = Known::default();
        assert!(known.insert(&one, &outcome(0.1 + 0.2)));
        cache.write(&[(sample, known)]).unwrap();
        drop(cache);

        let cache = ScoreCache::open(directory.path()).unwrap();
        let known = cache.reader().unwrap().unwrap().known(sample).unwrap();
        assert_eq!(known.get(&one), Some(outcome(0.1 + 0.2)));
        assert_eq!(known.get(&other), None);
        assert_eq!(cache.stats().unwrap().samples, 1);
        cache.clear().unwrap();
        assert!(ScoreCache::open(directory.path()).unwrap().reader().unwrap().is_none());
    }

    #[test]
    fn forgets_what_may_not_repeat() {
        let identity = Identity::new("a", &serde_json::json!({}), "");
        let faulted = |kind| Outcome::from(Err(Fault::new(kind, "x")));
        let mut known = Known::default();
        assert!(!known.insert(&identity, &faulted(FaultKind::Deadline)));
        assert!(known.get(&identity).is_none());
        assert!(known.insert(&identity, &faulted(FaultKind::OutOfFuel)));
    }

    #[test]
    fn a_spoilt_file_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("scores.sqlite"),
            "no database at all, but long enough to be looked at",
        )
        .unwrap();
        assert_eq!(ScoreCache::open(directory.path()).unwrap().stats().unwrap().samples, 0);
    }

    #[test]
    fn what_others_could_have_written_is_not_read() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::{PermissionsExt, chown, symlink};

        let mode = |path: &Path, mode| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        type Spoil<'a> = &'a dyn Fn(&Path);
        let spoil: [(&str, Spoil<'_>); 6] = [
            ("its mode is 777", &|cache: &Path| mode(cache, 0o777)),
            ("its mode is 666", &|cache: &Path| mode(&cache.join("scores.sqlite"), 0o666)),
            ("its mode is 620", &|cache: &Path| {
                std::fs::write(cache.join("scores.sqlite-wal"), "").unwrap();
                mode(&cache.join("scores.sqlite-wal"), 0o620);
            }),
            ("it is no file, but a link", &|cache: &Path| {
                std::fs::rename(cache.join("scores.sqlite"), cache.join("real")).unwrap();
                symlink("real", cache.join("scores.sqlite")).unwrap();
            }),
            ("it is a link", &|cache: &Path| {
                std::fs::rename(cache, cache.with_file_name("real")).unwrap();
                symlink("real", cache).unwrap();
            }),
            ("it belongs to user 65534", &|cache: &Path| {
                let file = cache.join("scores.sqlite");
                chown(file, Some(65_534), None).unwrap();
            }),
        ];
        for (reason, spoil) in spoil {
            if reason.contains("user") && !rustix::process::geteuid().is_root() {
                continue;
            }
            let directory = tempfile::tempdir().unwrap();
            let cache = directory.path().join("cache");
            drop(ScoreCache::open(&cache).unwrap());
            spoil(&cache);
            let error = ScoreCache::open(&cache).unwrap_err().to_string();
            assert!(error.contains(&format!("is not private: {reason}")), "{error}");
        }
    }

    #[test]
    fn its_files_are_its_owners_alone() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::{MetadataExt, PermissionsExt};

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache");
        let modes =
            || files(&path.join("scores.sqlite")).map(|file| std::fs::metadata(file).unwrap().mode() & 0o777);
        // As an older version left it: read by everybody, written by nobody else.
        drop(ScoreCache::open(&path).unwrap());
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        set_permissions(path.join("scores.sqlite"), Permissions::from_mode(0o644)).unwrap();
        let cache = ScoreCache::open(&path).unwrap();
        cache.stats().unwrap();
        assert_eq!(modes(), [0o600; 3]);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        drop(cache);
        std::fs::remove_dir_all(&path).unwrap();
        let cache = ScoreCache::open(&path).unwrap();
        cache.stats().unwrap();
        assert_eq!(modes(), [0o600; 3]);
    }

    #[test]
    fn the_key_tells_neighbouring_fields_apart() {
        let sample = |input: &str, output: &str, expected: Option<&str>| {
            SampleKey::of(&Sample {
                input: input.into(),
                output: output.into(),
                expected: expected.map(Into::into),
                ..Sample::default()
            })
        };
        assert_ne!(sample("ab", "c", None), sample("a", "bc", None));
        assert_ne!(sample("", "", None), sample("", "", Some("")));
    }
}
