//! What has to hold of a report, whatever stands in the record.

use scorebox_eval::report::{Format, Options, write};
use scorebox_eval::run::RunReader;

/// Writes the record in every format. One that cannot be read is an error in each.
pub(crate) fn in_every_format(record: &RunReader) {
    for format in Format::ALL {
        let mut bytes = Vec::new();
        let written = write(format, record, &Options::default(), &mut bytes);
        if let Err(error) = &written {
            assert!(!error.to_string().is_empty());
            continue;
        }
        let text = String::from_utf8(bytes).expect("a report is UTF-8");
        let text = if format == Format::Terminal { uncoloured(&text) } else { text };
        let hidden = text.chars().find(|c| is_hidden(*c));
        assert_eq!(hidden, None, "{format} lets a hidden character through");
        match format {
            Format::Json | Format::Sarif => {
                serde_json::from_str::<serde_json::Value>(&text).expect("a report that is JSON");
            }
            Format::Junit => well_formed(&text),
            Format::Html => {
                assert_eq!(text.matches("<script").count(), 2, "an element that is not ours");
                assert_eq!(text.matches("</script").count(), 2, "an element that is not ours");
            }
            Format::Github => {
                for line in text.lines() {
                    let ours =
                        ["::error ", "::warning ", "::notice "].iter().any(|head| line.starts_with(head));
                    assert!(ours, "a line that is not ours: {line}");
                }
            }
            Format::Terminal => {
                let command = text.lines().find(|line| line.trim_start().starts_with("::"));
                assert_eq!(command, None, "a command for the log that shows it");
            }
            Format::Markdown => {}
        }
    }
}

fn well_formed(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return,
            Ok(_) => {}
            Err(error) => panic!("a report that is no XML: {error}"),
        }
    }
}

/// The text without the colours that the terminal report has.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(part.len());
        let rest = part[end..].strip_prefix('m');
        plain.push_str(
            rest.unwrap_or_else(|| panic!("no colour, but another command of the terminal: {part:.20}")),
        );
    }
    plain
}

/// Characters that act on what shows them, or show as nothing; spelled out here, so that a hole in the reports' own list
/// is found.
fn is_hidden(c: char) -> bool {
    let acts =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let vanishes = matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    acts || vanishes || breaks || (c.is_control() && !matches!(c, '\n' | '\t'))
}
