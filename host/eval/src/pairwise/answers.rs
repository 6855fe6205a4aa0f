//! The answers of one side: those of a run, or those of a file.

use std::path::{Path, PathBuf};

use scorebox_metrics::Fault;

use super::PairwiseError;
use crate::run::{Manifest, RunReader, SAMPLES, latest_of, resolve, resolve_beside};
use crate::subject::Recorded;
use crate::suite::Suite;

/// The answers of one side.
#[derive(Debug)]
pub struct Answers {
    name: String,
    recorded: Recorded,
    manifest: Option<Box<Manifest>>,
}

impl Answers {
    /// Opens what `name` means to a person: a run's directory, the name of a run in the current directory or beside the
    /// suite, `latest` (of the suite), or a file of answers.
    pub fn open(name: &str, suite: &Suite) -> Result<Self, PairwiseError> {
        let run = match name {
            "latest" => latest_of(suite),
            name if is_answers(Path::new(name)) => None,
            name => resolve(name).or_else(|| resolve_beside(name, suite)),
        };
        if let Some(directory) = run {
            let run = RunReader::open(&directory)?;
            // A line of the record holds `id` and `output`, as a line of answers does.
            let recorded = Recorded::open(&directory.join(SAMPLES))?;
            let manifest = run.manifest().clone();
            return Ok(Self { name: manifest.run.clone(), recorded, manifest: Some(Box::new(manifest)) });
        }
        let path = PathBuf::from(name);
        if !path.is_file() {
            return Err(PairwiseError::NoSide { name: name.to_owned() });
        }
        Ok(Self { name: name.to_owned(), recorded: Recorded::open(&path)?, manifest: None })
    }

    /// The run's name, or the file's path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The run's manifest; `None` for a file.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_deref()
    }

    /// The answer for a sample.
    pub(super) fn answer(&self, id: &str) -> Result<String, Fault> {
        self.recorded.answer(id)
    }
}

/// Whether a path is that of a file in one of the forms of answers, rather than of a suite.
fn is_answers(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("jsonl" | "json" | "csv")) && path.is_file()
}
