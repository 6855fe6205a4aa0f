//! What a metric says of a sample, and the rules that a score from a stranger has to keep.

use serde::{Deserialize, Serialize};

use crate::sample::{Field, Sample};

/// What a metric says of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// In the unit and range of the descriptor; finite.
    pub value: f64,
    /// The metric's own judgement; `unjudged` leaves it to the suite's threshold.
    pub verdict: Verdict,
    /// One sentence for a person; empty where the findings say it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What the metric points at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Further numbers worth a trend, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<(String, f64)>,
}

/// A metric's judgement of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The sample is good.
    Pass,
    /// The sample is bad.
    Fail,
    /// Only the suite's threshold can say.
    Unjudged,
}

/// One thing that a metric points at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identifier of what was found, in kebab-case.
    pub rule: String,
    /// One sentence for a person.
    pub message: String,
    /// Where it stands, if it stands anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Span>,
}

/// A range of UTF-8 bytes, both ends on character boundaries: `start <= end <= length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The text that the span lies in.
    pub field: Field,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The text that the span covers, or `None` where it does not lie in `sample`.
    pub fn quote<'a>(&self, sample: &'a Sample) -> Option<&'a str> {
        sample.text(self.field)?.get(self.start as usize..self.end as usize)
    }
}
