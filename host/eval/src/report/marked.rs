//! Excerpts in colours, for the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use scorebox_metrics::{Finding, Sample};

use super::excerpt::{Line, Part, excerpt_of};

const QUIET: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Shows `findings` in the texts of `sample` with their words underlined, each line behind `indent` and in at most
/// `width` columns after it. Colours are ANSI escape sequences; everything else is escaped.
pub fn marked(sample: &Sample, findings: &[Finding], indent: &str, width: usize) -> String {
    let mut out = Vec::new();
    for line in excerpt_of(|field| sample.text(field), findings, width) {
        // Writing to memory does not fail.
        let _ = write_line(&line, indent, &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn write_line(line: &Line, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{indent}")?;
    for (index, (part, text)) in line.iter().enumerate() {
        let style = match part {
            Part::Frame => QUIET,
            Part::Mark => BAD,
            Part::Text | Part::Label => Style::new(),
        };
        let text = if index + 1 == line.len() { text.trim_end() } else { text };
        write!(out, "{style}{text}{style:#}")?;
    }
    writeln!(out)
}
