//! Verdicts against labels, counted in four cells.

/// How often verdicts and labels fell together. Positive is what is looked for: a sample that should fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Confusion {
    /// Positive in both.
    pub(crate) true_positives: u64,
    /// Positive by verdict alone.
    pub(crate) false_positives: u64,
    /// Positive by label alone.
    pub(crate) false_negatives: u64,
    /// Negative in both.
    pub(crate) true_negatives: u64,
}

impl Confusion {
    /// Counts `weight` rows with this verdict and label.
    pub(crate) fn add(&mut self, verdict: bool, label: bool, weight: u64) {
        *match (verdict, label) {
            (true, true) => &mut self.true_positives,
            (true, false) => &mut self.false_positives,
            (false, true) => &mut self.false_negatives,
            (false, false) => &mut self.true_negatives,
        } += weight;
    }

    /// All rows.
    pub(crate) fn total(&self) -> u64 {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// Share of the positive verdicts that are right.
    pub(crate) fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of the positive labels that are found.
    pub(crate) fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Share of the negative labels that are left alone.
    pub(crate) fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).
    pub(crate) fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        share(twice, twice + self.false_positives + self.false_negatives)
    }

    /// Mean of recall and specificity: 0.5 is what chance, or one verdict for all, gets.
    pub(crate) fn balanced_accuracy(&self) -> Option<f64> {
        Some(f64::midpoint(self.recall()?, self.specificity()?))
    }

    /// Share of rows in which verdict and label agree.
    pub(crate) fn agreement(&self) -> Option<f64> {
        share(self.true_positives + self.true_negatives, self.total())
    }

    /// Agreement beyond chance: 0 is what chance gets, 1 is full agreement. `None` where both know one class only.
    ///
    /// Source: J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20
    /// (1960).
    pub(crate) fn kappa(&self) -> Option<f64> {
        let n = self.total() as f64;
        let by_verdict = (self.true_positives + self.false_positives) as f64;
        let by_label = (self.true_positives + self.false_negatives) as f64;
        let chance = (by_verdict * by_label + (n - by_verdict) * (n - by_label)) / (n * n);
        let kappa = (self.agreement()? - chance) / (1.0 - chance);
        kappa.is_finite().then_some(kappa)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_nothing() {
        let mut confusion = Confusion::default();
        assert_eq!((confusion.precision(), confusion.recall(), confusion.kappa()), (None, None, None));
        confusion.add(false, false, 5);
        assert_eq!(confusion.kappa(), None, "one class agrees with itself by chance");
        assert_eq!((confusion.balanced_accuracy(), confusion.agreement()), (None, Some(1.0)));
    }
}
