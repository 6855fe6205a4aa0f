//! Recorded answers: a file of `{"id": …, "output": …}`, as JSON lines, one JSON document, or CSV.
//!
//! The file is read once to learn where each answer stands; answers are then read as samples need them, so memory holds
//! sixteen bytes an answer, whatever their length.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use scorebox_metrics::{Fault, FaultKind};
use serde::{Deserialize, Serialize};

use crate::subject::SubjectError;
use crate::{digest, named};

/// Largest line of answers: 64 MiB.
const MAX_LINE: usize = 64 << 20;
/// Largest file of answers that is one JSON document, which is read as a whole: 256 MiB.
const MAX_JSON_BYTES: u64 = 256 << 20;
/// What is read of an answer at first; most are shorter.
const FIRST_READ: usize = 4096;

/// One recorded answer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) id: Option<Id>,
    #[serde(
        default,
        alias = "actual_output",
        alias = "answer",
        alias = "response",
        alias = "completion",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// Ids are texts; a number is taken as its digits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl Answer {
    pub(crate) fn id(&self) -> Option<String> {
        match self.id.as_ref()? {
            Id::Text(text) => Some(text.clone()),
            Id::Number(number) => Some(number.to_string()),
        }
    }

    /// The output, or the error in the subject's own words.
    pub(crate) fn into_output(self) -> Result<String, Fault> {
        match (self.output, self.error) {
            (_, Some(error)) => Err(Fault::new(FaultKind::Subject, format!("the subject reports: {error}"))),
            (Some(output), None) => Ok(output),
            (None, None) => Err(Fault::new(
                FaultKind::Subject,
                "the answer has neither `output` nor `error`: write {\"id\": …, \"output\": \"…\"}",
            )),
        }
    }
}

/// A file of answers and where each of them stands.
#[derive(Debug)]
pub(crate) struct Recorded {
    path: PathBuf,
    /// JSON lines: the file itself, or a copy of it in this form.
    file: File,
    /// Hash of the id and offset of the line, sorted.
    index: Vec<(u64, u64)>,
}

impl Recorded {
    pub(crate) fn open(path: &Path) -> Result<Self, SubjectError> {
        let read = |source| SubjectError::Read { path: path.to_owned(), source };
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let file = match extension.as_deref() {
            Some("json") => lines_of_json(path)?,
            Some("csv") => lines_of_csv(path)?,
            _ => named::open(path).map_err(read)?,
        };
        let index = index(path, &file)?;
        Ok(Self { path: path.to_owned(), file, index })
    }

    pub(crate) fn answer(&self, id: &str) -> Result<String, Fault> {
        let wanted = digest::quarter(id.as_bytes());
        let start = self.index.partition_point(|(hash, _)| *hash < wanted);
        for (_, offset) in self.index[start..].iter().take_while(|(hash, _)| *hash == wanted) {
            let answer = read_answer(&self.file, *offset).map_err(|error| {
                Fault::new(
                    FaultKind::Subject,
                    format!("cannot read the answer in {}: {error}", self.path.display()),
                )
            })?;
            if answer.id().as_deref() == Some(id) {
                return answer.into_output();
            }
        }
        let line = serde_json::json!({ "id": id, "output": "…" });
        Err(Fault::new(
            FaultKind::Subject,
            format!(
                "{} has no answer for this sample: add {line}, or take the sample out",
                self.path.display()
            ),
        ))
    }
}

fn index(path: &Path, file: &File) -> Result<Vec<(u64, u64)>, SubjectError> {
    let read = |source| SubjectError::Read { path: path.to_owned(), source };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut index = Vec::new();
    let mut offset = 0;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).map_err(read)?;
        if length == 0 {
            break;
        }
        let broken = |reason: String| SubjectError::Broken { path: path.to_owned(), line, reason };
        let text = if line == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) } else { &bytes };
        let skipped = length - text.len();
        let start = offset + skipped as u64;
        offset += length as u64;
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if length > MAX_LINE {
            return Err(broken(format!(
                "the line has {length} bytes, more than the {MAX_LINE} that are allowed"
            )));
        }
        let answer: Answer = serde_json::from_slice(text).map_err(|error| {
            let column = error.column();
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            broken(format!(
                "no answer, at column {column}: {reason}; write {{\"id\": \"…\", \"output\": \"…\"}}"
            ))
        })?;
        let id = answer
            .id()
            .ok_or_else(|| broken("the answer has no `id`: give it the id of its sample".into()))?;
        index.push((digest::quarter(id.as_bytes()), start));
    }
    index.sort_unstable();
    for pair in index.windows(2) {
        if pair[0].0 == pair[1].0 {
            let first = read_answer(file, pair[0].1).map_err(read)?.id();
            if first == read_answer(file, pair[1].1).map_err(read)?.id() {
                let id = first.unwrap_or_default();
                let line = line_at(file, pair[1].1).map_err(read)?;
                let reason = format!("a second answer for `{id}`: keep one of them");
                return Err(SubjectError::Broken { path: path.to_owned(), line, reason });
            }
        }
    }
    index.shrink_to_fit();
    Ok(index)
}

