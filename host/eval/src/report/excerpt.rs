//! Lines of a sample with the words underlined that findings point at, as compilers show mistakes.
//!
//! ```text
//!  --> output:3:14
//!   |
//! 3 | You could also try Acme Pro.
//!   |                    ^^^^^^^^ competitor: names Acme Pro
//! ```

use std::borrow::Cow;
use std::ops::Range;

use scorebox_metrics::{Field, Finding};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::escape::{cut, visible_cluster};
use super::wrap::wrap;
use super::{scores, words};
use crate::run::SampleRecord;

/// Characters of one cluster that are shown; a letter can carry any number of marks.
const CLUSTER_CHARS: usize = 24;

/// What a piece of a line is, for those who show it in colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Line numbers, the bar, the arrow.
    Frame,
    /// The sample's own text.
    Text,
    /// The underline.
    Mark,
    /// What the finding says.
    Label,
}

/// One line of an excerpt, in pieces. The text of every piece is escaped.
pub(crate) type Line = Vec<(Part, String)>;

/// The text that spans of `field` point into.
pub(crate) fn text(sample: &SampleRecord, field: Field) -> Option<&str> {
    match field {
        Field::Input => Some(&sample.input),
        Field::Output => sample.output.as_deref(),
        Field::Context(index) => sample.context.get(index as usize).map(String::as_str),
    }
}

/// Shows `findings` in the texts of a recorded sample, as [`excerpt_of`] does.
pub(crate) fn excerpt(sample: &SampleRecord, findings: &[Finding], width: usize) -> Vec<Line> {
    excerpt_of(|field| text(sample, field), findings, width)
}

/// Shows `findings` in the texts of a sample, in at most `width` columns; those without a place come last. A span that
/// does not lie in its text, as only a forged record has one, counts as no place.
pub(crate) fn excerpt_of<'a>(
    text: impl Fn(Field) -> Option<&'a str>,
    findings: &[Finding],
    width: usize,
) -> Vec<Line> {
    let mut fields: Vec<(Field, &str, Vec<Marked>)> = Vec::new();
    let mut nowhere = Vec::new();
    for finding in findings {
        let label = scores::finding(finding);
        let place = finding.location.and_then(|span| {
            let text = text(span.field)?;
            let range = span.start as usize..span.end as usize;
            text.get(range.clone()).map(|_| (span.field, text, range))
        });
        let Some((field, text, range)) = place else {
            nowhere.push(label);
            continue;
        };
        let marked = Marked { range, label };
        match fields.iter_mut().find(|known| known.0 == field) {
            Some(known) => known.2.push(marked),
            None => fields.push((field, text, vec![marked])),
        }
    }
    let mut lines = Vec::new();
    for (field, text, mut marked) in fields {
        marked.sort_by_key(|marked| (marked.range.start, marked.range.end));
        show_field(field, text, &marked, width, &mut lines);
    }
    for label in nowhere {
        for (index, text) in wrap(&label, width.saturating_sub(4)).into_iter().enumerate() {
            let sign = if index == 0 { "  = " } else { "    " };
            lines.push(vec![(Part::Frame, sign.to_owned()), (Part::Label, text)]);
        }
    }
    lines
}

/// A line as plain text.
pub(crate) fn plain(line: &Line) -> String {
    line.iter().map(|(_, text)| text.as_str()).collect::<String>().trim_end().to_owned()
}

struct Marked {
    range: Range<usize>,
    label: String,
}

/// One line of a text: its bytes, and its number from 1.
#[derive(Clone, Copy)]
struct Row<'a> {
    line: &'a str,
    start: usize,
    number: usize,
}

impl<'a> Row<'a> {
    fn first(text: &'a str) -> Self {
        Self { line: line_from(text, 0), start: 0, number: 1 }
    }

    /// The line that holds byte `at`, which is not before this one.
    fn forward(self, text: &'a str, at: usize) -> Self {
        let skipped = &text.as_bytes()[self.start..at];
        let Some(newline) = skipped.iter().rposition(|&byte| byte == b'\n') else { return self };
        let start = self.start + newline + 1;
        let lines = skipped.iter().filter(|&&byte| byte == b'\n').count();
        Self { line: line_from(text, start), start, number: self.number + lines }
    }

    fn end(self) -> usize {
        self.start + self.line.len()
    }
}

fn line_from(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let line = rest.split('\n').next().unwrap_or(rest);
    line.strip_suffix('\r').unwrap_or(line)
}

