//! JSON text that is safe to print and to embed: what [`is_hidden`] hides, and what HTML would read as markup, is
//! written as `\uXXXX`. The values stay what they are.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::escape::is_hidden;

/// `value` on several lines, safe to print: no character of a stranger acts on whoever shows it.
///
/// # Errors
///
/// A value that has no JSON, such as a map whose keys are no texts.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::new();
    pretty(value, &mut out)?;
    // A serializer of JSON writes nothing but UTF-8.
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Writes `value` on several lines.
pub(crate) fn pretty(value: &impl Serialize, out: &mut dyn Write) -> serde_json::Result<()> {
    let formatter = Safe { layout: PrettyFormatter::new(), html: false };
    value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))
}

/// Writes `value` on one line, fit for a `<script>` element.
pub(crate) fn embedded(value: &impl Serialize, out: &mut dyn Write) -> serde_json::Result<()> {
    let formatter = Safe { layout: CompactFormatter, html: true };
    value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))
}

struct Safe<F> {
    layout: F,
    html: bool,
}

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut start = 0;
        for (at, c) in fragment.char_indices() {
            let unsafe_here = is_hidden(c) || (self.html && matches!(c, '<' | '>' | '&'));
            if !unsafe_here {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[start..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            start = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[start..])
    }

    /// JSON that the record holds as text, such as a sample's metadata. What is unsafe there stands in a string.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        self.write_string_fragment(writer, fragment)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_safe_and_the_value_the_same() {
        let value = serde_json::json!({"k\u{202e}": ["</script><!--", "\u{9b}2J \x1b \u{e0041} \0 \"\\", "für 漢字 🙂"]});
        for (write, html) in [(pretty as fn(&_, &mut dyn Write) -> _, false), (embedded, true)] {
            let mut out = Vec::new();
            write(&value, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
            assert!(!text.contains(is_hidden), "{text}");
            assert!(text.contains("für 漢字 🙂"));
            assert_eq!(text.contains('<'), !html);
        }
    }

    #[test]
    fn text_that_is_json_already_is_safe_as_well() {
        let raw = "{\"k\u{202e}\": \"</script>\u{9b}2J\u{feff}\"}";
        let value = serde_json::value::RawValue::from_string(raw.to_owned()).unwrap();
        for (write, html) in [(pretty as fn(&_, &mut dyn Write) -> _, false), (embedded, true)] {
            let mut out = Vec::new();
            write(&value, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(&text), read(raw));
            assert!(!text.contains(is_hidden), "{text}");
            assert_eq!(text.contains('<'), !html);
        }
    }
}
