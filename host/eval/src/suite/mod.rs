//! The suite file: which dataset, subject, metrics, thresholds and gates make up an evaluation.
//!
//! [`load`] reads it, and reports every mistake at once, each with its place and what to write instead. Mistakes that
//! need the plugins, such as settings that one refuses, come later and are shown the same way
//! ([`problems_at_metrics`]). [`json_schema`] is for editors, [`starter`] for people who have no suite yet.

mod error;
mod fields;
mod model;
mod node;
mod parse;
mod problems;
mod schema;
mod starter;

#[cfg(test)]
mod tests;

pub use error::SuiteError;
pub use model::{
    Evidence, Gate, Isolation, MetricSource, MetricUse, Missing, Subject, Suite, Threshold, Tier,
};
pub use parse::load;
pub use problems::{Place, Problem, problems_at_metrics};
pub use schema::json_schema;
pub use starter::starter;
