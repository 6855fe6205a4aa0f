//! Everything that a run needs before its first sample: metrics configured, plugins compiled, the subject opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scorebox_metrics::{BuiltinError, Fault, FaultKind, Metric, PluginMetric};
use scorebox_sandbox::{LoadError, MAX_COMPONENT_BYTES, Plugin, Prepared, Sandbox, Workers, WorkersError};

use crate::dataset::Partition;
use crate::models::{EMBEDDINGS, JUDGE, RunModels};
use crate::policy::{Forbidden, Policies};
use crate::run::abreast::abreast;
use crate::run::directory_of;
use crate::run::record::{Bound, MetricStamp};
use crate::suite::{
    Isolation, MetricSource, MetricUse, Place, Problem, Suite, Threshold, problems_at_metrics,
};
use crate::yaml::FileError;

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
    /// A policy does not let the plugin run.
    #[error("{path}: {source}", path = path.display())]
    Forbidden {
        /// The file.
        path: PathBuf,
        /// Which policy, and why.
        source: Forbidden,
    },
    /// The plugin refuses its settings, or faults over them.
    #[error("{path}: {source}", path = path.display())]
    Configure {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Fault,
    },
    /// It is not the component whose origin was looked at.
    #[error("{path} has the digest {found}, and had {wanted} when it was looked at: it was changed meanwhile; run again", path = path.display())]
    Changed {
        /// The file, or the reference that it was named by.
        path: PathBuf,
        /// The digest that it had.
        wanted: String,
        /// The digest that it has.
        found: String,
    },
    /// No process can be started for the plugins.
    #[error("`isolation: process` cannot be had: {0}")]
    Isolation(WorkersError),
    /// The built-in metric is unknown, or refuses its settings.
    #[error(transparent)]
    Builtin(#[from] scorebox_metrics::BuiltinError),
}

impl PrepareError {
    /// Whether compiling the plugin took more than it may: the next one may take as long.
    pub(crate) fn is_compile_limit(&self) -> bool {
        matches!(self, Self::Configure { source, .. } if source.kind == FaultKind::CompileLimit)
    }

    /// The error at its place in the suite.
    fn problem(&self, used: &MetricUse) -> Problem {
        let (place, message) = match self {
            Self::Load { path, source: LoadError::NotGranted { imports, .. } } => {
                let path = path.display();
                let message =
                    format!("{path}: the component imports {imports}, which the suite does not grant");
                (Place::Grants, message)
            }
            Self::Forbidden { path, source } => {
                (Place::Source, format!("{}: {}", path.display(), source.message))
            }
            Self::Configure { source, .. } if source.kind == FaultKind::InvalidSettings => {
                (Place::Settings, self.to_string())
            }
            Self::Builtin(error) if !error.is_unknown() => (Place::Settings, self.to_string()),
            _ => (Place::Source, self.to_string()),
        };
        let problem = Problem { place, message, elsewhere: None, help: None };
        match self {
            Self::Load { source: LoadError::NotGranted { grant, .. }, .. } => {
                let inner = grant.trim_start_matches('{').trim_end_matches('}');
                let help = if used.grants.is_empty() {
                    format!("add `grants: {grant}` to `metrics.{}` if the plugin may", used.name)
                } else {
                    format!("add `{inner}` to `metrics.{}.grants` if the plugin may", used.name)
                };
                Problem { help: Some(help), ..problem }
            }
            Self::Forbidden { source, .. } => Problem {
                elsewhere: Some(source.line.clone()),
                help: Some(
                    "take a plugin that is allowed, or ask whoever keeps the policy to add it".to_owned(),
                ),
                ..problem
            },
            _ => problem,
        }
    }
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

/// Where plugins are compiled and run, and what bounds them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Host<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) policies: &'a Policies,
    pub(crate) isolation: Isolation,
    pub(crate) models: &'a RunModels,
}

/// Prepares one metric of the suite in `directory`, by itself.
pub(crate) fn prepare_metric(
    used: &MetricUse,
    directory: &Path,
    host: Host<'_>,
) -> Result<PreparedMetric, PrepareError> {
    let metric = match make(used, host)? {
        Made::Metric(metric) => metric,
        Made::Compiled(compiled) => {
            let (plugin, prepared) = *compiled;
            let workers = Workers::start(host.sandbox, vec![prepared]).map_err(|error| match error {
                WorkersError::Plugins(mut faults) if faults.len() == 1 => {
                    let path = path_of(used);
                    PrepareError::Configure { path, source: faults.remove(0).1 }
                }
                error => PrepareError::Isolation(error),
            })?;
            Box::new(PluginMetric::isolated(&plugin, &used.settings, &used.limits, &Arc::new(workers), 0))
        }
    };
    Ok(finish(used, directory, metric))
}

