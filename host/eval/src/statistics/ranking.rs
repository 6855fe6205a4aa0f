//! Scores against labels of two classes, over all thresholds at once.

/// Scores in order with their labels, sorted once. A higher score says more strongly that the row is positive.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    /// Rows from the highest score to the lowest.
    order: Vec<u32>,
    /// Labels, in that order.
    positive: Vec<bool>,
    /// Where each run of equal scores ends in that order.
    ends: Vec<u32>,
    /// The score of each run.
    scores: Vec<f64>,
}

/// One threshold of a ranking: everything from a score upwards is called positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// Lowest score that is called positive.
    pub(crate) score: f64,
    /// The next lower score, which is not; `None` where nothing lower was seen.
    pub(crate) below: Option<f64>,
    /// Positive rows at or above it.
    pub(crate) true_positives: u64,
    /// Negative rows at or above it.
    pub(crate) false_positives: u64,
}

impl Ranking {
    /// Sorts rows; `scores` and `positive` are equally long, and no score is NaN.
    pub(crate) fn new(scores: &[f64], positive: &[bool]) -> Self {
        // Adding zero makes a negative zero equal to the positive one.
        let score = |row: u32| scores[row as usize] + 0.0;
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let (mut ends, mut runs) = (Vec::new(), Vec::new());
        for (place, &row) in order.iter().enumerate() {
            let next = order.get(place + 1).map(|&row| score(row));
            if next != Some(score(row)) {
                ends.push(place as u32 + 1);
                runs.push(score(row));
            }
        }
        let positive = order.iter().map(|&row| positive[row as usize]).collect();
        Self { order, positive, ends, scores: runs }
    }

    /// Positive and negative weight at each run of equal scores, from the highest down.
    fn runs<'a>(&'a self, weights: &'a [u32]) -> impl Iterator<Item = (u64, u64)> + 'a {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let run = start..end as usize;
            start = end as usize;
            let mut counts = (0, 0);
            for (&row, &positive) in self.order[run.clone()].iter().zip(&self.positive[run]) {
                let weight = u64::from(weights[row as usize]);
                *(if positive { &mut counts.0 } else { &mut counts.1 }) += weight;
            }
            counts
        })
    }

    /// Area under the ROC curve: the chance that a positive row scores higher than a negative one, where equal scores count
    /// half. 0.5 is chance. `None` without rows of both classes.
    ///
    /// Source: J. A. Hanley and B. J. McNeil, "The Meaning and Use of the Area under a ROC Curve", Radiology 143 (1982).
    pub(crate) fn auroc(&self, weights: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut twice) = (0_u64, 0_u64, 0_u128);
        for (positive, negative) in self.runs(weights) {
            twice += u128::from(negative) * u128::from(2 * positives + positive);
            positives += positive;
            negatives += negative;
        }
        let pairs = u128::from(positives) * u128::from(negatives);
        (pairs > 0).then(|| twice as f64 / (2.0 * pairs as f64))
    }

    /// Average precision: precision at each threshold, weighted with the recall that it gains. A ranking by chance gets
    /// the share of positive rows. `None` without positive rows.
    ///
    /// Source: scikit-learn's `average_precision_score`, which does not interpolate.
    pub(crate) fn average_precision(&self, weights: &[u32]) -> Option<f64> {
        let (mut positives, mut all, mut sum) = (0_u64, 0_u64, 0.0);
        for (positive, negative) in self.runs(weights) {
            positives += positive;
            all += positive + negative;
            if positive > 0 {
                sum += positive as f64 * (positives as f64 / all as f64);
            }
        }
        (positives > 0).then(|| sum / positives as f64)
    }

    /// Every threshold that tells two rows with a weight apart, from the strictest down; the last one calls everything
    /// positive.
    pub(crate) fn cuts(&self, weights: &[u32]) -> Vec<Cut> {
        let (mut true_positives, mut false_positives) = (0, 0);
        let mut cuts: Vec<Cut> = Vec::new();
        for (&score, (positive, negative)) in self.scores.iter().zip(self.runs(weights)) {
            if positive + negative == 0 {
                continue;
            }
            if let Some(last) = cuts.last_mut() {
                last.below = Some(score);
            }
            true_positives += positive;
            false_positives += negative;
            cuts.push(Cut { score, below: None, true_positives, false_positives });
        }
        cuts
    }
}
