//! How steady and how independent a judge was over a run, from the measures of its scores.

use serde::{Deserialize, Serialize};

/// The built-in metric whose scores are a judge's.
pub(crate) const JUDGE: &str = "judge";

/// What a judge's scores say of the judge.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judging {
    /// Mean over the samples of the variance of the draws, or of what the judge might have said; absent where each sample
    /// was drawn once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// Samples that were drawn several times.
    pub drawn: u64,
    /// Those of them whose draws are more than one level apart.
    pub unstable: u64,
    /// Samples of which is known which model wrote the output.
    pub subjects: u64,
    /// Those of them that a judge of the same family judged.
    pub same_family: u64,
    /// Krippendorff's alpha of a panel, with the difference of intervals: 1 where the judges agree, 0 where they agree as
    /// often as by chance. Absent without a panel, or where all scores are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
}

/// Adds up one sample at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct JudgingCounter {
    variance: f64,
    variances: u64,
    drawn: u64,
    unstable: u64,
    subjects: u64,
    same_family: u64,
    panel: Alpha,
}

impl JudgingCounter {
    pub(crate) fn add(&mut self, measures: &[(String, f64)]) {
        let mut scores = Vec::new();
        for (name, value) in measures {
            match name.as_str() {
                "variance" => {
                    self.variance += value;
                    self.variances += 1;
                }
                "stable" => {
                    self.drawn += 1;
                    self.unstable += u64::from(*value == 0.0);
                }
                "same_family" => {
                    self.subjects += 1;
                    self.same_family += u64::from(*value != 0.0);
                }
                name if name.starts_with("judge.") => scores.push(*value),
                _ => {}
            }
        }
        self.panel.add(&scores);
    }

    pub(crate) fn finish(&self) -> Judging {
        Judging {
            variance: (self.variances > 0).then(|| self.variance / self.variances as f64),
            drawn: self.drawn,
            unstable: self.unstable,
            subjects: self.subjects,
            same_family: self.same_family,
            agreement: self.panel.value(),
        }
    }
}

/// Krippendorff's alpha with the difference function of interval data, `(a - b)²`, from sums that grow by one sample at a
/// time.
///
/// Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
#[derive(Debug, Clone, Default)]
struct Alpha {
    /// Values that can be paired.
    values: u64,
    sum: f64,
    squares: f64,
    /// Over the samples, the sum of squared differences of its ordered pairs over one less than its values.
    within: f64,
}

impl Alpha {
    fn add(&mut self, scores: &[f64]) {
        if scores.len() < 2 {
            return;
        }
        let n = scores.len() as f64;
        let sum = scores.iter().sum::<f64>();
        let squares = scores.iter().map(|score| score * score).sum::<f64>();
        self.values += scores.len() as u64;
        self.sum += sum;
        self.squares += squares;
        self.within += 2.0 * (n * squares - sum * sum).max(0.0) / (n - 1.0);
    }

    fn value(&self) -> Option<f64> {
        let n = self.values as f64;
        let observed = self.within / n;
        let expected = 2.0 * (n * self.squares - self.sum * self.sum) / (n * (n - 1.0));
        (self.values > 1 && expected > 1e-12).then(|| 1.0 - observed / expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_agrees_with_krippendorffs_example() {
        // The example of 12 units and 4 observers in Krippendorff (2011), section E: interval alpha is 0.849.
        let units: [&[f64]; 12] = [
            &[1.0, 1.0, 1.0],
            &[2.0, 2.0, 3.0, 2.0],
            &[3.0, 3.0, 3.0, 3.0],
            &[3.0, 3.0, 3.0, 3.0],
            &[2.0, 2.0, 2.0, 2.0],
            &[1.0, 2.0, 3.0, 4.0],
            &[4.0, 4.0, 4.0, 4.0],
            &[1.0, 1.0, 2.0, 1.0],
            &[2.0, 2.0, 2.0, 2.0],
            &[5.0, 5.0, 5.0],
            &[1.0, 1.0],
            &[3.0],
        ];
        let mut alpha = Alpha::default();
        units.iter().for_each(|unit| alpha.add(unit));
        assert!((alpha.value().unwrap() - 0.849).abs() < 5e-4, "{:?}", alpha.value());
    }

    #[test]
    fn nothing_is_said_of_what_was_not_measured() {
        let measures = |measures: &[(&str, f64)]| {
            measures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<Vec<_>>()
        };
        let mut counter = JudgingCounter::default();
        assert_eq!(counter.finish(), Judging::default());
        counter.add(&measures(&[("n", 1.0)]));
        assert_eq!(counter.finish(), Judging::default());
        counter.add(&measures(&[("variance", 0.5), ("stable", 1.0), ("same_family", 1.0)]));
        counter.add(&measures(&[
            ("variance", 1.5),
            ("stable", 0.0),
            ("same_family", 0.0),
            ("judge.a", 4.0),
            ("judge.b", 4.0),
        ]));
        let expected = Judging {
            variance: Some(1.0),
            drawn: 2,
            unstable: 1,
            subjects: 2,
            same_family: 1,
            agreement: None,
        };
        assert_eq!(counter.finish(), expected);
    }
}
