//! `scorebox plugin`.

mod bench;
mod dev;
mod junit;
mod network;
mod paint;
pub(crate) mod pinned;
pub(crate) mod publish;
mod run;
pub(crate) mod search;
mod suite_text;
mod target;
mod test;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{Manifest, build, new_plugin, read_manifest, rust_toolchain, sdk_of_checkout};
use scorebox_sandbox::{CompileLimits, Inspection, Sandbox};
use serde::Serialize;

use crate::arguments::PluginCommand;
use crate::cache::size;
use crate::say::{self, say};
use crate::start::{self, line};

pub(crate) fn plugin(command: &PluginCommand) -> Result<ExitCode> {
    match command {
        PluginCommand::New { name, sdk } => new(name, sdk.as_deref()),
        PluginCommand::Build { folders, out, quiet, watch: true } => watch::again_and_again(folders, || {
            build_all(folders, out.as_deref(), *quiet)?;
            Ok(())
        }),
        PluginCommand::Build { folders, out, quiet, watch: false } => {
            build_all(folders, out.as_deref(), *quiet)
        }
        PluginCommand::Inspect { file, json } => inspect(file, *json),
        PluginCommand::Doctor => doctor(),
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

fn new(name: &str, sdk: Option<&Path>) -> Result<ExitCode> {
    let sdk = sdk.map(Path::to_owned).or_else(sdk_of_checkout).context(
        "this program does not know where the Rust SDK lies: name the folder `sdk/rust` of a Scorebox checkout with `--sdk`",
    )?;
    let folder = new_plugin(Path::new(""), name, &sdk)?;
    say!("made {}", line(&folder));
    say!("  edit   {}", line(&folder.join("src/lib.rs")));
    say!("  test   cargo test --manifest-path {}", line(&folder.join("Cargo.toml")));
    say!("  build  scorebox plugin build {}", line(&folder));
    Ok(ExitCode::SUCCESS)
}

fn build_all(folders: &[PathBuf], out: Option<&Path>, quiet: bool) -> Result<ExitCode> {
    let sandbox = start::sandbox(1, CompileLimits::default(), None)?;
    let all = build(folders, out, &sandbox)?;
    for built in all.iter().filter(|_| !quiet) {
        let imports = escape_line(&imports(&built.imports));
        say!(
            "built {path}\n  {name} {version}: {summary}\n  {size}, imports {imports}, {digest}",
            path = line(&built.path),
            name = escape_line(&built.descriptor.name),
            version = escape_line(&built.descriptor.version),
            summary = escape_line(&built.descriptor.summary),
            size = size(built.size),
            digest = built.digest
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What a component may do. An interface of types alone lets it do nothing.
fn imports(imports: &[String]) -> String {
    let able: Vec<&str> = imports
        .iter()
        .map(String::as_str)
        .filter(|import| !import.starts_with("scorebox:plugin/types@"))
        .collect();
    if able.is_empty() { "nothing".to_owned() } else { able.join(", ") }
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
    let left_out = match manifest.cases_left_out {
        0 => String::new(),
        count => format!(", and {count} more in its plugin.yaml"),
    };
    lines.push(format!("cases     {}{left_out}", manifest.cases.len()));
    lines.iter().map(|line| escape_line(line)).collect::<Vec<_>>().join("\n")
}

fn doctor() -> Result<ExitCode> {
    let toolchain = rust_toolchain()?;
    say!("rust: {toolchain}");
    Ok(ExitCode::SUCCESS)
}
