//! Rust, by cargo: plugins of one workspace are compiled together.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{Project, Purpose};
use crate::build::BuildError;
use crate::toolchain::{RustToolchain, rust_toolchain};

/// How a package is compiled: cargo's name of the profile, and its settings.
struct Profile {
    name: &'static str,
    settings: &'static [&'static str],
}

/// How plugins are optimised: speed before size, since a plugin is compiled once and run for every sample.
const SHIPPED: Profile = Profile {
    name: "plugin",
    settings: &[
        "profile.plugin.inherits='release'",
        "profile.plugin.opt-level=3",
        "profile.plugin.lto='fat'",
        "profile.plugin.codegen-units=1",
        "profile.plugin.panic='abort'",
        "profile.plugin.strip=true",
    ],
};

/// How plugins are compiled while somebody edits them: what did not change is not compiled or linked through again.
const EDITED: Profile = Profile {
    name: "plugin-dev",
    settings: &[
        "profile.plugin-dev.inherits='release'",
        "profile.plugin-dev.opt-level=1",
        "profile.plugin-dev.incremental=true",
        "profile.plugin-dev.codegen-units=256",
        "profile.plugin-dev.panic='abort'",
        "profile.plugin-dev.strip=true",
    ],
};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    crate_types: Vec<String>,
}

struct Workspace {
    target: PathBuf,
    projects: Vec<Project>,
}

/// Makes a core module of each project.
pub(super) fn compile(
    purpose: Purpose<'_>,
    projects: Vec<Project>,
) -> Result<Vec<(Project, PathBuf)>, BuildError> {
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let profile = match purpose {
        Purpose::Ship => &SHIPPED,
        Purpose::Edit { .. } => &EDITED,
    };
    let toolchain = rust_toolchain()?;
    let mut workspaces: BTreeMap<PathBuf, Workspace> = BTreeMap::new();
    for project in projects {
        let (metadata, name) = package_in(&project.folder)?;
        let workspace = workspaces
            .entry(metadata.workspace_root)
            .or_insert_with(|| Workspace { target: metadata.target_directory, projects: Vec::new() });
        workspace.projects.push(Project { name, ..project });
    }
    let mut compiled = Vec::new();
    for (root, workspace) in workspaces {
        let mut modules = compile_together(profile, &toolchain, &root, &workspace)?;
        for project in workspace.projects {
            let Some(module) = modules.remove(&project.name) else {
                let reason =
                    "cargo wrote no .wasm for it: its library needs `crate-type = [\"cdylib\"]`".to_owned();
                return Err(BuildError::NoPackage { folder: project.folder, reason });
            };
            compiled.push((project, module));
        }
    }
    Ok(compiled)
}

fn package_in(folder: &Path) -> Result<(Metadata, String), BuildError> {
    let no_package = |reason: String| BuildError::NoPackage { folder: folder.to_owned(), reason };
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(no_package(
            "it has no Cargo.toml; `scorebox plugin new NAME` makes a folder that has".to_owned(),
        ));
    }
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(&manifest)
        .output()
        .map_err(BuildError::Cargo)?;
    if !output.status.success() {
        return Err(no_package(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| no_package(error.to_string()))?;
    let manifest =
        std::fs::canonicalize(&manifest).map_err(|source| BuildError::File { path: manifest, source })?;
    let same = |package: &&MetadataPackage| {
        std::fs::canonicalize(&package.manifest_path).is_ok_and(|path| path == manifest)
    };
    let Some(package) = metadata.packages.iter().find(same) else {
        return Err(no_package("its Cargo.toml describes a workspace, not a package".to_owned()));
    };
    if !package.targets.iter().any(|target| target.crate_types.iter().any(|kind| kind == "cdylib")) {
        return Err(no_package(
            "its library needs `crate-type = [\"cdylib\", \"rlib\"]` in `[lib]`".to_owned(),
        ));
    }
    let name = package.name.clone();
    Ok((metadata, name))
}

/// Compiles the packages of one workspace; the core modules by package name.
fn compile_together(
    profile: &Profile,
    toolchain: &RustToolchain,
    root: &Path,
    workspace: &Workspace,
) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    #[derive(Deserialize)]
    #[serde(tag = "reason", rename_all = "kebab-case")]
    enum Message {
        CompilerArtifact {
            manifest_path: PathBuf,
            filenames: Vec<PathBuf>,
        },
        #[serde(other)]
        Other,
    }
    let mut cargo = toolchain.cargo_build();
    cargo.args(["--profile", profile.name, "--message-format", "json-render-diagnostics", "--manifest-path"]);
    cargo.arg(root.join("Cargo.toml"));
    // Another compiler and other flags than those of the host: a directory of their own keeps both builds incremental.
    cargo.arg("--target-dir").arg(workspace.target.join("wasm"));
    for setting in profile.settings {
        cargo.args(["--config", setting]);
    }
    for project in &workspace.projects {
        cargo.args(["--package", &project.name]);
    }
    let mut child = cargo.stdout(Stdio::piped()).spawn().map_err(BuildError::Cargo)?;
    let mut modules = BTreeMap::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(BuildError::Cargo)?;
        let Ok(Message::CompilerArtifact { manifest_path, filenames }) = serde_json::from_str(&line) else {
            continue;
        };
        let module =
            filenames.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "wasm"));
        let project = workspace.projects.iter().find(|project| {
            std::fs::canonicalize(&project.folder).is_ok_and(|folder| manifest_path.parent() == Some(&folder))
        });
        if let (Some(module), Some(project)) = (module, project) {
            modules.insert(project.name.clone(), module);
        }
    }
    if !child.wait().map_err(BuildError::Cargo)?.success() {
        let names: Vec<&str> = workspace.projects.iter().map(|project| project.name.as_str()).collect();
        return Err(BuildError::Compile { packages: names.join(", ") });
    }
    Ok(modules)
}
