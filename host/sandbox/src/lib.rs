//! Runs one plugin safely.
//!
//! A plugin is a WebAssembly component that exports `scorebox:plugin/metric`. It comes from a stranger and runs on
//! private data, so it gets a budget and nothing else: fuel, memory, a deadline, a bounded log. It sees no file, no
//! network, no clock, no environment, and no other sample.
//!
//! ```text
//! bytes ─► inspect ─► load ─► configure ─► snapshot ─► evaluate, a fresh instance for every sample
//!            │ LoadError  │ Fault (settings)                │ Score or Fault, fuel, time, log
//! ```
//!
//! - [`Sandbox::inspect`] reads what a component is and what it asks for, without running it. The imports are the
//!   permissions: what a component can do beyond computing stands in its binary.
//! - [`Plugin::configure`] runs the plugin's `configure` once and takes a snapshot of the memory that it leaves, so that
//!   each sample starts from the configured state for the price of mapping a few pages.
//! - [`Configured::evaluate`] scores one [`Sample`]. A [`Score`] from a stranger is checked before anybody sees it; what
//!   goes wrong is a [`Fault`] with a stable name, never a bad score.
//!
//! Fuel is the budget because it is the same on every machine; the deadline is the backstop for what fuel does not
//! count. Same component, settings and sample give the same bytes. [`Limits`] says what each limit covers and what it
//! does not. The choices about the engine, and their reasons, stand in `engine.rs`.
//!
//! This crate knows the contract, limits and grants. It knows no dataset, no suite and no model.

mod clock;
mod code_cache;
mod compile;
mod confine;
mod descriptor;
mod draft;
mod engine;
mod fault;
mod files;
mod functions;
mod grants;
mod http;
mod imports;
mod inspect;
mod limiter;
mod limits;
mod model;
mod plugin;
mod private;
mod sample;
mod score;
mod secrets;
mod snapshot;
mod stdio;
mod store;
mod v0_1;
mod waiting;
mod wasi;
mod worker;

pub use code_cache::{CodeCache, CodeCacheError, CodeCacheStats};
#[doc(hidden)]
pub use confine::{ConfineError, Confinement, confine, no_more_images};
pub use descriptor::{Descriptor, Kind, Need};
pub use fault::{Fault, FaultKind};
pub use grants::{FileGrant, Grants, HostGrant, SecretHeader};
pub use http::Reach;
pub use imports::Capability;
pub use inspect::{Inspection, LoadError};
pub use limits::{
    Beyond, CompileLimits, Limits, MAX_COMPONENT_BYTES, MAX_CORE_INSTANCES, MAX_DESCRIPTOR_BYTES,
    MAX_MEMORIES, MAX_SCORE_TEXT_BYTES, MAX_STACK_BYTES, MAX_TABLES, MIN_SECRET_BYTES,
};
pub use model::{Asked, Embeddings, Model, ModelError, Prompt, Reply};
#[doc(hidden)]
pub use plugin::Reused;
pub use plugin::{Configured, Evaluation, Plugin, Prepared, Sandbox, SandboxConfig, SandboxError};
pub use private::{NotPrivate, private_directory, private_file};
pub use sample::{Field, Message, Role, Sample, ToolCall};
pub use score::{Finding, Score, Span, Verdict};
pub use secrets::Secrets;
pub use worker::{WorkerCommand, Workers, WorkersError, worker_main};

/// The contract that this host runs plugins under.
pub const CONTRACT: &str = "scorebox:plugin@0.1.0";
/// The version of wasmtime that runs them, and counts their fuel.
pub const WASMTIME_VERSION: &str = "48.0.8";
