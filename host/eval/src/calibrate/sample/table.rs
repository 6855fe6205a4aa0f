//! Drawn samples as a table for a spreadsheet, in which nothing that a stranger wrote is a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use super::Shown;

/// Signs that make a spreadsheet run a cell, as OWASP lists them, with their wide forms.
pub(crate) const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes the samples with empty cells for label and note.
pub(crate) fn write(samples: &[Shown], file: File) -> io::Result<()> {
    // Each cell in quotes, so that a spreadsheet that separates by semicolons finds no cell inside of one.
    let mut table = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(file);
    table.write_record(["id", "label", "note", "input", "output", "context"])?;
    for sample in samples {
        let context = sample.context.join("\n\n");
        let input = if sample.conversation.is_empty() {
            sample.input.clone()
        } else {
            let turns = sample.conversation.iter().map(|(role, text)| format!("{role}: {text}"));
            turns.collect::<Vec<_>>().join("\n")
        };
        let cells = [&sample.id, "", "", input.as_str(), &sample.output, &context];
        table.write_record(cells.map(|cell| guarded(cell).into_owned()))?;
    }
    table.into_inner().map_err(|error| io::Error::other(error.to_string()))?.flush()
}

/// A cell that no spreadsheet runs: with an apostrophe where it would be a formula.
pub(crate) fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.trim_start_matches(' ').starts_with(FORMULA) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// The cell before it was guarded.
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches(' ').starts_with(FORMULA) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_cell_comes_back_as_it_was() {
        for cell in ["=1+1", "+49 30", "-3", "@SUM(A1)", "\tx", "  =cmd|' /C calc'!A0", "＝1"] {
            let safe = guarded(cell);
            assert!(safe.starts_with('\''), "{cell:?}");
            assert_eq!(unguarded(&safe), cell);
        }
        for cell in ["", "a=b", "'quoted'", "5 - 3"] {
            assert_eq!(guarded(cell), cell);
            assert_eq!(unguarded(cell), cell);
        }
    }
}
