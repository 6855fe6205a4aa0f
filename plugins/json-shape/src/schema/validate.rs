//! Applies the rules to a value.

use std::cmp::Ordering;

use super::compile::join;
use super::rules::{Id, Rules, Type};
use super::{Problem, Schema};
use crate::json::{Member, Node, Value, clip, quote};
use crate::number::Number;

/// What is wrong with `root`.
pub(super) fn problems(schema: &Schema, root: &Node, formats: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    Validator { schema, formats, path: Vec::new() }.apply(0, root, &mut problems);
    problems
}

struct Validator<'a> {
    schema: &'a Schema,
    formats: bool,
    /// How we came to the value at hand.
    path: Vec<Step<'a>>,
}

enum Step<'a> {
    Property(&'a str),
    Item(usize),
}

/// Which properties or items of one value some rule has looked at, by position, for the `unevaluated` keywords.
type Evaluated = Vec<bool>;

impl<'a> Validator<'a> {
    fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |pointer, step| match step {
            Step::Property(name) => join(&pointer, name),
            Step::Item(index) => format!("{pointer}/{index}"),
        })
    }

    fn problem(&self, node: &Node, rule: &'static str, message: impl Into<String>) -> Problem {
        Problem { rule, pointer: self.pointer(), message: message.into(), bytes: node.bytes.clone() }
    }

    fn apply(&mut self, id: Id, node: &'a Node, problems: &mut Vec<Problem>) -> Evaluated {
        let rules = self.schema.rules(id);
        let mut evaluated = match &node.value {
            Value::Array(items) => vec![false; items.len()],
            Value::Object(members) => vec![false; members.len()],
            _ => Vec::new(),
        };
        if rules.nothing {
            problems.push(self.problem(node, "not-allowed", "must not be here"));
            return evaluated;
        }
        self.value(rules, node, problems);
        match &node.value {
            Value::Number(number) => self.number(rules, node, *number, problems),
            Value::String(text) => self.string(rules, node, text, problems),
            Value::Array(items) => self.array(rules, node, items, problems, &mut evaluated),
            Value::Object(members) => self.object(rules, node, members, problems, &mut evaluated),
            _ => {}
        }
        self.in_place(rules, node, problems, &mut evaluated);
        self.unevaluated(rules, node, problems, &mut evaluated);
        evaluated
    }

    fn value(&self, rules: &Rules, node: &Node, problems: &mut Vec<Problem>) {
        if !rules.types.is_empty() && !rules.types.iter().any(|kind| has_type(node, *kind)) {
            let types: Vec<&str> = rules.types.iter().map(|kind| kind.describe()).collect();
            let message = format!("is {}, must be {}", node.kind(), types.join(" or "));
            problems.push(self.problem(node, "type", message));
        }
        if let Some(values) =
            rules.enumeration.as_ref().filter(|values| !values.iter().any(|value| value.equals(node)))
        {
            let mut names: Vec<String> = values.iter().take(10).map(show).collect();
            if values.len() > names.len() {
                names.push("…".to_owned());
            }
            let message = format!("is {}, must be one of {}", show(node), names.join(", "));
            problems.push(self.problem(node, "enum", message));
        }
        if let Some(constant) = rules.constant.as_ref().filter(|constant| !constant.equals(node)) {
            let message = format!("is {}, must be {}", show(node), show(constant));
            problems.push(self.problem(node, "const", message));
        }
    }

    fn number(&self, rules: &Rules, node: &Node, number: Number, problems: &mut Vec<Problem>) {
        let mut check = |limit: Option<Number>, rule, words, fits: fn(Ordering) -> bool| {
            if let Some(limit) = limit.filter(|limit| !fits(number.compare(*limit))) {
                problems.push(self.problem(
                    node,
                    rule,
                    format!("is {}, must be {words} {}", show(node), digits(limit)),
                ));
            }
        };
        check(rules.maximum, "maximum", "at most", Ordering::is_le);
        check(rules.exclusive_maximum, "exclusive-maximum", "below", Ordering::is_lt);
        check(rules.minimum, "minimum", "at least", Ordering::is_ge);
        check(rules.exclusive_minimum, "exclusive-minimum", "above", Ordering::is_gt);
        if let Some(unit) = rules.multiple_of.filter(|unit| !number.is_multiple_of(*unit)) {
            let message = format!("is {}, must be a multiple of {}", show(node), digits(unit));
            problems.push(self.problem(node, "multiple-of", message));
        }
    }

    fn string(&self, rules: &Rules, node: &Node, text: &str, problems: &mut Vec<Problem>) {
        if rules.max_length.is_some() || rules.min_length.is_some() {
            let length = text.chars().count();
            self.bounds(
                node,
                length,
                "characters",
                ("max-length", rules.max_length),
                ("min-length", rules.min_length),
                problems,
            );
        }
        if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            let message = format!("is {}, must match `{}`", show(node), clip(pattern.source(), 200));
            problems.push(self.problem(node, "pattern", message));
        }
        if let Some(format) = rules.format.filter(|format| self.formats && !format.fits(text)) {
            let message = format!("is {}, must have the format {}", show(node), format.name());
            problems.push(self.problem(node, "format", message));
        }
    }

    fn array(
        &mut self,
        rules: &Rules,
        node: &Node,
        items: &'a [Node],
        problems: &mut Vec<Problem>,
        evaluated: &mut Evaluated,
    ) {
        self.bounds(
            node,
            items.len(),
            "items",
            ("max-items", rules.max_items),
            ("min-items", rules.min_items),
            problems,
        );
        for (index, item) in items.iter().enumerate() {
            if let Some(id) = rules.prefix_items.get(index).copied().or(rules.items) {
                self.inside(Step::Item(index), id, item, problems);
                evaluated[index] = true;
            }
        }
        if let Some(id) = rules.contains {
            let mut found = 0;
            for (index, item) in items.iter().enumerate() {
                let mut inner = Vec::new();
                self.inside(Step::Item(index), id, item, &mut inner);
                if inner.is_empty() {
                    found += 1;
                    evaluated[index] = true;
                }
            }
            let at_least = rules.min_contains.unwrap_or(1);
            if found < at_least {
                let message =
                    format!("has {found} items of the kind it must contain, must have at least {at_least}");
                problems.push(self.problem(node, "contains", message));
            }
            if let Some(at_most) = rules.max_contains.filter(|at_most| found > *at_most) {
                let message =
                    format!("has {found} items of the kind it must contain, may have at most {at_most}");
                problems.push(self.problem(node, "max-contains", message));
            }
        }
        if rules.unique_items {
            for (index, item) in items.iter().enumerate() {
                if let Some(first) = items[..index].iter().position(|other| other.equals(item)) {
                    self.path.push(Step::Item(index));
                    problems.push(self.problem(item, "unique-items", format!("is the same as item {first}")));
                    self.path.pop();
                }
            }
        }
    }

    fn object(
        &mut self,
        rules: &Rules,
        node: &Node,
        members: &'a [Member],
        problems: &mut Vec<Problem>,
        evaluated: &mut Evaluated,
    ) {
        let count = members.len();
        let (most, least) =
            (("max-properties", rules.max_properties), ("min-properties", rules.min_properties));
        self.bounds(node, count, "properties", most, least, problems);
        let has = |name: &String| members.iter().any(|member| member.key == *name);
        for name in rules.required.iter().filter(|name| !has(name)) {
            problems.push(self.problem(node, "required", format!("lacks the property {}", quote(name))));
        }
        for (name, needed) in rules.dependent_required.iter().filter(|(name, _)| has(name)) {
            for missing in needed.iter().filter(|name| !has(name)) {
                let message = format!("has {}, so it must have {}", quote(name), quote(missing));
                problems.push(self.problem(node, "dependent-required", message));
            }
        }
        for (index, member) in members.iter().enumerate() {
            if let Some(id) = rules.property_names {
                self.name(id, member, problems);
            }
            let named = rules.properties.get(&member.key).copied();
            let matching =
                rules.pattern_properties.iter().filter(|(pattern, _)| pattern.matches(&member.key));
            let mut ids: Vec<Id> = named.into_iter().chain(matching.map(|(_, id)| *id)).collect();
            if ids.is_empty() {
                match rules.additional_properties {
                    Some(id) if self.schema.rules(id).nothing => {
                        self.unknown(member, "additional-properties", problems);
                        evaluated[index] = true;
                    }
                    additional => ids.extend(additional),
                }
            }
            for id in ids {
                self.inside(Step::Property(&member.key), id, &member.node, problems);
                evaluated[index] = true;
            }
        }
    }

    fn in_place(
        &mut self,
        rules: &Rules,
        node: &'a Node,
        problems: &mut Vec<Problem>,
        evaluated: &mut Evaluated,
    ) {
        for id in rules.reference.iter().chain(&rules.all_of) {
            merge(evaluated, self.apply(*id, node, problems));
        }
        if let Value::Object(members) = &node.value {
            for (name, id) in &rules.dependent_schemas {
                if members.iter().any(|member| member.key == *name) {
                    merge(evaluated, self.apply(*id, node, problems));
                }
            }
        }
        if !rules.any_of.is_empty() {
            let (_, nearest) = self.alternatives(&rules.any_of, node, evaluated);
            if let Some(nearest) = nearest {
                problems.push(self.no_alternative(node, "any-of", rules.any_of.len(), &nearest));
            }
        }
        if !rules.one_of.is_empty() {
            let (fitting, nearest) = self.alternatives(&rules.one_of, node, evaluated);
            if let Some(nearest) = nearest {
                problems.push(self.no_alternative(node, "one-of", rules.one_of.len(), &nearest));
            } else if fitting > 1 {
                let message =
                    format!("fits {fitting} of the {} alternatives, must fit one", rules.one_of.len());
                problems.push(self.problem(node, "one-of", message));
            }
        }
        if let Some(id) = rules.not {
            if self.try_apply(id, node).1.is_empty() {
                problems.push(self.problem(node, "not", "fits what the schema excludes"));
            }
        }
        if let Some(id) = rules.condition {
            let (seen, failed) = self.try_apply(id, node);
            let branch = if failed.is_empty() { rules.then } else { rules.otherwise };
            if failed.is_empty() {
                merge(evaluated, seen);
            }
            if let Some(id) = branch {
                merge(evaluated, self.apply(id, node, problems));
            }
        }
    }

    fn unevaluated(
        &mut self,
        rules: &Rules,
        node: &'a Node,
        problems: &mut Vec<Problem>,
        evaluated: &mut Evaluated,
    ) {
        match (&node.value, rules.unevaluated_items, rules.unevaluated_properties) {
            (Value::Array(items), Some(id), _) => {
                for (index, item) in items.iter().enumerate().filter(|(index, _)| !evaluated[*index]) {
                    self.inside(Step::Item(index), id, item, problems);
                }
                evaluated.fill(true);
            }
            (Value::Object(members), _, Some(id)) => {
                for (_, member) in members.iter().enumerate().filter(|(index, _)| !evaluated[*index]) {
                    if self.schema.rules(id).nothing {
                        self.unknown(member, "unevaluated-properties", problems);
                    } else {
                        self.inside(Step::Property(&member.key), id, &member.node, problems);
                    }
                }
                evaluated.fill(true);
            }
            _ => {}
        }
    }

    fn inside(&mut self, step: Step<'a>, id: Id, node: &'a Node, problems: &mut Vec<Problem>) {
        self.path.push(step);
        self.apply(id, node, problems);
        self.path.pop();
    }

    fn try_apply(&mut self, id: Id, node: &'a Node) -> (Evaluated, Vec<Problem>) {
        let mut problems = Vec::new();
        let evaluated = self.apply(id, node, &mut problems);
        (evaluated, problems)
    }

    /// How many of the alternatives fit and, where none does, what keeps the nearest one from it.
    fn alternatives(
        &mut self,
        ids: &[Id],
        node: &'a Node,
        evaluated: &mut Evaluated,
    ) -> (usize, Option<Problem>) {
        let mut fitting = 0;
        let mut nearest: Option<Vec<Problem>> = None;
        for id in ids {
            let (seen, failed) = self.try_apply(*id, node);
            if failed.is_empty() {
                fitting += 1;
                merge(evaluated, seen);
                continue;
            }
            let depth = self.path.len();
            if nearest.as_ref().is_none_or(|best| distance(&failed, depth) < distance(best, depth)) {
                nearest = Some(failed);
            }
        }
        let nearest =
            if fitting == 0 { nearest.and_then(|problems| problems.into_iter().next()) } else { None };
        (fitting, nearest)
    }

    fn no_alternative(&self, node: &Node, rule: &'static str, count: usize, nearest: &Problem) -> Problem {
        let place = nearest.pointer.strip_prefix(&self.pointer()).filter(|place| !place.is_empty());
        let place = place.map(|place| format!("{} ", clip(place, 200))).unwrap_or_default();
        self.problem(
            node,
            rule,
            format!("fits none of {count} alternatives; the nearest: {place}{}", nearest.message),
        )
    }

    fn unknown(&mut self, member: &'a Member, rule: &'static str, problems: &mut Vec<Problem>) {
        self.path.push(Step::Property(&member.key));
        let message = format!("the schema has no property {}", quote(&member.key));
        let bytes = member.key_bytes.start..member.node.bytes.end;
        problems.push(Problem { bytes, ..self.problem(&member.node, rule, message) });
        self.path.pop();
    }

    fn name(&mut self, id: Id, member: &'a Member, problems: &mut Vec<Problem>) {
        // The name is no value of the document, so it is validated apart, and what is wrong is told of the member.
        let name = Node { bytes: member.key_bytes.clone(), value: Value::String(member.key.clone()) };
        let mut failed = Vec::new();
        Validator { schema: self.schema, formats: self.formats, path: Vec::new() }.apply(
            id,
            &name,
            &mut failed,
        );
        if let Some(first) = failed.into_iter().next() {
            self.path.push(Step::Property(&member.key));
            problems.push(self.problem(&name, "property-names", format!("the name {}", first.message)));
            self.path.pop();
        }
    }

    fn bounds(
        &self,
        node: &Node,
        count: usize,
        unit: &str,
        (too_many, most): (&'static str, Option<usize>),
        (too_few, least): (&'static str, Option<usize>),
        problems: &mut Vec<Problem>,
    ) {
        if let Some(most) = most.filter(|most| count > *most) {
            problems.push(self.problem(
                node,
                too_many,
                format!("has {count} {unit}, may have at most {most}"),
            ));
        }
        if let Some(least) = least.filter(|least| count < *least) {
            problems.push(self.problem(
                node,
                too_few,
                format!("has {count} {unit}, must have at least {least}"),
            ));
        }
    }
}

fn merge(evaluated: &mut Evaluated, more: Evaluated) {
    for (seen, more) in evaluated.iter_mut().zip(more) {
        *seen |= more;
    }
}

/// How far a value at `depth` is from an alternative. One of another type is far away, however little there is to say about it;
/// one with another constant (the tag of a union, say) is not meant either.
fn distance(problems: &[Problem], depth: usize) -> (usize, usize) {
    let other = problems.iter().any(|problem| match problem.rule {
        "type" => problem.pointer.matches('/').count() == depth,
        rule => matches!(rule, "const" | "enum"),
    });
    (usize::from(other), problems.len())
}

fn has_type(node: &Node, kind: Type) -> bool {
    match (&node.value, kind) {
        (Value::Null, Type::Null)
        | (Value::Bool(_), Type::Boolean)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String)
        | (Value::Array(_), Type::Array)
        | (Value::Object(_), Type::Object) => true,
        (Value::Number(number), Type::Integer) => number.is_integer(),
        _ => false,
    }
}

/// A value for a message: scalars themselves, the others by their kind.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Bool(value) => value.to_string(),
        Value::String(text) => quote(text),
        Value::Number(number) => digits(*number),
        _ => node.kind().to_owned(),
    }
}

fn digits(number: Number) -> String {
    match number {
        Number::Exact { mantissa, exponent: 0 } => mantissa.to_string(),
        Number::Exact { mantissa, exponent: zeros @ 1..=15 } => {
            format!("{mantissa}{}", "0".repeat(zeros.unsigned_abs() as usize))
        }
        Number::Exact { mantissa, exponent: places @ -15..=-1 } => {
            let places = places.unsigned_abs() as usize;
            let padded = format!("{:0>width$}", mantissa.unsigned_abs(), width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            format!("{}{whole}.{fraction}", if mantissa < 0 { "-" } else { "" })
        }
        Number::Exact { mantissa, exponent } => format!("{mantissa}e{exponent}"),
        Number::Approximate(value) => format!("{value:e}"),
    }
}
