//! Why a metric cannot be held against labels.

use std::path::{Path, PathBuf};

use crate::dataset::DatasetError;
use crate::run::RecordError;

/// Why labels cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// The file is broken.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The run cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The labels do not say what they mean, or not enough.
    #[error("{0}")]
    Scale(String),
    /// No row has a label.
    #[error("{path}: no row has a `{field}`: {hint}", path = path.display())]
    NoLabels {
        /// The file.
        path: PathBuf,
        /// The field that was looked for.
        field: String,
        /// What to write instead.
        hint: String,
    },
    /// None of the labels belongs to a sample.
    #[error("{path}: none of its {count} labels is for a sample of {what}: ids such as {ids} are not there", path = path.display())]
    AllUnknown {
        /// The file.
        path: PathBuf,
        /// How many labels it has.
        count: u64,
        /// The dataset or the run.
        what: String,
        /// A few of the ids, in backticks.
        ids: String,
    },
    /// More labels than are taken in.
    #[error("{path} has more than {most} rows: calibrate with a sample of them", path = path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many are taken in.
        most: usize,
    },
    /// The run has no such metric.
    #[error("the run {run} has no metric `{metric}`: it has {known}")]
    NoMetric {
        /// The run.
        run: String,
        /// The metric that was asked for.
        metric: String,
        /// Those that it has.
        known: String,
    },
    /// Nothing was scored, or one class only.
    #[error("{0}")]
    NothingScored(String),
    /// Somebody asked to stop.
    #[error("interrupted before all labelled samples were scored")]
    Cancelled,
}

impl LabelsError {
    pub(crate) fn scale(problem: impl Into<String>) -> Self {
        Self::Scale(problem.into())
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}
