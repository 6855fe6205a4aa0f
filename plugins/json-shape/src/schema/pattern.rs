//! Regular expressions of JSON Schema, which are JavaScript's.

use regex_automata::meta::Regex;

/// A pattern that may match anywhere in a text.
pub(crate) struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// # Errors
    /// The reason, for the writer of the schema.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        match Regex::new(&translate(source)) {
            Ok(regex) => Ok(Self { source: source.to_owned(), regex }),
            Err(error) => {
                let reason = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
                let reason =
                    reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                Err(format!("`{source}` cannot be used: {reason}"))
            }
        }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Says in Rust's syntax what `source` says in JavaScript's: `\d` and `\w` are ASCII, and inside of brackets `[`, `&&`
/// and their like are plain characters.
fn translate(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    let mut in_class = false;
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, in_class) {
            ('\\', _) => match characters.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some('b') => out.push_str("\\x08"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            ('[', false) => {
                in_class = true;
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            ('[' | '&' | '~', true) => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out
}
