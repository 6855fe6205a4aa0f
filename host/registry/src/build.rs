//! From a plugin's folder to a component that says what it is.

use std::io::Write;
use std::path::{Path, PathBuf};

use scorebox_sandbox::{Descriptor, Fault, LoadError, Sandbox};

use crate::languages::{self, Compiled, LanguageError, Project, Purpose};
use crate::manifest::{Disagreement, Manifest, ManifestError, embed_manifest};
use crate::package::{self, PackageError};
use crate::toolchain::ToolchainError;

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
    /// The tools of another language did not make a plugin.
    #[error(transparent)]
    Language(#[from] LanguageError),
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

/// Builds the plugins in `folders`, each by the tools of its language. Each component goes to `out`, or into its folder,
/// under the plugin's name. Rust plugins of one workspace are compiled together.
///
/// # Errors
///
/// The first plugin that cannot be built: a manifest that is wrong, a tool that is missing, code that does not compile, a
/// component that breaks the contract.
pub fn build(folders: &[PathBuf], out: Option<&Path>, sandbox: &Sandbox) -> Result<Vec<Built>, BuildError> {
    // Before anything is compiled: what is wrong there is said at once.
    let projects = folders.iter().map(|folder| Project::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let compiled = languages::compile(Purpose::Ship, projects)?;
    compiled.iter().map(|compiled| finish(compiled, out, sandbox)).collect()
}

/// Builds the plugin in `folder` for somebody who edits it: sooner than [`build`], and the component runs slower where
/// the language makes a difference. It goes to `out`, with whatever makes the next build of it there sooner.
///
/// # Errors
///
/// As for [`build`].
pub fn build_for_dev(folder: &Path, out: &Path, sandbox: &Sandbox) -> Result<Built, BuildError> {
    let build = |anew| -> Result<_, BuildError> {
        let projects = vec![Project::read(folder)?];
        let compiled = languages::compile(Purpose::Edit { kept: out, anew }, projects)?.pop();
        let compiled = compiled.ok_or_else(|| BuildError::NoPackage {
            folder: folder.to_owned(),
            reason: "nothing was built".to_owned(),
        })?;
        Ok((finish(&compiled, Some(out), sandbox), compiled.renewed))
    };
    match build(false)? {
        // Either the check needs what the kept component has not, or the language's tools say better what is wrong with it.
        (Err(BuildError::Describe { .. }), true) => build(true)?.0,
        (built, _) => built,
    }
}

/// From a core module, or a component, to a component with its descriptor and manifest, on disk.
fn finish(compiled: &Compiled, out: Option<&Path>, sandbox: &Sandbox) -> Result<Built, BuildError> {
    let Compiled { project, module, .. } = compiled;
    let Project { name: package, folder, manifest, .. } = project;
    let path = &out.unwrap_or(folder).join(format!("{package}.wasm"));
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
    let limits = manifest.as_ref().map(|manifest| manifest.limits).unwrap_or_default().limits();
    let descriptor = load(&component)?
        .describe(&limits)
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
