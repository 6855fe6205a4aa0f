//! Replays a run: executes every deterministic metric of its record again, and says where the record says otherwise.
//!
//! ```text
//! run.json ─► metrics, by digest ─┐
//! samples.jsonl ─► sample ────────┴─► scores ─► line ─► the same bytes? ─► counts, gates ─► the same summary?
//! ```
//!
//! The record alone is enough, with the components that its digests name: a line holds all that metrics saw, the
//! manifest all that they were configured with. So a replay proves that scores, verdicts, counts and gates follow from
//! the recorded texts. That the texts are those of the dataset is what the dataset's digest is for.
//!
//! What another machine may not repeat is not compared, and named: metrics with grants, faults like `deadline`.

mod compare;
mod components;
mod engine;
mod line;
mod metrics;
mod render;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;

pub use engine::{Options, replay};

use crate::run::{PrepareError, RecordError};

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The run's name.
    pub run: String,
    /// Whether nothing differs.
    pub identical: bool,
    /// What to know before reading on: another engine, a run that did not get to its end.
    pub notes: Vec<String>,
    /// Samples in the record.
    pub samples: u64,
    /// Samples that the subject gave no output for: there is nothing to score.
    pub without_output: u64,
    /// Samples with a line that differs.
    pub different_samples: u64,
    /// In the suite's order.
    pub metrics: Vec<ReplayedMetric>,
    /// The first differences, as many as were asked for.
    pub differences: Vec<Difference>,
    /// Differences beyond those.
    pub more: u64,
}

/// One metric of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayedMetric {
    /// Name in the suite.
    pub name: String,
    /// What the record was made with: `builtin:NAME@VERSION`, or `sha256:…` of a component.
    pub code: String,
    /// Scores (and faults) that were computed again.
    pub scores: u64,
    /// Faults in the record that another machine may not repeat.
    pub not_comparable: u64,
    /// Why no score of the metric was computed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_replayed: Option<String>,
}

/// One thing that the record says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file that holds it: one of the record, or a component.
    pub file: String,
    /// Line in the file, from 1; absent for a file without lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Place in the file: the value itself, or the nearest thing around it where the record lacks the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Range<u64>>,
    /// Id of the sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Name of the metric in the suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// What differs: `value`, `findings[0].message`, `fuel`, `plugin` …
    pub field: String,
    /// What the record says, as JSON text around the first character that differs; absent where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// What this replay says, in the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// What that may mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Why a run cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The record does not hold what a replay needs.
    #[error(
        "{path} has format {format}, which holds neither conversations nor thresholds and cannot be replayed: run the suite \
         again",
        path = path.display()
    )]
    Older {
        /// The manifest.
        path: PathBuf,
        /// Version of its format.
        format: u32,
    },
    /// The manifest says something that no run would have written.
    #[error("{path}: metric `{metric}`: {reason}", path = path.display())]
    Unsound {
        /// The manifest.
        path: PathBuf,
        /// Name of the metric.
        metric: String,
        /// What is wrong.
        reason: String,
    },
    /// A component is not where the record says, nor in the directories that were named.
    #[error(
        "cannot find the plugin of metric `{metric}`, {digest}: {looked}; name a directory that holds it with `--plugins`"
    )]
    NoPlugin {
        /// Name of the metric.
        metric: String,
        /// Digest of the component.
        digest: String,
        /// Where it was looked for, in words.
        looked: String,
    },
    /// A directory of components cannot be read.
    #[error("cannot read the plugins in {path}: {source}", path = path.display())]
    Plugins {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A metric cannot be used.
    #[error("metric `{metric}`: {source}")]
    Metric {
        /// Name of the metric.
        metric: String,
        /// Why.
        source: Box<PrepareError>,
    },
}
