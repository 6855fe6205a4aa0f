//! The limits that a plugin needs, where the defaults are too small for it.

use std::fmt;

use scorebox_sandbox::Limits;
use serde::{Deserialize, Serialize};

/// Limits that a plugin needs beyond the defaults, by the names and in the numbers of a suite's `limits`. They hold
/// where its author tries it; what it gets in a run is up to the suite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskedLimits {
    /// See [`Limits::fuel`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// See [`Limits::fuel_per_byte`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel_per_byte: Option<u64>,
    /// Bytes; see [`Limits::memory`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

impl AskedLimits {
    /// Whether the defaults are enough.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The defaults, with what is asked for, as far as any suite could grant it. The deadline is the backstop behind fuel,
    /// so it is as many times longer as there is more fuel.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in self.by_name() {
            limits.set(name, value);
        }
        let usual = Limits::default();
        let times = (limits.fuel / usual.fuel).max(limits.fuel_per_byte / usual.fuel_per_byte).max(1);
        limits.deadline = limits.deadline.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
        limits.at_most(&Limits::MOST)
    }

    /// What is asked for, by its name in suites.
    fn by_name(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [("fuel", self.fuel), ("fuel_per_byte", self.fuel_per_byte), ("memory", self.memory)];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// What is asked for and is no more than every plugin gets, or more than any can: the name, and what to write.
    pub(crate) fn wrong(&self) -> Vec<(String, String)> {
        let (least, most) = (Limits::default().by_name(), Limits::MOST.by_name());
        let bound = |of: &[(&str, u64)], name| of.iter().find(|(known, _)| *known == name).map(|(_, v)| *v);
        let check = |(name, value)| {
            let (least, most) = (bound(&least, name)?, bound(&most, name)?);
            let message = if value <= least {
                format!("`{name}` asks for {value}, and every plugin gets {least}")
            } else if value > most {
                format!("`{name}` asks for {value}, and no suite can give more than {most}")
            } else {
                return None;
            };
            Some((message, format!("leave it out, or write a number from {} to {most}", least + 1)))
        };
        self.by_name().filter_map(check).collect()
    }
}

impl fmt::Display for AskedLimits {
    /// As a suite has it: `{fuel_per_byte: 50000}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.by_name().map(|(name, value)| format!("{name}: {value}")).collect();
        write!(f, "{{{}}}", all.join(", "))
    }
}
