//! Words in a row, or whole sentences, that have nothing to do with the context.

use std::ops::Range;

use super::claim::Claim;
use super::evidence::is_said;
use super::hit::{Hit, Rule};

/// Words in a row that make a phrase; those that hold a sentence together do not count. One or two new words are another
/// way to say something as often as something else.
const SHORTEST: usize = 3;
/// Coverage below which a sentence is not about the context.
const ABOUT_SOMETHING_ELSE: f64 = 0.2;

pub(super) fn hits(claim: &Claim<'_, '_>) -> Vec<Hit> {
    let said = claim.open().filter(|at| is_said(claim.word(*at))).count();
    let hit = |rule, tokens: Range<usize>| Hit {
        rule,
        span: claim.span(tokens),
        passage: claim.alignment.nearest,
        instead: None,
    };
    if said >= SHORTEST && claim.alignment.coverage.is_some_and(|coverage| coverage < ABOUT_SOMETHING_ELSE) {
        return vec![hit(Rule::Sentence, claim.first..claim.end)];
    }
    let mut hits = Vec::new();
    let mut run: Option<(usize, usize, usize)> = None;
    for at in claim.first..=claim.end {
        let is_inside = at < claim.end && !claim.output.done[at];
        if is_inside && !is_said(claim.word(at)) {
            continue;
        }
        if is_inside && !claim.is_supported(at) {
            let (first, _, length) = run.unwrap_or((at, at, 0));
            run = Some((first, at, length + 1));
        } else if let Some((first, last, length)) = run.take()
            && length >= SHORTEST
        {
            hits.push(hit(Rule::Phrase, first..last + 1));
        }
    }
    hits
}
