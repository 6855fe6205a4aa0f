//! A plugin as a package: from an author's folder to a component that says what it is.
//!
//! ```text
//! new_plugin ─► folder ─► build: cargo ─► core module ─► component ─► describe ─► component with its descriptor
//! ```
//!
//! [`build`] compiles Rust plugins with whatever the machine has ([`rust_toolchain`]), makes components of them, runs
//! `describe` once in the sandbox, and embeds the answer as a custom section, so that a consumer reads what a plugin is
//! without running it. [`new_plugin`] makes the folder to begin with.
//!
//! A registry for finding, fetching and verifying plugins of others belongs in this crate, too; there is none yet.

mod build;
mod manifest;
mod package;
mod scaffold;
mod toolchain;
mod trial;

pub use build::{BuildError, Built, build, build_for_dev};
pub use manifest::{
    AskedFiles, AskedGrants, Bounds, Case, CaseSample, Disagreement, Expectation, ExpectedFinding,
    ExpectedValue, Language, MAX_MANIFEST_BYTES, Manifest, ManifestError, Mistake, embed_manifest,
    read_manifest,
};
pub use package::{PackageError, component, embed_descriptor};
pub use scaffold::{ScaffoldError, new_plugin, sdk_of_checkout};
pub use toolchain::{RustToolchain, TARGET, ToolchainError, rust_toolchain};
pub use trial::{
    BENCH_SIZES, Blessed, CaseReport, Difference, Growth, Measured, Property, PropertyState, Trial, bless,
};
