//! Subjects: what produces the outputs.
//!
//! Outputs are recorded in the dataset or in a file of their own, or come from a program that reads samples as JSON
//! lines and writes answers as JSON lines. A subject that gives no output for a sample is a fault of that sample, never
//! a failed one, and never the end of the run.

mod command;
mod recorded;

use std::path::{Path, PathBuf};

use scorebox_metrics::{Cancel, Fault, FaultKind};

use crate::dataset::Entry;
use crate::run::SubjectStamp;
use crate::suite::Subject;
use command::Processes;
pub(crate) use recorded::Recorded;

/// Gives each sample its output. Shared between threads.
#[derive(Debug)]
pub struct AnswerSource {
    kind: Kind,
    stamp: SubjectStamp,
}

#[derive(Debug)]
enum Kind {
    Dataset,
    Recorded(Recorded),
    Command(Processes),
}

/// Why a subject cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The file of answers cannot be read.
    #[error("cannot read the answers {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of answers is broken.
    #[error("{path}:{line}: {reason}", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong and what to write instead.
        reason: String,
    },
}

impl AnswerSource {
    /// Opens `subject`. Recorded answers are looked through once; a command is started when the first sample needs it,
    /// in `directory`.
    pub fn open(subject: &Subject, directory: &Path) -> Result<Self, SubjectError> {
        Ok(match subject {
            Subject::Dataset => Self {
                kind: Kind::Dataset,
                stamp: SubjectStamp { kind: "recorded".into(), what: "dataset".into(), digest: None },
            },
            Subject::Recorded(path) => {
                let digest = crate::digest::file(path)
                    .map_err(|source| SubjectError::Read { path: path.clone(), source })?;
                let what = path.display().to_string();
                Self {
                    kind: Kind::Recorded(Recorded::open(path)?),
                    stamp: SubjectStamp { kind: "recorded".into(), what, digest: Some(digest) },
                }
            }
            Subject::Command { command, timeout, concurrency } => Self {
                kind: Kind::Command(Processes::new(command, directory, *timeout, *concurrency)),
                stamp: SubjectStamp { kind: "command".into(), what: command.join(" "), digest: None },
            },
        })
    }

    /// The output for a sample; takes the one that the dataset carries out of `entry`.
    pub fn answer(&self, entry: &mut Entry, cancel: &Cancel) -> Result<String, Fault> {
        match &self.kind {
            Kind::Dataset => entry.recorded.take().ok_or_else(|| {
                Fault::new(
                    FaultKind::Subject,
                    "the dataset has no output for this sample: give it an `output`, or name a file of answers as the \
                     suite's `subject`",
                )
            }),
            Kind::Recorded(recorded) => recorded.answer(&entry.sample.id),
            Kind::Command(processes) => processes.answer(&entry.sample, cancel),
        }
    }

    /// Why there is no point in asking on.
    pub(crate) fn given_up(&self) -> Option<String> {
        match &self.kind {
            Kind::Command(processes) => processes.given_up(),
            Kind::Dataset | Kind::Recorded(_) => None,
        }
    }

    /// What a run's manifest says of it.
    pub fn stamp(&self) -> SubjectStamp {
        self.stamp.clone()
    }

    /// Whether an answer takes long enough to be worth a thread of its own.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.kind, Kind::Command(_))
    }
}
