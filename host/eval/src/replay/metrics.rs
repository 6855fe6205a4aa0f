//! The metrics of a record, ready to score again.

use std::collections::BTreeMap;
use std::path::Path;

use scorebox_metrics::{BuiltinError, Work};
use scorebox_sandbox::{Grants, Limits};

use crate::models::TRANSCRIPT;
use crate::replay::compare::{self, Step};
use crate::replay::components::{Components, Found};
use crate::replay::engine::Options;
use crate::replay::{Difference, ReplayError};
use crate::run::{
    Host, MANIFEST, MetricStamp, PrepareError, PreparedMetric, RunReader, abreast, prepare_metric,
};
use crate::suite::{MetricSource, MetricUse, Threshold};

/// A metric of the record.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// How the suite used it.
    pub(crate) used: MetricUse,
    /// What scores, or why nothing does.
    pub(crate) metric: Result<PreparedMetric, String>,
    /// What is not as the record says, before any sample is looked at.
    pub(crate) differences: Vec<Difference>,
}

/// Prepares the metrics of `run`, side by side. Once one takes more than compiling may, no further one is begun.
pub(crate) fn prepare(
    run: &RunReader,
    manifest_text: &str,
    options: &Options<'_>,
    same_fuel: bool,
) -> Result<Vec<Recorded>, ReplayError> {
    let components = Components::new(run.directory(), run.manifest(), options.plugins)?;
    let file = run.directory().join(MANIFEST);
    // What kept a stranger's plugin away from the host when it ran keeps it away when it is replayed.
    let isolation = run.manifest().isolation.max(options.policies.isolation());
    let host =
        Host { sandbox: options.sandbox, policies: options.policies, isolation, models: options.models };
    let one = |index: usize| {
        let stamp = &run.manifest().metrics[index];
        Preparation { file: &file, manifest_text, index, stamp, options, host, same_fuel }.run(&components)
    };
    let ends = |prepared: &Result<Recorded, ReplayError>| matches!(prepared, Err(ReplayError::Metric { source, .. }) if source.is_compile_limit());
    // Where one is missing, it was not begun since another one failed, and that error is what comes out.
    abreast(run.manifest().metrics.len(), one, ends).into_iter().flatten().collect()
}

/// One metric on its way from the manifest.
struct Preparation<'a> {
    file: &'a Path,
    manifest_text: &'a str,
    index: usize,
    stamp: &'a MetricStamp,
    options: &'a Options<'a>,
    host: Host<'a>,
    same_fuel: bool,
}

