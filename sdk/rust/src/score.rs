//! What a plugin says of a sample.

use crate::Finding;

/// What a plugin says of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// In the unit and range of [`About`](crate::About); finite.
    pub value: f64,
    /// The plugin's own judgement; unjudged leaves it to the suite's threshold.
    pub verdict: Verdict,
    /// One sentence for a person; empty where the findings say it all.
    pub summary: String,
    /// What the plugin points at. The host gets the first 1,000, and no more text than 256 KiB.
    pub findings: Vec<Finding>,
    /// Further numbers worth a trend, by name.
    pub measures: Vec<(String, f64)>,
}

impl Score {
    /// What a constraint returns: a pass of value 1 without findings, a fail of value 0 with any.
    pub fn from_findings(findings: Vec<Finding>) -> Self {
        let (value, verdict) = if findings.is_empty() { (1.0, Verdict::Pass) } else { (0.0, Verdict::Fail) };
        Self { verdict, findings, ..Self::value(value) }
    }

    /// What a metric returns: a value, which the suite's threshold judges.
    pub fn value(value: f64) -> Self {
        Self {
            value,
            verdict: Verdict::Unjudged,
            summary: String::new(),
            findings: Vec::new(),
            measures: Vec::new(),
        }
    }

    /// The same with this verdict.
    #[must_use]
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// The same with one sentence for a person.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// The same with one more finding. The verdict stays.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// The same with one more number worth a trend.
    #[must_use]
    pub fn measure(mut self, name: impl Into<String>, value: f64) -> Self {
        self.measures.push((name.into(), value));
        self
    }
}

/// A plugin's judgement of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The sample is good.
    Pass,
    /// The sample is bad.
    Fail,
    /// Only the suite's threshold can say.
    Unjudged,
}
