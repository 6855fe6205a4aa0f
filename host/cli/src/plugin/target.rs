//! What `test`, `run` and `bench` are pointed at: a folder, which is built first, or a component.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{Case, Manifest, Trial, build, read_manifest};
use scorebox_sandbox::Sandbox;
use serde_json::{Map, Value};

/// A plugin, ready to be tried.
pub(crate) struct Target {
    pub(crate) trial: Trial,
    /// Of the folder, or embedded in the component.
    pub(crate) manifest: Option<Manifest>,
    /// The `plugin.yaml`, where a folder was named.
    pub(crate) file: Option<PathBuf>,
}

/// Opens a folder or a component.
pub(crate) fn open(path: &Path, sandbox: &Sandbox) -> Result<Target> {
    let (component, manifest, file) = if path.is_dir() {
        let built = build(&[path.to_owned()], None, sandbox)?;
        let [built] = <[_; 1]>::try_from(built).ok().context("one folder is one plugin")?;
        (built.path, built.manifest, Some(Manifest::path(path)))
    } else {
        (path.to_owned(), None, None)
    };
    let bytes = read_component(&component).with_context(|| format!("cannot read {}", component.display()))?;
    let named = || component.display().to_string();
    let manifest = match manifest {
        None if file.is_none() => read_manifest(&bytes).with_context(named)?,
        manifest => manifest,
    };
    let trial = Trial::new(sandbox, &bytes).with_context(named)?;
    Ok(Target { trial, manifest, file })
}

impl Target {
    pub(crate) fn cases(&self) -> &[Case] {
        self.manifest.as_ref().map_or(&[], |manifest| &manifest.cases)
    }

    /// Name and version, on one line.
    pub(crate) fn title(&self) -> String {
        match self.trial.plugin().descriptor() {
            Some(descriptor) => escape_line(&format!("{} {}", descriptor.name, descriptor.version)),
            None => "a plugin without a descriptor".to_owned(),
        }
    }
}

/// Settings from the command line: a JSON object, or `@` and the file that holds one.
pub(crate) fn settings(argument: &str) -> Result<Map<String, Value>> {
    let text = match argument.strip_prefix('@') {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read the settings {file}"))?
        }
        None => argument.to_owned(),
    };
    serde_json::from_str(&text).with_context(
        || r#"the settings are no JSON object: write for example --settings '{"terms": ["synergy"]}', or --settings @settings.json"#,
    )
}
