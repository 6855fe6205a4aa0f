//! A text without what has no language: code, addresses, and whatever else is the same in all of them.

use std::ops::Range;

/// Passages that a text is judged by.
const MAX_PASSAGES: usize = 24;

/// A text in which everything but prose is blanked out, byte by byte, so that positions stay.
pub(crate) struct Prose<'a> {
    original: &'a str,
    text: String,
}

impl<'a> Prose<'a> {
    pub(crate) fn new(original: &'a str) -> Self {
        let mut kept = vec![true; original.len()];
        let mut blank = |bytes: Range<usize>| kept[bytes].fill(false);
        fences(original).into_iter().for_each(&mut blank);
        inline_code(original).into_iter().for_each(&mut blank);
        addresses(original).into_iter().for_each(&mut blank);
        if has_own_script(original, &kept) {
            for (at, character) in original.char_indices().filter(|(_, character)| is_latin(*character)) {
                kept[at..at + character.len_utf8()].fill(false);
            }
        }
        // Spans start and end on character boundaries, so what is left is text again.
        let text = original
            .char_indices()
            .flat_map(|(at, character)| {
                let keep = kept[at];
                std::iter::repeat_n(
                    if keep { character } else { ' ' },
                    if keep { 1 } else { character.len_utf8() },
                )
            })
            .collect();
        Self { original, text }
    }

    /// As long as the original, with spaces for what was left out.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The original without the white space around it.
    pub(crate) fn trimmed(&self) -> Range<usize> {
        trim(self.original, 0..self.original.len())
    }

    /// The sentences. Those of a long text come in groups of neighbours, because each that is judged costs the same.
    pub(crate) fn passages(&self) -> Vec<Range<usize>> {
        let sentences = self.sentences();
        let group = sentences.len().div_ceil(MAX_PASSAGES).max(1);
        sentences.chunks(group).map(|group| group[0].start..group[group.len() - 1].end).collect()
    }

    /// The sentences, or lines where those are shorter.
    fn sentences(&self) -> Vec<Range<usize>> {
        let mut sentences = Vec::new();
        let mut start = 0;
        let mut characters = self.text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let ends = match character {
                '\n' | '。' | '！' | '？' | '।' => true,
                '.' | '!' | '?' | '…' => next.is_none_or(char::is_whitespace),
                _ => false,
            };
            if ends || next.is_none() {
                let end = at + character.len_utf8();
                sentences.push(trim(&self.text, start..end));
                start = end;
            }
        }
        sentences.retain(|bytes| self.text[bytes.clone()].chars().any(char::is_alphabetic));
        sentences
    }
}

/// Whether a text with Latin letters is in another script all the same: names of products are Latin in every language.
fn has_own_script(text: &str, kept: &[bool]) -> bool {
    let letters = text.char_indices().filter(|(at, character)| kept[*at] && character.is_alphabetic());
    let (latin, other): (Vec<_>, Vec<_>) = letters.partition(|(_, character)| is_latin(*character));
    !latin.is_empty() && other.len() * 2 >= latin.len() && !other.is_empty()
}

fn is_latin(character: char) -> bool {
    let code = u32::from(character);
    character.is_alphabetic() && (code < 0x0250 || (0x1E00..0x1F00).contains(&code))
}

fn trim(text: &str, bytes: Range<usize>) -> Range<usize> {
    let part = &text[bytes.clone()];
    let start = bytes.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

/// Fenced code, with its fences; one that is never closed goes on to the end.
fn fences(text: &str) -> Vec<Range<usize>> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        match open {
            None if content.starts_with("```") => open = Some((start, "```")),
            None if content.starts_with("~~~") => open = Some((start, "~~~")),
            Some((from, mark)) if content.starts_with(mark) => {
                fences.push(from..at);
                open = None;
            }
            _ => {}
        }
    }
    fences.extend(open.map(|(from, _)| from..text.len()));
    fences
}

/// What stands between backticks on one line.
fn inline_code(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let mut open = None;
        for (at, _) in line.match_indices('`') {
            match open.take() {
                None => open = Some(at),
                Some(from) => spans.push(line_start + from..line_start + at + 1),
            }
        }
        line_start += line.len();
    }
    spans
}

/// Words that are web or e-mail addresses, mentions, tags, paths or identifiers.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let separates =
            character.is_whitespace() || matches!(character, '(' | ')' | '<' | '>' | '"' | '[' | ']');
        match (separates, start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                if is_address(&text[from..at]) {
                    spans.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    spans
}

fn is_address(word: &str) -> bool {
    word.contains("://")
        || word.starts_with("www.")
        || word.contains('@')
        || word.starts_with('#')
        || word.contains('_')
        || word.matches('/').count() > 1
}
