//! `scorebox init`, `validate`, `metrics` and `schema`; and what every command that runs metrics starts with.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use scorebox_eval::run::{self, PrepareError, PreparedMetric};
use scorebox_eval::subject::AnswerSource;
use scorebox_eval::suite::{self, Suite};
use scorebox_eval::{cache, dataset};
use scorebox_sandbox::{Sandbox, SandboxConfig, WorkerCommand};

use crate::say::say;

/// The sandbox, with the cache of compiled code that all commands share.
pub(crate) fn sandbox(concurrent: usize) -> Result<Sandbox> {
    let cache = cache::default_directory().map(|directory| directory.join("code"));
    let worker = WorkerCommand::this_program().context("cannot find this program's file")?;
    Sandbox::new(SandboxConfig { cache, concurrent, worker: Some(worker), ..SandboxConfig::default() })
        .context("cannot start the sandbox")
}

/// Prepares the metrics of a suite. Every one that cannot be used is shown at its place in the file.
pub(crate) fn prepare(suite: &Suite, sandbox: &Sandbox) -> Result<Vec<PreparedMetric>> {
    run::prepare_metrics(suite, sandbox).map_err(|errors| {
        let problems = errors.iter().map(|(index, error)| (*index, problem(error)));
        suite::problems_at_metrics(suite, problems).into()
    })
}

fn problem(error: &PrepareError) -> suite::Problem {
    use scorebox_metrics::FaultKind::InvalidSettings;
    let place = match error {
        PrepareError::Read { .. } | PrepareError::Load { .. } | PrepareError::Isolation(_) => {
            suite::Place::Source
        }
        PrepareError::Configure { source, .. } if source.kind != InvalidSettings => suite::Place::Source,
        PrepareError::Configure { .. } => suite::Place::Settings,
        PrepareError::Builtin(error) if error.is_unknown() => suite::Place::Source,
        PrepareError::Builtin(_) => suite::Place::Settings,
    };
    suite::Problem { place, message: error.to_string() }
}

pub(crate) fn init(directory: &Path) -> Result<ExitCode> {
    let directory = directory.strip_prefix(".").unwrap_or(directory);
    let made = if directory.as_os_str().is_empty() { Ok(()) } else { std::fs::create_dir_all(directory) };
    made.with_context(|| format!("cannot make {}", directory.display()))?;
    let files = suite::starter();
    if let Some((name, _)) = files.iter().find(|(name, _)| directory.join(name).exists()) {
        bail!("{} is there already: choose another directory", directory.join(name).display());
    }
    for (name, content) in &files {
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        say!("wrote {}", path.display());
    }
    let dataset = directory.join("dataset.jsonl");
    let lock = dataset::lock_file(&dataset);
    dataset::approve(&dataset, &lock)?;
    say!("wrote {}, which holds the golden samples as they were approved", lock.display());
    say!("\nNow: scorebox run {}", directory.join("scorebox.yaml").display());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn validate(path: &Path) -> Result<ExitCode> {
    let suite = suite::load(path)?;
    let sandbox = sandbox(1)?;
    let metrics = prepare(&suite, &sandbox)?;
    AnswerSource::open(&suite.subject, run::directory_of(&suite.path))?;
    let stats = dataset::stats(&suite.dataset)?;
    let golden = crate::evaluate::golden_samples(&suite)?;
    say!("{} is sound", path.display());
    let plural = if stats.samples == 1 { "" } else { "s" };
    say!("  dataset  {}: {} sample{plural}", suite.dataset.display(), stats.samples);
    for metric in &metrics {
        let descriptor = metric.metric.descriptor();
        say!("  metric   {} ({} {})", metric.used.name, descriptor.name, descriptor.version);
        if let Some(reason) = &metric.stamp.not_snapshotted {
            say!("           is configured anew for each sample: {reason}");
        }
    }
    if let Some(warning) = golden.warning {
        say!("warning: {warning}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn metrics(json: bool) -> Result<ExitCode> {
    let metrics = scorebox_metrics::builtins();
    if json {
        say!("{}", serde_json::to_string_pretty(&metrics)?);
        return Ok(ExitCode::SUCCESS);
    }
    let width = metrics.iter().map(|metric| metric.name.len()).max().unwrap_or(0);
    for metric in &metrics {
        say!("{:width$}  {}", metric.name, metric.summary);
        for (name, about) in settings(&metric.settings_schema) {
            say!("{:width$}    {name}: {about}", "");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings of a metric and what they say of themselves.
pub(crate) fn settings(schema: &serde_json::Value) -> Vec<(String, String)> {
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    let about = |value: &serde_json::Value| {
        let text = value.get("description").and_then(serde_json::Value::as_str).unwrap_or_default();
        text.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    properties.into_iter().flatten().map(|(name, value)| (name.clone(), about(value))).collect()
}

pub(crate) fn schema() -> Result<ExitCode> {
    say!("{}", serde_json::to_string_pretty(&suite::json_schema())?);
    Ok(ExitCode::SUCCESS)
}
