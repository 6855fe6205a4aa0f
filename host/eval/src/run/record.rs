//! The run record: a directory with `run.json` (the [`Manifest`]) and `samples.jsonl` (a [`SampleRecord`] a line, in
//! the dataset's order). Nothing in `samples.jsonl` depends on time, order or machine, so equal runs have equal bytes.

use std::collections::BTreeMap;

use scorebox_metrics::{
    Descriptor, Fault, Finding, Message, ModelIdentity, Price, Provenance, Spent, Usage, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::dataset::Partition;
use crate::policy::Origin;
use crate::run::summary::Summary;
use crate::suite::{Gate, Isolation, LocalModel, Missing, Tier};

/// One line of `samples.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRecord {
    /// Unique in the run.
    pub id: String,
    /// Line in the dataset, from 1.
    pub line: u64,
    /// Which part of the dataset the sample belongs to.
    pub partition: Partition,
    /// Free labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What came of the sample over all metrics.
    pub verdict: SampleVerdict,
    /// What the user asked.
    pub input: String,
    /// What the subject answered; absent where it faulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The reference answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The passages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// The messages that led to the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversation: Vec<Message>,
    /// The text of a JSON object, which stands in the line as it is.
    #[serde(default = "metadata::none", skip_serializing_if = "metadata::is_none", with = "metadata")]
    pub metadata: String,
    /// Why the subject gave no output. Then there are no scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// One entry for each metric that applies to the sample, in the suite's order.
    pub scores: Vec<ScoreRecord>,
}

impl SampleRecord {
    /// Leaves what is counted: verdicts, values, fuel, the kinds of faults, and whose they are.
    pub(crate) fn forget_texts(&mut self) {
        self.tags = Vec::new();
        self.input = String::new();
        self.output = None;
        self.expected = None;
        self.context = Vec::new();
        self.conversation = Vec::new();
        self.metadata = String::new();
        for score in &mut self.scores {
            score.summary = String::new();
            score.findings = Vec::new();
            score.log = Vec::new();
            if let Some(fault) = &mut score.fault {
                fault.message = String::new();
            }
        }
    }
}

/// What came of a sample over all metrics: any fail fails it, else any fault faults it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleVerdict {
    /// Every metric that judges says pass, and at least one judges.
    Pass,
    /// A constraint or a threshold failed.
    Fail,
    /// No metric failed, but one could not score, or the subject gave no output.
    Faulted,
    /// Metrics only measured: no constraint, no threshold.
    Unjudged,
}

/// What one metric made of one sample: a value, a fault, or neither where the suite says `missing: skip` and the sample
/// lacks what the metric needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreRecord {
    /// The metric's name in the suite.
    pub metric: String,
    /// After the suite's thresholds. `unjudged` beside a fault.
    pub verdict: Verdict,
    /// Absent where the metric faulted or was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// One sentence for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What the metric points at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Further numbers, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<(String, f64)>,
    /// The threshold that the value missed, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Fuel that a plugin used, in the units of the wasmtime version in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// What a plugin logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// What was asked of models, as if no answer had been known: what it takes to make the score again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// `run.json`: what was run, with what, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the record's format: 2.
    pub format: u32,
    /// Name of the run's directory, unique beside its siblings.
    pub run: String,
    /// Whether the run got to its end.
    pub state: RunState,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; absent while the run is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Milliseconds of work over all sessions of the run.
    pub elapsed_ms: u64,
    /// Versions that a score can depend on.
    pub versions: Versions,
    /// The suite.
    pub suite: FileStamp,
    /// The suite's name.
    pub name: String,
    /// The dataset.
    pub dataset: FileStamp,
    /// Digest over the golden samples alone; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden_digest: Option<String>,
    /// What produced the outputs.
    pub subject: SubjectStamp,
    /// The metrics, in the suite's order.
    pub metrics: Vec<MetricStamp>,
    /// The models, in the suite's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelStamp>,
    /// What the run spent on them, over all of its sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
    /// The policies that the run was held to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyStamp>,
    /// What stood between plugins and the host.
    #[serde(default)]
    pub isolation: Isolation,
    /// The gates that the suite names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<Tier, Gate>,
    /// What was selected of the dataset, in the words of the command line; empty for all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selection: Vec<String>,
    /// Time budgets that were overrun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overruns: Vec<Overrun>,
    /// What to know before trusting the result: golden samples not approved, a plugin that could not be snapshotted …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// `sha256:` of `samples.jsonl`; absent until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples_digest: Option<String>,
    /// What came of it; absent until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
}

