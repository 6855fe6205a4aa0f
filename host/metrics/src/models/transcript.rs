//! Transcripts: answers in a file that a person can read and a repository can hold, a JSON object a line.
//!
//! ```json
//! {"question":"9f…","model":"qwen at http://localhost:8080/v1","asked":"Does the context …","answer":"Yes","input_tokens":310,"output_tokens":1}
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ModelIdentity;
use super::digest::Digest;
use super::kept::Kept;

/// Characters of a question that stand in a transcript.
const ASKED: usize = 160;
/// Bytes of one line.
const LINE: u64 = 16 << 20;
/// Bytes of one transcript.
const WHOLE: u64 = 1 << 30;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    question: Digest,
    /// For people.
    #[serde(default)]
    model: String,
    /// The beginning of the question, for people.
    #[serde(default)]
    asked: String,
    #[serde(flatten)]
    kept: Kept,
}

/// Why a transcript cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// It cannot be read or written.
    #[error("cannot use the transcript {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is none of a transcript.
    #[error("{path}:{line}: this is no line of a transcript: {reason}; record it again with `--record`", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// Reads the answers of a transcript.
pub(super) fn read(path: &Path, into: &mut HashMap<Digest, Kept>) -> Result<(), TranscriptError> {
    each(path, |line| {
        into.insert(line.question, line.kept);
    })
}

fn each(path: &Path, mut take: impl FnMut(Line)) -> Result<(), TranscriptError> {
    let failed = |source| TranscriptError::File { path: path.to_owned(), source };
    // Before it is opened: opening a pipe waits for somebody to write.
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() || about.len() > WHOLE {
        return Err(failed(std::io::Error::other("it is no file, or larger than 1 GiB")));
    }
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let read = std::io::Read::take(&mut reader, LINE).read_until(b'\n', &mut bytes).map_err(failed)?;
        if read == 0 {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let line = serde_json::from_slice(&bytes).map_err(|error| TranscriptError::Line {
            path: path.to_owned(),
            line: number,
            reason: error.to_string(),
        })?;
        take(line);
    }
    Ok(())
}

/// Writes a transcript: each answer once, as it comes.
#[derive(Debug)]
pub(super) struct Recorder {
    path: PathBuf,
    file: File,
    written: HashSet<Digest>,
}

impl Recorder {
    /// Goes on with the transcript at `path`, and begins it where there is none.
    pub(super) fn open(path: &Path) -> Result<Self, TranscriptError> {
        let failed = |source| TranscriptError::File { path: path.to_owned(), source };
        let mut written = HashSet::new();
        if path.exists() {
            // Whoever was killed while it wrote left a line that is cut; what is whole counts.
            let whole = each(path, |line| {
                written.insert(line.question);
            });
            if whole.is_err() {
                rewrite(path, &whole_lines(path).map_err(failed)?).map_err(failed)?;
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, written })
    }

    /// Writes down an answer, unless it stands there already.
    pub(super) fn write(
        &mut self,
        (question, asked): (Digest, &str),
        model: &ModelIdentity,
        kept: &Kept,
    ) -> std::io::Result<()> {
        if !self.written.insert(question) {
            return Ok(());
        }
        let asked = super::http::excerpt(asked.as_bytes()).chars().take(ASKED).collect();
        let line = Line { question, model: model.to_string(), asked, kept: kept.clone() };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }

    /// Sorts what was written, so that the same answers are the same file, whichever came first.
    pub(super) fn finish(self) -> Result<(), TranscriptError> {
        let failed = |source| TranscriptError::File { path: self.path.clone(), source };
        let lines = whole_lines(&self.path).map_err(failed)?;
        rewrite(&self.path, &lines).map_err(failed)
    }
}

/// The lines that can be read, by their question.
fn whole_lines(path: &Path) -> std::io::Result<BTreeMap<Digest, Vec<u8>>> {
    let bytes = std::fs::read(path)?;
    let whole = |line: &[u8]| Some((serde_json::from_slice::<Line>(line).ok()?.question, line.to_vec()));
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(whole).collect())
}

fn rewrite(path: &Path, lines: &BTreeMap<Digest, Vec<u8>>) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut text = Vec::new();
    for line in lines.values() {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}