/// A metric on its way.
enum Made {
    /// Ready to score.
    Metric(Box<dyn Metric>),
    /// Compiled, to be run in processes with the others.
    Compiled(Box<(Plugin, Prepared)>),
}

/// Makes one metric as far as it can be made alone.
fn make(used: &MetricUse, host: Host<'_>) -> Result<Made, PrepareError> {
    let path = match &used.source {
        MetricSource::Builtin(name) => {
            return Ok(Made::Metric(scorebox_metrics::builtin(name, &used.settings, host.models.models())?));
        }
        MetricSource::Plugin(path) => path,
        MetricSource::Reference(reference) => {
            let source = std::io::Error::other("it was not looked up in a lock file");
            return Err(PrepareError::Read { path: reference.into(), source });
        }
    };
    let shown = path_of(used);
    let bytes = read_component(path).map_err(|source| PrepareError::Read { path: shown.clone(), source })?;
    let package = used.package.as_ref();
    let allowed = host.policies.allows_plugin(&bytes, package);
    allowed.map_err(|source| PrepareError::Forbidden { path: shown.clone(), source })?;
    let plugin = host.sandbox.load(&bytes, &used.grants);
    let plugin = plugin.map_err(|source| PrepareError::Load { path: shown.clone(), source })?;
    if let Some(package) = package.filter(|package| package.digest != plugin.digest()) {
        let (path, wanted) = (shown, package.digest.clone());
        return Err(PrepareError::Changed { path, wanted, found: plugin.digest().to_owned() });
    }
    let made = match host.isolation {
        Isolation::Instance => PluginMetric::new(&plugin, &used.settings, &used.limits)
            .map(|metric| Made::Metric(Box::new(metric))),
        Isolation::Process => plugin
            .prepare(&used.settings.to_string(), &used.limits)
            .map(|prepared| Made::Compiled(Box::new((plugin, prepared)))),
    };
    made.map_err(|source| PrepareError::Configure { path: shown, source })
}

/// What people call the source of a metric: a reference rather than a place in the store.
fn path_of(used: &MetricUse) -> PathBuf {
    if let Some(reference) = used.package.as_ref().and_then(|package| package.reference.as_ref()) {
        return reference.into();
    }
    match &used.source {
        MetricSource::Plugin(path) => path.clone(),
        MetricSource::Builtin(name) | MetricSource::Reference(name) => name.into(),
    }
}

