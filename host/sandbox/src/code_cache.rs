//! The cache of compiled code: what Cranelift made of a component, kept between runs.
//!
//! Loading compiled code is running it, so nothing is loaded that this user's Scorebox did not write: the directory is
//! private (0700, owner checked), and each entry carries a BLAKE3 hash keyed with a random key that lies in the same
//! directory (0600). An entry that does not match is dropped and made anew. Entries are written whole and renamed, so
//! two processes can share the directory.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::private::{NotPrivate, private_directory};

/// Total size of the entries; the least recently used go first.
const MAX_BYTES: u64 = 1 << 30;
const KEY_FILE: &str = "key";
const EXTENSION: &str = "code";
const HASH: usize = 32;
/// Beginning of the names of files that are being written.
const UNFINISHED: &str = ".tmp";
/// After this time, whoever wrote such a file was killed.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// A directory of compiled code.
#[derive(Debug)]
pub struct CodeCache {
    directory: PathBuf,
    key: [u8; 32],
}

/// How much a cache of compiled code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CodeCacheStats {
    /// Compiled components.
    pub entries: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeCacheError {
    /// The directory, or a file in it, cannot be used.
    #[error("cannot use the code cache {path}: {source}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody else could have written code into it.
    #[error("the code cache {path} is not private: {reason}; choose another with SCOREBOX_CACHE", path = path.display())]
    NotPrivate {
        /// The directory.
        path: PathBuf,
        /// Who else can write.
        reason: String,
    },
}

impl CodeCache {
    /// Opens the cache in `directory`, and makes it where there is none.
    pub fn open(directory: &Path) -> Result<Self, CodeCacheError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| CodeCacheError::Io { path, source }
        };
        private_directory(directory).map_err(|error| match error {
            NotPrivate::Io(source) => io(directory)(source),
            NotPrivate::Shared(reason) => CodeCacheError::NotPrivate { path: directory.to_owned(), reason },
        })?;
        let path = directory.join(KEY_FILE);
        let key = read_key(&path).or_else(|_| make_key(directory, &path)).map_err(io(&path))?;
        Ok(Self { directory: directory.to_owned(), key })
    }

    /// The entry `name`, if it is there and this user's Scorebox wrote it.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let content = bytes.len().checked_sub(HASH)?;
        let (content, written) = bytes.split_at(content);
        // Comparing hashes takes the same time wherever they differ.
        if self.hash(name, content) != blake3::Hash::from_slice(written).ok()? {
            let _ = std::fs::remove_file(&path);
            return None;
        }
        let _ = file.set_modified(SystemTime::now());
        bytes.truncate(bytes.len() - HASH);
        Some(bytes)
    }

    /// Keeps `content` as entry `name`. A cache that cannot be written is as good as none, so there is no error.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        let write = || -> std::io::Result<()> {
            let mut file = NamedTempFile::with_prefix_in(UNFINISHED, &self.directory)?;
            file.write_all(content)?;
            file.write_all(self.hash(name, content).as_bytes())?;
            file.persist(self.path(name)).map_err(|error| error.error)?;
            Ok(())
        };
        if write().is_ok() {
            self.evict(MAX_BYTES);
        }
    }

    /// How much the cache holds.
    pub fn stats(&self) -> Result<CodeCacheStats, CodeCacheError> {
        let entries = self.files(is_entry)?;
        let bytes = entries.iter().map(|(_, size, _)| size).sum();
        Ok(CodeCacheStats { entries: entries.len() as u64, bytes })
    }

    /// Forgets everything, the key included.
    pub fn clear(self) -> Result<(), CodeCacheError> {
        let entries = self.files(is_entry)?.into_iter().chain(self.files(is_unfinished)?);
        for path in entries.map(|(path, ..)| path).chain([self.directory.join(KEY_FILE)]) {
            remove(&path).map_err(|source| CodeCacheError::Io { path, source })?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension(EXTENSION)
    }

    fn hash(&self, name: &str, content: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(content);
        hasher.finalize()
    }

    fn evict(&self, limit: u64) {
        for (path, _, written) in self.files(is_unfinished).unwrap_or_default() {
            if written.elapsed().is_ok_and(|age| age > FORGOTTEN) {
                let _ = remove(&path);
            }
        }
        let Ok(mut entries) = self.files(is_entry) else { return };
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        entries.sort_by_key(|(_, _, used)| *used);
        for (path, size, _) in entries {
            if total <= limit {
                return;
            }
            // One that another process just evicted takes no room either.
            if remove(&path).is_ok() {
                total -= size;
            }
        }
    }

    /// The files of a kind, with their sizes and times.
    fn files(&self, wanted: fn(&Path) -> bool) -> Result<Vec<(PathBuf, u64, SystemTime)>, CodeCacheError> {
        let error = |source| CodeCacheError::Io { path: self.directory.clone(), source };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(error)? {
            let path = entry.map_err(error)?.path();
            if !wanted(&path) {
                continue;
            }
            // A file that another process just evicted is no error.
            if let Ok(metadata) = std::fs::metadata(&path) {
                entries.push((path, metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
            }
        }
        Ok(entries)
    }
}

fn is_entry(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

fn is_unfinished(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED))
}

/// Removes a file, or finds it gone.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads the key, which is worth something only if nobody else can have chosen or seen it.
fn read_key(path: &Path) -> std::io::Result<[u8; 32]> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    let mut key = [0; 32];
    let own = about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o077 == 0;
    if !about.is_file() || !own || about.len() != key.len() as u64 {
        return Err(std::io::Error::other("it is not this user's alone"));
    }
    file.read_exact(&mut key)?;
    Ok(key)
}

