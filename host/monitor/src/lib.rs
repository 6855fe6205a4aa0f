//! The production tier: the metrics of a suite on a sample of real traffic.
//!
//! A monitor takes exchanges as they happen, keeps a share of them (the sampler), holds them in a bounded queue, and
//! scores them with the very metrics, settings and plugins of a suite, so that a check means the same on a commit, on a
//! nightly run and in production. Scores go into windows; windows raise alerts and are compared for drift; an exchange
//! that failed becomes a sample of the partition [`Partition::Regression`] of the suite's dataset.
//!
//! None of that is built yet. What it shares with the other tiers lies in [`scorebox_eval`]: datasets, suites, gates and statistics. This crate
//! depends on them and nothing there depends on it.

pub use scorebox_eval::dataset::Partition;
