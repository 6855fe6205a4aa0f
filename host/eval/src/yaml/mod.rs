//! The files that people write: suites and policies. YAML that is read strictly, and every mistake in it at its place.
//!
//! `Node` is YAML as a tree that knows where each value stands, `Reader` takes such a tree apart field by field and
//! collects what is wrong, and [`FileError`] shows it: each mistake with its line, and with a second place where two
//! files contradict each other.

mod error;
mod fields;
mod node;
mod text;

pub use error::FileError;
pub(crate) use error::{Elsewhere, Mistake, Source};
pub(crate) use fields::{Fields, Reader, place, suggest};
pub(crate) use node::{Key, Kind, Node};
pub(crate) use text::{read, tree};
