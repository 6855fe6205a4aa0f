//! What a suite says, once it is known to be sound.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scorebox_metrics::Ceiling;
use scorebox_sandbox::{Grants, Limits};
use serde::{Deserialize, Serialize};

use crate::calibrate::Calibration;
use crate::dataset::Partition;
use crate::packages::Package;
use crate::run::FileStamp;
use crate::suite::grants::GrantPlaces;
use crate::suite::limits::SetLimit;
use crate::suite::models::{ModelPlaces, ModelUse, SpendPlaces};
use crate::yaml::{Node, Source};

/// Metrics that a suite, and so a record, may have. Each is compiled, held and counted by itself.
pub const MAX_METRICS: usize = 256;

/// A suite: which dataset, subject, metrics, thresholds and gates make up an evaluation. Paths are resolved against
/// the suite's directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Where the suite was read from.
    pub path: PathBuf,
    /// `sha256:` of the file's bytes.
    pub digest: String,
    /// For titles and the names of runs; kebab-case.
    pub name: String,
    /// The dataset's file.
    pub dataset: PathBuf,
    /// What produces the outputs.
    pub subject: Subject,
    /// At least one; names are unique.
    pub metrics: Vec<MetricUse>,
    /// The models that metrics and plugins ask; names are unique.
    pub models: Vec<ModelUse>,
    /// The most that a run may spend on models.
    pub spend: Ceiling,
    /// The gates that the suite names; golden has one even where it does not.
    pub gates: BTreeMap<Tier, Gate>,
    /// Time that a tier may take.
    pub budgets: BTreeMap<Tier, Duration>,
    /// What stands between plugins and the host.
    pub isolation: Isolation,
    /// The file, for showing a mistake that only a policy or a run can find.
    pub(crate) source: Arc<Source>,
    /// Where things stand in it.
    pub(crate) places: SuitePlaces,
}

impl Suite {
    /// The suite with this metric alone; `None` where it has none of that name.
    pub fn only(mut self, metric: &str) -> Option<Self> {
        let index = self.metrics.iter().position(|used| used.name == metric)?;
        self.metrics = vec![self.metrics.swap_remove(index)];
        self.places.metrics = vec![self.places.metrics.swap_remove(index)];
        Some(self)
    }
}

/// Where the parts of a suite stand in its text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SuitePlaces {
    /// The dataset's path.
    pub(crate) dataset: Range<usize>,
    /// What says how answers are made: the key `subject`, else `dataset`.
    pub(crate) subject: Range<usize>,
    /// The limits for all plugins.
    pub(crate) limits: Vec<SetLimit>,
    /// The value of `isolation`, where the suite says one.
    pub(crate) isolation: Option<Range<usize>>,
    /// One for each metric.
    pub(crate) metrics: Vec<MetricPlaces>,
    /// One for each model.
    pub(crate) models: Vec<ModelPlaces>,
    pub(crate) spend: SpendPlaces,
}

/// Where the parts of a metric stand in the suite's text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricPlaces {
    pub(crate) name: Range<usize>,
    pub(crate) source: Range<usize>,
    pub(crate) settings: Option<Range<usize>>,
    pub(crate) settings_node: Option<Node>,
    /// The limits of this metric alone.
    pub(crate) limits: Vec<SetLimit>,
    pub(crate) grants: GrantPlaces,
}

/// What stands between plugins and the host; the later one is the stronger one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// A fresh instance of the engine for every sample, in this process.
    #[default]
    Instance,
    /// The same in processes of their own, which the operating system confines.
    Process,
}

impl Isolation {
    /// As in suites and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Process => "process",
        }
    }
}

/// What produces the outputs.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The outputs that the dataset itself carries.
    Dataset,
    /// A file of answers, by sample id.
    Recorded(PathBuf),
    /// A program that reads samples as JSON lines and writes answers as JSON lines.
    Command {
        /// Program and arguments; run in the suite's directory.
        command: Vec<String>,
        /// Time for one answer.
        timeout: Duration,
        /// How many processes.
        concurrency: usize,
    },
}

