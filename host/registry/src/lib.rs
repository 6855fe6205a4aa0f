//! A plugin as a package: from an author's folder to a component that says what it is.
//!
//! ```text
//! new_plugin ─► folder ─► build: the language's tools ─► component ─► describe ─► component with its descriptor
//! ```
//!
//! [`build`] compiles plugins with whatever the machine has ([`doctor`] says what), makes components of them, runs
//! `describe` once in the sandbox, and embeds the answer as a custom section, so that a consumer reads what a plugin is
//! without running it. [`new_plugin`] makes the folder to begin with.
//!
//! A registry for finding, fetching and verifying plugins of others belongs in this crate, too; there is none yet.

mod build;
mod languages;
mod package;
mod scaffold;
mod toolchain;

pub use build::{BuildError, Built};
pub use languages::{Diagnosis, Language, LanguageError, Tool, build, doctor};
pub use package::{PackageError, component, embed_descriptor};
pub use scaffold::{ScaffoldError, new_plugin, sdk_of_checkout};
pub use toolchain::{RustToolchain, TARGET, ToolchainError, rust_toolchain};
