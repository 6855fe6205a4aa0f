//! What came of a run: counts by partition and metric, and the gates' decisions.

use scorebox_metrics::Usage;
use serde::{Deserialize, Serialize};

use crate::dataset::Partition;
use crate::run::Judging;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Over all samples.
    pub total: SampleTally,
    /// By partition, only those that have samples, in the order of [`Partition::ALL`].
    pub partitions: Vec<PartitionSummary>,
    /// In the suite's order.
    pub metrics: Vec<MetricSummary>,
    /// One for each gate, in the order golden, regression, adversarial, distribution, all.
    pub gates: Vec<GateResult>,
    /// What the exit code says.
    pub outcome: RunOutcome,
}

/// Samples by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleTally {
    /// All samples.
    pub samples: u64,
    /// Samples that passed.
    pub passed: u64,
    /// Samples that failed.
    pub failed: u64,
    /// Samples without a fail that a metric or the subject faulted on.
    pub faulted: u64,
    /// Samples that nothing judged.
    pub unjudged: u64,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartitionSummary {
    /// Which.
    pub partition: Partition,
    /// Its samples.
    pub tally: SampleTally,
    /// Passed among passed and failed; `None` where none was judged.
    pub pass_rate: Option<Rate>,
}

/// A rate with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Successes over trials.
    pub value: f64,
    /// Lower end of the 95 % Wilson score interval.
    pub low: f64,
    /// Upper end of the 95 % Wilson score interval.
    pub high: f64,
    /// Trials.
    pub n: u64,
}

/// One metric over all samples, and by partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSummary {
    /// Name in the suite.
    pub metric: String,
    /// Over all samples.
    pub total: MetricTally,
    /// By partition, only those in which the metric ran.
    pub partitions: Vec<(Partition, MetricTally)>,
    /// Scores that came from the cache.
    pub cached: u64,
    /// Microseconds spent scoring, summed over the samples that were not cached.
    pub busy_us: u64,
    /// Total fuel of a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// What was asked of models, as if no answer had been known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How steady and how independent a judge was; absent for all other metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judging: Option<Judging>,
}

/// Counts and moments of one metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricTally {
    /// Samples with a value.
    pub scored: u64,
    /// Passed the constraint or threshold.
    pub passed: u64,
    /// Failed it.
    pub failed: u64,
    /// Neither.
    pub unjudged: u64,
    /// Samples that the metric could not score.
    pub faulted: u64,
    /// Samples that lack what the metric needs, where the suite says `missing: skip`.
    pub skipped: u64,
    /// Mean of the values; `None` where there are none.
    pub mean: Option<f64>,
    /// Lowest value.
    pub min: Option<f64>,
    /// Highest value.
    pub max: Option<f64>,
    /// Counts of values in [`HISTOGRAM_BINS`] equal bins over the declared range, or over 0 to 1 with the outer bins open.
    pub histogram: Vec<u64>,
    /// Faults by name, most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<(String, u64)>,
}

/// Bins of a histogram.
pub const HISTOGRAM_BINS: usize = 20;

/// What a gate decided, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The partition, or `all`.
    pub gate: String,
    /// The decision.
    pub decision: Decision,
    /// One sentence: `58 of 60 passed, 100 % required`.
    pub reason: String,
}

/// A gate's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// What was required was met.
    Pass,
    /// It was not met.
    Fail,
    /// Too many faults to say.
    TooManyFaults,
    /// Too little evidence to say: too few samples, an interval on both sides of the requirement, a budget overrun.
    TooLittleEvidence,
}

/// What the run as a whole says: the worst gate, where a fail is worse than faults, and faults than little evidence.
pub type RunOutcome = Decision;
