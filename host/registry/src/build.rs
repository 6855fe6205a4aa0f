//! Builds Rust plugins.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scorebox_sandbox::{Descriptor, Fault, Limits, LoadError, Sandbox};
use serde::Deserialize;

use crate::manifest::{Disagreement, Manifest, ManifestError, embed_manifest};
use crate::package::{self, PackageError};
use crate::toolchain::{RustToolchain, ToolchainError, rust_toolchain};

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

/// A plugin that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The component.
    pub path: PathBuf,
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// Bytes.
    pub size: u64,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// What its `plugin.yaml` says, if it has one.
    pub manifest: Option<Manifest>,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no compiler for the target.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// Not a folder with a Rust package.
    #[error("{folder} is no Rust plugin: {reason}", folder = folder.display())]
    NoPackage {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// cargo cannot be started.
    #[error("cannot run cargo: {0}")]
    Cargo(std::io::Error),
    /// The code does not compile; cargo has said why on standard error.
    #[error("{packages} did not compile: cargo says why above")]
    Compile {
        /// The packages.
        packages: String,
    },
    /// The package is no plugin.
    #[error("{package} is compiled, but is no plugin: {source}", package = package)]
    Package {
        /// The package.
        package: String,
        /// Why.
        source: PackageError,
    },
    /// The component is not accepted by the host.
    #[error("{package}: {source}")]
    Load {
        /// The package.
        package: String,
        /// Why.
        source: LoadError,
    },
    /// `describe` failed.
    #[error("{package}: `describe` faulted: {source}")]
    Describe {
        /// The package.
        package: String,
        /// Why.
        source: Fault,
    },
    /// The settings schema is none.
    #[error("{package}: the settings schema that `describe` gives is not a JSON Schema: {reason}")]
    Schema {
        /// The package.
        package: String,
        /// Where and why.
        reason: String,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest is for another plugin, or for another state of this one.
    #[error("{path}: {source}", path = path.display())]
    Disagreement {
        /// The manifest.
        path: PathBuf,
        /// What differs.
        source: Disagreement,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

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
    packages: Vec<Package>,
}

struct Package {
    name: String,
    folder: PathBuf,
    manifest: Option<Manifest>,
}

/// Builds the Rust plugins in `folders`. Each component goes to `out`, or beside its `Cargo.toml`, under the package's
/// name. Plugins of one workspace are compiled together.
pub fn build(folders: &[PathBuf], out: Option<&Path>, sandbox: &Sandbox) -> Result<Vec<Built>, BuildError> {
    build_as(&SHIPPED, folders, out, sandbox)
}

/// Builds the plugin in `folder` for somebody who edits it: sooner than [`build`], and the component runs slower. It goes
/// to `out`.
pub fn build_for_dev(folder: &Path, out: &Path, sandbox: &Sandbox) -> Result<Built, BuildError> {
    let mut built = build_as(&EDITED, &[folder.to_owned()], Some(out), sandbox)?;
    built.pop().ok_or_else(|| BuildError::NoPackage {
        folder: folder.to_owned(),
        reason: "nothing was built".to_owned(),
    })
}

fn build_as(
    profile: &Profile,
    folders: &[PathBuf],
    out: Option<&Path>,
    sandbox: &Sandbox,
) -> Result<Vec<Built>, BuildError> {
    let toolchain = rust_toolchain()?;
    let mut workspaces: BTreeMap<PathBuf, Workspace> = BTreeMap::new();
    for folder in folders {
        let (metadata, package) = package_in(folder)?;
        let workspace = workspaces
            .entry(metadata.workspace_root)
            .or_insert_with(|| Workspace { target: metadata.target_directory, packages: Vec::new() });
        // Before anything is compiled: what is wrong there is said at once.
        let manifest = Manifest::read(folder)?;
        workspace.packages.push(Package { name: package, folder: folder.clone(), manifest });
    }
    let mut built = Vec::new();
    for (root, workspace) in &workspaces {
        let modules = compile(profile, &toolchain, root, workspace)?;
        for package in &workspace.packages {
            let folder = &package.folder;
            let Some(module) = modules.get(&package.name) else {
                let reason =
                    "cargo wrote no .wasm for it: its library needs `crate-type = [\"cdylib\"]`".to_owned();
                return Err(BuildError::NoPackage { folder: folder.clone(), reason });
            };
            let path = out.unwrap_or(folder).join(format!("{}.wasm", package.name));
            built.push(finish(package, module, &path, sandbox)?);
        }
    }
    Ok(built)
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
fn compile(
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
    for package in &workspace.packages {
        cargo.args(["--package", &package.name]);
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
        let package = workspace.packages.iter().find(|package| {
            std::fs::canonicalize(&package.folder).is_ok_and(|folder| manifest_path.parent() == Some(&folder))
        });
        if let (Some(module), Some(package)) = (module, package) {
            modules.insert(package.name.clone(), module);
        }
    }
    if !child.wait().map_err(BuildError::Cargo)?.success() {
        let names: Vec<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
        return Err(BuildError::Compile { packages: names.join(", ") });
    }
    Ok(modules)
}

/// From a core module to a component with its descriptor and manifest, on disk.
fn finish(package: &Package, module: &Path, path: &Path, sandbox: &Sandbox) -> Result<Built, BuildError> {
    let Package { name: package, folder, manifest } = package;
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::File { path, source }
    };
    let bad_package = |source| BuildError::Package { package: package.clone(), source };
    let load = |bytes: &[u8]| {
        // What it is granted is up to each suite.
        let loaded = sandbox.load_without_grants(bytes);
        loaded.map_err(|source| BuildError::Load { package: package.clone(), source })
    };
    let module = std::fs::read(module).map_err(file(module))?;
    let component = package::component(&module).map_err(bad_package)?;
    let descriptor = load(&component)?
        .describe(&Limits::default())
        .map_err(|source| BuildError::Describe { package: package.clone(), source })?;
    jsonschema::meta::validate(&descriptor.settings_schema).map_err(|error| BuildError::Schema {
        package: package.clone(),
        reason: format!("{error} at `{}`", error.instance_path()),
    })?;
    let mut component = package::embed_descriptor(component, &descriptor).map_err(bad_package)?;
    if let Some(manifest) = manifest {
        let imports = &load(&component)?.inspection().imports.clone();
        manifest
            .agree(&descriptor, imports)
            .map_err(|source| BuildError::Disagreement { path: Manifest::path(folder), source })?;
        component = embed_manifest(component, manifest)?;
    }
    let plugin = load(&component)?;
    write(path, &component).map_err(file(path))?;
    Ok(Built {
        path: path.to_owned(),
        descriptor,
        size: component.len() as u64,
        digest: plugin.digest().to_owned(),
        imports: plugin.inspection().imports.clone(),
        manifest: manifest.clone(),
    })
}

/// Writes a file so that a reader sees the old one or the new one, never a part. One that is the same stays as it is.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
