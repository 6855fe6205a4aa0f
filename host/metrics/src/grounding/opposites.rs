//! Words whose opposite stands in the context, where they do not.

use super::claim::Claim;
use super::contrast::negated_forms;
use super::hit::{Hit, Rule};
use super::lexicon::{Class, StemId, normal};

pub(super) fn hits(claim: &Claim<'_, '_>) -> Vec<(usize, Hit)> {
    let unsaid = claim.open().filter(|at| {
        let word = claim.word(*at);
        matches!(word.class, Class::Content | Class::Function) && !claim.evidence.has(word.stem)
    });
    let hit = unsaid.filter_map(|at| {
        let opposite = opposed(claim, at).or_else(|| negated(claim, at))?;
        let passage = claim.aligner.nearest_with(opposite).or_else(|| anywhere(claim, opposite));
        Some((
            at,
            Hit { rule: Rule::Opposite, span: claim.span(at..at + 1), passage, instead: Some(opposite) },
        ))
    });
    hit.collect()
}

/// A word of the context on another side of a contrast, where the context has none of the word's own side.
fn opposed(claim: &Claim<'_, '_>, at: usize) -> Option<StemId> {
    let sides = claim.word(at).sides.iter();
    sides
        .filter(|side| claim.evidence.on_side(**side).is_none())
        .find_map(|side| claim.evidence.on_other_side(*side))
}

/// A word of the context that is this one with or without "un-", "in-", "dis-".
fn negated(claim: &Claim<'_, '_>, at: usize) -> Option<StemId> {
    if claim.word(at).class != Class::Content {
        return None;
    }
    let word = normal(claim.raw(at));
    let found = negated_forms(&word).filter_map(|form| claim.lexicon.stem(&form));
    let mut found = found.filter(|stem| claim.evidence.has(*stem));
    found.next()
}

/// Function words have no passages of their own: the first place is enough.
fn anywhere(claim: &Claim<'_, '_>, stem: StemId) -> Option<u32> {
    claim.alignment.nearest.filter(|passage| {
        claim.evidence.tokens(*passage).iter().any(|token| claim.lexicon.get(token.word).stem == stem)
    })
}
