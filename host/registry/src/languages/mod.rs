//! Plugins in every language: what each needs, what of it is here, and how it makes a component.
//!
//! ```text
//! folder ─► Project (plugin.yaml, language) ─► the language's own tools ─► core module or component
//! ```
//!
//! [`compile`] drives the tools; where a folder brings its tools along (a virtual environment, `node_modules`), they are
//! installed from its lock file first. What is missing on the machine is named with how to get it here. [`doctor`] says
//! the same of a whole language at once. Name and version of a plugin come from its `plugin.yaml`, except in Rust, where
//! they are those of `Cargo.toml`.

mod c;
mod doctor;
mod edited;
mod error;
mod go;
mod javascript;
mod project;
mod python;
mod rust;
mod segments;
mod system;
mod tool;
mod world;

use std::path::{Path, PathBuf};

use crate::build::BuildError;
use crate::manifest::Language;

pub use doctor::{Diagnosis, Tool, doctor};
pub use error::LanguageError;
pub(crate) use project::Project;
pub(crate) use world::adapter;

/// What a component is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose<'a> {
    /// To be run on every sample.
    Ship,
    /// To be looked at, and built again on the next save.
    Edit {
        /// A directory for what the next build can use.
        kept: &'a Path,
        /// Whether this build may use nothing of it.
        anew: bool,
    },
}

/// What a language's tools made of a project.
pub(crate) struct Compiled {
    pub(crate) project: Project,
    /// A core module, or a component.
    pub(crate) module: PathBuf,
    /// Whether the language's tools made it at an earlier time, and only the check's text is new.
    pub(crate) renewed: bool,
}

/// Makes a core module or a component of each project, by its language's tools.
pub(crate) fn compile(purpose: Purpose<'_>, projects: Vec<Project>) -> Result<Vec<Compiled>, BuildError> {
    let (rust, others): (Vec<Project>, Vec<Project>) =
        projects.into_iter().partition(|project| project.language == Language::Rust);
    let mut compiled: Vec<Compiled> = rust::compile(purpose, rust)?
        .into_iter()
        .map(|(project, module)| Compiled { project, module, renewed: false })
        .collect();
    for project in others {
        let (module, renewed) = match project.language {
            Language::Python => python::compile(purpose, &project)?,
            Language::Typescript | Language::Javascript => (javascript::compile(&project)?, false),
            Language::Go => (go::compile(&project)?, false),
            Language::C => (c::compile(&project)?, false),
            Language::Rust => continue,
        };
        compiled.push(Compiled { project, module, renewed });
    }
    Ok(compiled)
}