/// Whether a run got to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Under way, or killed without a chance to say so.
    Running,
    /// Stopped by a person; `--resume` goes on.
    Interrupted,
    /// Every selected sample was scored.
    Finished,
}

/// Versions that a score can depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// This program.
    pub scorebox: String,
    /// The engine that ran the plugins and counted their fuel.
    pub wasmtime: String,
    /// The contract that plugins were run under.
    pub contract: String,
}

/// A file, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Relative to the working directory of the run.
    pub path: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// What produced the outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectStamp {
    /// `recorded` or `command`.
    pub kind: String,
    /// The path or the command line.
    pub what: String,
    /// Digest of recorded answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A policy that a run was held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStamp {
    /// Where it lies.
    pub path: String,
    /// How it was found: `argument`, `environment`, `system`, `user` or `checkout`.
    pub origin: Origin,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// One metric of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricStamp {
    /// Name in the suite.
    pub name: String,
    /// `builtin:NAME@VERSION`, or `sha256:…` of a component.
    pub code: String,
    /// Path of the component, for a plugin: as the suite writes it, so relative to the suite's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// What the metric says it is.
    pub descriptor: Descriptor,
    /// As in the suite.
    pub settings: serde_json::Value,
    /// The partitions that the metric runs on; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Partition>,
    /// What happens to a sample that lacks what the metric needs.
    #[serde(default, skip_serializing_if = "Missing::is_default")]
    pub missing: Missing,
    /// BLAKE3 of code, settings, limits, grants and contract, in hexadecimal: the key under which scores are cached.
    pub identity: String,
    /// The prompts and models that scores depend on; absent for metrics that ask no model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Thresholds in words, by partition: `golden ≥ 0.8`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<String>,
    /// The same for machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    /// The calibration files that thresholds come from, relative to the suite's directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibrations: Vec<FileStamp>,
    /// The limits of a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<scorebox_sandbox::Limits>,
    /// What the plugin may do beyond computing. Of headers, it has the names alone.
    #[serde(default, skip_serializing_if = "scorebox_sandbox::Grants::is_empty")]
    pub grants: scorebox_sandbox::Grants,
    /// Why the plugin is configured anew in each instance; absent where it was snapshotted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_snapshotted: Option<String>,
}

/// A model that metrics or plugins may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// Name in the suite.
    pub name: String,
    /// `chat` or `embedding`.
    pub kind: String,
    /// Which model it is.
    #[serde(flatten)]
    pub identity: ModelIdentity,
    /// The family that the suite says it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The answers that go before its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<FileStamp>,
    /// Where it is on this machine; `None` for one behind an API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<LocalModel>,
    /// Why it could not be had, so that what asks it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// A threshold of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Where it holds; absent for the partitions that have none of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// Lowest value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Highest value that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// A time budget that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrun {
    /// The partition, or `all`.
    pub tier: String,
    /// Milliseconds allowed.
    pub budget_ms: u64,
    /// Milliseconds used when the run ended or the budget was noticed to be spent.
    pub elapsed_ms: u64,
}

/// Metadata as the JSON that it is, and not as a string of it.
mod metadata {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    pub(super) fn none() -> String {
        "{}".to_owned()
    }

    pub(super) fn is_none(text: &str) -> bool {
        text.is_empty() || text == "{}"
    }

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Box::<RawValue>::deserialize(deserializer)?.get().to_owned())
    }
}
