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
//! What is built is published and used through registries, which are strangers:
//!
//! ```text
//! push ─► OCI artifact, and its signatures ─► fetch ─► Store, by digest ─► resolve ─► a component that a run may take
//!         registry │ directory │ file                  Pinned in a Lock ───┘
//! ```
//!
//! A [`Reference`] says which plugin, in which version, from where. [`fetch`] takes in nothing that is not of the digest
//! that was named, [`Store`] keeps it, and [`Lock`] pins it with its version, what it asks for and who signed it.
//! [`resolve`] needs no network: it finds the pinned component in the store, or says how what is there differs.
//! A [`Signer`] is a [`PublicKey`] or an [`Identity`]; what either signs cosign checks as well. [`Index`] is what `search`
//! looks through.

mod artifact;
mod asked;
mod build;
mod digest;
mod error;
mod fetch;
mod identity;
mod index;
mod languages;
mod layout;
mod lock;
mod manifest;
mod package;
mod page;
mod pin;
mod reference;
mod remote;
mod scaffold;
mod sign;
mod signer;
mod store;
mod toolchain;
mod trial;
mod whole;

pub use asked::{About, AboutError, Asked};
pub use build::{BuildError, Built, build, build_for_dev};
pub use error::RegistryError;
pub use fetch::{Fetched, Pushed, fetch, push};
pub use identity::{Bundle, Identity, Proven, TrustRoot, TrustRootError, Unproven};
pub use index::{Entry, INDEX_FILE, Index};
pub use languages::{Diagnosis, LanguageError, Tool, doctor};
pub use lock::{LOCK_FILE, Lock, LockError, Pinned};
pub use manifest::{
    AskedFiles, AskedGrants, AskedLimits, Bounds, Case, CaseSample, Disagreement, Expectation,
    ExpectedFinding, ExpectedValue, Language, MAX_MANIFEST_BYTES, Manifest, ManifestError, Mistake,
    embed_manifest, read_manifest,
};
pub use package::{PackageError, component, embed_descriptor};
pub use pin::{Difference, ResolveError, Resolved, resolve, signers_of_file};
pub use reference::{Place, Reference, ReferenceError};
pub use remote::Network;
pub use scaffold::{ScaffoldError, new_plugin, sdk_of_checkout};
pub use sign::{KeyError, PrivateKey, PublicKey, Signature, keygen};
pub use signer::Signer;
pub use store::{Package, Store, StoreError};
pub use toolchain::{RustToolchain, TARGET, ToolchainError, rust_toolchain};
pub use trial::{
    BENCH_SIZES, Blessed, CaseDifference, CaseReport, Growth, Measured, Property, PropertyState, Trial, bless,
};
