//! Reads one record: which field is which, and what each may hold.

use std::fmt;

use scorebox_metrics::{Message, Role, Sample};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use super::error::quoted;
use super::fields::{self, Known, NAMES_OF_INPUT};
use super::raw::RawRecord;
use super::{DatasetError, Entry, Partition, csv, messages};

/// Longest id in bytes: ids stand in reports, file names and command lines.
const MAX_ID: usize = 256;

/// Reads one record that [`open_raw`](super::open_raw) cut out. A sample without an id is called `sample-` and its
/// position in the file, from 1; one without a partition belongs to [`Partition::Distribution`].
pub fn parse(raw: &RawRecord) -> Result<Entry, DatasetError> {
    Reader { raw, is_csv: raw.header.is_some() }.entry(named_fields(raw)?)
}

/// The fields of a record with their names; of CSV, those that are not empty.
pub(crate) fn named_fields(raw: &RawRecord) -> Result<Vec<(String, Value)>, DatasetError> {
    match &raw.header {
        Some(header) => Ok(csv::named(raw, header)?
            .into_iter()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name.to_owned(), Value::String(cell)))
            .collect()),
        None => json_fields(raw),
    }
}

/// The fields of a JSON object in its order, with those that stand twice.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    fields.push(pair);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

fn json_fields(raw: &RawRecord) -> Result<Vec<(String, Value)>, DatasetError> {
    let broken = |line: u64, problem: String| Err(DatasetError::broken(&raw.path, line, problem));
    let line_of =
        |offset: usize| raw.line + raw.bytes[..offset].iter().filter(|&&byte| byte == b'\n').count() as u64;
    let text = match std::str::from_utf8(&raw.bytes) {
        Ok(text) => text,
        Err(error) => {
            return broken(line_of(error.valid_up_to()), "not UTF-8: save the file as UTF-8".into());
        }
    };
    let first = text.trim_start().chars().next();
    if first != Some('{') {
        let found = match first {
            Some('[') => "a list",
            Some('"') => "a text",
            _ => "something else",
        };
        let mut problem = format!("a sample is a JSON object, this is {found}: write {{\"input\": …}}");
        if first == Some('[') && raw.position == 1 {
            problem.push_str("; a file that is one JSON list is called *.json");
        }
        return broken(raw.line, problem);
    }
    serde_json::from_str::<Fields>(text).map(|fields| fields.0).map_err(|error| {
        let line = raw.line + (error.line() as u64).saturating_sub(1);
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let hint = if error.is_eof() && line == raw.line {
            "; the whole sample has to stand in one line"
        } else {
            ""
        };
        DatasetError::broken(
            &raw.path,
            line,
            format!("not JSON: {reason} at column {}{hint}", error.column()),
        )
    })
}

/// A field with the name that the dataset gives it.
struct Given {
    name: String,
    value: Value,
}

struct Reader<'a> {
    raw: &'a RawRecord,
    is_csv: bool,
}

