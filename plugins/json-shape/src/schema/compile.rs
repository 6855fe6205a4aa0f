//! From the schema's JSON to rules.

use std::collections::BTreeMap;

use scorebox_sdk::serde_json::{Map, Value};

use super::format::Format;
use super::pattern::Pattern;
use super::rules::{Id, Rules, Type};
use super::{Schema, SchemaError};
use crate::json::{self, Node};
use crate::number::Number;

/// Keywords that describe, and demand nothing.
const REMARKS: [&str; 19] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "$vocabulary",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "id",
];

/// Keywords that would need more than this document.
const REFUSED: [(&str, &str); 4] = [
    ("$dynamicRef", "write `$ref`"),
    ("$dynamicAnchor", "write `$anchor`"),
    ("$recursiveRef", "write `$ref`"),
    ("$recursiveAnchor", "write `$anchor`"),
];

pub(super) fn compile(document: &Value) -> Result<Schema, SchemaError> {
    let mut compiler = Compiler {
        document,
        base: document.get("$id").and_then(Value::as_str).unwrap_or_default().trim_end_matches('#'),
        anchors: BTreeMap::new(),
        ids: BTreeMap::new(),
        places: Vec::new(),
        ignored: Vec::new(),
    };
    collect_anchors(document, "", &mut compiler.anchors);
    compiler.id(String::new());
    let mut rules = Vec::new();
    // Compiling one finds others, which go to the end of the list.
    while let Some(place) = compiler.places.get(rules.len()) {
        let place = place.clone();
        rules.push(compiler.rules(&place)?);
    }
    if let Some(circle) = circle(&rules) {
        let pointer = compiler.places[circle].clone();
        let message =
            "refers to itself without going into a property or an item, so it never ends".to_owned();
        return Err(SchemaError { pointer, message });
    }
    Ok(Schema { rules, ignored: compiler.ignored })
}

struct Compiler<'a> {
    document: &'a Value,
    /// The schema's own address, which references to itself may start with.
    base: &'a str,
    anchors: BTreeMap<String, String>,
    /// By JSON pointer.
    ids: BTreeMap<String, Id>,
    /// The JSON pointers, by id.
    places: Vec<String>,
    ignored: Vec<String>,
}

/// One keyword and where it stands, for reading its value and for saying what is wrong with it.
struct Keyword<'a> {
    pointer: String,
    value: &'a Value,
}

impl<'a> Keyword<'a> {
    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, SchemaError> {
        Err(SchemaError { pointer: self.pointer.clone(), message: message.into() })
    }

    fn number(&self) -> Result<Number, SchemaError> {
        match self.value {
            Value::Number(number) => Ok(Number::parse(&number.to_string())),
            Value::Bool(_) => self.wrong("write the number itself: the boolean form is from draft 4"),
            _ => self.wrong("write a number"),
        }
    }

    fn count(&self) -> Result<usize, SchemaError> {
        let whole = self.value.as_u64().or_else(|| {
            // 2.0 is an integer too.
            self.value
                .as_f64()
                .filter(|number| *number >= 0.0 && number.fract() == 0.0)
                .map(|number| number as u64)
        });
        match whole {
            Some(count) => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
            None => self.wrong("write a whole number, 0 or more"),
        }
    }

    fn flag(&self) -> Result<bool, SchemaError> {
        self.value.as_bool().map_or_else(|| self.wrong("write true or false"), Ok)
    }

    fn text(&self) -> Result<&'a str, SchemaError> {
        self.value.as_str().map_or_else(|| self.wrong("write a string"), Ok)
    }

    fn array(&self) -> Result<&'a Vec<Value>, SchemaError> {
        self.value.as_array().map_or_else(|| self.wrong("write an array"), Ok)
    }

    fn object(&self) -> Result<&'a Map<String, Value>, SchemaError> {
        self.value.as_object().map_or_else(|| self.wrong("write an object"), Ok)
    }

    fn texts(&self) -> Result<Vec<String>, SchemaError> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = self.array()?.iter().map(text).collect();
        texts.map_or_else(|| self.wrong("write an array of strings"), Ok)
    }

    fn pattern(&self, source: &str) -> Result<Pattern, SchemaError> {
        Pattern::new(source).or_else(|reason| self.wrong(reason))
    }

    fn constant(&self, value: &Value) -> Result<Node, SchemaError> {
        let text = value.to_string();
        match json::parse(&text, 0..text.len()) {
            Ok(document) => Ok(document.root),
            Err(error) => self.wrong(error.message),
        }
    }
}

