//! Makes visible what would otherwise act on a terminal or a CI system's log, or hide from a reader.

use std::borrow::Cow;
use std::fmt::Write;

/// Text from a stranger, safe to print: control characters (terminal escape sequences begin with one), bidirectional
/// overrides and invisible characters become `\u{…}`, a lone carriage return `\r`. What a GitHub runner would take for
/// a command in its log (`::` at the start of a further line, `##[` anywhere) gets a backslash. Newlines and tabs stay.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\r' && rest.peek() == Some(&'\n') {
            continue;
        }
        let line = out.rsplit('\n').next().unwrap_or_default();
        let further = line.len() < out.len();
        if (c == '[' && line.ends_with("##"))
            || (c == ':' && further && rest.peek() == Some(&':') && line.trim_start().is_empty())
        {
            out.push('\\');
        }
        push_visible(&mut out, c);
    }
    out
}

/// Like [`escape`], but on one line: a newline becomes `\n`, a tab `\t`.
pub fn escape_line(text: &str) -> String {
    let text = escape(text);
    if text.contains(['\n', '\t']) { text.replace('\n', r"\n").replace('\t', r"\t") } else { text }
}

/// Like [`escape_line`], but no longer than `chars` characters, the last of which is then `…`.
pub(crate) fn escape_short(text: &str, chars: usize) -> String {
    // An escape is longer than its character, so no more than `chars` of them are of interest.
    let (text, cut) = cut(text, chars);
    let mut line = escape_line(text);
    if let Some((end, _)) = line.char_indices().nth(chars) {
        line.truncate(end);
    } else if !cut {
        return line;
    }
    if line.chars().count() >= chars {
        line.pop();
    }
    line.push('…');
    line
}

/// The first `chars` characters, and whether that is less than all.
pub(crate) fn cut(text: &str, chars: usize) -> (&str, bool) {
    match text.char_indices().nth(chars) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

/// Writes one character as [`escape`] would.
pub(crate) fn push_visible(out: &mut String, c: char) {
    if c == '\r' {
        out.push_str(r"\r");
    } else if is_hidden(c) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// One cluster of characters after some others, as [`escape_line`] would write it.
pub(crate) fn visible_cluster<'a>(before: &str, cluster: &'a str) -> Cow<'a, str> {
    if cluster == "[" && before.ends_with("##") {
        r"\[".into()
    } else if cluster.contains(|c: char| is_hidden(c) || c == '\r') {
        escape_line(cluster).into()
    } else {
        cluster.into()
    }
}

/// Whether a character acts on what shows it, or shows as nothing. Joiners and variation selectors of the basic plane
/// are not hidden: emoji and some scripts need them.
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Bidirectional marks, embeddings, overrides and isolates.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Invisible: zero-width space and no-break space, word joiner and operators, deprecated format characters.
        '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => true,
        // Line and paragraph separators, which break lines in places.
        '\u{2028}' | '\u{2029}' => true,
        // Interlinear annotations, and what is no character.
        '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => true,
        // Tags and the selectors of the supplementary plane, in which text can be smuggled.
        '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_hides_becomes_visible() {
        for (text, shown) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("\x1b[31mred\x1b[0m", r"\u{1b}[31mred\u{1b}[0m"),
            ("\u{9b}2J\0\x7f", r"\u{9b}2J\u{0}\u{7f}"),
            ("a\u{202e}b\u{2066}", r"a\u{202e}b\u{2066}"),
            ("x\u{200b}\u{e0041}", r"x\u{200b}\u{e0041}"),
            ("::one ::two\n  ::error::x\ny::z ##[error]", "::one ::two\n  \\::error::x\ny::z ##\\[error]"),
            ("progress\rdone\r\n", "progress\\rdone\n"),
            ("👩‍👩‍👧 ❤️ می‌خواهم", "👩‍👩‍👧 ❤️ می‌خواهم"),
        ] {
            assert_eq!(escape(text), shown);
        }
        assert_eq!(escape_line("a\nb\tc\r\nd"), r"a\nb\tc\nd");
    }

    #[test]
    fn short_is_short() {
        assert_eq!(escape_short("abc", 3), "abc");
        assert_eq!(escape_short("abcd", 3), "ab…");
        assert_eq!(escape_short("\x1b\x1b\x1b", 3), r"\u…");
        assert_eq!(escape_short("ab\n", 3), "ab…", "an escape that does not fit is cut");
    }
}
