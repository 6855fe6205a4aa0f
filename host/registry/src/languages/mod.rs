//! Plugins in every language: what each needs, what of it is here, and how it makes a component.
//!
//! ```text
//! folder ─► Project (plugin.yaml, language) ─► the language's own tools ─► core module or component ─► finish
//! ```
//!
//! [`build`] drives the tools; where a folder brings its tools along (a virtual environment, `node_modules`), they are
//! installed from its lock file first. What is missing on the machine is named with how to get it here. [`doctor`] says
//! the same of a whole language at once. Name and version of a plugin come from its `plugin.yaml`, except in Rust, where
//! they are those of `Cargo.toml`.

mod c;
mod doctor;
mod error;
mod go;
mod javascript;
mod language;
mod project;
mod python;
mod system;
mod tool;
mod world;

use std::path::{Path, PathBuf};

use scorebox_sandbox::Sandbox;

use crate::build::{BuildError, Built, build_rust, finish};

pub use doctor::{Diagnosis, Tool, doctor};
pub use error::LanguageError;
pub use language::Language;
pub(crate) use world::adapter;

use project::Project;

/// Builds the plugins in `folders`, each in its language. Each component goes to `out`, or into its folder, under the
/// plugin's name. Rust plugins of one workspace are compiled together.
///
/// # Errors
///
/// The first plugin that cannot be built: a tool that is missing, code that does not compile, a component that breaks
/// the contract.
pub fn build(folders: &[PathBuf], out: Option<&Path>, sandbox: &Sandbox) -> Result<Vec<Built>, BuildError> {
    let (mut rust, mut others) = (Vec::new(), Vec::new());
    for folder in folders {
        match Language::of(folder)? {
            Language::Rust => rust.push(folder.clone()),
            language => others.push(Project::read(folder, language)?),
        }
    }
    let mut built = if rust.is_empty() { Vec::new() } else { build_rust(&rust, out, sandbox)? };
    for project in &others {
        let module = match project.language {
            Language::Python => python::compile(project)?,
            Language::Typescript | Language::Javascript => javascript::compile(project)?,
            Language::Go => go::compile(project)?,
            Language::C => c::compile(project)?,
            Language::Rust => continue,
        };
        let path = out.unwrap_or(&project.folder).join(format!("{}.wasm", project.name));
        built.push(finish(&project.name, &module, &path, sandbox)?);
    }
    Ok(built)
}
