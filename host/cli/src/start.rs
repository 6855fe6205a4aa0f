//! `scorebox init`, `validate`, `metrics` and `schema`; and what every command that runs metrics starts with.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use scorebox_eval::models::{ModelOptions, RunModels};
use scorebox_eval::policy::{self, Places, Policies};
use scorebox_eval::report::escape_line;
use scorebox_eval::run;
use scorebox_eval::subject::AnswerSource;
use scorebox_eval::suite::{self, ModelSource, Suite};
use scorebox_eval::{cache, calibrate, dataset};
use scorebox_sandbox::{CompileLimits, Model, Sandbox, SandboxConfig, WorkerCommand};

use crate::arguments::PolicyArguments;
use crate::packages::Local;
use crate::say::{self, say};

/// The sandbox, with the cache of compiled code that all commands share.
pub(crate) fn sandbox(
    concurrent: usize,
    compile: CompileLimits,
    model: Option<Arc<dyn Model>>,
) -> Result<Sandbox> {
    start(SandboxConfig { concurrent, compile, model, ..SandboxConfig::default() })
}

/// The sandbox of the commands of a plugin's author: what they compile is builds of one plugin.
pub(crate) fn author_sandbox() -> Result<Sandbox> {
    start(SandboxConfig { concurrent: 1, one_author: true, ..SandboxConfig::default() })
}

fn start(config: SandboxConfig) -> Result<Sandbox> {
    let cache = cache::default_directory().map(|directory| directory.join("code"));
    let worker = WorkerCommand::this_program().context("cannot find this program's file")?;
    Sandbox::new(SandboxConfig { cache, worker: Some(worker), ..config }).context("cannot start the sandbox")
}

/// Reads a suite and holds it to every policy that is found; the secrets that it names are filled in.
pub(crate) fn suite(path: &Path, arguments: &PolicyArguments) -> Result<(Suite, Policies)> {
    let policies = Places::of(path, &arguments.files).find()?;
    policies.allows_suite(path)?;
    let mut suite = suite::load(path)?;
    suite.resolve_packages(&Local, &policies)?;
    policies.enforce(&mut suite)?;
    suite.resolve_secrets(&|name| std::env::var_os(name))?;
    Ok((suite, policies))
}

/// A path on one line, whatever it is called.
pub(crate) fn line(path: &Path) -> String {
    escape_line(&path.display().to_string())
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
        say!("wrote {}", line(&path));
    }
    let dataset = directory.join("dataset.jsonl");
    let lock = dataset::lock_file(&dataset);
    dataset::approve(&dataset, &lock)?;
    say!("wrote {}, which holds the golden samples as they were approved", line(&lock));
    say!("\nNow: scorebox run {}", line(&directory.join("scorebox.yaml")));
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn validate(path: &Path, policy: &PolicyArguments) -> Result<ExitCode> {
    let (suite, policies) = suite(path, policy)?;
    // Nobody is asked, so no key is needed.
    let models = RunModels::open(&suite, &ModelOptions { offline: true, ..ModelOptions::default() })?;
    let sandbox = sandbox(1, policies.compile_limits(), models.for_plugins())?;
    let metrics = run::prepare_metrics(&suite, &sandbox, &policies, &models)?.metrics;
    AnswerSource::open(&suite.subject, run::directory_of(&suite.path))?;
    let stats = dataset::stats(&suite.dataset)?;
    let golden = crate::evaluate::golden_samples(&suite)?;
    say!("{} is sound", line(path));
    let plural = if stats.samples == 1 { "" } else { "s" };
    say!("  dataset  {}: {} sample{plural}", line(&suite.dataset), stats.samples);
    for metric in &metrics {
        let descriptor = metric.metric.descriptor();
        let [name, version] = [&descriptor.name, &descriptor.version].map(|text| escape_line(text));
        say!("  metric   {} ({name} {version})", metric.used.name);
        for grant in metric.stamp.grants.in_words() {
            say!("           {}", escape_line(&grant));
        }
        if let Some(reason) = &metric.stamp.not_snapshotted {
            say!("           is configured anew for each sample: {}", escape_line(reason));
        }
    }
    for model in &suite.models {
        let api = match &model.source {
            ModelSource::Api(api) => api,
            ModelSource::Local(local) => {
                let absent = if models.absent(&model.name).is_some() { ", which is not there" } else { "" };
                say!("  model    {}: {}{absent}", model.name, escape_line(&local.to_string()));
                continue;
            }
        };
        let key = match &api.key {
            Some(key) if key.is_there() => format!(", with the key in {key}"),
            Some(key) => format!(", with the key in {key}, which is not there"),
            None => String::new(),
        };
        say!("  model    {}: {}{key}", model.name, escape_line(&api.config.identity().to_string()));
    }
    for policy in policies.all() {
        say!("  policy   {}, {}", line(&policy.path), policy.origin.in_words());
    }
    for warning in golden.warning.into_iter().chain(calibrate::warnings(&suite, &metrics)) {
        say!("warning: {}", escape_line(&warning));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn metrics(json: bool) -> Result<ExitCode> {
    let metrics = scorebox_metrics::builtins();
    if json {
        say::json(&metrics)?;
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

pub(crate) fn schema(policy: bool) -> Result<ExitCode> {
    let schema = if policy { policy::json_schema() } else { suite::json_schema() };
    say::json(&schema)?;
    Ok(ExitCode::SUCCESS)
}
