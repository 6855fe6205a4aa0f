//! `scorebox plugin`.

mod bench;
mod build;
mod dev;
mod doctor;
mod junit;
mod network;
mod new;
mod paint;
pub(crate) mod pinned;
pub(crate) mod publish;
mod run;
pub(crate) mod search;
mod suite_text;
mod target;
mod test;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{Manifest, read_manifest};
use scorebox_sandbox::{Inspection, Sandbox};
use serde::Serialize;

use crate::arguments::PluginCommand;
use crate::say::{self, say};
use crate::start;

pub(crate) fn plugin(command: &PluginCommand) -> Result<ExitCode> {
    match command {
        PluginCommand::New { name, lang, sdk } => new::new(name, *lang, sdk.as_deref()),
        PluginCommand::Build { folders, out, quiet, watch: true } => watch::again_and_again(folders, || {
            build::build_all(folders, out.as_deref(), *quiet)?;
            Ok(())
        }),
        PluginCommand::Build { folders, out, quiet, watch: false } => {
            build::build_all(folders, out.as_deref(), *quiet)
        }
        PluginCommand::Inspect { file, json } => inspect(file, *json),
        PluginCommand::Doctor { lang, json } => doctor::diagnose(lang, *json),
        PluginCommand::Push(arguments) => publish::push_plugin(arguments),
        PluginCommand::Pull(arguments) => pinned::pull(arguments),
        PluginCommand::Add(arguments) => pinned::add(arguments),
        PluginCommand::Update(arguments) => pinned::update(arguments),
        PluginCommand::List(arguments) => pinned::list(arguments),
        PluginCommand::Remove(arguments) => pinned::remove(arguments),
        PluginCommand::Search(arguments) => search::search(arguments),
        PluginCommand::Verify(arguments) => publish::verify(arguments),
        PluginCommand::Keygen(arguments) => publish::make_keys(arguments),
        PluginCommand::Test(arguments) => test::test(arguments),
        PluginCommand::Run(arguments) => run::run(arguments),
        PluginCommand::Bench(arguments) => bench::bench(arguments),
        PluginCommand::Dev(arguments) => dev::dev(arguments),
    }
}

fn inspect(file: &Path, json: bool) -> Result<ExitCode> {
    let bytes = read_component(file).with_context(|| format!("cannot read {}", file.display()))?;
    let inspection = Sandbox::inspect(&bytes).with_context(|| file.display().to_string())?;
    let manifest = read_manifest(&bytes).with_context(|| file.display().to_string())?;
    if json {
        say::json(&Inspected { inspection: &inspection, manifest: manifest.as_ref() })?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", inspection.to_string().trim_end());
    if let Some(manifest) = &manifest {
        say!("{}", about(manifest));
        if let Some(descriptor) = &inspection.descriptor
            && let Err(disagreement) = manifest.agree(descriptor, &inspection.imports)
        {
            say!("warning   {}", escape_line(&disagreement.to_string()));
        }
    }
    if let Some(descriptor) = &inspection.descriptor {
        say!("settings");
        for (name, about) in start::settings(&descriptor.settings_schema) {
            say!("  {}", escape_line(&format!("{name}: {about}")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands in a component, as JSON.
#[derive(Serialize)]
struct Inspected<'a> {
    #[serde(flatten)]
    inspection: &'a Inspection,
    manifest: Option<&'a Manifest>,
}

/// What an author says of a plugin, in lines.
fn about(manifest: &Manifest) -> String {
    let mut lines = vec![format!("licence   {}", manifest.licence)];
    lines.extend(manifest.authors.iter().map(|author| format!("author    {author}")));
    lines.extend(manifest.source.iter().map(|source| format!("source    {source}")));
    let grants = manifest.grants.in_words();
    let none = grants.is_empty().then(|| "grants    none asked for".to_owned());
    lines.extend(none);
    lines.extend(grants.iter().map(|grant| format!("grants    asks for {grant}")));
    if !manifest.limits.is_empty() {
        lines.push(format!("limits    asks for {}", manifest.limits));
    }
    let left_out = match manifest.cases_left_out {
        0 => String::new(),
        count => format!(", and {count} more in its plugin.yaml"),
    };
    lines.push(format!("cases     {}{left_out}", manifest.cases.len()));
    lines.iter().map(|line| escape_line(line)).collect::<Vec<_>>().join("\n")
}
