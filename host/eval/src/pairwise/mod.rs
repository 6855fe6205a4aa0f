//! Which of two runs, or of two files of answers, a judge finds better: sample by sample, each in both orders.
//!
//! ```text
//! dataset ─► sample ─┬─ answer of A ─┐   ┌─ A first ─┐
//!                    └─ answer of B ─┴─► ┴─ B first ─┴─► the same in both? ─► win, or tie ─► win rate, position bias
//! ```
//!
//! A judge that turns with the order has no preference, whatever it says: such samples are ties, and how many there are
//! is the first thing to look at. Samples without an answer on both sides are left out, and samples that the judge could
//! not judge are faults; neither counts for anybody.

mod answers;
mod engine;
mod render;
mod tally;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use scorebox_metrics::{Comparison, Fault, Preference, Provenance, TranscriptError, Usage};
use serde::Serialize;

pub use answers::Answers;
pub use engine::{Options, pairwise};

use crate::dataset::{DatasetError, Partition};
use crate::run::{Rate, RecordError};
use crate::subject::SubjectError;

/// What came of comparing two sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pairwise {
    /// The suite's name.
    pub suite: String,
    /// A run or a file of answers.
    pub a: String,
    /// The other one.
    pub b: String,
    /// Which prompt was asked, and which models.
    pub provenance: Provenance,
    /// What to know first: runs of another dataset, scores that cannot be compared, a judge of the same family.
    pub notes: Vec<String>,
    /// Samples of the dataset that were looked at.
    pub samples: u64,
    /// Samples that one of the sides has no answer for.
    pub without_answer: u64,
    /// Samples that the judge could not judge.
    pub faulted: u64,
    /// Samples that A won.
    pub a_wins: u64,
    /// Samples that B won.
    pub b_wins: u64,
    /// Samples that neither won, those included where the judge turned with the order.
    pub ties: u64,
    /// Share of the compared samples that B won, a tie as half of one. The interval is that of Wilson, which is rather too
    /// wide than too narrow where there are ties.
    pub b_win_rate: Option<Rate>,
    /// Share of comparisons in which a judge said otherwise once the order was turned.
    pub position_bias: Option<Rate>,
    /// Comparisons in which it found the first one better in both orders.
    pub favoured_first: u64,
    /// Comparisons in which it found the second one better in both orders.
    pub favoured_second: u64,
    /// The same for each judge of a panel.
    pub judges: Vec<JudgeTally>,
    /// What it took.
    pub usage: Usage,
}

/// How one judge compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeTally {
    /// Name of the model in the suite.
    pub judge: String,
    /// Comparisons of different answers.
    pub comparisons: u64,
    /// Those in which it turned with the order.
    pub inconsistent: u64,
    /// Those in which it preferred A.
    pub a_wins: u64,
    /// Those in which it preferred B.
    pub b_wins: u64,
}

/// One sample of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleComparison {
    /// Id of the sample.
    pub id: String,
    /// Line in the dataset, from 1.
    pub line: u64,
    /// Which part of the dataset it belongs to.
    pub partition: Partition,
    /// Which side won, by the majority of the judges; absent beside a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
    /// One for each judge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<Comparison>,
    /// Why the sample was not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum PairwiseError {
    /// There is neither a run nor a file of this name.
    #[error(
        "there is neither a run nor a file of answers `{name}`: name a run's directory, a run beside the suite, `latest`, or \
         a file of {{\"id\": …, \"output\": …}}"
    )]
    NoSide {
        /// What was asked for.
        name: String,
    },
    /// A run's record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The answers cannot be read.
    #[error(transparent)]
    Answers(#[from] SubjectError),
    /// The dataset is broken.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The transcript cannot be written.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// What was found out cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No sample has an answer on both sides.
    #[error(
        "no sample of {dataset} has an answer in both {a} and {b}: compare two runs, or files of answers, of this dataset"
    )]
    NothingInCommon {
        /// The dataset.
        dataset: String,
        /// The one side.
        a: String,
        /// The other side.
        b: String,
    },
}
