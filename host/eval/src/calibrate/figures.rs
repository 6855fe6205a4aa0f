//! How well a metric agrees with people: figures with bootstrap intervals.

use serde::{Deserialize, Serialize};

use crate::calibrate::scale::MAX_GRADE;
use crate::calibrate::scored::Row;
use crate::statistics::{Confusion, Correlation, Grades, Ranking, Resampling};

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// On the rows as they are.
    pub value: f64,
    /// Lower end; absent where too many draws leave the figure undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl Estimate {
    pub(crate) fn of(value: Option<f64>, interval: Option<(f64, f64)>) -> Option<Self> {
        let (low, high) = interval.unzip();
        Some(Self { value: value?, low, high })
    }
}

/// What scores say of labels, without a threshold. A figure is absent where it is not defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreFigures {
    /// Area under the ROC curve, for samples that should fail; 0.5 is chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auroc: Option<Estimate>,
    /// Average precision for samples that should fail; their share is chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_precision: Option<Estimate>,
    /// Spearman's rank correlation; positive where the metric ranks as people do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spearman: Option<Estimate>,
    /// Kendall's tau-b, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kendall: Option<Estimate>,
    /// Cohen's kappa of the metric's value, rounded to a grade; only for metrics that grade from 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa: Option<Estimate>,
    /// The same, with disagreement by the square of the distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quadratic_kappa: Option<Estimate>,
}

/// What verdicts say of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictFigures {
    /// Rows with a verdict.
    pub n: u64,
    /// Failed, and should.
    pub true_positives: u64,
    /// Failed, and should not.
    pub false_positives: u64,
    /// Passed, and should not.
    pub false_negatives: u64,
    /// Passed, and should.
    pub true_negatives: u64,
    /// Share of the failed samples that should fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Estimate>,
    /// Share of the samples that should fail that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<Estimate>,
    /// Harmonic mean of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1: Option<Estimate>,
    /// Mean of recall and the share of good samples that pass; 0.5 is chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<Estimate>,
    /// Agreement beyond chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa: Option<Estimate>,
    /// Share of rows in which verdict and label agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Estimate>,
}

/// How intervals are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bootstrap {
    pub(crate) draws: usize,
    pub(crate) seed: u64,
}

/// Rows as numbers that rise with what is looked for.
#[derive(Debug)]
pub(crate) struct Table {
    /// The worse a sample is by its value, the higher.
    pub(crate) badness: Vec<f64>,
    /// Whether it should fail; empty where grades are not cut in two.
    pub(crate) positive: Vec<bool>,
    /// What ranks are compared with: the worse by label, the higher.
    by_label: Vec<f64>,
    /// The value as a grade, and the grade; empty where either side has none.
    grades: Vec<(usize, usize)>,
    pub(crate) groups: Vec<u32>,
    pub(crate) verdicts: Vec<Option<bool>>,
}

impl Table {
    /// Of rows by a metric of which higher, or lower, values are better.
    pub(crate) fn new(rows: &[Row], higher_is_better: bool, range: Option<(f64, f64)>) -> Self {
        let sign = if higher_is_better { -1.0 } else { 1.0 };
        let cut = rows.iter().all(|row| row.label.positive.is_some());
        let grade = |row: &Row| match (row.label.grade, row.label.positive) {
            (Some(grade), _) => -f64::from(grade),
            (None, positive) => f64::from(u8::from(positive == Some(true))),
        };
        let is_grader = range == Some((1.0, f64::from(MAX_GRADE))) && higher_is_better;
        let both = |row: &Row| {
            let value = row.value.round().clamp(1.0, f64::from(MAX_GRADE)) as usize;
            Some((value - 1, usize::from(row.label.grade?) - 1))
        };
        Self {
            badness: rows.iter().map(|row| sign * row.value).collect(),
            positive: if cut {
                rows.iter().map(|row| row.label.positive == Some(true)).collect()
            } else {
                Vec::new()
            },
            by_label: rows.iter().map(grade).collect(),
            grades: if is_grader { rows.iter().filter_map(both).collect() } else { Vec::new() },
            groups: renumbered(rows),
            verdicts: rows.iter().map(|row| row.fails).collect(),
        }
    }

