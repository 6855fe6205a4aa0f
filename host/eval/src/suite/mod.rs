//! The suite file.

mod model;

pub use model::{Evidence, Gate, MetricSource, MetricUse, Missing, Subject, Suite, Threshold, Tier};
