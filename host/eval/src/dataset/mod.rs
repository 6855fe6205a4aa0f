//! Datasets.

mod entry;

pub use entry::{Entry, Partition};
