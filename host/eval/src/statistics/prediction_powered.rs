//! A mean that people's labels correct: a few labels say how far the many scores are off.

use super::rates::two_sided_quantile;

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// How far the scores are trusted: 0 takes the labels alone, 1 takes the scores in full.
    pub(crate) trust: f64,
}

/// The mean of what people would say of all samples, from `labels` of some of them, the metric's `predictions` for the same
/// ones, and its predictions for the `others`. `None` with fewer than two labels or no others.
///
/// The labelled samples have to be drawn from the same source as the others. The interval is a normal one and wants some
/// dozens of labels.
///
/// Source: A. N. Angelopoulos, J. C. Duchi and T. Zrnic, "PPI++: Efficient Prediction-Powered Inference" (2023), as
/// `ppi_mean_ci` of ppi-python computes it, with the trust that makes the interval shortest.
pub(crate) fn corrected_mean(
    labels: &[f64],
    predictions: &[f64],
    others: &[f64],
    confidence: f64,
) -> Option<Mean> {
    if labels.len() < 2 || others.is_empty() {
        return None;
    }
    let (n, more) = (labels.len() as f64, others.len() as f64);
    let (of_labels, of_predictions) = (mean(labels), mean(predictions));
    let together = labels.iter().zip(predictions);
    let covariance =
        together.map(|(label, prediction)| (label - of_labels) * (prediction - of_predictions)).sum::<f64>()
            / n;
    let all: Vec<f64> = predictions.iter().chain(others).copied().collect();
    let spread = variance(&all) * (n + more) / (n + more - 1.0);
    let trust = covariance / ((1.0 + n / more) * spread);
    let trust = if trust.is_finite() { trust.clamp(0.0, 1.0) } else { 0.0 };

    let off: Vec<f64> =
        labels.iter().zip(predictions).map(|(label, prediction)| label - trust * prediction).collect();
    let value = trust * mean(others) + mean(&off);
    let error = (trust * trust * variance(others) / more + variance(&off) / n).sqrt();
    let half = two_sided_quantile(confidence) * error;
    Some(Mean { value, low: value - half, high: value + half, trust })
}

/// The mean of labels alone, with its normal interval; `None` with fewer than two.
pub(crate) fn labelled_mean(labels: &[f64], confidence: f64) -> Option<Mean> {
    if labels.len() < 2 {
        return None;
    }
    let value = mean(labels);
    let half = two_sided_quantile(confidence) * (variance(labels) / labels.len() as f64).sqrt();
    Some(Mean { value, low: value - half, high: value + half, trust: 0.0 })
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean square distance from the mean.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}