impl Preparation<'_> {
    fn run(&self, components: &Components) -> Result<Recorded, ReplayError> {
        let stamp = self.stamp;
        let model = self.answers_plugins();
        if !stamp.grants.is_deterministic() && !model {
            let source = stamp.plugin.clone().map_or_else(
                || MetricSource::Builtin(stamp.code.clone()),
                |path| MetricSource::Plugin(path.into()),
            );
            let reason =
                format!("it {}, which may be otherwise today", stamp.grants.in_words().join(" and "));
            return Ok(Recorded { used: self.used(source)?, metric: Err(reason), differences: Vec::new() });
        }
        let signers = self.options.policies.signers();
        let kept = self.options.packages.kept(&stamp.code, &signers);
        let (source, other) = match (stamp.code.strip_prefix("builtin:"), &stamp.plugin) {
            (Some(name), _) => {
                let name = name.split('@').next().unwrap_or(name);
                (MetricSource::Builtin(name.to_owned()), None)
            }
            (None, Some(path)) => match components.find(path, &stamp.code) {
                Found::Same(path) => (MetricSource::Plugin(path), None),
                // What was fetched is found by its digest, whatever the record calls it.
                _ if kept.is_some() => {
                    let path = kept.as_ref().map(|kept| kept.component.clone()).unwrap_or_default();
                    (MetricSource::Plugin(path), None)
                }
                Found::Other { path, digest } => {
                    let file = path.display().to_string();
                    (MetricSource::Plugin(path), Some(self.other_code(file, "plugin", digest)))
                }
                Found::Nowhere { looked } => {
                    let (metric, digest) = (stamp.name.clone(), stamp.code.clone());
                    return Err(ReplayError::NoPlugin { metric, digest, looked });
                }
            },
            (None, None) => return Err(self.unsound("it is neither built in nor a plugin".to_owned())),
        };
        let mut used = self.used(source)?;
        if let MetricSource::Plugin(path) = &used.source {
            let beside = || self.options.packages.file(path, &signers).ok().filter(|_| !signers.is_empty());
            used.package = kept.filter(|kept| kept.component == *path).or_else(beside);
        }
        if let Some(other) = other {
            return Ok(self.with_other_code(used, other));
        }
        let prepared = match prepare_metric(&used, Path::new(""), self.host) {
            Ok(prepared) => prepared,
            // Whoever asks a model is replayed where the record holds its answers.
            Err(PrepareError::Builtin(BuiltinError::Model { .. })) => {
                let reason = format!(
                    "it asks a model that is not on this machine, and the record has no {TRANSCRIPT}"
                );
                return Ok(Recorded { used, metric: Err(reason), differences: Vec::new() });
            }
            Err(source) => {
                return Err(ReplayError::Metric { metric: stamp.name.clone(), source: Box::new(source) });
            }
        };
        if prepared.stamp.code != stamp.code {
            let file = self.file.display().to_string();
            let other = self.other_code(file, "code", prepared.stamp.code.clone());
            return Ok(self.with_other_code(used, other));
        }
        let differences = self.altered(&prepared.stamp);
        Ok(Recorded { metric: self.replayable(prepared), used, differences })
    }

    /// Whether the metric is a plugin that was granted the model and nothing else that may be otherwise today, and the
    /// record holds the model's answers.
    fn answers_plugins(&self) -> bool {
        let others = Grants { model: false, ..self.stamp.grants.clone() };
        self.stamp.grants.model && others.is_deterministic() && self.options.models.for_plugins().is_some()
    }

    fn replayable(&self, prepared: PreparedMetric) -> Result<PreparedMetric, String> {
        let asks = prepared.used.grants.model || self.options.models.asked_by(prepared.metric.as_ref());
        match prepared.metric.work() {
            Work::Trivial | Work::Compute if prepared.metric.is_deterministic() => Ok(prepared),
            // What it asks stands in the record.
            _ if asks => Ok(prepared),
            _ => Err("it asks something outside of this process, which may answer otherwise".to_owned()),
        }
    }

    /// How the suite used the metric.
    fn used(&self, source: MetricSource) -> Result<MetricUse, ReplayError> {
        let stamp = self.stamp;
        let limits = match (&source, stamp.limits) {
            (MetricSource::Builtin(_), _) => Limits::default(),
            (_, Some(limits)) => limits,
            (_, None) => return Err(self.unsound("a plugin without limits".to_owned())),
        };
        // A record is a stranger's file, and asks for no more than a suite may.
        if let Some(beyond) = limits.beyond(&Limits::MOST).first() {
            return Err(self.unsound(format!(
                "`limits.{}` is {}, more than the {} that a suite may ask for",
                beyond.limit, beyond.wanted, beyond.ceiling
            )));
        }
        if let MetricSource::Plugin(_) = source {
            let allowed = self.options.policies.allows_limits(&limits);
            allowed.map_err(|forbidden| self.unsound(forbidden.to_string()))?;
        }
        let threshold = |bound: &crate::run::Bound| {
            (bound.partition, Threshold { min: bound.min, max: bound.max, directed: true })
        };
        Ok(MetricUse {
            name: stamp.name.clone(),
            source,
            package: None,
            settings: stamp.settings.clone(),
            partitions: stamp.partitions.clone(),
            thresholds: stamp.bounds.iter().map(threshold).collect::<BTreeMap<_, _>>(),
            calibrations: BTreeMap::new(),
            missing: stamp.missing,
            limits,
            // What was granted is not replayed, but for the model, whose answers are those of the record.
            grants: Grants { model: self.answers_plugins(), ..Grants::default() },
        })
    }

    /// A metric whose code is not that of the record: told, and run only where somebody wants to see what it says.
    fn with_other_code(&self, used: MetricUse, difference: Difference) -> Recorded {
        let metric = if self.options.anyway {
            prepare_metric(&used, Path::new(""), self.host)
                .map_err(|error| error.to_string())
                .and_then(|prepared| self.replayable(prepared))
        } else {
            Err("its code is not that of the record; `--anyway` runs it all the same".to_owned())
        };
        Recorded { used, metric, differences: vec![difference] }
    }

    fn other_code(&self, file: String, field: &str, now: String) -> Difference {
        Difference {
            file,
            line: None,
            bytes: None,
            sample: None,
            metric: Some(self.stamp.name.clone()),
            field: field.to_owned(),
            recorded: Some(self.stamp.code.clone()),
            now: Some(now),
            hint: None,
        }
    }

    /// What the manifest says of the metric and would not if a run had written it.
    fn altered(&self, now: &MetricStamp) -> Vec<Difference> {
        let recorded = self.stamp;
        let mut now = MetricStamp {
            plugin: recorded.plugin.clone(),
            calibrations: recorded.calibrations.clone(),
            not_snapshotted: recorded.not_snapshotted.clone(),
            ..now.clone()
        };
        if recorded.limits.is_some() && !self.same_fuel {
            now.identity.clone_from(&recorded.identity);
        }
        manifest_differences(
            self.file,
            self.manifest_text,
            &[Step::Key("metrics".to_owned()), Step::Index(self.index)],
            recorded,
            &now,
        )
        .into_iter()
        .map(|difference| Difference { metric: Some(recorded.name.clone()), ..difference })
        .collect()
    }

    fn unsound(&self, reason: String) -> ReplayError {
        ReplayError::Unsound { path: self.file.to_owned(), metric: self.stamp.name.clone(), reason }
    }
}

/// Where a part of the manifest is not what it should be. `path` leads to the part.
pub(crate) fn manifest_differences<T: serde::Serialize>(
    file: &Path,
    manifest_text: &str,
    path: &[Step],
    recorded: T,
    now: T,
) -> Vec<Difference> {
    let [recorded, now] = [recorded, now].map(|part| serde_json::to_value(part).unwrap_or_default());
    let difference = |leaf: compare::Leaf| {
        let path = [path, &leaf.path].concat();
        let [recorded, now] =
            [&leaf.recorded, &leaf.now].map(|value| value.as_ref().map(ToString::to_string));
        let (recorded, now) = compare::excerpts(recorded.as_deref(), now.as_deref());
        let place = compare::locate(manifest_text, &path);
        Difference {
            file: file.display().to_string(),
            line: place.as_ref().map(|place| line_at(manifest_text, place.start)),
            bytes: place,
            sample: None,
            metric: None,
            field: compare::in_words(&path),
            recorded,
            now,
            hint: None,
        }
    };
    compare::compare(&recorded, &now, &[]).into_iter().map(difference).collect()
}

/// The line of a byte, from 1.
fn line_at(text: &str, at: u64) -> u64 {
    let before = usize::try_from(at).ok().and_then(|at| text.as_bytes().get(..at)).unwrap_or_default();
    1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
}
