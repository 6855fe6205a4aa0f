//! Intervals of rates that hold up for the small numbers that evaluations have.

use statrs::distribution::{ContinuousCDF, Normal};

/// The Wilson score interval of a rate: `passed` of `total`, both ends within 0 to 1, at `confidence` (0.95 for 95 %).
///
/// Unlike the normal approximation it stays honest below a few hundred samples and next to 0 and 1. Nothing is known of
/// no samples at all, so their interval is 0 to 1. A `passed` above `total` counts as `total`, and a `confidence`
/// outside 0 to 1 as the nearer end.
///
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
pub fn wilson(passed: u64, total: u64, confidence: f64) -> (f64, f64) {
    let passed = passed.min(total);
    let (low, high) = wilson_of_share(passed as f64 / total.max(1) as f64, total, confidence);
    // Exact at the ends, where the subtraction leaves a trace of rounding.
    let some = total > 0 && two_sided_quantile(confidence).is_finite();
    let low = if some && passed == 0 { 0.0 } else { low };
    let high = if some && passed == total { 1.0 } else { high };
    (low, high)
}

/// The same of a share of `total` that need not be a whole number of successes, such as a win rate where a tie is half a
/// win. Values between 0 and 1 vary less than those of 0 and 1 with the same mean, so the interval is rather too wide than
/// too narrow.
pub(crate) fn wilson_of_share(share: f64, total: u64, confidence: f64) -> (f64, f64) {
    if total == 0 {
        return (0.0, 1.0);
    }
    let z = two_sided_quantile(confidence);
    if z.is_infinite() || share.is_nan() {
        return (0.0, 1.0);
    }
    let n = total as f64;
    let rate = share.clamp(0.0, 1.0);
    let squared = z * z / n;
    let centre = rate + squared / 2.0;
    let half = z * (rate * (1.0 - rate) / n + squared / (4.0 * n)).sqrt();
    let end = |value: f64| (value / (1.0 + squared)).clamp(0.0, 1.0);
    (end(centre - half), end(centre + half))
}

/// The z that a standard normal value stays within, on both sides, with the chance `confidence`.
pub(crate) fn two_sided_quantile(confidence: f64) -> f64 {
    let confidence = if confidence.is_nan() { 1.0 } else { confidence.clamp(0.0, 1.0) };
    Normal::standard().inverse_cdf(f64::midpoint(1.0, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_statsmodels() {
        // statsmodels 0.15.0, proportion_confint(method="wilson").
        for (passed, total, low, high) in [
            (179, 360, 0.445_876_131_757_656_3, 0.548_626_968_558_392),
            (0, 59, 0.0, 0.061_129_370_526_788_42),
            (99, 115, 0.785_898_782_051_362_5, 0.912_510_685_685_220_3),
            (44, 66, 0.546_563_438_877_176_2, 0.768_435_708_784_976_6),
            (2, 16, 0.034_977_487_743_240_44, 0.360_228_272_657_586_95),
        ] {
            let (l, h) = wilson(passed, total, 0.95);
            assert!((l - low).abs() < 1e-9 && (h - high).abs() < 1e-9, "{passed} of {total}: {l} to {h}");
        }
    }

    #[test]
    fn the_ends_are_exact_and_nothing_says_nothing() {
        assert_eq!(wilson(0, 0, 0.95), (0.0, 1.0));
        assert_eq!(wilson(0, 10, 0.95).0, 0.0);
        assert_eq!(wilson(10, 10, 0.95).1, 1.0);
        assert_eq!(wilson(11, 10, 0.95), wilson(10, 10, 0.95));
        assert_eq!(wilson(5, 10, 1.0), (0.0, 1.0));
        assert_eq!(wilson(5, 10, 0.0), (0.5, 0.5));
        assert_eq!(wilson(5, 10, f64::NAN), (0.0, 1.0));
    }

    #[test]
    fn a_share_has_the_interval_of_its_count() {
        for (passed, total) in [(0, 10), (3, 10), (10, 10), (179, 360)] {
            let of_count = wilson(passed, total, 0.95);
            let of_share = wilson_of_share(passed as f64 / total as f64, total, 0.95);
            assert!((of_count.0 - of_share.0).abs() < 1e-12 && (of_count.1 - of_share.1).abs() < 1e-12);
        }
        let (low, high) = wilson_of_share(0.25, 2, 0.95);
        assert!(low > 0.0 && low < 0.25 && high > 0.25 && high < 1.0);
        assert_eq!(wilson_of_share(f64::NAN, 10, 0.95), (0.0, 1.0));
        assert_eq!(wilson_of_share(0.5, 0, 0.95), (0.0, 1.0));
    }

    #[test]
    fn more_samples_and_less_confidence_are_narrower() {
        let width = |(low, high): (f64, f64)| high - low;
        assert!(width(wilson(80, 100, 0.95)) < width(wilson(8, 10, 0.95)));
        assert!(width(wilson(8, 10, 0.8)) < width(wilson(8, 10, 0.95)));
    }
}
