//! Datasets, subjects, suites, runs, gates, statistics and reports: everything between a suite file and an exit code.
//!
//! ```text
//! suite ─► dataset ─► subject ─► metrics (built in │ plugin ─► sandbox) ─► run record ─► gate ─► report
//! ```
//!
//! - [`suite`] reads the file that says what an evaluation is made of, and points at every mistake in it.
//! - [`policy`] says what a suite may ask for at most, whoever wrote it.
//! - [`packages`] finds the plugins that a suite names by reference.
//! - [`dataset`] streams samples, checks them, and guards the golden ones.
//! - [`subject`] produces outputs: recorded answers, or a program.
//! - [`models`] are what metrics and plugins ask.
//! - [`run`] scores the samples and keeps the record; [`cache`] spares it work that was done before.
//! - [`replay`] proves a record by making it again.
//! - [`pairwise`] has two runs compared by a judge.
//! - [`gate`] decides, with the intervals of [`statistics`].
//! - [`report`] shows a record to people and machines.
//! - [`calibrate`] holds a metric against people's labels, and proposes its threshold.
//!
//! Everything streams: memory does not grow with the dataset. Faults and fails never mix: a metric that could not score
//! a sample can make a gate inconclusive, never pass and never fail.

pub mod cache;
pub mod calibrate;
pub mod dataset;
mod digest;
pub mod gate;
pub mod models;
mod named;
pub mod packages;
pub mod pairwise;
pub mod policy;
pub mod replay;
pub mod report;
pub mod run;
pub mod statistics;
pub mod subject;
pub mod suite;
pub mod yaml;
