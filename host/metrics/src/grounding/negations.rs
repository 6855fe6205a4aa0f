//! Negations that the context does not have, or that the output leaves out.

use std::ops::Range;

use super::claim::Claim;
use super::evidence::is_said;
use super::hit::{Hit, Rule};

/// Coverage from which on a passage is about the same as the sentence, so that its negations can be compared.
const ABOUT_THE_SAME: f64 = 0.4;

pub(super) fn hits(claim: &Claim<'_, '_>) -> Vec<(Range<usize>, Hit)> {
    let mut hits = Vec::new();
    hits.extend(added(claim));
    hits.extend(dropped(claim));
    hits
}

/// More negations than in the nearest passage.
fn added(claim: &Claim<'_, '_>) -> Option<(Range<usize>, Hit)> {
    let nearest = claim.alignment.nearest?;
    if claim.alignment.coverage? < ABOUT_THE_SAME {
        return None;
    }
    let mut negations =
        claim.open().filter(|at| claim.word(*at).is_negation && !claim.is_reply(*at)).peekable();
    negations.peek()?;
    let near = claim.aligner.as_near(nearest).map(|passage| claim.evidence.negations(passage));
    // The first one that is too many.
    let at = negations.nth(near.max().unwrap_or(0))?;
    let span = claim.span(at..at + 1);
    Some((at..at + 1, Hit { rule: Rule::NegationAdded, span, passage: Some(nearest), instead: None }))
}

/// Two neighbours that say something, and that the context has only with a negation.
fn dropped(claim: &Claim<'_, '_>) -> Option<(Range<usize>, Hit)> {
    if (claim.first..claim.end).any(|at| claim.word(at).is_negation) {
        return None;
    }
    let mut pairs = claim.open().filter(|at| at + 1 < claim.end && !claim.output.done[at + 1]);
    let at = pairs.find(|at| {
        let (first, second) = (claim.word(*at), claim.word(at + 1));
        is_said(first) && is_said(second) && claim.evidence.only_denies(first.stem.pair(second.stem))
    })?;
    let passage = claim.aligner.nearest_with(claim.stem(at + 1)).or(claim.alignment.nearest);
    let tokens = at..at + 2;
    Some((
        tokens.clone(),
        Hit { rule: Rule::NegationDropped, span: claim.span(tokens), passage, instead: None },
    ))
}