/// Makes a key, unless another process was quicker: then its key is taken.
fn make_key(directory: &Path, path: &Path) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    // Nobody but its owner can read it, and nobody sees half of it.
    let mut file = NamedTempFile::with_prefix_in(UNFINISHED, directory)?;
    file.write_all(&key)?;
    if std::fs::symlink_metadata(path).is_ok() && read_key(path).is_err() {
        remove(path)?;
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(key),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => read_key(path),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn gives_back_what_was_put_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(&directory.path().join("code")).unwrap();
        assert_eq!(cache.get("a"), None);
        cache.put("a", b"machine code");
        assert_eq!(cache.get("a").as_deref(), Some(&b"machine code"[..]));
        let again = CodeCache::open(&directory.path().join("code")).unwrap();
        assert_eq!(again.get("a").as_deref(), Some(&b"machine code"[..]));
        std::fs::copy(cache.path("a"), cache.path("b")).unwrap();
        assert_eq!(again.get("b"), None, "an entry under another name is not that entry");
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(&directory.path().join("code")).unwrap();
        cache.put("a", b"machine code");
        let mut bytes = std::fs::read(cache.path("a")).unwrap();
        bytes[3] ^= 1;
        std::fs::write(cache.path("a"), bytes).unwrap();
        assert_eq!(cache.get("a"), None);
        assert!(!cache.path("a").exists());
    }

    #[test]
    fn a_directory_that_others_can_write_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        let error = CodeCache::open(directory.path()).unwrap_err();
        assert!(error.to_string().contains("is not private: its mode is 777"), "{error}");
    }

    #[test]
    fn the_least_recently_used_entries_go_first() {
        let directory = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(&directory.path().join("code")).unwrap();
        for name in ["a", "b", "c"] {
            cache.put(name, &[0; 100]);
            let file = File::options().write(true).open(cache.path(name)).unwrap();
            let age = std::time::Duration::from_secs(1000 - 100 * u64::from(name.as_bytes()[0] - b'a'));
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        cache.get("a").unwrap();
        cache.evict(300);
        let left: Vec<_> = ["a", "b", "c"].into_iter().filter(|name| cache.path(name).exists()).collect();
        assert_eq!(left, ["a", "c"]);
    }

    #[test]
    fn a_link_is_no_private_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("code")).unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(directory.path().join("code"), &link).unwrap();
        let error = CodeCache::open(&link).unwrap_err();
        assert!(error.to_string().contains("is not private: it is a link"), "{error}");
    }

    #[test]
    fn a_directory_that_others_can_read_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        CodeCache::open(directory.path()).unwrap();
        assert_eq!(std::fs::metadata(directory.path()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_directory_of_another_user_is_refused() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(directory.path(), Some(65_534), None).unwrap();
        let error = CodeCache::open(directory.path()).unwrap_err();
        assert!(error.to_string().contains("it belongs to user 65534, this process runs as 0"), "{error}");
    }

    #[test]
    fn a_key_that_another_could_know_is_made_anew() {
        let spoil: [fn(&Path); 5] = [
            |key| std::fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap(),
            |key| std::fs::write(key, "short").unwrap(),
            |key| std::fs::write(key, [7; 33]).unwrap(),
            |key| {
                let elsewhere = key.with_file_name("elsewhere");
                std::fs::rename(key, &elsewhere).unwrap();
                std::os::unix::fs::symlink(elsewhere, key).unwrap();
            },
            |key| {
                if rustix::process::geteuid().is_root() {
                    std::os::unix::fs::chown(key, Some(65_534), None).unwrap();
                } else {
                    std::fs::remove_file(key).unwrap();
                }
            },
        ];
        for spoil in spoil {
            let directory = tempfile::tempdir().unwrap();
            let cache = CodeCache::open(directory.path()).unwrap();
            cache.put("a", b"machine code");
            spoil(&directory.path().join(KEY_FILE));
            let again = CodeCache::open(directory.path()).unwrap();
            assert_ne!(again.key, cache.key);
            assert_eq!(again.get("a"), None);
            assert_eq!(CodeCache::open(directory.path()).unwrap().key, again.key);
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_in_time() {
        let directory = tempfile::tempdir().unwrap();
        let cache = CodeCache::open(directory.path()).unwrap();
        let (old, new) = (directory.path().join(".tmpold"), directory.path().join(".tmpnew"));
        for (path, age) in [(&old, FORGOTTEN * 2), (&new, Duration::ZERO)] {
            std::fs::write(path, "half").unwrap();
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        cache.put("a", b"machine code");
        assert_eq!((old.exists(), new.exists()), (false, true));
        cache.clear().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    /// What entry `name` holds, wherever it is written.
    fn content(name: &str) -> Vec<u8> {
        name.repeat(1000).into_bytes()
    }

    #[test]
    fn processes_that_race_get_what_was_put_or_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let race = |_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["code_cache::tests::one_of_several_processes", "--exact", "--ignored"])
                .env("SCOREBOX_TEST_CACHE", directory.path())
                .output()
        };
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|racer| scope.spawn(move || race(racer).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for output in outputs {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        let cache = CodeCache::open(directory.path()).unwrap();
        assert!(cache.stats().unwrap().entries > 0);
        assert!(cache.files(is_unfinished).unwrap().is_empty());
    }

    #[test]
    #[ignore = "one of several processes of the test before it"]
    fn one_of_several_processes() {
        let directory = PathBuf::from(std::env::var_os("SCOREBOX_TEST_CACHE").unwrap());
        let key = CodeCache::open(&directory).unwrap().key;
        let mut found = 0;
        for round in 0..300 {
            let cache = CodeCache::open(&directory).unwrap();
            assert_eq!(cache.key, key, "all have the key of whoever was first");
            let name = format!("entry-{}", round % 7);
            if let Some(bytes) = cache.get(&name) {
                assert_eq!(bytes, content(&name));
                found += 1;
            }
            cache.put(&name, &content(&name));
            // Room for three of the seven.
            cache.evict(3 * (content(&name).len() + HASH) as u64);
        }
        assert!(found > 0, "the others' entries are of use");
    }
}
