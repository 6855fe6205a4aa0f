//! What people would say of all samples of a run, from what they say of a few.

use serde::{Deserialize, Serialize};

use crate::calibrate::figures::Estimate;
use crate::calibrate::scale::MAX_GRADE;
use crate::calibrate::scored::Scored;
use crate::gate::CONFIDENCE;
use crate::statistics::{Mean, corrected_mean, labelled_mean, mean};

/// A mean over a run that labels of some of its samples correct, by prediction-powered inference. The labelled samples have
/// to be drawn at random from the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Corrected {
    /// What is averaged.
    pub quantity: Quantity,
    /// What of the metric's score stands in for a label.
    pub from: Prediction,
    /// As the metric has it, over all samples that it scored.
    pub by_metric: f64,
    /// By the labels alone.
    pub by_labels: Estimate,
    /// By both.
    pub corrected: Estimate,
    /// How far the scores are trusted beyond the labels, 0 to 1.
    pub trust: f64,
    /// Labelled samples.
    pub labels: u64,
    /// Samples that only the metric has scored.
    pub others: u64,
}

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The share of samples that should pass.
    PassRate,
    /// The grade.
    MeanGrade,
}

/// What stands in for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prediction {
    /// Whether the metric passes the sample.
    Verdict,
    /// The metric's value, turned so that higher is better.
    Value,
}

/// Every mean that the labels say something about.
pub(crate) fn corrected(scored: &Scored) -> Vec<Corrected> {
    let judges = scored.rows.iter().map(|row| row.fails).chain(scored.others.iter().map(|other| other.1));
    let judged = judges.into_iter().all(|fails| fails.is_some());
    let pass = |fails: Option<bool>| f64::from(u8::from(fails == Some(false)));
    let sign = if scored.metric.descriptor.higher_is_better { 1.0 } else { -1.0 };

    let should_pass: Option<Vec<f64>> =
        scored.rows.iter().map(|row| row.label.positive.map(|bad| f64::from(u8::from(!bad)))).collect();
    let grades: Option<Vec<f64>> = scored.rows.iter().map(|row| row.label.grade.map(f64::from)).collect();
    let values: Vec<f64> = scored.rows.iter().map(|row| sign * row.value).collect();
    let other_values: Vec<f64> = scored.others.iter().map(|other| sign * other.0).collect();

    let pass_rate = should_pass.and_then(|labels| {
        if judged {
            let verdicts: Vec<f64> = scored.rows.iter().map(|row| pass(row.fails)).collect();
            let others: Vec<f64> = scored.others.iter().map(|other| pass(other.1)).collect();
            of(Quantity::PassRate, Prediction::Verdict, &labels, &verdicts, &others)
        } else {
            of(Quantity::PassRate, Prediction::Value, &labels, &values, &other_values)
        }
    });
    let mean_grade =
        grades.and_then(|labels| of(Quantity::MeanGrade, Prediction::Value, &labels, &values, &other_values));
    pass_rate.into_iter().chain(mean_grade).collect()
}

fn of(
    quantity: Quantity,
    from: Prediction,
    labels: &[f64],
    predictions: &[f64],
    others: &[f64],
) -> Option<Corrected> {
    let corrected = corrected_mean(labels, predictions, others, CONFIDENCE)?;
    let by_labels = labelled_mean(labels, CONFIDENCE)?;
    let (low, high) = match quantity {
        Quantity::PassRate => (0.0, 1.0),
        Quantity::MeanGrade => (1.0, f64::from(MAX_GRADE)),
    };
    let estimate = |mean: Mean| Estimate {
        value: mean.value.clamp(low, high),
        low: Some(mean.low.clamp(low, high)),
        high: Some(mean.high.clamp(low, high)),
    };
    let all: Vec<f64> = predictions.iter().chain(others).copied().collect();
    Some(Corrected {
        quantity,
        from,
        by_metric: mean(&all),
        by_labels: estimate(by_labels),
        corrected: estimate(corrected),
        trust: corrected.trust,
        labels: labels.len() as u64,
        others: others.len() as u64,
    })
}
