//! One line of a dataset.

use scorebox_metrics::Sample;
use serde::{Deserialize, Serialize};

/// One sample of a dataset, with what the evaluation knows of it beside the exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What metrics see. [`Sample::output`] is empty until the subject answers.
    pub sample: Sample,
    /// The output that the dataset itself carries, for `subject: {recorded: dataset}`.
    pub recorded: Option<String>,
    /// Which part of the dataset the sample belongs to.
    pub partition: Partition,
    /// Free labels, in the dataset's order.
    pub tags: Vec<String>,
    /// When the sample was made, as the dataset says it.
    pub created_at: Option<String>,
    /// Line in the file (of the record's first byte), from 1.
    pub line: u64,
}

/// The part of a dataset that a sample belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Partition {
    /// Reviewed by people; every one has to pass.
    Golden,
    /// Failures of the past, kept so that they do not return.
    Regression,
    /// Written to break the subject.
    Adversarial,
    /// Drawn from real traffic.
    Distribution,
}

impl Partition {
    /// All partitions, in the order in which reports show them.
    pub const ALL: [Self; 4] = [Self::Golden, Self::Regression, Self::Adversarial, Self::Distribution];

    /// The word in datasets, suites and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Golden => "golden",
            Self::Regression => "regression",
            Self::Adversarial => "adversarial",
            Self::Distribution => "distribution",
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
