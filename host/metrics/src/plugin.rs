//! A plugin as a metric.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use scorebox_sandbox::{
    CONTRACT, Configured, Descriptor, Evaluation, Fault, FaultKind, Limits, Plugin, Prepared, Sample,
    WASMTIME_VERSION, Workers,
};

use crate::{Cancel, Identity, Metric, Outcome, Usage, Work};

/// A sandboxed plugin with its settings. Every sample is scored in an instance of its own.
#[derive(Debug)]
pub struct PluginMetric {
    identity: Identity,
    deterministic: bool,
    not_snapshotted: Option<String>,
    descriptor: Descriptor,
    work: Work,
    place: Place,
}

/// Where a plugin runs.
#[derive(Debug)]
enum Place {
    Here(Box<Configured>),
    There(Isolated),
}

/// A plugin in processes that it shares with the others of a run.
#[derive(Debug, Clone)]
pub struct Isolated {
    workers: Arc<Workers>,
    position: usize,
}

impl PluginMetric {
    /// Configures `plugin` with `settings`, a JSON object, to run in this process.
    ///
    /// # Errors
    ///
    /// What the plugin says of its settings as [`FaultKind::InvalidSettings`]; any fault of `describe`, which runs
    /// where the component carries no descriptor, and of `configure`.
    pub fn new(plugin: &Plugin, settings: &serde_json::Value, limits: &Limits) -> Result<Self, Fault> {
        let prepared = plugin.prepare(&settings.to_string(), limits)?;
        let metric = |place| Self::of(plugin, settings, limits, &prepared, place);
        prepared.clone().here().map(|configured| metric(Place::Here(Box::new(configured))))
    }

    /// The plugin that was prepared with these settings and limits, and runs in `workers` at `position`.
    pub fn isolated(
        plugin: &Plugin,
        settings: &serde_json::Value,
        limits: &Limits,
        workers: &Arc<Workers>,
        position: usize,
    ) -> Self {
        let place = Place::There(Isolated { workers: Arc::clone(workers), position });
        Self::of(plugin, settings, limits, workers.plugin(position), place)
    }

    fn of(
        plugin: &Plugin,
        settings: &serde_json::Value,
        limits: &Limits,
        prepared: &Prepared,
        place: Place,
    ) -> Self {
        // Fuel is part of an outcome, so the engine that counts it is part of the identity.
        let limits = serde_json::to_string(limits).unwrap_or_default();
        let grants = serde_json::to_string(plugin.grants()).unwrap_or_default();
        let rest = format!("{CONTRACT} wasmtime {WASMTIME_VERSION} {limits} {grants}");
        Self {
            identity: Identity::new(plugin.digest(), settings, &rest),
            deterministic: plugin.grants().is_deterministic(),
            not_snapshotted: prepared.not_snapshotted().map(str::to_owned),
            descriptor: prepared.descriptor().clone(),
            work: if prepared.waits() { Work::Block } else { Work::Compute },
            place,
        }
    }
}

impl Metric for PluginMetric {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn is_deterministic(&self) -> bool {
        self.deterministic
    }

    fn work(&self) -> Work {
        self.work
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        let outcome = match &self.place {
            Place::Here(_) if cancel.is_cancelled() => cancelled(),
            Place::Here(configured) => outcome(configured.evaluate(sample)),
            Place::There(isolated) => {
                let mut scored = Isolated::score(&[isolated], sample, cancel);
                scored.pop().map_or_else(cancelled, |(outcome, _)| outcome)
            }
        };
        std::future::ready(outcome).boxed()
    }

    fn not_snapshotted(&self) -> Option<&str> {
        self.not_snapshotted.as_deref()
    }

    fn isolated(&self) -> Option<&Isolated> {
        match &self.place {
            Place::Here(_) => None,
            Place::There(isolated) => Some(isolated),
        }
    }
}

impl Isolated {
    /// Scores `sample` with all of `plugins`, which are of one run, for the price of one way to their process and back.
    /// With each outcome comes the time that its evaluation took.
    pub fn score(plugins: &[&Self], sample: &Sample, cancel: &Cancel) -> Vec<(Outcome, Duration)> {
        let [first, ..] = plugins else { return Vec::new() };
        if cancel.is_cancelled() {
            return plugins.iter().map(|_| (cancelled(), Duration::ZERO)).collect();
        }
        let positions: Vec<usize> = plugins.iter().map(|plugin| plugin.position).collect();
        let evaluations = first.workers.evaluate(sample, &positions);
        let timed = |evaluation: Evaluation| {
            let elapsed = evaluation.elapsed;
            (outcome(evaluation), elapsed)
        };
        evaluations.into_iter().map(timed).collect()
    }
}

fn outcome(evaluation: Evaluation) -> Outcome {
    let usage = evaluation.asked.map(|asked| Usage {
        calls: asked.calls,
        cached: 0,
        input_tokens: asked.input_tokens,
        output_tokens: asked.output_tokens,
        cost: asked.cost,
    });
    Outcome { result: evaluation.result, fuel: Some(evaluation.fuel), log: evaluation.log, usage }
}

fn cancelled() -> Outcome {
    Err(Fault::new(FaultKind::Cancelled, "the run was stopped before this sample was scored")).into()
}
