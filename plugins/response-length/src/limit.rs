//! One bounded unit.

use scorebox_sdk::prelude::*;

use crate::measure::{self, Count, Unit};

/// Least and most, both allowed themselves.
#[settings]
pub struct Bounds {
    /// The least that is allowed.
    pub min: Option<usize>,
    /// The most that is allowed.
    pub max: Option<usize>,
}

/// A unit with its bounds.
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

    /// No bounds: the unit is only counted.
    pub(crate) fn none(unit: Unit) -> Self {
        Self { unit, min: 0, max: usize::MAX }
    }

    pub(crate) fn unit(&self) -> Unit {
        self.unit
    }

    /// Counts the unit in `output`, and says what is wrong with the number.
    pub(crate) fn check(&self, output: &str) -> (usize, Option<Finding>) {
        let Count { units, over } = measure::count(output, self.unit, self.max);
        let name = self.unit.name();
        let counted = if units == 1 { name.trim_end_matches('s') } else { name };
        if units < self.min {
            let message = format!("has {units} {counted}; the least is {}", self.min);
            return (units, Some(Finding::new(format!("too-few-{name}"), message)));
        }
        let finding = over.map(|start| {
            let message = format!("has {units} {counted}; the most is {}", self.max);
            Finding::new(format!("too-many-{name}"), message).in_output(start..output.trim_end().len())
        });
        (units, finding)
    }
}