fn show_field(field: Field, text: &str, marked: &[Marked], width: usize, lines: &mut Vec<Line>) {
    let [first, ..] = marked else { return };
    let row = Row::first(text).forward(text, first.range.start);
    let last = marked.iter().map(|marked| marked.range.end).max().unwrap_or(0);
    let digits = row.forward(text, last.max(row.start)).number.to_string().len();
    let column = text[row.start..first.range.start].chars().count() + 1;
    let frame = |number: &str| (Part::Frame, format!("{number:>digits$} | "));
    lines.push(vec![(
        Part::Frame,
        format!("{:digits$}--> {}:{}:{column}", "", words::field(field), row.number),
    )]);
    lines.push(vec![(Part::Frame, format!("{:digits$} |", ""))]);
    let columns = width.saturating_sub(digits + 3).max(20);

    let mut row = row;
    let mut rest = marked;
    while let [first, ..] = rest {
        row = row.forward(text, first.range.start);
        let window = Window::around(row.line, first.range.start - row.start, columns);
        lines.push(vec![frame(&row.number.to_string()), (Part::Text, window.text.clone())]);
        let mut shown = 0;
        for marked in rest {
            let start = marked.range.start - row.start;
            let end = marked.range.end.min(row.end()).saturating_sub(row.start).max(start);
            if shown > 0 && !window.holds(start, end) {
                break;
            }
            shown += 1;
            let (indent, length) = window.columns(start, end);
            let bar = || frame("");
            if marked.range.end <= row.end() + 1 {
                show_mark(indent, length, &marked.label, columns, bar, lines);
                continue;
            }
            // The span goes on: its last line carries the label.
            show_mark(indent, length, "", columns, bar, lines);
            let last = row.forward(text, marked.range.end - 1);
            if last.number > row.number + 1 {
                lines.push(vec![(Part::Frame, "...".to_owned())]);
            }
            let end = (marked.range.end - last.start).min(last.line.len());
            let window = Window::around(last.line, 0, columns);
            let (indent, length) = window.columns(0, end);
            lines.push(vec![frame(&last.number.to_string()), (Part::Text, window.text)]);
            show_mark(indent, length, &marked.label, columns, bar, lines);
        }
        rest = &rest[shown..];
    }
}

/// The underline with its label: beside it where there is room, else below it.
fn show_mark(
    indent: usize,
    length: usize,
    label: &str,
    columns: usize,
    bar: impl Fn() -> (Part, String),
    lines: &mut Vec<Line>,
) {
    let mark = (Part::Mark, format!("{:indent$}{}", "", "^".repeat(length)));
    if label.is_empty() || indent + length + 1 + label.width() <= columns {
        lines.push(vec![bar(), mark, (Part::Label, format!(" {label}"))]);
        return;
    }
    lines.push(vec![bar(), mark]);
    // A label that begins far right would be a narrow column of words.
    let indent = indent.min(columns / 3);
    for text in wrap(label, columns - indent) {
        lines.push(vec![bar(), (Part::Label, format!("{:indent$}{text}", ""))]);
    }
}

/// The part of a line that is shown, and where its clusters stand.
struct Window {
    text: String,
    cells: Vec<Cell>,
    /// Whether the line goes on to the left and to the right.
    more: (bool, bool),
}

/// One cluster: its bytes in the line, and its columns in the window.
struct Cell {
    bytes: Range<usize>,
    column: usize,
    width: usize,
}

impl Window {
    /// At most `columns` columns of `line` around byte `focus`: all of it where it fits, else with an ellipsis on each
    /// side that was cut. Looks no further into a long line than it shows.
    fn around(line: &str, focus: usize, columns: usize) -> Self {
        let focus = focus.min(line.len());
        let (mut before, mut more_before) = take(line, line[..focus].grapheme_indices(true).rev(), columns);
        let clusters = line[focus..].grapheme_indices(true).map(|(at, cluster)| (focus + at, cluster));
        let (mut after, mut more_after) = take(line, clusters, columns);
        if more_before || more_after || width_of(&before) + width_of(&after) > columns {
            // Both ellipses are paid for, used or not.
            let room = columns - 2;
            let lead = (room / 3).max(room.saturating_sub(width_of(&after)));
            more_before |= shorten(&mut before, lead);
            more_after |= shorten(&mut after, room - width_of(&before));
        }
        let mut window = Self { text: String::new(), cells: Vec::new(), more: (more_before, more_after) };
        let mut column = 0;
        if more_before {
            window.text.push('…');
            column = 1;
        }
        let mut at = focus - before.iter().map(|cluster| cluster.bytes).sum::<usize>();
        for Cluster { shown, bytes, width } in before.into_iter().rev().chain(after) {
            window.text.push_str(&shown);
            window.cells.push(Cell { bytes: at..at + bytes, column, width });
            at += bytes;
            column += width;
        }
        if more_after {
            window.text.push('…');
        }
        window
    }

    /// Whether the bytes `start..end` of the line are in sight.
    fn holds(&self, start: usize, end: usize) -> bool {
        let first = self.cells.first().map_or(0, |cell| cell.bytes.start);
        let last = self.cells.last().map_or(0, |cell| cell.bytes.end);
        (first <= start || !self.more.0) && (end <= last || !self.more.1)
    }

    /// Column and length of the underline of the bytes `start..end`; at least one column, also past the end.
    fn columns(&self, start: usize, end: usize) -> (usize, usize) {
        let after = self.cells.last().map_or(usize::from(self.more.0), |cell| cell.column + cell.width);
        let touched = || {
            self.cells.iter().filter(|cell| cell.bytes.end > start && cell.bytes.start < end.max(start + 1))
        };
        let first = touched().next().map_or(after, |cell| cell.column);
        let last = touched().next_back().map_or(first, |cell| cell.column + cell.width);
        (first, last.saturating_sub(first).max(1))
    }
}

