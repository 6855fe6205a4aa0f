//! The one trait behind every metric.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use scorebox_sandbox::{Descriptor, Fault, Sample, Score};

use crate::{Isolated, Provenance, Usage};

/// Scores samples. Built-in text metrics, plugins, and metrics that ask a model are all of this trait.
pub trait Metric: Send + Sync + fmt::Debug {
    /// What the metric is.
    fn descriptor(&self) -> &Descriptor;

    /// What a score depends on, beside the sample.
    fn identity(&self) -> &Identity;

    /// Whether the same sample gives the same score, today and on every machine. What does not is never cached.
    fn is_deterministic(&self) -> bool {
        true
    }

    /// How the metric spends its time, so that the runner can keep the processors and the network busy at once.
    fn work(&self) -> Work;

    /// Scores one sample. The future of a [`Work::Compute`] metric is ready when it is first polled.
    /// Once `cancel` is set, the answer should come soon, as a [`FaultKind::Cancelled`] fault.
    ///
    /// [`FaultKind::Cancelled`]: scorebox_sandbox::FaultKind::Cancelled
    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome>;

    /// Why a plugin is configured anew in each of its instances; `None` for all others.
    fn not_snapshotted(&self) -> Option<&str> {
        None
    }

    /// The prompts and models that the score depends on; `None` for metrics that ask no model.
    fn provenance(&self) -> Option<&Provenance> {
        None
    }

    /// The metric as one of several in the same processes, which can be asked together; `None` for all others.
    fn isolated(&self) -> Option<&Isolated> {
        None
    }
}

/// How a metric spends its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// On the processor, for so short a time that looking a score up costs as much: not cached.
    Trivial,
    /// On the processor.
    Compute,
    /// Waiting for something outside this process, and nothing else.
    Wait,
    /// Waiting as well, but on the thread that called it: a plugin that was granted a host or the model.
    Block,
}

/// What a score depends on, beside the sample: two metrics with equal identities give equal scores.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Where the code comes from: `builtin:rouge@1`, or `sha256:…` of a component.
    pub code: String,
    /// BLAKE3 over `code`, the canonical settings, the limits and grants that can change a score, and the version of the
    /// contract.
    pub digest: [u8; 32],
}

impl Identity {
    /// The identity of `code` with `settings`; `rest` is whatever else a score depends on.
    pub fn new(code: impl Into<String>, settings: &serde_json::Value, rest: &str) -> Self {
        let code = code.into();
        let mut hasher = blake3::Hasher::new();
        for part in [code.as_str(), &canonical(settings), rest] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self { digest: *hasher.finalize().as_bytes(), code }
    }
}

/// JSON text with the keys of every object sorted, so that equal settings have equal text.
fn canonical(value: &serde_json::Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

/// What came of scoring one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The score, or why there is none.
    pub result: Result<Score, Fault>,
    /// Fuel that a plugin used; `None` for metrics that run outside the sandbox.
    pub fuel: Option<u64>,
    /// What a plugin logged, one entry a line, bounded.
    pub log: Vec<String>,
    /// What was asked of models; `None` for metrics that ask none.
    pub usage: Option<Usage>,
}

impl From<Result<Score, Fault>> for Outcome {
    fn from(result: Result<Score, Fault>) -> Self {
        Self { result, fuel: None, log: Vec::new(), usage: None }
    }
}

/// A flag that asks everything under way to stop.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks to stop. There is no way back.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
