//! All terms and patterns as one automaton, so that a long list costs one pass over the text.

use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::meta;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use scorebox_sdk::Failure;

use crate::settings::{AdvisedPattern, AdvisedTerm, Settings};

/// What is internal, ready to be searched for.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    automaton: meta::Regex,
    /// By pattern number of the automaton.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    rule: String,
    instead: Option<String>,
}

/// One place where the text says something internal.
pub(crate) struct Hit<'a> {
    pub(crate) rule: &'a str,
    pub(crate) instead: Option<&'a str>,
    pub(crate) bytes: Range<usize>,
}

impl Vocabulary {
    /// # Errors
    /// [`Failure::Settings`], naming the entry, if one is empty, is no regular expression, or would match everywhere.
    pub(crate) fn new(settings: Settings) -> Result<Self, Failure> {
        if settings.terms.is_empty() && settings.patterns.is_empty() {
            return Err(Failure::settings("nothing to look for: give `terms`, `patterns` or both"));
        }
        let mut terms = Vec::with_capacity(settings.terms.len());
        let mut samples = Vec::new();
        for (at, term) in settings.terms.into_iter().enumerate() {
            let AdvisedTerm { term, instead, rule } = term.into();
            let field = format!("terms[{at}]");
            let syntax = term_syntax(&term).ok_or_else(|| {
                Failure::settings(format!("{field}: write a word or a phrase, not an empty text"))
            })?;
            let hir = parse(&syntax, settings.case_sensitive).map_err(|error| {
                Failure::settings(format!("{field}: \"{term}\" cannot be looked for: {error}"))
            })?;
            let length = term.chars().count();
            samples.push(term);
            terms.push((length, hir, entry(&field, rule, "internal-term", instead)?));
        }
        // The automaton prefers the earlier of two that start at the same place, and the longer phrase says more.
        terms.sort_by_key(|(length, ..)| Reverse(*length));
        let mut hirs = Vec::new();
        let mut entries = Vec::new();
        for (_, hir, entry) in terms {
            hirs.push(hir);
            entries.push(entry);
        }
        for (at, pattern) in settings.patterns.into_iter().enumerate() {
            let AdvisedPattern { pattern, instead, rule } = pattern.into();
            let field = format!("patterns[{at}]");
            let hir = parse(&pattern, true)
                .map_err(|error| Failure::settings(format!("{field}: not a regular expression: {error}")))?;
            if hir.properties().minimum_len().unwrap_or(0) == 0 {
                let reason =
                    format!("{field}: `{pattern}` also matches the empty text: make it need a character");
                return Err(Failure::settings(reason));
            }
            hirs.push(hir);
            entries.push(entry(&field, rule, "internal-identifier", instead)?);
        }
        let automaton = meta::Builder::new().build_many_from_hir(&hirs).map_err(|error| {
            Failure::settings(format!("the terms and patterns are too many or too large: {error}"))
        })?;
        // Searching builds the automaton's working memory piece by piece. What is built here, every sample starts with.
        let pangrams =
            "The quick brown fox jumps over the lazy dog (1234567890). Zwölf Boxkämpfer jagen Viktor, Übel!";
        automaton.find_iter(pangrams).count();
        for term in samples.iter().take(50) {
            automaton.is_match(term.as_str());
        }
        Ok(Self { automaton, entries })
    }

    /// The hits in `text` from left to right; none overlap.
    pub(crate) fn hits<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Hit<'a>> + 'a {
        self.automaton.find_iter(text).map(|found| {
            let entry = &self.entries[found.pattern().as_usize()];
            Hit { rule: &entry.rule, instead: entry.instead.as_deref(), bytes: found.range() }
        })
    }
}

fn entry(
    field: &str,
    rule: Option<String>,
    default: &str,
    instead: Option<String>,
) -> Result<Entry, Failure> {
    let rule = rule.unwrap_or_else(|| default.to_owned());
    let kebab = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if rule.len() <= 100 && rule.split('-').all(kebab) {
        Ok(Entry { rule, instead })
    } else {
        Err(Failure::settings(format!(
            "{field}.rule: \"{rule}\" is not short kebab-case: write it like `project-name`"
        )))
    }
}

fn parse(syntax: &str, case_sensitive: bool) -> Result<Hir, String> {
    // Only the last line of the parser's report says what is wrong; the others draw the pattern again.
    let last_line = |error: &regex_syntax::Error| {
        let report = error.to_string();
        let line = report.lines().last().unwrap_or_default();
        line.strip_prefix("error: ").unwrap_or(line).to_owned()
    };
    ParserBuilder::new()
        .case_insensitive(!case_sensitive)
        .build()
        .parse(syntax)
        .map_err(|error| last_line(&error))
}

/// The regular expression that finds `term` as whole words, or nothing if it has no characters.
fn term_syntax(term: &str) -> Option<String> {
    let words: Vec<String> = term.split_whitespace().map(word_syntax).collect();
    let first = term.trim().chars().next()?;
    let last = term.trim().chars().next_back()?;
    // Half boundaries, because `\b` would ask for a word character before `@team` and after `C++`.
    let start = if writes_without_spaces(first) { "" } else { r"\b{start-half}" };
    let end = if writes_without_spaces(last) { "" } else { r"\b{end-half}" };
    Some(format!("{start}{}{end}", words.join(r"\s+")))
}

/// One word, taken literally, but with either apostrophe and either hyphen: models write `’` and U+2011.
fn word_syntax(word: &str) -> String {
    let character = |character: char| match character {
        '\'' | '\u{2019}' => "['\u{2019}]".to_owned(),
        '-' | '\u{2010}' | '\u{2011}' => "[-\u{2010}\u{2011}]".to_owned(),
        other => regex_syntax::escape(other.encode_utf8(&mut [0; 4])),
    };
    word.chars().map(character).collect()
}

/// Whether words in the script of `character` stand next to each other without a space, so that a word boundary would
/// hide them: Thai, Lao, Burmese, Khmer, kana, Han.
fn writes_without_spaces(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}
