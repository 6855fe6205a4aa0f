//! What an output claims, and where.

use std::ops::Range;

use serde::Deserialize;

use super::settings::Unit;
use super::{CLAIMS, Hallucination};
use crate::prompt::{Asked, Located, Material, marked, sentences};
use crate::{Fault, FaultKind, Question, Sample, Speaker, Turn};

/// Tokens that a list of claims may have.
const REPLY_TOKENS: u32 = 2000;

/// A claim, and the sentences that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// Bytes of the output.
    pub(super) place: Range<usize>,
    /// Bytes of the sentences that it stands in, as far as they are not the claim itself.
    pub(super) around: Range<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    claims: Vec<String>,
}

impl Hallucination {
    /// The claims of the output in order. A sentence without a claim that the model would find is a claim itself: what a
    /// model overlooks, or was talked into overlooking, is checked all the same.
    pub(super) async fn claims(&self, sample: &Sample, asked: &Asked<'_>) -> Result<Vec<Claim>, Fault> {
        let output = sample.output.as_str();
        let sentences = sentences(output).collect::<Vec<_>>();
        let mut claims = Vec::new();
        for group in groups(&sentences, self.settings.window) {
            let around = group[0].start..group[group.len() - 1].end;
            if around.len() > self.settings.window {
                return Err(Fault::new(
                    FaultKind::Refused,
                    format!(
                        "a sentence of the output has {} bytes, more than `window: {}`: raise it, or shorten the output",
                        around.len(),
                        self.settings.window
                    ),
                ));
            }
            let mut places = match self.settings.unit() {
                Unit::Claims => self.found(sample, &around, asked).await?,
                Unit::Sentences | Unit::Output => Vec::new(),
            };
            let missed = group.iter().filter(|sentence| {
                !places.iter().any(|place| place.start < sentence.end && sentence.start < place.end)
            });
            let missed = missed.cloned().collect::<Vec<_>>();
            places.extend(missed);
            places.sort_by_key(|place| (place.start, place.end));
            places.dedup();
            claims.extend(places.into_iter().map(|place| Claim { around: around_of(&place, group), place }));
        }
        Ok(claims)
    }

    /// The claims that the model finds in a part of the output. Words that do not stand there are no claims of it.
    async fn found(
        &self,
        sample: &Sample,
        around: &Range<usize>,
        asked: &Asked<'_>,
    ) -> Result<Vec<Range<usize>>, Fault> {
        let part = &sample.output[around.clone()];
        let mut materials = Vec::new();
        if !sample.input.is_empty() {
            materials.push(Material { label: "question", text: &sample.input });
        }
        materials.push(Material { label: "answer", text: part });
        let question = Question {
            system: Some(CLAIMS.section("system").to_owned()),
            turns: vec![Turn {
                speaker: Speaker::User,
                text: CLAIMS.fill("find", &[("material", &marked(&materials))]),
            }],
            schema: Some(CLAIMS.schema("find-schema")),
            max_tokens: REPLY_TOKENS,
            ..Question::default()
        };
        let (Found { claims }, _) = asked.ask_for::<Found>(self.model.as_ref(), &question).await?;
        let located = Located::new(part);
        let mut behind = 0;
        let places = claims.iter().filter_map(|claim| {
            let place = located.find(claim, behind)?;
            behind = place.end;
            Some(around.start + place.start..around.start + place.end)
        });
        Ok(places.collect())
    }
}

/// The sentences that a claim stands in.
fn around_of(place: &Range<usize>, sentences: &[Range<usize>]) -> Range<usize> {
    let overlapping =
        sentences.iter().filter(|sentence| place.start < sentence.end && sentence.start < place.end);
    overlapping.fold(place.clone(), |around, sentence| {
        around.start.min(sentence.start)..around.end.max(sentence.end)
    })
}

/// Sentences in groups that span at most `most` bytes, or are one sentence.
fn groups(sentences: &[Range<usize>], most: usize) -> Vec<&[Range<usize>]> {
    let mut groups = Vec::new();
    let mut start = 0;
    for at in 0..sentences.len() {
        if sentences[at].end - sentences[start].start > most && at > start {
            groups.push(&sentences[start..at]);
            start = at;
        }
    }
    if start < sentences.len() {
        groups.push(&sentences[start..]);
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_hold_every_sentence_once(lengths in prop::collection::vec(1..40_usize, 0..20), most in 1..100_usize) {
            let mut at = 0;
            let sentences = lengths.iter().map(|length| {
                at += length + 1;
                at - length - 1..at - 1
            });
            let sentences = sentences.collect::<Vec<_>>();
            let groups = groups(&sentences, most);
            prop_assert_eq!(&groups.concat(), &sentences);
            for group in groups {
                prop_assert!(group.len() == 1 || group[group.len() - 1].end - group[0].start <= most);
            }
        }
    }
}