fn read_answer(file: &File, offset: u64) -> std::io::Result<Answer> {
    let mut bytes = vec![0; FIRST_READ];
    let mut filled = 0;
    loop {
        let read = file.read_at(&mut bytes[filled..], offset + filled as u64)?;
        let newline = bytes[filled..filled + read].iter().position(|&byte| byte == b'\n');
        if let Some(newline) = newline {
            return Ok(serde_json::from_slice(&bytes[..filled + newline])?);
        }
        filled += read;
        if read == 0 {
            return Ok(serde_json::from_slice(&bytes[..filled])?);
        }
        if filled == bytes.len() {
            if filled >= MAX_LINE {
                return Err(std::io::Error::other("the file changed while it was read"));
            }
            bytes.resize(filled * 2, 0);
        }
    }
}

fn line_at(file: &File, offset: u64) -> std::io::Result<u64> {
    let mut line = 1;
    let mut position = 0;
    let mut buffer = vec![0; 1 << 16];
    while position < offset {
        let want = usize::try_from(offset - position).unwrap_or(usize::MAX).min(buffer.len());
        let read = file.read_at(&mut buffer[..want], position)?;
        if read == 0 {
            break;
        }
        line += buffer[..read].iter().filter(|&&byte| byte == b'\n').count() as u64;
        position += read as u64;
    }
    Ok(line)
}

/// Answers from one JSON document: a list, or an object with the list in `answers` or `examples`.
fn lines_of_json(path: &Path) -> Result<File, SubjectError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Document {
        List(Vec<Answer>),
        Object {
            #[serde(alias = "examples")]
            answers: Vec<Answer>,
        },
    }
    let read = |source| SubjectError::Read { path: path.to_owned(), source };
    let text = named::read(path, MAX_JSON_BYTES).map_err(read)?;
    let document: Document = serde_json::from_slice(&text).map_err(|error| SubjectError::Broken {
        path: path.to_owned(),
        line: error.line().max(1) as u64,
        reason: format!("{error}; write a list of {{\"id\": \"…\", \"output\": \"…\"}}"),
    })?;
    let (Document::List(answers) | Document::Object { answers }) = document;
    lines(answers.into_iter().map(Ok), path)
}

/// Answers from CSV with the columns `id` and `output`.
fn lines_of_csv(path: &Path) -> Result<File, SubjectError> {
    let read = |source| SubjectError::Read { path: path.to_owned(), source };
    let broken = |error: csv::Error| SubjectError::Broken {
        path: path.to_owned(),
        line: error.position().map_or(1, csv::Position::line),
        reason: format!("{error}; write the columns `id` and `output`"),
    };
    let reader = csv::Reader::from_reader(named::open(path).map_err(read)?);
    lines(reader.into_deserialize().map(|answer| answer.map_err(broken)), path)
}

fn lines(
    answers: impl Iterator<Item = Result<Answer, SubjectError>>,
    path: &Path,
) -> Result<File, SubjectError> {
    let read = |source| SubjectError::Read { path: path.to_owned(), source };
    let mut file = tempfile::tempfile().map_err(read)?;
    let mut writer = BufWriter::with_capacity(1 << 18, &mut file);
    for answer in answers {
        serde_json::to_writer(&mut writer, &answer?).map_err(|error| read(error.into()))?;
        writer.write_all(b"\n").map_err(read)?;
    }
    writer.flush().map_err(read)?;
    drop(writer);
    file.rewind().map_err(read)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, content: &str) -> Result<Recorded, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        let prefix = format!("{}/", directory.path().display());
        Recorded::open(&path).map_err(|error| error.to_string().replace(&prefix, ""))
    }

    #[test]
    fn finds_answers_in_every_form() {
        let long = "x".repeat(3 * FIRST_READ);
        for (name, content) in [
            (
                "a.jsonl",
                format!(
                    "\u{feff}{{\"id\":\"a\",\"output\":\"eins\"}}\r\n\n{{\"id\":7,\"answer\":\"{long}\"}}"
                ),
            ),
            (
                "a.json",
                format!("[{{\"id\":\"a\",\"response\":\"eins\"}},{{\"id\":\"7\",\"output\":\"{long}\"}}]"),
            ),
            ("a.csv", format!("id,output\na,eins\n7,{long}\n")),
        ] {
            let recorded = open(name, &content).unwrap();
            assert_eq!(recorded.answer("a").unwrap(), "eins", "{name}");
            assert_eq!(recorded.answer("7").unwrap(), long, "{name}");
            let fault = recorded.answer("b").unwrap_err();
            assert_eq!(fault.kind, FaultKind::Subject);
            assert!(fault.message.contains("has no answer for this sample"), "{}", fault.message);
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_line() {
        let error = open("a.jsonl", "{\"id\":\"a\",\"output\":\"x\"}\n{\"id\":\"b\",\n").unwrap_err();
        assert!(error.starts_with("a.jsonl:2: no answer, at column"), "{error}");
        let error = open("a.jsonl", "{\"output\":\"x\"}\n").unwrap_err();
        assert_eq!(error, "a.jsonl:1: the answer has no `id`: give it the id of its sample");
        let twice = "{\"id\":\"a\",\"output\":\"x\"}\n{\"id\":\"b\",\"output\":\"\"}\n{\"id\":\"a\",\"output\":\"y\"}\n";
        assert_eq!(
            open("a.jsonl", twice).unwrap_err(),
            "a.jsonl:3: a second answer for `a`: keep one of them"
        );
    }

    #[test]
    fn an_answer_may_be_an_error() {
        let recorded = open("a.jsonl", "{\"id\":\"a\",\"error\":\"quota\"}\n{\"id\":\"b\"}\n").unwrap();
        assert_eq!(recorded.answer("a").unwrap_err().message, "the subject reports: quota");
        assert!(recorded.answer("b").unwrap_err().message.contains("neither `output` nor `error`"));
    }
}