impl Reader<'_> {
    fn entry(&self, fields: Vec<(String, Value)>) -> Result<Entry, DatasetError> {
        let mut known: [Option<Given>; 10] = Default::default();
        let mut rest = Map::new();
        for (name, value) in fields {
            let Some(field) = Known::of(&name) else {
                if rest.contains_key(&name) {
                    return Err(self.wrong(&name, "stands twice: keep one"));
                }
                rest.insert(name, value);
                continue;
            };
            // Exporters write every column that they know, and null where there is nothing.
            if value.is_null() {
                continue;
            }
            let slot = &mut known[field as usize];
            match slot {
                None => *slot = Some(Given { name, value }),
                Some(other) if field == Known::Context && other.name != name => {
                    // DeepEval has an ideal and a retrieved context side by side.
                    let mut later = Given { name, value };
                    if later.name == "context" || is_empty(&other.value) {
                        std::mem::swap(other, &mut later);
                    }
                    rest.insert(later.name, later.value);
                }
                Some(other) => {
                    let problem = if other.name == name {
                        "stands twice: keep one".to_owned()
                    } else {
                        format!(
                            "means the same as {}: keep one, and put the other into `metadata`",
                            quoted(&other.name)
                        )
                    };
                    return Err(self.wrong(&name, problem));
                }
            }
        }
        let [id, partition, input, expected, output, context, conversation, metadata, created_at, tags] =
            known;

        let mut messages = conversation.map(|given| self.messages(given)).transpose()?.unwrap_or_default();
        let input = match input {
            Some(Given { name, value: value @ Value::Array(_) }) => {
                if !messages.is_empty() {
                    return Err(self.wrong(&name, "holds messages, and so does the conversation: keep one"));
                }
                messages = self.messages(Given { name: name.clone(), value })?;
                Some(
                    last_question(&messages).ok_or_else(|| {
                        self.wrong(&name, "no message has the role `user`: add what was asked")
                    })?,
                )
            }
            Some(given @ Given { value: Value::String(_) | Value::Object(_), .. }) => Some(text(given.value)),
            Some(given) => return Err(self.wrong_type(&given, "a text, an object, or a list of messages")),
            None => last_question(&messages),
        };
        let input = input.ok_or_else(|| {
            self.wrong(
                "input",
                format!("is missing: every sample needs one of {NAMES_OF_INPUT}, or messages"),
            )
        })?;

        let sample = Sample {
            id: self.id(id)?,
            input,
            // The subject gives the output.
            output: String::new(),
            expected: expected.map(|given| self.expected(given)).transpose()?,
            context: context.map(|given| self.context(given)).transpose()?.unwrap_or_default(),
            conversation: messages,
            metadata: self.metadata(metadata, rest)?,
        };
        Ok(Entry {
            sample,
            recorded: output.map(|given| text(given.value)),
            partition: partition.map_or(Ok(Partition::Distribution), |given| self.partition(&given))?,
            tags: tags.map(|given| self.tags(given)).transpose()?.unwrap_or_default(),
            created_at: created_at.map(|given| self.created_at(given)).transpose()?,
            line: self.raw.line,
        })
    }

    fn id(&self, given: Option<Given>) -> Result<String, DatasetError> {
        let Some(given) = given else { return Ok(format!("sample-{}", self.raw.position)) };
        let id = match &given.value {
            Value::String(id) => id.trim().to_owned(),
            Value::Number(id) => id.to_string(),
            _ => return Err(self.wrong_type(&given, "a text or a number")),
        };
        if id.is_empty() {
            return Err(self.wrong(&given.name, "is empty: give the sample an id, or leave the field out"));
        }
        if id.len() > MAX_ID {
            return Err(
                self.wrong(&given.name, format!("{} is longer than {MAX_ID} bytes: shorten it", quoted(&id)))
            );
        }
        if id.chars().any(char::is_control) {
            return Err(self.wrong(
                &given.name,
                format!("{} holds a line end or control character: leave it out", quoted(&id)),
            ));
        }
        Ok(id)
    }

    fn partition(&self, given: &Given) -> Result<Partition, DatasetError> {
        let words = "golden, regression, adversarial or distribution";
        let Value::String(word) = &given.value else { return Err(self.wrong_type(given, words)) };
        Partition::ALL
            .into_iter()
            .find(|partition| partition.name().eq_ignore_ascii_case(word.trim()))
            .ok_or_else(|| {
                self.wrong(&given.name, format!("unknown partition {}: write {words}", quoted(word)))
            })
    }

    fn expected(&self, given: Given) -> Result<String, DatasetError> {
        let answers = match &given.value {
            Value::Array(answers) if fields::holds_alternatives(&given.name) => answers,
            _ => return Ok(text(given.value)),
        };
        match answers.as_slice() {
            [answer] => Ok(text(answer.clone())),
            answers => Err(self.wrong(
                &given.name,
                format!(
                    "holds {} answers: write the best one, and put the others into `metadata`",
                    answers.len()
                ),
            )),
        }
    }

    fn context(&self, given: Given) -> Result<Vec<String>, DatasetError> {
        let wanted = "a text or a list of texts";
        match given.value {
            Value::String(cell) if self.is_csv && cell.trim_start().starts_with('[') => {
                Ok(serde_json::from_str(&cell).unwrap_or_else(|_| vec![cell]))
            }
            Value::String(passage) => Ok(vec![passage]),
            Value::Array(passages) => passages
                .into_iter()
                .enumerate()
                .map(|(index, passage)| match passage {
                    Value::String(passage) => Ok(passage),
                    value => {
                        let name = format!("{}[{index}]", given.name);
                        Err(self.wrong_type(&Given { name, value }, "a text"))
                    }
                })
                .collect(),
            value => Err(self.wrong_type(&Given { name: given.name, value }, wanted)),
        }
    }

    fn messages(&self, given: Given) -> Result<Vec<Message>, DatasetError> {
        let given = self.unpacked(given, '[', "a JSON list of messages")?;
        let Value::Array(list) = given.value else {
            return Err(self.wrong_type(&given, "a list of messages, {\"role\": …, \"content\": …}"));
        };
        list.into_iter()
            .enumerate()
            .map(|(index, value)| {
                messages::read(value)
                    .map_err(|problem| self.wrong(&format!("{}[{index}]", given.name), problem))
            })
            .collect()
    }

    /// The text of a JSON object: what stands under `metadata`, then every field that has no other place.
    fn metadata(&self, given: Option<Given>, rest: Map<String, Value>) -> Result<String, DatasetError> {
        let mut metadata = match given {
            None => Map::new(),
            Some(given) => {
                let given = self.unpacked(given, '{', "a JSON object")?;
                match given.value {
                    Value::Object(map) => map,
                    _ => return Err(self.wrong_type(&given, "an object")),
                }
            }
        };
        for (name, value) in rest {
            if metadata.contains_key(&name) {
                return Err(self.wrong(&name, "stands beside `metadata` and in it: keep one"));
            }
            metadata.insert(name, value);
        }
        Ok(Value::Object(metadata).to_string())
    }

    fn tags(&self, given: Given) -> Result<Vec<String>, DatasetError> {
        let wanted = "a list of texts";
        let given = match given.value {
            Value::String(cell) if !(self.is_csv && cell.trim_start().starts_with('[')) => {
                let words = cell.split([';', ',']).map(str::trim).filter(|word| !word.is_empty());
                return Ok(words.map(str::to_owned).collect());
            }
            _ => self.unpacked(given, '[', wanted)?,
        };
        let Value::Array(tags) = &given.value else { return Err(self.wrong_type(&given, wanted)) };
        tags.iter()
            .map(|tag| tag.as_str().map(str::to_owned).ok_or_else(|| self.wrong_type(&given, wanted)))
            .collect()
    }

    fn created_at(&self, given: Given) -> Result<String, DatasetError> {
        match given.value {
            Value::String(_) | Value::Number(_) => Ok(text(given.value)),
            _ => Err(self.wrong_type(&given, "a text such as \"2026-11-24T16:00:00Z\"")),
        }
    }

    /// A cell of a CSV file that holds JSON, read; everything else as it is.
    fn unpacked(&self, given: Given, opens: char, wanted: &str) -> Result<Given, DatasetError> {
        match &given.value {
            Value::String(cell) if self.is_csv => {
                let value =
                    if cell.trim_start().starts_with(opens) { serde_json::from_str(cell).ok() } else { None };
                let value = value
                    .ok_or_else(|| self.wrong(&given.name, format!("the cell is no JSON: write {wanted}")))?;
                Ok(Given { name: given.name, value })
            }
            _ => Ok(given),
        }
    }

    fn wrong(&self, field: &str, problem: impl Into<String>) -> DatasetError {
        DatasetError::field(&self.raw.path, self.raw.line, field, problem)
    }

    fn wrong_type(&self, given: &Given, wanted: &str) -> DatasetError {
        self.wrong(&given.name, format!("is {}: write {wanted}", kind(&given.value)))
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// What the user asked last.
fn last_question(messages: &[Message]) -> Option<String> {
    messages.iter().rev().find(|message| message.role == Role::User).map(|message| message.content.clone())
}

/// A text as it is, anything else as JSON.
pub(crate) fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

/// What a value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