/// One metric of a suite.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricUse {
    /// Unique in the suite.
    pub name: String,
    /// What scores.
    pub source: MetricSource,
    /// Where its component comes from, once that is known.
    pub package: Option<Package>,
    /// JSON object.
    pub settings: serde_json::Value,
    /// The partitions that the metric runs on; empty for all.
    pub partitions: Vec<Partition>,
    /// Thresholds by partition; `None` is the one for partitions that have none of their own.
    pub thresholds: BTreeMap<Option<Partition>, Threshold>,
    /// The calibration that a threshold comes from, by partition as the thresholds.
    pub calibrations: BTreeMap<Option<Partition>, CalibrationUse>,
    /// What happens to a sample that lacks what the metric needs.
    pub missing: Missing,
    /// Limits of a plugin.
    pub limits: Limits,
    /// What a plugin may do beyond computing. The values of headers are empty until
    /// [`resolve_secrets`](Suite::resolve_secrets).
    pub grants: Grants,
}

impl MetricUse {
    /// Whether a component scores.
    pub fn is_plugin(&self) -> bool {
        !matches!(self.source, MetricSource::Builtin(_))
    }

    /// Whether the metric runs on samples of `partition`.
    pub fn applies_to(&self, partition: Partition) -> bool {
        self.partitions.is_empty() || self.partitions.contains(&partition)
    }

    /// The threshold for samples of `partition`.
    pub fn threshold(&self, partition: Partition) -> Option<Threshold> {
        self.thresholds.get(&Some(partition)).or_else(|| self.thresholds.get(&None)).copied()
    }
}

/// A calibration file that a suite takes a threshold from.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationUse {
    /// Where it lies.
    pub path: PathBuf,
    /// `sha256:` of its bytes.
    pub digest: String,
    /// What it says.
    pub calibration: Arc<Calibration>,
}

impl CalibrationUse {
    /// The file as a record names it.
    pub(crate) fn stamp(&self, directory: &Path) -> FileStamp {
        let path = self.path.strip_prefix(directory).unwrap_or(&self.path);
        FileStamp { path: path.display().to_string(), digest: self.digest.clone() }
    }
}

/// What scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricSource {
    /// A built-in metric, by name.
    Builtin(String),
    /// A component's file.
    Plugin(PathBuf),
    /// A component that is named by reference, until [`Suite::resolve_packages`] finds its file.
    Reference(String),
}

/// Bounds on a value; both are inclusive, and at least one is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Lowest value that passes.
    pub min: Option<f64>,
    /// Highest value that passes.
    pub max: Option<f64>,
    /// Whether the suite says which end it means. A bare number is a minimum, unless lower is better.
    pub directed: bool,
}

impl Threshold {
    /// The threshold for a metric of which higher, or lower, values are better.
    pub(crate) fn for_direction(self, higher_is_better: bool) -> Self {
        match (self.directed, higher_is_better) {
            (true, _) | (_, true) => Self { directed: true, ..self },
            (false, false) => Self { min: self.max, max: self.min, directed: true },
        }
    }

    /// What a value misses, in words: `0.42 is below 0.5`. `None` where it misses nothing.
    pub fn missed_by(&self, value: f64) -> Option<String> {
        match (self.min, self.max) {
            (Some(min), _) if value < min => Some(format!("{value:.4} is below {min}")),
            (_, Some(max)) if value > max => Some(format!("{value:.4} is above {max}")),
            _ => None,
        }
    }
}

/// What happens to a sample that lacks what a metric needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// The metric faults on it.
    #[default]
    Fault,
    /// The metric is left out for it, and the report counts it as skipped.
    Skip,
}

impl Missing {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A partition, or all samples together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Tier {
    /// One partition.
    Partition(Partition),
    /// All samples.
    All,
}

impl Tier {
    /// Whether samples of `partition` belong to the tier.
    pub fn holds(self, partition: Partition) -> bool {
        self == Self::All || self == Self::Partition(partition)
    }

    /// The tier of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let partition = Partition::ALL.into_iter().find(|partition| partition.name() == name);
        partition.map(Self::Partition).or((name == "all").then_some(Self::All))
    }
}

impl From<Tier> for String {
    fn from(tier: Tier) -> Self {
        tier.to_string()
    }
}

impl TryFrom<String> for Tier {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("there is no tier `{name}`"))
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Partition(partition) => partition.name(),
            Self::All => "all",
        })
    }
}

/// What a tier has to show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Lowest share of judged samples that pass, 0 to 1.
    pub pass_rate: f64,
    /// Highest share of samples that fault, 0 to 1; default 0.
    pub max_faults: f64,
    /// Fewest judged samples that say anything; default 1.
    pub min_samples: u64,
    /// How the pass rate is held against the requirement.
    pub evidence: Evidence,
}

/// How a pass rate is held against a requirement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The rate as counted.
    #[default]
    Point,
    /// The 95 % Wilson interval: above the requirement passes, below fails, across it is too little evidence.
    Interval,
}
