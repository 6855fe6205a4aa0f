//! One JSON document: a list of samples, or an object that holds such a list. The document is walked through, never
//! held; whether the pieces are sound JSON is seen when they are read.

use serde::de::IgnoredAny;

use super::DatasetError;
use super::error::quoted;
use super::source::Source;

/// Names of the list of samples in a document that is an object.
const LISTS: [&str; 4] = ["examples", "samples", "data", "test_cases"];
const SHAPE: &str = r#"write [ … ] or {"name": …, "examples": [ … ]}"#;

/// Where the walk through a document is.
#[derive(Debug, Default)]
pub(crate) struct Document {
    place: Place,
    /// The document is an object, and its list has come by.
    list_seen: bool,
    /// Keys that the object has had, for the message that finds no list among them.
    keys: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    /// In the list of samples; `first` before its first element, `in_object` where the list stands in an object.
    List {
        first: bool,
        in_object: bool,
    },
    /// In the object, before a key or its end.
    Object {
        first: bool,
    },
    End,
}

impl Document {
    /// Moves the next sample to `record`. The line of its first byte, from 1; `None` at the end.
    pub(crate) fn next(
        &mut self,
        source: &mut Source,
        record: &mut Vec<u8>,
    ) -> Result<Option<u64>, DatasetError> {
        loop {
            source.skip_space()?;
            let byte = source.peek()?;
            match (self.place, byte) {
                (Place::Start, Some(b'[')) => {
                    source.consume(1);
                    self.place = Place::List { first: true, in_object: false };
                }
                (Place::Start, Some(b'{')) => {
                    source.consume(1);
                    self.place = Place::Object { first: true };
                }
                (Place::Start, None) => return Err(source.broken(format!("the file is empty: {SHAPE}"))),
                (Place::Start, Some(_)) => {
                    return Err(source.broken(format!("not a JSON list or object: {SHAPE}")));
                }
                (Place::List { first, in_object }, byte) => {
                    if let Some(line) = self.element(source, record, byte, first, in_object)? {
                        return Ok(Some(line));
                    }
                }
                (Place::Object { first }, byte) => self.member(source, byte, first)?,
                (Place::End, None) => return Ok(None),
                (Place::End, Some(_)) => {
                    return Err(source.broken(
                        "text after the end of the document: a file with one object a line is called *.jsonl",
                    ));
                }
            }
        }
    }

    /// One element of the list, or the list's end.
    fn element(
        &mut self,
        source: &mut Source,
        record: &mut Vec<u8>,
        byte: Option<u8>,
        first: bool,
        in_object: bool,
    ) -> Result<Option<u64>, DatasetError> {
        match byte {
            Some(b']') => {
                source.consume(1);
                self.place = if in_object { Place::Object { first: false } } else { Place::End };
                return Ok(None);
            }
            Some(b',') if !first => {
                source.consume(1);
                source.skip_space()?;
                if source.peek()? == Some(b']') {
                    return Err(source.broken("a comma before the end of the list: leave it out"));
                }
            }
            Some(_) if first => {}
            Some(_) => return Err(source.broken("a comma is missing between two samples")),
            None => return Err(source.broken("the list of samples does not end: close it with `]`")),
        }
        self.place = Place::List { first: false, in_object };
        let line = source.line();
        value(source, record)?;
        Ok(Some(line))
    }

    /// One key of the object with its value, up to the list's first element, or the object's end.
    fn member(&mut self, source: &mut Source, byte: Option<u8>, first: bool) -> Result<(), DatasetError> {
        match byte {
            Some(b'}') => {
                if !self.list_seen {
                    return Err(source.broken(self.no_list()));
                }
                source.consume(1);
                self.place = Place::End;
                return Ok(());
            }
            Some(b',') if !first => {
                source.consume(1);
                source.skip_space()?;
            }
            Some(_) if first => {}
            Some(_) => return Err(source.broken("a comma is missing between two keys of the document")),
            None => return Err(source.broken("the document does not end: close it with `}`")),
        }
        self.place = Place::Object { first: false };
        if source.peek()? != Some(b'"') {
            return Err(source.broken("a key in double quotes has to stand here"));
        }
        let line = source.line();
        let mut text = Vec::new();
        value(source, &mut text)?;
        let key: String = serde_json::from_slice(&text)
            .map_err(|error| DatasetError::broken(source.path(), line, format!("not a key: {error}")))?;
        source.skip_space()?;
        if source.peek()? != Some(b':') {
            return Err(source.broken(format!("a colon has to follow the key {}", quoted(&key))));
        }
        source.consume(1);
        source.skip_space()?;
        if LISTS.contains(&key.as_str()) && source.peek()? == Some(b'[') {
            if self.list_seen {
                return Err(
                    source.broken(format!("{} is a second list of samples: put all into one", quoted(&key)))
                );
            }
            source.consume(1);
            self.list_seen = true;
            self.place = Place::List { first: true, in_object: true };
            return Ok(());
        }
        let line = source.line();
        text.clear();
        value(source, &mut text)?;
        serde_json::from_slice::<IgnoredAny>(&text).map_err(|error| {
            DatasetError::broken(
                source.path(),
                line,
                format!("the value of {} is not JSON: {error}", quoted(&key)),
            )
        })?;
        if self.keys.len() < 8 {
            self.keys.push(key);
        }
        Ok(())
    }

    fn no_list(&self) -> String {
        if self.keys.iter().any(|key| super::fields::Known::of(key) == Some(super::fields::Known::Input)) {
            return "the document is one sample, not a list: put it in [ … ], or call a file with one object a line *.jsonl".into();
        }
        let keys = self.keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(", ");
        let found = if keys.is_empty() { "it is empty".to_owned() } else { format!("its keys are {keys}") };
        format!("the document has no list of samples, {found}: {SHAPE}")
    }
}

/// Moves one JSON value to `record`, by its brackets and quotes alone.
pub(crate) fn value(source: &mut Source, record: &mut Vec<u8>) -> Result<(), DatasetError> {
    let began = source.line();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    loop {
        let available = source.available()?;
        if available.is_empty() {
            if depth == 0 && !in_string && !record.is_empty() {
                return Ok(());
            }
            return Err(DatasetError::broken(
                source.path(),
                began,
                "the value that begins here does not end",
            ));
        }
        let mut end = None;
        for (index, &byte) in available.iter().enumerate() {
            if in_string {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => {
                        in_string = false;
                        if depth == 0 {
                            end = Some(index + 1);
                            break;
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => {
                    end = Some(index);
                    break;
                }
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        end = Some(index + 1);
                        break;
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                    end = Some(index);
                    break;
                }
                _ => {}
            }
        }
        let count = end.unwrap_or(available.len());
        source.take(count, record, began)?;
        if end.is_some() {
            return if record.is_empty() {
                Err(DatasetError::broken(source.path(), began, "a value is missing here"))
            } else {
                Ok(())
            };
        }
    }
}