/// A cluster as it is shown, with the bytes of the original and the columns.
struct Cluster<'a> {
    shown: Cow<'a, str>,
    bytes: usize,
    width: usize,
}

fn width_of(clusters: &[Cluster<'_>]) -> usize {
    clusters.iter().map(|cluster| cluster.width).sum()
}

/// Clusters as they are shown, until the columns are spent; and whether there are more.
fn take<'a>(
    line: &str,
    clusters: impl Iterator<Item = (usize, &'a str)>,
    columns: usize,
) -> (Vec<Cluster<'a>>, bool) {
    let mut taken = Vec::new();
    let mut used = 0;
    for (at, cluster) in clusters {
        // Clusters without a width could go on for ever.
        if used >= columns || taken.len() >= 2 * columns {
            return (taken, true);
        }
        let shown = if cluster == "\t" {
            "    ".into()
        } else {
            visible_cluster(&line[..at], cut(cluster, CLUSTER_CHARS).0)
        };
        let width = shown.width();
        used += width;
        taken.push(Cluster { shown, bytes: cluster.len(), width });
    }
    (taken, false)
}

/// Drops clusters from the end until the rest fits, and says whether it did.
fn shorten(clusters: &mut Vec<Cluster<'_>>, columns: usize) -> bool {
    let mut width = width_of(clusters);
    let before = clusters.len();
    while width > columns {
        let Some(dropped) = clusters.pop() else { break };
        width -= dropped.width;
    }
    clusters.len() < before
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scorebox_metrics::Span;

    use super::*;
    use crate::report::tests::fixture::sample;

    fn finding(field: Field, start: usize, end: usize) -> Finding {
        let location = Some(Span { field, start: start as u32, end: end as u32 });
        Finding { rule: "rule".into(), message: "message".into(), location }
    }

    fn shown(output: &str, spans: &[Range<usize>], width: usize) -> String {
        let sample = SampleRecord { output: Some(output.to_owned()), ..sample("s") };
        let findings: Vec<_> =
            spans.iter().map(|span| finding(Field::Output, span.start, span.end)).collect();
        excerpt(&sample, &findings, width).iter().map(|line| plain(line) + "\n").collect()
    }

    #[test]
    fn several_findings_stand_below_their_line() {
        insta::assert_snapshot!(shown("first\nask Acme or Bolt\nlast", &[10..14, 18..22, 10..22], 60), @"
         --> output:2:5
          |
        2 | ask Acme or Bolt
          |     ^^^^ rule: message
          |     ^^^^^^^^^^^^ rule: message
          |             ^^^^ rule: message
        ");
    }

    #[test]
    fn wide_and_hidden_characters_line_up() {
        let text = "漢字👩‍👩‍👧\u{202e}e\u{301}x";
        let x = text.len() - 1;
        insta::assert_snapshot!(shown(text, &[3..6, 6..24, x..x + 1], 60), @r"
         --> output:1:2
          |
        1 | 漢字👩‍👩‍👧\u{202e}éx
          |   ^^ rule: message
          |     ^^ rule: message
          |                ^ rule: message
        ");
    }

    #[test]
    fn long_lines_are_windowed() {
        let text = format!("{}needle{}pin{}", "hay ".repeat(100), " hay".repeat(100), " hay".repeat(100));
        insta::assert_snapshot!(shown(&text, &[400..406, 806..809], 44), @"
         --> output:1:401
          |
        1 | …hay hay hay needle hay hay hay hay hay…
          |              ^^^^^^ rule: message
        1 | … hay hay haypin hay hay hay hay hay ha…
          |              ^^^ rule: message
        ");
    }

    #[test]
    fn a_span_over_lines_shows_its_ends() {
        insta::assert_snapshot!(shown("a bc\r\nmiddle\nde f", &[Range { start: 2, end: 15 }], 60), @"
         --> output:1:3
          |
        1 | a bc
          |   ^^
        ...
        3 | de f
          | ^^ rule: message
        ");
    }

    #[test]
    fn an_empty_span_past_the_end_and_a_forged_one() {
        insta::assert_snapshot!(shown("ab", &[2..2, 1..99], 60), @"
         --> output:1:3
          |
        1 | ab
          |   ^ rule: message
          = rule: message
        ");
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_is_shown_within_the_width(text in "(?s).{0,60}", cuts in (0..61_usize, 0..61_usize), width in 40..90_usize) {
            let at = |cut: usize| text.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(text.len());
            let (start, end) = (at(cuts.0.min(cuts.1)), at(cuts.0.max(cuts.1)));
            let sample = SampleRecord { output: Some(text.clone()), ..sample("s") };
            for line in excerpt(&sample, &[finding(Field::Output, start, end)], width) {
                let line = plain(&line);
                prop_assert!(!line.contains(super::super::escape::is_hidden));
                prop_assert!(line.width() <= width + 8, "{} columns: {line}", line.width());
            }
        }
    }
}
