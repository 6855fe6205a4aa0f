//! JSON Schema 2020-12, over values that know where they stand.
//!
//! [`compile`] turns the schema's JSON into [`rules`], once; [`validate`] applies them. What would need another
//! document (a `$ref` elsewhere, `$dynamicRef`, a nested `$id`) is refused when the schema is compiled, never skipped.

mod compile;
mod format;
mod pattern;
mod rules;
mod validate;

use std::ops::Range;

use scorebox_sdk::serde_json::Value;

use crate::json::Node;
use rules::{Id, Rules};

/// A compiled schema.
pub(crate) struct Schema {
    /// The first is the schema itself; the others are what it refers to.
    rules: Vec<Rules>,
    ignored: Vec<String>,
}

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("schema{}: {message}", if pointer.is_empty() { String::new() } else { format!(" at {pointer}") })]
pub(crate) struct SchemaError {
    /// JSON pointer into the schema.
    pointer: String,
    message: String,
}

/// One way in which a value does not satisfy the schema.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The keyword, in kebab-case.
    pub(crate) rule: &'static str,
    /// JSON pointer to the value; empty for the whole document.
    pub(crate) pointer: String,
    pub(crate) message: String,
    pub(crate) bytes: Range<usize>,
}

impl Schema {
    pub(crate) fn compile(document: &Value) -> Result<Self, SchemaError> {
        compile::compile(document)
    }

    /// Keywords that mean nothing to us, each with its place in the schema.
    pub(crate) fn ignored(&self) -> impl Iterator<Item = &str> {
        self.ignored.iter().map(String::as_str)
    }

    /// What is wrong with `root`; nothing if it satisfies the schema.
    pub(crate) fn problems(&self, root: &Node, formats: bool) -> Vec<Problem> {
        validate::problems(self, root, formats)
    }

    fn rules(&self, id: Id) -> &Rules {
        &self.rules[id]
    }
}
