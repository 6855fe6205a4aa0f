//! Datasets, subjects, suites, runs, gates, statistics and reports.

pub mod dataset;
pub mod run;
pub mod suite;
