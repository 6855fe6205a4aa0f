//! Breaks text into lines for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Lines of at most `width` columns, broken at spaces where there are any. `text` is escaped already; its own newlines
/// stay. A line that a GitHub runner would take for a command of its log gets a backslash.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in words(paragraph) {
            let columns = word.width();
            if used > 0 && used + 1 + columns <= width {
                line.push(' ');
                line.push_str(word);
                used += 1 + columns;
                continue;
            }
            if used > 0 {
                lines.push(std::mem::take(&mut line));
            }
            (line, used) = fill(word, width, &mut lines);
        }
        lines.push(line);
    }
    for line in &mut lines {
        if line.trim_start().starts_with("::") {
            line.insert(0, '\\');
        }
    }
    lines
}

/// The parts of a paragraph between spaces. What stands in backticks is one part, so that a command can be copied.
fn words(paragraph: &str) -> impl Iterator<Item = &str> {
    const LONGEST: usize = 100;
    let mut inside = false;
    let mut since = 0;
    paragraph.split(move |c: char| {
        since += 1;
        if c == '`' {
            inside = !inside;
            since = 0;
        }
        c == ' ' && (!inside || since > LONGEST)
    })
}

/// Begins a line with a word, which may be longer than several lines.
fn fill(word: &str, width: usize, lines: &mut Vec<String>) -> (String, usize) {
    let mut line = String::new();
    let mut used = 0;
    for c in word.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push(c);
        used += columns;
    }
    (line, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_the_width() {
        assert_eq!(wrap("one two three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("漢字漢字漢字", 8), ["漢字漢字", "漢字"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("now run `a b c`, then", 12), ["now run", "`a b c`,", "then"]);
        assert_eq!(wrap("message ::error::forged", 9), ["message", "\\::error::", "forged"]);
    }
}