impl<'a> Compiler<'a> {
    fn rules(&mut self, place: &str) -> Result<Rules, SchemaError> {
        let schema = self.document.pointer(place);
        let wrong =
            |message: &str| Err(SchemaError { pointer: place.to_owned(), message: message.to_owned() });
        let keywords = match schema {
            Some(Value::Object(keywords)) => keywords,
            Some(Value::Bool(anything)) => return Ok(Rules { nothing: !anything, ..Rules::default() }),
            Some(_) => return wrong("write a schema: an object, true or false"),
            None => return wrong("there is nothing here, but a $ref points here"),
        };
        if !place.is_empty() && keywords.contains_key("$id") {
            return wrong("a $id inside of a schema is not supported: use $defs and `#/$defs/NAME`");
        }
        let mut rules = Rules::default();
        for (name, value) in keywords {
            let keyword = Keyword { pointer: join(place, name), value };
            self.keyword(&mut rules, name, &keyword)?;
        }
        // In drafts before 2020-12 this continues an array of `items`, and without one it means nothing.
        if let Some(value) =
            keywords.get("additionalItems").filter(|_| keywords.get("items").is_some_and(Value::is_array))
        {
            rules.items = Some(self.subschema(&Keyword { pointer: join(place, "additionalItems"), value }));
        }
        Ok(rules)
    }

    fn keyword(&mut self, rules: &mut Rules, name: &str, keyword: &Keyword<'a>) -> Result<(), SchemaError> {
        match name {
            "type" => rules.types = types(keyword)?,
            "enum" => {
                let values = keyword.array()?;
                let values: Result<_, _> = values.iter().map(|value| keyword.constant(value)).collect();
                rules.enumeration = Some(values?);
            }
            "const" => rules.constant = Some(keyword.constant(keyword.value)?),

            "multipleOf" => match keyword.number()? {
                number if number.is_positive() => rules.multiple_of = Some(number),
                _ => return keyword.wrong("write a number above 0"),
            },
            "maximum" => rules.maximum = Some(keyword.number()?),
            "exclusiveMaximum" => rules.exclusive_maximum = Some(keyword.number()?),
            "minimum" => rules.minimum = Some(keyword.number()?),
            "exclusiveMinimum" => rules.exclusive_minimum = Some(keyword.number()?),

            "maxLength" => rules.max_length = Some(keyword.count()?),
            "minLength" => rules.min_length = Some(keyword.count()?),
            "pattern" => rules.pattern = Some(keyword.pattern(keyword.text()?)?),
            "format" => {
                rules.format = Format::named(keyword.text()?);
                if rules.format.is_none() {
                    self.ignored.push(format!("the format {} at {}", keyword.value, keyword.pointer));
                }
            }

            "prefixItems" => rules.prefix_items = self.list(keyword)?,
            "items" if keyword.value.is_array() => rules.prefix_items = self.list(keyword)?,
            "items" => rules.items = Some(self.subschema(keyword)),
            "additionalItems" => {}
            "contains" => rules.contains = Some(self.subschema(keyword)),
            "minContains" => rules.min_contains = Some(keyword.count()?),
            "maxContains" => rules.max_contains = Some(keyword.count()?),
            "maxItems" => rules.max_items = Some(keyword.count()?),
            "minItems" => rules.min_items = Some(keyword.count()?),
            "uniqueItems" => rules.unique_items = keyword.flag()?,

            "properties" => rules.properties = self.table(keyword)?.into_iter().collect(),
            "patternProperties" => {
                for (source, id) in self.table(keyword)? {
                    rules.pattern_properties.push((keyword.pattern(&source)?, id));
                }
            }
            "additionalProperties" => rules.additional_properties = Some(self.subschema(keyword)),
            "propertyNames" => rules.property_names = Some(self.subschema(keyword)),
            "required" => rules.required = keyword.texts()?,
            "maxProperties" => rules.max_properties = Some(keyword.count()?),
            "minProperties" => rules.min_properties = Some(keyword.count()?),
            "dependentRequired" | "dependentSchemas" | "dependencies" => {
                for (property, value) in keyword.object()? {
                    let entry = Keyword { pointer: join(&keyword.pointer, property), value };
                    if value.is_array() && name != "dependentSchemas" {
                        rules.dependent_required.push((property.clone(), entry.texts()?));
                    } else if name == "dependentRequired" {
                        return entry.wrong("write an array of strings");
                    } else {
                        rules.dependent_schemas.push((property.clone(), self.subschema(&entry)));
                    }
                }
            }

            "$ref" => rules.reference = Some(self.reference(keyword)?),
            "allOf" => rules.all_of = self.some(keyword)?,
            "anyOf" => rules.any_of = self.some(keyword)?,
            "oneOf" => rules.one_of = self.some(keyword)?,
            "not" => rules.not = Some(self.subschema(keyword)),
            "if" => rules.condition = Some(self.subschema(keyword)),
            "then" => rules.then = Some(self.subschema(keyword)),
            "else" => rules.otherwise = Some(self.subschema(keyword)),

            "unevaluatedProperties" => rules.unevaluated_properties = Some(self.subschema(keyword)),
            "unevaluatedItems" => rules.unevaluated_items = Some(self.subschema(keyword)),

            _ if REMARKS.contains(&name) || name.starts_with("x-") => {}
            _ => match REFUSED.iter().find(|(refused, _)| *refused == name) {
                Some((_, instead)) => return keyword.wrong(format!("is not supported: {instead}")),
                None => self.ignored.push(format!("the keyword at {}", keyword.pointer)),
            },
        }
        Ok(())
    }

