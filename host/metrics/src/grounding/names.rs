//! Names and codes that the context does not have.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::claim::Claim;
use super::evidence::Evidence;
use super::hit::{Hit, Rule};
use super::lexicon::{Class, normal};

/// What names can be held against, beside the words of the context. Made when the first name asks for it.
#[derive(Debug)]
pub(super) struct Names<'e, 'a> {
    evidence: &'e Evidence<'a>,
    /// Whether a capital marks a name in the output. In German it does not.
    capitals: bool,
    initials: OnceCell<HashSet<[u8; LONGEST_ACRONYM], foldhash::fast::RandomState>>,
    /// Sorted.
    words: OnceCell<Vec<String>>,
}

/// Letters of an acronym that is looked for among the initials of the context.
const LONGEST_ACRONYM: usize = 6;

impl<'e, 'a> Names<'e, 'a> {
    pub(super) fn new(evidence: &'e Evidence<'a>, capitals: bool) -> Self {
        Self { evidence, capitals, initials: OnceCell::new(), words: OnceCell::new() }
    }

    /// Each hit with its tokens.
    pub(super) fn hits(&self, claim: &Claim<'_, '_>) -> Vec<(std::ops::Range<usize>, Hit)> {
        let is_plain = |at: usize| claim.word(at).class == Class::Content && !is_upper(claim.raw(at));
        // A sentence in capitals throughout, such as a heading, marks no names.
        let capitals =
            self.capitals && (claim.first..claim.end).any(|at| is_plain(at) || is_lower(claim.raw(at)));
        let mut hits: Vec<(std::ops::Range<usize>, Hit)> = Vec::new();
        for at in claim.open() {
            let raw = claim.raw(at);
            if claim.word(at).class != Class::Content || claim.evidence.has(claim.stem(at)) {
                continue;
            }
            let is_name = capitals && is_upper(raw) && raw.len() > 1 && !begins(claim, at);
            if !(is_code(raw) || is_name) || self.is_known(raw) {
                continue;
            }
            if let Some((tokens, hit)) = hits.last_mut()
                && tokens.end == at
                && claim.before(at) == " "
            {
                tokens.end = at + 1;
                hit.span = claim.span(tokens.clone());
                continue;
            }
            // What begins a sentence is part of a name if the next word is.
            let first = at.checked_sub(1).filter(|first| {
                *first == claim.first
                    && !claim.output.done[*first]
                    && claim.word(*first).class == Class::Content
                    && is_upper(claim.raw(*first))
                    && !claim.evidence.has(claim.stem(*first))
                    && claim.before(at) == " "
            });
            let tokens = first.unwrap_or(at)..at + 1;
            let span = claim.span(tokens.clone());
            hits.push((
                tokens,
                Hit { rule: Rule::Name, span, passage: claim.alignment.nearest, instead: None },
            ));
        }
        hits
    }

    /// Whether the context has another form of the name.
    fn is_known(&self, raw: &str) -> bool {
        self.is_acronym(raw) || (!is_code(raw) && self.has_relative(&normal(raw)))
    }

    /// Whether the letters are the initials of words that stand together: "SSO" for "single sign-on".
    fn is_acronym(&self, raw: &str) -> bool {
        let letters: Vec<u8> = raw.bytes().filter(u8::is_ascii_alphabetic).collect();
        let capitals = letters.iter().filter(|letter| letter.is_ascii_uppercase()).count();
        if !raw.is_ascii() || capitals < 2 || !(2..=LONGEST_ACRONYM).contains(&letters.len()) {
            return false;
        }
        let mut key = [0; LONGEST_ACRONYM];
        for (slot, letter) in key.iter_mut().zip(&letters) {
            *slot = letter.to_ascii_lowercase();
        }
        self.initials.get_or_init(|| initials(self.evidence)).contains(&key)
    }

    /// Whether the context has a word of the same beginning: "Italy" for "Italian".
    fn has_relative(&self, name: &str) -> bool {
        let letters = name.chars().count();
        let Some((end, last)) = name.char_indices().nth(letters.saturating_sub(4).max(3)) else {
            return false;
        };
        let beginning = &name[..end + last.len_utf8()];
        let words = self.words.get_or_init(|| words(self.evidence));
        let at = words.partition_point(|word| word.as_str() < beginning);
        words.get(at).is_some_and(|word| word.starts_with(beginning))
    }
}

fn initials(evidence: &Evidence<'_>) -> HashSet<[u8; LONGEST_ACRONYM], foldhash::fast::RandomState> {
    let mut found = HashSet::default();
    for support in &evidence.texts {
        let tokens = &support.reading.tokens;
        let letter = |start: usize| support.text.as_bytes()[start].to_ascii_lowercase();
        let letters = tokens.iter().map(|token| letter(token.start)).collect::<Vec<_>>();
        for length in 2..=LONGEST_ACRONYM {
            for window in letters.windows(length) {
                let mut key = [0; LONGEST_ACRONYM];
                key[..length].copy_from_slice(window);
                found.insert(key);
            }
        }
    }
    found
}

fn words(evidence: &Evidence<'_>) -> Vec<String> {
    let all = evidence
        .texts
        .iter()
        .flat_map(|support| support.reading.tokens.iter().map(|token| &support.text[token.start..token.end]));
    let distinct = all.collect::<HashSet<_, foldhash::fast::RandomState>>();
    let mut words = distinct.into_iter().map(normal).collect::<Vec<_>>();
    words.sort_unstable();
    words
}

/// Whether the word stands where any word has a capital.
fn begins(claim: &Claim<'_, '_>, at: usize) -> bool {
    let before = claim.before(at).trim_end_matches([' ', '"', '“', '‘', '\'', '(', '*']);
    at == claim.first || before.ends_with([':', '•', '-', '–', '—', '\n', '.', '!', '?'])
}

fn is_upper(raw: &str) -> bool {
    raw.chars().next().is_some_and(char::is_uppercase)
}

fn is_lower(raw: &str) -> bool {
    raw.chars().next().is_some_and(char::is_lowercase)
}

/// Letters and digits mixed: "ELITEFIT15".
fn is_code(raw: &str) -> bool {
    let letters = raw.chars().filter(|c| c.is_alphabetic()).count();
    raw.chars().count() >= 4 && letters >= 2 && raw.chars().any(|c| c.is_numeric() || c == '_')
}
