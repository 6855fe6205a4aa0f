//! How much of the output's wording stands in the context, by sentence and in all.

use super::alignment::Alignment;
use super::claim::Claim;

/// Counts of one sentence, or of the whole output.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Support {
    words: usize,
    words_supported: usize,
    pairs: usize,
    pairs_supported: usize,
    coverage: f64,
    covered_sentences: usize,
}

/// Words that a sentence needs to say something by itself.
const SAYS_SOMETHING: usize = 3;

impl Support {
    /// The counts of one sentence.
    pub(super) fn of(claim: &Claim<'_, '_>) -> Self {
        let mut support = Self::default();
        let mut previous: Option<usize> = None;
        for at in claim.open().filter(|at| !claim.is_reply(*at)) {
            support.words += 1;
            support.words_supported += usize::from(claim.is_supported(at));
            if let Some(previous) = previous
                && previous + 1 == at
            {
                let pair = claim.stem(previous).pair(claim.stem(at));
                support.pairs += 1;
                support.pairs_supported += usize::from(claim.evidence.has_pair(pair));
            }
            previous = Some(at);
        }
        let Alignment { coverage, .. } = claim.alignment;
        if let Some(coverage) = coverage {
            support.coverage = coverage;
            support.covered_sentences = 1;
        }
        support
    }

    pub(super) fn add(&mut self, sentence: &Self) {
        self.words += sentence.words;
        self.words_supported += sentence.words_supported;
        self.pairs += sentence.pairs;
        self.pairs_supported += sentence.pairs_supported;
        self.coverage += sentence.coverage;
        self.covered_sentences += sentence.covered_sentences;
    }

    /// Words that were checked.
    pub(super) fn checked(&self) -> usize {
        self.words
    }

    /// Whether there is enough to judge a sentence by.
    pub(super) fn says_something(&self) -> bool {
        self.words >= SAYS_SOMETHING && self.covered_sentences > 0
    }

    /// The share of words that the context has; 1 where there is none.
    pub(super) fn words(&self) -> f64 {
        share(self.words_supported, self.words).unwrap_or(1.0)
    }

    /// The share of neighbouring words that are neighbours in the context.
    pub(super) fn pairs(&self) -> f64 {
        share(self.pairs_supported, self.pairs).unwrap_or_else(|| self.words())
    }

    /// The mean over sentences of how much of each its nearest passage has.
    #[expect(clippy::cast_precision_loss, reason = "counts of sentences stay far below 2^52")]
    pub(super) fn coverage(&self) -> f64 {
        if self.covered_sentences == 0 { self.words() } else { self.coverage / self.covered_sentences as f64 }
    }

    /// The mean of the three.
    pub(super) fn mean(&self) -> f64 {
        (self.words() + self.pairs() + self.coverage()) / 3.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
