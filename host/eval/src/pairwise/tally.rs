//! Counts comparisons.

use scorebox_metrics::{Comparison, Preference};

use super::{JudgeTally, Pairwise, SampleComparison};
use crate::gate::CONFIDENCE;
use crate::run::Rate;
use crate::statistics::{wilson, wilson_of_share};

/// What is counted while samples are compared.
#[derive(Debug, Default)]
pub(super) struct Tally {
    samples: u64,
    without_answer: u64,
    faulted: u64,
    a_wins: u64,
    b_wins: u64,
    ties: u64,
    favoured_first: u64,
    favoured_second: u64,
    same_family: u64,
    judges: Vec<JudgeTally>,
}

impl Tally {
    pub(super) fn add(&mut self, compared: &SampleComparison) {
        self.samples += 1;
        match compared.preference {
            Some(Preference::A) => self.a_wins += 1,
            Some(Preference::B) => self.b_wins += 1,
            Some(Preference::Tie) => self.ties += 1,
            None => self.faulted += 1,
        }
        self.same_family +=
            u64::from(compared.judges.iter().any(|comparison| comparison.same_family.is_some()));
        for comparison in &compared.judges {
            self.add_judge(comparison);
        }
    }

    pub(super) fn add_without_answer(&mut self) {
        self.samples += 1;
        self.without_answer += 1;
    }

    fn add_judge(&mut self, comparison: &Comparison) {
        if !comparison.was_asked {
            return;
        }
        let at = self.judges.iter().position(|judge| judge.judge == comparison.judge);
        let at = at.unwrap_or_else(|| {
            let judge = comparison.judge.clone();
            self.judges.push(JudgeTally { judge, comparisons: 0, inconsistent: 0, a_wins: 0, b_wins: 0 });
            self.judges.len() - 1
        });
        let judge = &mut self.judges[at];
        judge.comparisons += 1;
        judge.inconsistent += u64::from(!comparison.is_consistent());
        judge.a_wins += u64::from(comparison.preference == Preference::A);
        judge.b_wins += u64::from(comparison.preference == Preference::B);
        match (comparison.a_first, comparison.b_first) {
            (Preference::A, Preference::B) => self.favoured_first += 1,
            (Preference::B, Preference::A) => self.favoured_second += 1,
            _ => {}
        }
    }

    /// Samples that were compared.
    pub(super) fn compared(&self) -> u64 {
        self.a_wins + self.b_wins + self.ties
    }

    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    pub(super) fn without_answer(&self) -> u64 {
        self.without_answer
    }

    pub(super) fn bad(&self) -> u64 {
        self.faulted
    }

    /// Writes the counts into `result`.
    pub(super) fn finish(self, result: &mut Pairwise) {
        let n = self.compared();
        if self.same_family > 0 {
            result.notes.push(format!(
                "judge and subject are of one family in {} of {n} samples, and judges favour their own: take a judge of \
                 another family",
                self.same_family
            ));
        }
        let share = (self.b_wins as f64 + self.ties as f64 / 2.0) / n.max(1) as f64;
        let (low, high) = wilson_of_share(share, n, CONFIDENCE);
        result.b_win_rate = (n > 0).then_some(Rate { value: share, low, high, n });
        let comparisons = self.judges.iter().map(|judge| judge.comparisons).sum::<u64>();
        let inconsistent = self.judges.iter().map(|judge| judge.inconsistent).sum::<u64>();
        let (low, high) = wilson(inconsistent, comparisons, CONFIDENCE);
        let value = inconsistent as f64 / comparisons.max(1) as f64;
        result.position_bias = (comparisons > 0).then_some(Rate { value, low, high, n: comparisons });
        result.samples = self.samples;
        result.without_answer = self.without_answer;
        result.faulted = self.faulted;
        result.a_wins = self.a_wins;
        result.b_wins = self.b_wins;
        result.ties = self.ties;
        result.favoured_first = self.favoured_first;
        result.favoured_second = self.favoured_second;
        result.judges = self.judges;
    }
}

/// What the majority of the judges prefers; a tie where there is none.
pub(super) fn majority(comparisons: &[Comparison]) -> Preference {
    let votes =
        |preference| comparisons.iter().filter(|comparison| comparison.preference == preference).count();
    match votes(Preference::A).cmp(&votes(Preference::B)) {
        std::cmp::Ordering::Greater => Preference::A,
        std::cmp::Ordering::Less => Preference::B,
        std::cmp::Ordering::Equal => Preference::Tie,
    }
}