    /// A weight of one for each row.
    pub(crate) fn ones(&self) -> Vec<u32> {
        vec![1; self.badness.len()]
    }

    /// How many groups the rows are of.
    pub(crate) fn group_count(&self) -> usize {
        self.groups.iter().max().map_or(0, |&last| last as usize + 1)
    }

    pub(crate) fn score_figures(&self, bootstrap: Bootstrap) -> ScoreFigures {
        let ranking = (!self.positive.is_empty()).then(|| Ranking::new(&self.badness, &self.positive));
        let correlation = Correlation::new(&self.badness, &self.by_label);
        let figures = |weights: &[u32]| {
            let grades = self.grade_table(weights);
            [
                ranking.as_ref().and_then(|ranking| ranking.auroc(weights)),
                ranking.as_ref().and_then(|ranking| ranking.average_precision(weights)),
                correlation.spearman(weights),
                correlation.kendall(weights),
                grades.as_ref().and_then(Grades::kappa),
                grades.as_ref().and_then(Grades::quadratic_kappa),
            ]
        };
        let values = figures(&self.ones());
        let intervals = Resampling::new(&self.groups, bootstrap.draws, bootstrap.seed).intervals(figures);
        let [auroc, average_precision, spearman, kendall, kappa, quadratic_kappa] =
            std::array::from_fn(|figure| Estimate::of(values[figure], intervals[figure]));
        ScoreFigures { auroc, average_precision, spearman, kendall, kappa, quadratic_kappa }
    }

    fn grade_table(&self, weights: &[u32]) -> Option<Grades> {
        if self.grades.is_empty() {
            return None;
        }
        let mut table = Grades::new(usize::from(MAX_GRADE));
        for (&(one, other), &weight) in self.grades.iter().zip(weights) {
            table.add(one, other, u64::from(weight));
        }
        Some(table)
    }

    /// What `verdicts`, one a row, say of the labels; `None` where no row is judged or grades are not cut in two.
    pub(crate) fn verdict_figures(
        &self,
        verdicts: &[Option<bool>],
        bootstrap: Bootstrap,
    ) -> Option<VerdictFigures> {
        if self.positive.is_empty() || verdicts.iter().all(Option::is_none) {
            return None;
        }
        let count = |weights: &[u32]| {
            let mut confusion = Confusion::default();
            for ((verdict, &label), &weight) in verdicts.iter().zip(&self.positive).zip(weights) {
                if let Some(verdict) = verdict {
                    confusion.add(*verdict, label, u64::from(weight));
                }
            }
            confusion
        };
        let figures = |weights: &[u32]| {
            let counted = count(weights);
            [
                counted.precision(),
                counted.recall(),
                counted.f1(),
                counted.balanced_accuracy(),
                counted.kappa(),
                counted.agreement(),
            ]
        };
        let ones = self.ones();
        let (counted, values) = (count(&ones), figures(&ones));
        let intervals = Resampling::new(&self.groups, bootstrap.draws, bootstrap.seed).intervals(figures);
        let [precision, recall, f1, balanced_accuracy, kappa, agreement] =
            std::array::from_fn(|figure| Estimate::of(values[figure], intervals[figure]));
        Some(VerdictFigures {
            n: counted.total(),
            true_positives: counted.true_positives,
            false_positives: counted.false_positives,
            false_negatives: counted.false_negatives,
            true_negatives: counted.true_negatives,
            precision,
            recall,
            f1,
            balanced_accuracy,
            kappa,
            agreement,
        })
    }
}

/// Groups numbered from 0 without gaps, which faulted rows leave.
fn renumbered(rows: &[Row]) -> Vec<u32> {
    let mut known = std::collections::HashMap::new();
    rows.iter()
        .map(|row| {
            let next = known.len() as u32;
            *known.entry(row.group).or_insert(next)
        })
        .collect()
}
