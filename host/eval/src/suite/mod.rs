//! The suite file: which dataset, subject, metrics, thresholds and gates make up an evaluation.
//!
//! [`load`] reads it, and reports every mistake at once, each with its place and what to write instead. Mistakes that
//! need the plugins, such as settings that one refuses, come later and are shown the same way
//! ([`problems_at_metrics`]). [`json_schema`] is for editors, [`starter`] for people who have no suite yet.

pub(crate) mod grants;
pub(crate) mod hosts;
pub(crate) mod limits;
mod model;
pub(crate) mod models;
mod parse;
mod problems;
mod schema;
pub(crate) mod secrets;
mod starter;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::console_text;

pub use model::{
    CalibrationUse, Evidence, Gate, Isolation, MAX_METRICS, MetricSource, MetricUse, Missing, Subject, Suite,
    Threshold, Tier,
};
pub use models::{ApiModel, LocalModel, ModelKind, ModelSource, ModelUse};
pub use parse::load;
pub(crate) use parse::parse as parse_text;
pub use problems::{Place, Problem, problems_at_metrics};
pub use schema::json_schema;
pub use starter::starter;