/// Puts a metric into its place in the suite.
fn finish(used: &MetricUse, directory: &Path, metric: Box<dyn Metric>) -> PreparedMetric {
    let plugin = match &used.source {
        MetricSource::Builtin(_) => None,
        MetricSource::Plugin(_) | MetricSource::Reference(_) => {
            let path = path_of(used);
            Some(path.strip_prefix(directory).unwrap_or(&path).display().to_string())
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
        limits: plugin.is_some().then_some(used.limits),
        grants: used.grants.clone(),
        plugin,
        descriptor: metric.descriptor().clone(),
        settings: used.settings.clone(),
        partitions: used.partitions.clone(),
        missing: used.missing,
        identity: identity.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        provenance: metric.provenance().cloned(),
        thresholds: in_words(&used.thresholds),
        calibrations: used.calibrations.values().map(|of| of.stamp(directory)).collect(),
        bounds: bounds(&used.thresholds),
        not_snapshotted: metric.not_snapshotted().map(str::to_owned),
    };
    PreparedMetric { used, metric, stamp }
}

/// Reads a component: no more of it than the sandbox takes in and one byte, and nothing that is no regular file.
///
/// # Errors
///
/// What reading it gives, and a path that names something else.
pub fn read_component(path: &Path) -> std::io::Result<Vec<u8>> {
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

/// The metrics of a suite, ready to score.
#[derive(Debug)]
pub struct PreparedMetrics {
    /// In the suite's order.
    pub metrics: Vec<PreparedMetric>,
    /// What was left out because an optional model cannot be had, in sentences.
    pub left_out: Vec<String>,
}

/// Why a metric is left out: it asks an optional model that cannot be had.
fn left_out(used: &MetricUse, error: Option<&PrepareError>, models: &RunModels) -> Option<String> {
    let name = match error {
        Some(PrepareError::Builtin(BuiltinError::Model { source, .. })) => source.name(),
        None if used.grants.model => {
            [JUDGE, EMBEDDINGS].into_iter().find(|name| models.absent(name).is_some())?
        }
        _ => return None,
    };
    let reason = models.absent(name)?;
    Some(format!("`{}` was left out: it asks the optional model `{name}`, and {reason}", used.name))
}

/// Prepares all metrics of a suite; plugins are compiled side by side. What asks an optional model that cannot be had is
/// left out. Once one takes more than compiling may, no further one is begun, so that a suite full of such plugins costs the
/// time of one.
///
/// # Errors
///
/// Every metric that cannot be used, each at its place in the suite; nothing that is left to score.
pub fn prepare_metrics(
    suite: &Suite,
    sandbox: &Sandbox,
    policies: &Policies,
    models: &RunModels,
) -> Result<PreparedMetrics, FileError> {
    let problems = |errors: Vec<(usize, PrepareError)>| {
        let problems = errors.iter().map(|(index, error)| (*index, error.problem(&suite.metrics[*index])));
        problems_at_metrics(suite, problems)
    };
    let host = Host { sandbox, policies, isolation: suite.isolation, models };
    let mut without = Vec::new();
    let made = abreast(
        suite.metrics.len(),
        |index| make(&suite.metrics[index], host),
        |made| made.as_ref().is_err_and(PrepareError::is_compile_limit),
    );
    let mut metrics = Vec::with_capacity(made.len());
    let mut errors = Vec::new();
    let mut compiled = Vec::new();
    // What is missing was not begun, since another one failed.
    for (index, made) in made.into_iter().enumerate().filter_map(|(index, made)| Some((index, made?))) {
        match made {
            Err(error) if left_out(&suite.metrics[index], Some(&error), models).is_some() => {
                without.extend(left_out(&suite.metrics[index], Some(&error), models));
            }
            Ok(_) if left_out(&suite.metrics[index], None, models).is_some() => {
                without.extend(left_out(&suite.metrics[index], None, models));
            }
            Ok(Made::Metric(metric)) => metrics.push((index, metric)),
            Ok(Made::Compiled(made)) => compiled.push((index, made.0, made.1)),
            Err(error) => errors.push((index, error)),
        }
    }
    if !errors.is_empty() {
        return Err(problems(errors));
    }
    if !compiled.is_empty() {
        metrics.extend(isolate(suite, sandbox, &compiled).map_err(problems)?);
        metrics.sort_by_key(|(index, _)| *index);
    }
    if metrics.is_empty() {
        let reason = format!("no metric is left: {}", without.join("; "));
        return Err(FileError::file(&suite.path, reason));
    }
    let directory = directory_of(&suite.path);
    let metrics =
        metrics.into_iter().map(|(index, metric)| finish(&suite.metrics[index], directory, metric)).collect();
    Ok(PreparedMetrics { metrics, left_out: without })
}

/// Metrics, each with its place in the suite.
type Placed = Vec<(usize, Box<dyn Metric>)>;

/// Starts the processes of a run with all its plugins.
fn isolate(
    suite: &Suite,
    sandbox: &Sandbox,
    compiled: &[(usize, Plugin, Prepared)],
) -> Result<Placed, Vec<(usize, PrepareError)>> {
    let prepared = compiled.iter().map(|(_, _, prepared)| prepared.clone()).collect();
    let workers = Workers::start(sandbox, prepared).map_err(|error| match error {
        WorkersError::Plugins(faults) => {
            let configure = |(position, source): (usize, Fault)| {
                let index = compiled[position].0;
                (index, PrepareError::Configure { path: path_of(&suite.metrics[index]), source })
            };
            faults.into_iter().map(configure).collect()
        }
        error => vec![(compiled[0].0, PrepareError::Isolation(error))],
    })?;
    let workers = Arc::new(workers);
    let metric = |(position, (index, plugin, _)): (usize, &(usize, Plugin, Prepared))| {
        let used = &suite.metrics[*index];
        let metric = PluginMetric::isolated(plugin, &used.settings, &used.limits, &workers, position);
        (*index, Box::new(metric) as Box<dyn Metric>)
    };
    Ok(compiled.iter().enumerate().map(metric).collect())
}
