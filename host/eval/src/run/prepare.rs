//! Everything that a run needs before its first sample: metrics configured, plugins compiled, the subject opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use scorebox_metrics::{Fault, Metric, PluginMetric};
use scorebox_sandbox::{Grants, LoadError, MAX_COMPONENT_BYTES, Sandbox};

use crate::dataset::Partition;
use crate::run::directory_of;
use crate::run::record::{Bound, MetricStamp};
use crate::suite::{MetricSource, MetricUse, Suite, Threshold};

/// A metric that is ready to score, and how the suite uses it.
#[derive(Debug)]
pub struct PreparedMetric {
    /// As in the suite.
    pub used: MetricUse,
    /// What scores.
    pub metric: Box<dyn Metric>,
    /// What the manifest says of it.
    pub stamp: MetricStamp,
}

/// Why a metric of a suite cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The plugin's file cannot be read.
    #[error("cannot read the plugin {path}: {source}{hint}", path = path.display(), hint = hint(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no plugin that this host runs.
    #[error("{path}: {source}", path = path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LoadError,
    },
    /// The plugin refuses its settings, or faults over them.
    #[error("{path}: {source}", path = path.display())]
    Configure {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Fault,
    },
    /// The built-in metric is unknown, or refuses its settings.
    #[error(transparent)]
    Builtin(#[from] scorebox_metrics::BuiltinError),
}

/// What to do about a component that is not there.
fn hint(path: &Path) -> String {
    match path.parent() {
        Some(folder) if !path.exists() && folder.join("Cargo.toml").is_file() => {
            format!("; `scorebox plugin build {}` makes it", folder.display())
        }
        _ => String::new(),
    }
}

/// Prepares one metric of the suite in `directory`.
pub(crate) fn prepare_metric(
    used: &MetricUse,
    directory: &Path,
    sandbox: &Sandbox,
) -> Result<PreparedMetric, PrepareError> {
    let mut stamp_plugin = None;
    let mut not_snapshotted = None;
    let metric: Box<dyn Metric> = match &used.source {
        MetricSource::Builtin(name) => scorebox_metrics::builtin(name, &used.settings)?,
        MetricSource::Plugin(path) => {
            let bytes =
                read_component(path).map_err(|source| PrepareError::Read { path: path.clone(), source })?;
            let plugin = sandbox
                .load(&bytes, &Grants::default())
                .map_err(|source| PrepareError::Load { path: path.clone(), source })?;
            let metric = PluginMetric::new(&plugin, &used.settings, &used.limits)
                .map_err(|source| PrepareError::Configure { path: path.clone(), source })?;
            stamp_plugin = Some(path.strip_prefix(directory).unwrap_or(path).display().to_string());
            not_snapshotted = metric.not_snapshotted().map(str::to_owned);
            Box::new(metric)
        }
    };
    let mut used = used.clone();
    let higher_is_better = metric.descriptor().higher_is_better;
    for threshold in used.thresholds.values_mut() {
        *threshold = threshold.for_direction(higher_is_better);
    }
    let identity = metric.identity();
    let stamp = MetricStamp {
        name: used.name.clone(),
        code: identity.code.clone(),
        limits: stamp_plugin.is_some().then_some(used.limits),
        plugin: stamp_plugin,
        descriptor: metric.descriptor().clone(),
        settings: used.settings.clone(),
        partitions: used.partitions.clone(),
        missing: used.missing,
        identity: identity.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        thresholds: in_words(&used.thresholds),
        bounds: bounds(&used.thresholds),
        not_snapshotted,
    };
    Ok(PreparedMetric { used, metric, stamp })
}

/// Reads a component, unless its path names something that has no end.
pub(crate) fn read_component(path: &Path) -> std::io::Result<Vec<u8>> {
    // Before it is opened: opening a pipe waits for somebody to write.
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(std::io::Error::other("this is no file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0).min(MAX_COMPONENT_BYTES));
    // One more than is taken in, so that whoever looks at the bytes can say that they are too many.
    File::open(path)?.take(MAX_COMPONENT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn bounds(thresholds: &BTreeMap<Option<Partition>, Threshold>) -> Vec<Bound> {
    let bound = |(&partition, threshold): (&Option<Partition>, &Threshold)| Bound {
        partition,
        min: threshold.min,
        max: threshold.max,
    };
    thresholds.iter().map(bound).collect()
}

/// `golden ≥ 0.8`, in the order in which reports show partitions; the rest comes last.
fn in_words(thresholds: &BTreeMap<Option<Partition>, Threshold>) -> Vec<String> {
    let bound = |threshold: &Threshold| match (threshold.min, threshold.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("≥ {min}"),
        (None, Some(max)) => format!("≤ {max}"),
        (None, None) => "none".to_owned(),
    };
    if let (1, Some(threshold)) = (thresholds.len(), thresholds.get(&None)) {
        return vec![bound(threshold)];
    }
    let of_partitions =
        thresholds.iter().filter_map(|(partition, threshold)| Some(((*partition)?, threshold)));
    let words = of_partitions.map(|(partition, threshold)| format!("{partition} {}", bound(threshold)));
    let default = thresholds.get(&None).map(|threshold| format!("default {}", bound(threshold)));
    words.chain(default).collect()
}

/// Prepares all metrics of a suite; plugins are compiled side by side. Every metric that cannot be used is reported,
/// by its position in the suite.
pub fn prepare_metrics(
    suite: &Suite,
    sandbox: &Sandbox,
) -> Result<Vec<PreparedMetric>, Vec<(usize, PrepareError)>> {
    let directory = directory_of(&suite.path);
    let prepared = std::thread::scope(|scope| {
        let handles: Vec<_> = suite
            .metrics
            .iter()
            .map(|used| match &used.source {
                MetricSource::Builtin(_) => Err(Box::new(prepare_metric(used, directory, sandbox))),
                MetricSource::Plugin(_) => Ok(scope.spawn(|| prepare_metric(used, directory, sandbox))),
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| match handle {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(done) => *done,
            })
            .collect::<Vec<_>>()
    });
    let mut metrics = Vec::with_capacity(prepared.len());
    let mut errors = Vec::new();
    for (index, result) in prepared.into_iter().enumerate() {
        match result {
            Ok(metric) => metrics.push(metric),
            Err(error) => errors.push((index, error)),
        }
    }
    if errors.is_empty() { Ok(metrics) } else { Err(errors) }
}
