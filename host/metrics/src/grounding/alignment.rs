//! Finds the passage of the context that a sentence of the output is about.

use super::evidence::Evidence;
use super::lexicon::StemId;

/// How a sentence lies on the context.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Alignment {
    /// The passage that shares most with the sentence.
    pub(super) nearest: Option<u32>,
    /// The share of the sentence that stands in this passage, its words weighted by how much they say; `None` where the
    /// sentence says nothing.
    pub(super) coverage: Option<f64>,
}

/// Aligns one sentence after the other.
#[derive(Debug)]
pub(super) struct Aligner<'e, 'a> {
    evidence: &'e Evidence<'a>,
    votes: Vec<f64>,
    voted: Vec<u32>,
}

/// Passages that one word may vote for. A word that stands in more says little, and the time stays linear.
const MOST_VOTES: usize = 64;

impl<'e, 'a> Aligner<'e, 'a> {
    pub(super) fn new(evidence: &'e Evidence<'a>) -> Self {
        Self { evidence, votes: vec![0.0; evidence.passages.len()], voted: Vec::new() }
    }

    /// Aligns a sentence of these distinct words.
    pub(super) fn align(&mut self, stems: &[StemId]) -> Alignment {
        for passage in self.voted.drain(..) {
            self.votes[passage as usize] = 0.0;
        }
        let mut all = 0.0;
        for stem in stems {
            let weight = self.evidence.weight(*stem);
            all += weight;
            for passage in self.evidence.passages_with(*stem).iter().take(MOST_VOTES) {
                let votes = &mut self.votes[*passage as usize];
                if *votes == 0.0 {
                    self.voted.push(*passage);
                }
                *votes += weight;
            }
        }
        if all == 0.0 {
            return Alignment::default();
        }
        let nearest = self.best(self.voted.iter().copied());
        let shared = nearest.map_or(0.0, |passage| {
            let shared = stems.iter().filter(|stem| self.evidence.passage_has(passage, **stem));
            shared.map(|stem| self.evidence.weight(*stem)).sum::<f64>()
        });
        Alignment { nearest, coverage: Some((shared / all).min(1.0)) }
    }

    /// All passages that share as much with the sentence as `nearest` does.
    pub(super) fn as_near(&self, nearest: u32) -> impl Iterator<Item = u32> {
        let most = self.votes[nearest as usize] * (1.0 - 1e-9);
        self.voted.iter().copied().filter(move |passage| self.votes[*passage as usize] >= most)
    }

    /// Of the passages with this word, the nearest to the sentence that was aligned last.
    pub(super) fn nearest_with(&self, stem: StemId) -> Option<u32> {
        self.best(self.evidence.passages_with(stem).iter().take(MOST_VOTES).copied())
    }

    /// Of the passages that share anything with that sentence and hold this, the nearest.
    pub(super) fn nearest_that(&self, holds: impl Fn(u32) -> bool) -> Option<u32> {
        self.best(self.voted.iter().copied().filter(|passage| holds(*passage)))
    }

    /// The passage with most votes; of equal ones the first.
    fn best(&self, passages: impl Iterator<Item = u32>) -> Option<u32> {
        let votes = |passage: u32| self.votes[passage as usize];
        passages.reduce(|best, passage| {
            let (new, old) = (votes(passage), votes(best));
            if new > old || (new == old && passage < best) { passage } else { best }
        })
    }
}
