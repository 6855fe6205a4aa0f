//! Numbers that the context does not have, or has elsewhere only.

use super::claim::Claim;
use super::evidence::MOST_PLACES;
use super::hit::{Hit, Rule};
use super::lexicon::{Class, StemId};

/// Words on either side of a number in the output that say what is counted.
const NEAR_OUTPUT: usize = 3;
/// Words on either side of the same number in the context among which one of those has to be.
const NEAR_CONTEXT: usize = 25;
/// Of those words, how many the context has to have before their absence says anything.
const FEWEST: usize = 2;

pub(super) fn hits(claim: &Claim<'_, '_>) -> Vec<(usize, Hit)> {
    let numbers = &claim.output.reading.numbers;
    let from = numbers.partition_point(|(token, _)| *token < claim.first);
    let sentence = numbers[from..].iter().take_while(|(token, _)| *token < claim.end);
    let checked = sentence.filter(|(token, number)| number.claims && !claim.output.done[*token]);
    let hit = checked.filter_map(|(at, number)| {
        let (rule, passage) = match claim.evidence.places(number) {
            // A passage with another price says more of a price than one without.
            None => {
                let alike = claim.aligner.nearest_that(|passage| claim.evidence.counts(passage, number.unit));
                (Rule::Number, alike.or(claim.alignment.nearest))
            }
            Some(places)
                if number.value > 1.0 && places.len() < MOST_PLACES && is_elsewhere(claim, *at, &places) =>
            {
                (Rule::NumberElsewhere, claim.alignment.nearest)
            }
            Some(_) => return None,
        };
        Some((*at, Hit { rule, span: claim.span(*at..*at + 1), passage, instead: None }))
    });
    hit.collect()
}

/// Whether the number stands in the context, but never near any of the words that it stands near in the output, though
/// the context has those as well.
fn is_elsewhere(claim: &Claim<'_, '_>, at: usize, places: &[(u32, u32)]) -> bool {
    let near = at.saturating_sub(NEAR_OUTPUT).max(claim.first)..(at + NEAR_OUTPUT + 1).min(claim.end);
    let counted: Vec<StemId> = near
        .filter(|near| matches!(claim.word(*near).class, Class::Content | Class::Unspaced))
        .map(|near| claim.stem(near))
        .filter(|stem| claim.evidence.has(*stem))
        .collect();
    counted.len() >= FEWEST
        && !places.iter().any(|(text, token)| {
            let tokens = &claim.evidence.texts[*text as usize].reading.tokens;
            let token = *token as usize;
            let near = token.saturating_sub(NEAR_CONTEXT)..(token + NEAR_CONTEXT + 1).min(tokens.len());
            tokens[near].iter().any(|token| counted.contains(&claim.lexicon.get(token.word).stem))
        })
}
