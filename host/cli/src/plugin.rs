//! `scorebox plugin`.

mod build;
mod doctor;
mod new;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_sandbox::Sandbox;

use crate::arguments::PluginCommand;
use crate::say::{self, say};
use crate::start;

pub(crate) fn plugin(command: &PluginCommand) -> Result<ExitCode> {
    match command {
        PluginCommand::New { name, lang, sdk } => new::new(name, *lang, sdk.as_deref()),
        PluginCommand::Build { folders, out, quiet } => build::build_all(folders, out.as_deref(), *quiet),
        PluginCommand::Inspect { file, json } => inspect(file, *json),
        PluginCommand::Doctor { lang, json } => doctor::diagnose(lang, *json),
    }
}

fn inspect(file: &Path, json: bool) -> Result<ExitCode> {
    let bytes = read_component(file).with_context(|| format!("cannot read {}", file.display()))?;
    let inspection = Sandbox::inspect(&bytes).with_context(|| file.display().to_string())?;
    if json {
        say::json(&inspection)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", inspection.to_string().trim_end());
    if let Some(descriptor) = &inspection.descriptor {
        say!("settings");
        for (name, about) in start::settings(&descriptor.settings_schema) {
            say!("  {}", escape_line(&format!("{name}: {about}")));
        }
    }
    Ok(ExitCode::SUCCESS)
}
