//! `scorebox plugin`.

mod network;
pub(crate) mod pinned;
pub(crate) mod publish;
pub(crate) mod search;
mod suite_text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{build, new_plugin, rust_toolchain, sdk_of_checkout};
use scorebox_sandbox::{CompileLimits, Sandbox};

use crate::arguments::PluginCommand;
use crate::cache::size;
use crate::say::{self, say};
use crate::start::{self, line};

pub(crate) fn plugin(command: &PluginCommand) -> Result<ExitCode> {
    match command {
        PluginCommand::New { name, sdk } => new(name, sdk.as_deref()),
        PluginCommand::Build { folders, out, quiet } => build_all(folders, out.as_deref(), *quiet),
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
    let sandbox = start::sandbox(1, CompileLimits::default())?;
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

fn doctor() -> Result<ExitCode> {
    let toolchain = rust_toolchain()?;
    say!("rust: {toolchain}");
    Ok(ExitCode::SUCCESS)
}
