//! Answers on disk, shared between the runs and processes of one user: no question is paid for twice.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::digest::Digest;
use super::kept::Kept;

/// Bytes of the file beyond which the older half of the answers goes, when it is next opened.
const MAX_BYTES: u64 = 2 << 30;
/// Changes whenever rows of an older program must not be read.
const VERSION: i32 = 1;
const FILE: &str = "models.sqlite";

/// Why answers cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum AnswerCacheError {
    /// The directory cannot be made or is not ours.
    #[error("cannot use the cache directory {path}: {reason}", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The database says no.
    #[error("cannot use the cache of answers {path}: {source}", path = path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// The answers of one user's models, in one file of a private directory.
#[derive(Debug)]
pub struct AnswerCache {
    path: PathBuf,
    connection: Connection,
}

impl AnswerCache {
    /// Opens the cache in `directory`, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// [`AnswerCacheError`]; a file that is no database is made anew.
    pub fn open(directory: &Path) -> Result<Self, AnswerCacheError> {
        private_directory(directory)?;
        let path = directory.join(FILE);
        let opened = match Self::open_file(&path) {
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(
                    failure.code,
                    rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt
                ) =>
            {
                for file in files(&path) {
                    // What is still in the way says so when the file is opened again.
                    let _ = std::fs::remove_file(file);
                }
                Self::open_file(&path)
            }
            opened => opened,
        };
        opened.map_err(|source| AnswerCacheError::Database { path, source })
    }

    fn open_file(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        // Answers were paid for, so they survive the death of this process; a power cut may cost the last of them.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; DROP TABLE IF EXISTS answers;
                 CREATE TABLE answers (question BLOB NOT NULL, answer BLOB NOT NULL);
                 CREATE UNIQUE INDEX answers_by_question ON answers (question);
                 PRAGMA user_version = {VERSION}; COMMIT;"
            ))?;
        }
        if std::fs::metadata(path).is_ok_and(|file| file.len() > MAX_BYTES) {
            connection.execute_batch(
                "DELETE FROM answers WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM answers); VACUUM;",
            )?;
        }
        Ok(Self { path: path.to_owned(), connection })
    }

    /// What is kept of a question. A row that cannot be read counts as none.
    pub(super) fn get(&self, question: Digest) -> Option<Kept> {
        let mut statement =
            self.connection.prepare_cached("SELECT answer FROM answers WHERE question = ?1").ok()?;
        let row = statement
            .query_row([question.bytes()], |row| Ok(serde_json::from_slice(row.get_ref(0)?.as_blob()?).ok()))
            .optional();
        row.ok()?.flatten()
    }

    /// Keeps an answer.
    pub(super) fn put(&self, question: Digest, answer: &Kept) -> Result<(), AnswerCacheError> {
        let put = || {
            let mut statement = self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO answers (question, answer) VALUES (?1, ?2)")?;
            statement.execute((question.bytes(), serde_json::to_vec(answer).unwrap_or_default()))
        };
        put().map(drop).map_err(|source| self.error(source))
    }

    /// How many answers are kept, and their bytes on disk.
    pub fn stats(&self) -> Result<(u64, u64), AnswerCacheError> {
        let count = self.connection.query_row("SELECT count(*) FROM answers", [], |row| row.get::<_, i64>(0));
        let count = count.map_err(|source| self.error(source))?;
        let sizes = files(&self.path).into_iter().filter_map(|file| std::fs::metadata(file).ok());
        Ok((count.unsigned_abs(), sizes.map(|file| file.len()).sum()))
    }

    /// Forgets everything.
    pub fn clear(self) -> Result<(), AnswerCacheError> {
        let path = self.path.clone();
        drop(self.connection);
        for file in files(&path) {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(AnswerCacheError::Directory { path: file, reason: error.to_string() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn error(&self, source: rusqlite::Error) -> AnswerCacheError {
        AnswerCacheError::Database { path: self.path.clone(), source }
    }
}

fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Makes `path` if it is not there, and refuses one that belongs to another user: who can write answers can forge them.
fn private_directory(path: &Path) -> Result<(), AnswerCacheError> {
    let error = |reason: String| AnswerCacheError::Directory { path: path.to_owned(), reason };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| error(source.to_string()))?;
    let owner = std::fs::metadata(path).map_err(|source| error(source.to_string()))?.uid();
    let user = rustix::process::geteuid().as_raw();
    if owner != user {
        return Err(error(format!("it belongs to user {owner}, this process runs as {user}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::kept::Content;
    use super::super::{ModelIdentity, Question};
    use super::*;

    fn digest(draw: u32) -> Digest {
        let model = ModelIdentity { place: "local".to_owned(), model: "m".to_owned() };
        Digest::of_question(&model, &Question { draw, ..Question::default() })
    }

    fn kept(text: &str) -> Kept {
        let content = Content::Answer(text.to_owned());
        Kept { content, alternatives: vec![("Yes".to_owned(), -0.1)], input_tokens: 3, output_tokens: 1 }
    }

    #[test]
    fn what_one_process_keeps_another_finds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache");
        let (one, other) = (AnswerCache::open(&path).unwrap(), AnswerCache::open(&path).unwrap());
        one.put(digest(0), &kept("Yes")).unwrap();
        assert_eq!(other.get(digest(0)), Some(kept("Yes")));
        assert_eq!(other.get(digest(1)), None);
        assert_eq!(other.stats().unwrap().0, 1);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        drop(one);
        other.clear().unwrap();
        assert_eq!(AnswerCache::open(&path).unwrap().get(digest(0)), None);
    }

    #[test]
    fn a_spoilt_file_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), "no database at all, but long enough to be looked at")
            .unwrap();
        assert_eq!(AnswerCache::open(directory.path()).unwrap().stats().unwrap().0, 0);
    }
}
