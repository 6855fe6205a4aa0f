//! Publishes the plugins of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::run;
use crate::{plugins_with, root, scorebox};

/// What is asked for.
#[derive(Default)]
struct Arguments {
    registry: Option<String>,
    site: Option<PathBuf>,
    /// Handed on to `scorebox plugin push`.
    rest: Vec<String>,
}

impl Arguments {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut parsed = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().cloned().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--registry" => parsed.registry = Some(value()?),
                "--site" => parsed.site = Some(value()?.into()),
                "--sign" => {
                    let key = std::fs::canonicalize(value()?).context("the key of --sign")?;
                    parsed.rest.extend(["--sign".to_owned(), key.display().to_string()]);
                }
                "--plain-http" | "--overwrite" => parsed.rest.push(argument.clone()),
                _ => bail!(
                    "unknown argument {argument}: write --registry, --site, --sign, --plain-http or --overwrite"
                ),
            }
        }
        Ok(parsed)
    }
}

/// Builds all of `plugins/`, pushes each under its version, and writes `plugins.json` and `index.html`: into the registry
/// where that is a directory, else into `--site` or `target/site`.
pub(crate) fn publish(arguments: &[String]) -> Result<()> {
    let Arguments { registry, site, rest } = Arguments::parse(arguments)?;
    let registry = registry.context(
        "nowhere to publish: name a registry, `--registry localhost:5000/scorebox`, or a directory, `--registry ./plugins-site`",
    )?;
    // A registry's host has a port or a dot, and no path begins with it.
    let host = registry.split('/').next().unwrap_or_default();
    let is_remote = !host.starts_with('.')
        && (host == "localhost" || host.contains([':', '.']))
        && registry.contains('/');
    let (prefix, default) = if is_remote {
        (format!("{}/", registry.trim_end_matches('/')), root().join("target/site"))
    } else {
        let directory = std::path::absolute(&registry)?;
        (format!("dir:{}#", directory.display()), directory)
    };
    let site = site.map_or(Ok(default), std::path::absolute)?;
    let scorebox = scorebox(&[])?;
    plugins_with(&scorebox)?;
    for component in components()? {
        let name = component.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let version = version(&scorebox, &component)?;
        run(Command::new(&scorebox)
            .args(["plugin", "push"])
            .arg(&component)
            .arg(format!("{prefix}{name}:{version}"))
            .arg("--index")
            .arg(&site)
            .args(&rest))?;
    }
    println!(
        "the index is {}, the page {}",
        site.join("plugins.json").display(),
        site.join("index.html").display()
    );
    Ok(())
}

/// The components of `plugins/`, which were built before.
fn components() -> Result<Vec<PathBuf>> {
    let mut components = Vec::new();
    for entry in std::fs::read_dir(root().join("plugins"))? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_dir()) {
            let component = root().join("target/plugins").join(name).with_extension("wasm");
            if component.is_file() {
                components.push(component);
            }
        }
    }
    components.sort();
    Ok(components)
}

/// The version that a component says it has.
fn version(scorebox: &Path, component: &Path) -> Result<String> {
    let output = Command::new(scorebox).args(["plugin", "inspect"]).arg(component).output()?;
    let text = String::from_utf8(output.stdout)?;
    // `no-jargon 0.1.0 (constraint): …`
    let version = text.split(' ').nth(1).filter(|_| output.status.success());
    version.map(str::to_owned).with_context(|| format!("{} does not say its version", component.display()))
}
