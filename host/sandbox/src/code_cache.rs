//! The cache of compiled code: what Cranelift made of a component, kept between runs.
//!
//! Loading compiled code is running it, so nothing is loaded that this user's Scorebox did not write: the directory is
//! private (0700, owner checked), and each entry carries a BLAKE3 hash keyed with a random key that lies in the same
//! directory (0600). An entry that does not match is dropped and made anew. Entries are written whole and renamed, so
//! two processes can share the directory.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

/// Total size of the entries; the least recently used go first.
const MAX_BYTES: u64 = 1 << 30;
const KEY_FILE: &str = "key";
const EXTENSION: &str = "code";
const HASH: usize = 32;

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
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io(directory))?;
        let metadata = std::fs::metadata(directory).map_err(io(directory))?;
        let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
        let not_private = |reason| CodeCacheError::NotPrivate { path: directory.to_owned(), reason };
        if owner != user {
            return Err(not_private(format!("it belongs to user {owner}, this process runs as {user}")));
        }
        if metadata.mode() & 0o022 != 0 {
            return Err(not_private(format!("its mode is {:o}", metadata.mode() & 0o777)));
        }
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
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
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
        let entries = self.entries()?;
        let bytes = entries.iter().map(|(_, size, _)| size).sum();
        Ok(CodeCacheStats { entries: entries.len() as u64, bytes })
    }

    /// Forgets everything, the key included.
    pub fn clear(self) -> Result<(), CodeCacheError> {
        let entries = self.entries()?.into_iter().map(|(path, ..)| path);
        for path in entries.chain([self.directory.join(KEY_FILE)]) {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CodeCacheError::Io { path, source });
                }
                _ => {}
            }
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
        let Ok(mut entries) = self.entries() else { return };
        let mut total: u64 = entries.iter().map(|(_, size, _)| size).sum();
        entries.sort_by_key(|(_, _, used)| *used);
        for (path, size, _) in entries {
            if total <= limit {
                return;
            }
            if std::fs::remove_file(path).is_ok() {
                total -= size;
            }
        }
    }

    fn entries(&self) -> Result<Vec<(PathBuf, u64, SystemTime)>, CodeCacheError> {
        let error = |source| CodeCacheError::Io { path: self.directory.clone(), source };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(error)? {
            let path = entry.map_err(error)?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            // An entry that another process just evicted is no error.
            if let Ok(metadata) = std::fs::metadata(&path) {
                entries.push((path, metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
            }
        }
        Ok(entries)
    }
}

fn read_key(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(std::io::Error::other("others can read the key"));
    }
    let mut key = [0; 32];
    file.read_exact(&mut key)?;
    Ok(key)
}

/// Makes a key, unless another process was quicker: then its key is taken.
fn make_key(directory: &Path, path: &Path) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    let temporary = directory.join(format!("{KEY_FILE}.{}", std::process::id()));
    let _ = std::fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(&key)?;
    if path.exists() && read_key(path).is_err() {
        // A key that is short, or that others can read, has no worth.
        let _ = std::fs::remove_file(path);
    }
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read_key(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
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
}