    /// The id of what stands at `pointer`, compiled sooner or later.
    fn id(&mut self, pointer: String) -> Id {
        if let Some(id) = self.ids.get(&pointer) {
            return *id;
        }
        let id = self.places.len();
        self.places.push(pointer.clone());
        self.ids.insert(pointer, id);
        id
    }

    fn subschema(&mut self, keyword: &Keyword<'a>) -> Id {
        self.id(keyword.pointer.clone())
    }

    fn list(&mut self, keyword: &Keyword<'a>) -> Result<Vec<Id>, SchemaError> {
        let count = keyword.array()?.len();
        Ok((0..count).map(|index| self.id(format!("{}/{index}", keyword.pointer))).collect())
    }

    /// A list that is not empty.
    fn some(&mut self, keyword: &Keyword<'a>) -> Result<Vec<Id>, SchemaError> {
        let list = self.list(keyword)?;
        if list.is_empty() { keyword.wrong("write at least one schema") } else { Ok(list) }
    }

    fn table(&mut self, keyword: &Keyword<'a>) -> Result<Vec<(String, Id)>, SchemaError> {
        let names = keyword.object()?.keys();
        Ok(names.map(|name| (name.clone(), self.id(join(&keyword.pointer, name)))).collect())
    }

    fn reference(&mut self, keyword: &Keyword<'a>) -> Result<Id, SchemaError> {
        let text = keyword.text()?;
        let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
        if !address.is_empty() && address != self.base {
            return keyword
                .wrong(format!("`{text}` is another document, which cannot be read: copy it into $defs"));
        }
        let Some(fragment) = percent_decode(fragment) else {
            return keyword.wrong(format!("`{text}` has a wrong percent escape"));
        };
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            fragment
        } else {
            match self.anchors.get(&fragment) {
                Some(pointer) => pointer.clone(),
                None => {
                    return keyword.wrong(format!("`{text}` names an $anchor that the schema does not have"));
                }
            }
        };
        if self.document.pointer(&pointer).is_none() {
            return keyword.wrong(format!("`{text}` points at nothing"));
        }
        Ok(self.id(pointer))
    }
}

fn types(keyword: &Keyword<'_>) -> Result<Vec<Type>, SchemaError> {
    let names = if keyword.value.is_string() { vec![keyword.text()?.to_owned()] } else { keyword.texts()? };
    let types: Option<Vec<Type>> = names.iter().map(|name| Type::named(name)).collect();
    match types {
        Some(types) if !types.is_empty() => Ok(types),
        _ => keyword.wrong("write one or more of null, boolean, integer, number, string, array, object"),
    }
}

fn collect_anchors(value: &Value, place: &str, anchors: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(anchor)) = members.get("$anchor") {
                anchors.insert(anchor.clone(), place.to_owned());
            }
            for (name, member) in members.iter().filter(|(name, _)| *name != "enum" && *name != "const") {
                collect_anchors(member, &join(place, name), anchors);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_anchors(item, &format!("{place}/{index}"), anchors);
            }
        }
        _ => {}
    }
}

/// A schema that applies itself to the value that it already applies to.
fn circle(rules: &[Rules]) -> Option<Id> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; rules.len()];
    for start in 0..rules.len() {
        // By hand, because a schema can chain more references than the stack holds calls.
        let mut path: Vec<(Id, Vec<Id>)> = Vec::new();
        if seen[start] == Seen::No {
            seen[start] = Seen::Open;
            path.push((start, rules[start].in_place().collect()));
        }
        while let Some((id, next)) = path.last_mut() {
            match next.pop() {
                None => {
                    seen[*id] = Seen::Done;
                    path.pop();
                }
                Some(child) if seen[child] == Seen::Open => return Some(child),
                Some(child) if seen[child] == Seen::No => {
                    seen[child] = Seen::Open;
                    path.push((child, rules[child].in_place().collect()));
                }
                Some(_) => {}
            }
        }
    }
    None
}

/// `place` with one more step, escaped as RFC 6901 wants it.
pub(super) fn join(place: &str, step: &str) -> String {
    format!("{place}/{}", step.replace('~', "~0").replace('/', "~1"))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let [high, low, tail @ ..] = tail else { return None };
            let digit = |byte: u8| (byte as char).to_digit(16);
            bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}
