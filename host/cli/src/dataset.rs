//! `scorebox dataset`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use scorebox_eval::dataset::{self, CheckOptions};
use scorebox_eval::suite;

use crate::arguments::DatasetCommand;
use crate::say;

pub(crate) fn dataset(command: &DatasetCommand) -> Result<ExitCode> {
    match command {
        DatasetCommand::Stats { dataset, json } => stats(dataset, *json),
        DatasetCommand::Check { dataset, training, json, strict } => check(dataset, training, *json, *strict),
        DatasetCommand::Approve { path, dry_run } => approve(path, *dry_run),
    }
}

fn stats(path: &Path, json: bool) -> Result<ExitCode> {
    let stats = dataset::stats(path)?;
    if json {
        say::json(&stats)?;
    } else {
        say::write(format_args!("{}", stats.render()));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(path: &Path, training: &[PathBuf], json: bool, strict: bool) -> Result<ExitCode> {
    let warnings = dataset::check(path, &CheckOptions { training: training.to_vec() })?;
    if json {
        say::json(&warnings)?;
    } else {
        say::write(format_args!("{}", dataset::render_warnings(&warnings)));
    }
    Ok(if strict && !warnings.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn approve(path: &Path, dry_run: bool) -> Result<ExitCode> {
    let is_suite = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let dataset = if is_suite { suite::load(path)?.dataset } else { path.to_owned() };
    let lock = dataset::lock_file(&dataset);
    let approval =
        if dry_run { dataset::preview(&dataset, &lock)? } else { dataset::approve(&dataset, &lock)? };
    say::write(format_args!("{}", approval.render()));
    Ok(ExitCode::SUCCESS)
}
