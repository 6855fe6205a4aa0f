//! Tables whose columns line up, also with wide characters and colours.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// One cell: what stands in it, escaped already, and how it looks.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    pub(crate) fn left(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::new(), right: false }
    }

    pub(crate) fn right(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::new(), right: true }
    }

    pub(crate) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

/// Writes `rows` with two spaces before each column, as wide as its widest cell.
pub(crate) fn write(rows: &[Vec<Cell>], out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.width()).max().unwrap_or(0)
        })
        .collect();
    for row in rows {
        let used = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
        for (index, (cell, width)) in row[..used].iter().zip(&widths).enumerate() {
            let padding = width.saturating_sub(cell.text.width());
            let (before, after) = if cell.right { (padding, 0) } else { (0, padding) };
            let after = if index + 1 == used { 0 } else { after };
            let style = cell.style;
            write!(out, "  {:before$}{style}{}{style:#}{:after$}", "", cell.text, "")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
