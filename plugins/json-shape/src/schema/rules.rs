//! What one schema or subschema demands.

use std::collections::BTreeMap;

use super::format::Format;
use super::pattern::Pattern;
use crate::json::Node;
use crate::number::Number;

/// Position of a subschema's rules in [`Schema`](super::Schema).
pub(crate) type Id = usize;

/// What one schema or subschema demands. Fields are named after the keywords.
#[derive(Default)]
pub(crate) struct Rules {
    /// The schema `false`.
    pub(crate) nothing: bool,
    pub(crate) types: Vec<Type>,
    pub(crate) enumeration: Option<Vec<Node>>,
    pub(crate) constant: Option<Node>,

    pub(crate) multiple_of: Option<Number>,
    pub(crate) maximum: Option<Number>,
    pub(crate) exclusive_maximum: Option<Number>,
    pub(crate) minimum: Option<Number>,
    pub(crate) exclusive_minimum: Option<Number>,

    pub(crate) max_length: Option<usize>,
    pub(crate) min_length: Option<usize>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) format: Option<Format>,

    pub(crate) prefix_items: Vec<Id>,
    pub(crate) items: Option<Id>,
    pub(crate) contains: Option<Id>,
    pub(crate) min_contains: Option<usize>,
    pub(crate) max_contains: Option<usize>,
    pub(crate) max_items: Option<usize>,
    pub(crate) min_items: Option<usize>,
    pub(crate) unique_items: bool,

    pub(crate) properties: BTreeMap<String, Id>,
    pub(crate) pattern_properties: Vec<(Pattern, Id)>,
    pub(crate) additional_properties: Option<Id>,
    pub(crate) property_names: Option<Id>,
    pub(crate) required: Vec<String>,
    pub(crate) max_properties: Option<usize>,
    pub(crate) min_properties: Option<usize>,
    pub(crate) dependent_required: Vec<(String, Vec<String>)>,
    pub(crate) dependent_schemas: Vec<(String, Id)>,

    pub(crate) reference: Option<Id>,
    pub(crate) all_of: Vec<Id>,
    pub(crate) any_of: Vec<Id>,
    pub(crate) one_of: Vec<Id>,
    pub(crate) not: Option<Id>,
    pub(crate) condition: Option<Id>,
    pub(crate) then: Option<Id>,
    pub(crate) otherwise: Option<Id>,

    pub(crate) unevaluated_properties: Option<Id>,
    pub(crate) unevaluated_items: Option<Id>,
}

impl Rules {
    /// The subschemas that apply to the same value. A circle among them would never end.
    pub(crate) fn in_place(&self) -> impl Iterator<Item = Id> + '_ {
        let one = [self.reference, self.not, self.condition, self.then, self.otherwise];
        let many = [&self.all_of, &self.any_of, &self.one_of].into_iter().flatten().copied();
        one.into_iter().flatten().chain(many).chain(self.dependent_schemas.iter().map(|(_, id)| *id))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const NAMES: [(&'static str, Self, &'static str); 7] = [
        ("null", Self::Null, "null"),
        ("boolean", Self::Boolean, "a boolean"),
        ("integer", Self::Integer, "an integer"),
        ("number", Self::Number, "a number"),
        ("string", Self::String, "a string"),
        ("array", Self::Array, "an array"),
        ("object", Self::Object, "an object"),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, ..)| *known == name).map(|(_, kind, _)| *kind)
    }

    /// The name with its article.
    pub(crate) fn describe(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind, _)| *kind == self).map_or("", |(_, _, text)| text)
    }
}
