//! A strict JSON parser (RFC 8259) that remembers the bytes of every value, and says what is wrong in words that help
//! somebody who reads a model's answer.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::number::Number;

/// Values inside values; more is an attack or a mistake.
const MAX_DEPTH: usize = 128;

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) bytes: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// One property of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// The key with its quotes.
    pub(crate) key_bytes: Range<usize>,
    pub(crate) node: Node,
}

/// What a text holds.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Node,
    /// What stands behind the value.
    pub(crate) rest: Option<Range<usize>>,
    /// Keys that their object already had, with where the later one stands.
    pub(crate) duplicates: Vec<(String, Range<usize>)>,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) bytes: Range<usize>,
}

/// Parses the bytes `within` of `text`; spans count from the start of `text`.
pub(crate) fn parse(text: &str, within: Range<usize>) -> Result<Document, SyntaxError> {
    let mut parser = Parser { text: &text[..within.end], at: within.start, duplicates: Vec::new() };
    parser.skip_space();
    let root = parser.value(0)?;
    parser.skip_space();
    let rest = (parser.at < parser.text.len()).then_some(parser.at..parser.text.len());
    Ok(Document { root, rest, duplicates: parser.duplicates })
}

/// The first `longest` characters of `text`. What a model wrote must not make a message longer than the host takes.
pub(crate) fn clip(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| &text[..end])
}

/// `text` as a JSON string, cut to a length that suits a message.
pub(crate) fn quote(text: &str) -> String {
    let cut = clip(text, 60);
    let dots = if cut.len() < text.len() { "…" } else { "" };
    let quoted = scorebox_sdk::serde_json::Value::from(cut).to_string();
    format!("{}{dots}\"", &quoted[..quoted.len() - 1])
}

impl Node {
    /// Equal in the sense of JSON Schema: numbers by value, objects in any order.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Number(left), Value::Number(right)) => left.equals(*right),
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.equals(right))
            }
            (Value::Object(left), Value::Object(right)) => {
                left.len() == right.len()
                    && left.iter().all(|member| {
                        right.iter().any(|other| other.key == member.key && other.node.equals(&member.node))
                    })
            }
            _ => false,
        }
    }

    /// The type, with its article, as in "is a string".
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(number) if number.is_integer() => "an integer",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    duplicates: Vec<(String, Range<usize>)>,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Fails at the character that comes next, or at the end of the text.
    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        self.fail_for(length, message)
    }

    fn fail_for<T>(&self, length: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { message: message.into(), bytes: self.at..self.at + length })
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let start = self.at;
        if depth > MAX_DEPTH {
            return self.fail(format!("nests more than {MAX_DEPTH} values"));
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.literal()?,
        };
        Ok(Node { bytes: start..self.at, value })
    }

    fn literal(&mut self) -> Result<Value, SyntaxError> {
        let length =
            self.rest().find(|character: char| !character.is_alphanumeric()).unwrap_or(self.rest().len());
        let word = &self.text[self.at..self.at + length];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "True" | "False" | "TRUE" | "FALSE" => {
                return self.fail_for(length, format!("writes {word}: JSON writes it in lower case"));
            }
            "None" | "nil" | "undefined" | "NULL" => {
                return self.fail_for(length, format!("writes {word}: JSON writes null"));
            }
            "NaN" | "Infinity" => {
                return self.fail_for(length, format!("writes {word}: JSON has no such number"));
            }
            _ => {
                return match self.rest().chars().next() {
                    None => self.fail("ends where a value should stand"),
                    Some('\'') => self.fail("quotes with ': JSON quotes with \""),
                    Some('“' | '”' | '„') => {
                        self.fail("quotes with typographic quotes: JSON quotes with \"")
                    }
                    Some('/' | '#') => self.fail("has a comment: JSON has none"),
                    Some('+' | '.') => {
                        self.fail("starts a number with + or a point: JSON starts it with a digit or -")
                    }
                    Some(',' | ']' | '}') => self.fail("has no value where one should stand"),
                    Some(_) if length > 0 => {
                        let word = quote(word);
                        self.fail_for(length, format!("has {word} where a value should stand"))
                    }
                    Some(other) => {
                        self.fail(format!("has {} where a value should stand", quote(&other.to_string())))
                    }
                };
            }
        };
        self.at += length;
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 {
            return self.fail("needs a digit here, in a number");
        }
        if leading_zero && whole > 1 {
            self.at -= whole;
            return self.fail_for(whole, "starts a number with 0: JSON does so only before a point");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.fail("needs a digit behind the point of a number");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.fail("needs a digit in the exponent of a number");
            }
        }
        Ok(Value::Number(Number::parse(&self.text[start..self.at])))
    }

    /// Skips digits, and says how many there were.
    fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        count
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().find(|character| matches!(character, '"' | '\\' | '\0'..='\x1f'));
            let Some(plain) = plain else {
                self.at = start;
                let length = self.rest().len();
                return self.fail_for(length, "ends in the middle of a string");
            };
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(b'\n' | b'\r') => return self.fail("breaks a line in a string: JSON writes \\n"),
                _ => return self.fail("has a control character in a string: JSON writes \\t or \\u00XX"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let character = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => {
                let length = self.rest().chars().take(2).map(char::len_utf8).sum();
                return self
                    .fail_for(length, "has an escape that JSON does not know: write \\\\ for a backslash");
            }
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let Some(first) = self.hex(self.at) else {
            return self.fail("has a \\u without four hexadecimal digits");
        };
        if let Some(character) = char::from_u32(first) {
            self.at += 6;
            return Ok(character);
        }
        let second = self.hex(self.at + 6).filter(|second| (0xDC00..=0xDFFF).contains(second));
        match second {
            Some(second) if first < 0xDC00 => {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                self.at += 12;
                Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            _ => self.fail_for(6, "escapes half a character: \\uD83D and its like come in pairs"),
        }
    }

    /// The number behind the `\u` at byte `at`.
    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| all_hex)
    }

    fn array(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.close_or_comma(b']', "array")? {
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut keys = BTreeSet::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return match self.peek() {
                    None => self.fail("ends in the middle of an object"),
                    Some(b'\'') => self.fail("quotes with ': JSON quotes with \""),
                    Some(b'/' | b'#') => self.fail("has a comment: JSON has none"),
                    _ => self.fail("has no property here: JSON writes \"name\": value, with the quotes"),
                };
            }
            let key = self.string()?;
            let key_bytes = start..self.at;
            self.skip_space();
            if !self.take(b':') {
                return self.fail("has no colon behind the name of a property");
            }
            self.skip_space();
            let node = self.value(depth + 1)?;
            if keys.insert(key.clone()) {
                members.push(Member { key, key_bytes, node });
            } else {
                // The last one counts, as it does for nearly every program that reads it.
                self.duplicates.push((key.clone(), key_bytes.clone()));
                members.retain(|member| member.key != key);
                members.push(Member { key, key_bytes, node });
            }
            if self.close_or_comma(b'}', "object")? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes what follows a member: true for the end, false for a comma before the next one.
    fn close_or_comma(&mut self, close: u8, kind: &str) -> Result<bool, SyntaxError> {
        self.skip_space();
        if self.take(close) {
            return Ok(true);
        }
        let comma = self.at;
        if !self.take(b',') {
            return if self.peek().is_none() {
                self.fail(format!("ends in the middle of an {kind}"))
            } else {
                self.fail(format!("lacks a comma, or the end of the {kind}, here"))
            };
        }
        self.skip_space();
        if self.peek() == Some(close) {
            self.at = comma;
            return self.fail(format!("has a comma before the end of an {kind}"));
        }
        Ok(false)
    }
}
