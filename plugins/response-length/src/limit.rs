//! One bounded unit.

use scorebox_sdk::prelude::*;

use crate::measure::{self, Unit};

/// Least and most, both allowed themselves.
#[settings]
pub struct Bounds {
    /// The least that is allowed.
    pub min: Option<usize>,
    /// The most that is allowed.
    pub max: Option<usize>,
}

/// A unit with its bounds, at least one of which is set.
pub(crate) struct Limit {
    unit: Unit,
    min: usize,
    max: usize,
}

impl Limit {
    #[expect(clippy::needless_pass_by_value, reason = "settings are given away")]
    pub(crate) fn new(unit: Unit, bounds: Bounds) -> Result<Self, Failure> {
        let name = unit.name();
        match (bounds.min, bounds.max) {
            (None, None) => Err(Failure::settings(format!("{name}: write `min`, `max` or both"))),
            (Some(min), Some(max)) if min > max => {
                Err(Failure::settings(format!("{name}: min {min} is above max {max}, so no answer can pass")))
            }
            (min, max) => Ok(Self { unit, min: min.unwrap_or(0), max: max.unwrap_or(usize::MAX) }),
        }
    }

    /// What is wrong with the length of `output`.
    pub(crate) fn check(&self, output: &str) -> Option<Finding> {
        let count = measure::units(output, self.unit).count();
        let name = self.unit.name();
        let counted = if count == 1 { name.trim_end_matches('s') } else { name };
        if count < self.min {
            let message = format!("has {count} {counted}; the least is {}", self.min);
            return Some(Finding::new(format!("too-few-{name}"), message));
        }
        let (start, _) = measure::units(output, self.unit).nth(self.max)?;
        let message = format!("has {count} {counted}; the most is {}", self.max);
        Some(Finding::new(format!("too-many-{name}"), message).in_output(start..output.trim_end().len()))
    }
}
