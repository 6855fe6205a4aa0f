//! How fuel grows with the length of an answer.

use scorebox_sandbox::{Configured, Fault, Sample};
use serde::Serialize;

/// Bytes of the shortest answer after the empty one.
const FIRST: usize = 1 << 10;
/// How often the length doubles.
const DOUBLINGS: usize = 7;
/// The steepest that passes, as an exponent: 1 is a straight line, `n log n` is 1.1 here, a square is 2.
const STEEPEST: f64 = 1.3;

/// Fuel by the length of the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// Bytes of the output, and fuel; the first output is empty.
    pub points: Vec<(usize, u64)>,
    /// By which power of the length fuel grows over the last two doublings, beside what an empty answer takes.
    pub exponent: f64,
}

impl Growth {
    /// Measures it: answers of ordinary words, now and then with the output of `sample` in between.
    pub(super) fn measure(configured: &Configured, sample: &Sample) -> Result<Self, (usize, Fault)> {
        let sizes = std::iter::once(0).chain((0..=DOUBLINGS).map(|doubling| FIRST << doubling));
        let mut points = Vec::new();
        for size in sizes {
            let longer = Sample { output: prose(size, &sample.output), ..sample.clone() };
            let evaluation = configured.evaluate(&longer);
            match evaluation.result {
                // What a plugin says it cannot score takes less.
                Err(fault) if !super::properties::is_own(fault.kind) => return Err((size, fault)),
                _ => points.push((longer.output.len(), evaluation.fuel)),
            }
        }
        let exponent = exponent(&points);
        Ok(Self { points, exponent })
    }

    /// Whether fuel grows at most about linearly.
    pub fn is_linear(&self) -> bool {
        self.exponent <= STEEPEST
    }

    /// Fuel for each byte, at the longest answer.
    pub fn fuel_per_byte(&self) -> f64 {
        self.points.last().map_or(0.0, |&(bytes, fuel)| fuel as f64 / bytes.max(1) as f64)
    }
}

/// `points` begin with an empty answer, and end with three whose lengths double.
fn exponent(points: &[(usize, u64)]) -> f64 {
    let [(_, empty), .., (_, quarter), _, (_, whole)] = *points else { return 0.0 };
    let beyond = |fuel: u64| fuel.saturating_sub(empty) as f64;
    // Below some units for a byte there is nothing to grow.
    if beyond(whole) < 1.0 || beyond(quarter) < 1.0 {
        0.0
    } else {
        (beyond(whole) / beyond(quarter)).log2() / 2.0
    }
}

/// `size` bytes of words, or a few less, with `answer` in between.
pub(super) fn prose(size: usize, answer: &str) -> String {
    const WORDS: &str = "The parcel left our warehouse on Monday, and it should reach you within three working days. \
        You can follow it with the number in your confirmation. If it has not come by then, write to us again, and we \
        look into it together with the carrier. Returns are possible within the period that your order states. ";
    let mut text = String::with_capacity(size + WORDS.len() + answer.len());
    while text.len() < size {
        text.push_str(WORDS);
        // A short answer is dense with what the plugin looks for; a long one would be the whole text.
        if answer.len() <= WORDS.len() {
            text.push_str(answer);
            text.push(' ');
        }
    }
    text.truncate(text.floor_char_boundary(size));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_from_a_square() {
        let points = |fuel: &dyn Fn(u64) -> u64| {
            let sizes = std::iter::once(0).chain((0..=DOUBLINGS).map(|doubling| FIRST << doubling));
            sizes.map(|size| (size, fuel(size as u64))).collect::<Vec<_>>()
        };
        let is_linear = |fuel: &dyn Fn(u64) -> u64| {
            Growth { exponent: exponent(&points(fuel)), points: vec![] }.is_linear()
        };
        assert!(is_linear(&|_| 500));
        assert!(is_linear(&|n| 90_000 + 40 * n));
        assert!(is_linear(&|n| 90_000 + 3 * n * u64::from(n.max(1).ilog2())));
        assert!(!is_linear(&|n| 90_000 + 40 * n + n * n / 500));
        assert!(!is_linear(&|n| n * n.max(1).isqrt()));
    }

    #[test]
    fn prose_has_the_size_that_was_asked_for() {
        for size in [0, 1, 1000, 100_000] {
            let text = prose(size, "Nimm STRASSENWERK, für 3 €!");
            assert!(text.len() <= size && text.len() + 4 > size);
        }
    }
}
