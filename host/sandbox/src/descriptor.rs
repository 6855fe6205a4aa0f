//! What a metric is: the words it has for itself.

use serde::{Deserialize, Serialize};

/// What a metric is. Plugins carry theirs as the custom section [`Descriptor::SECTION`], in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Descriptor {
    /// Kebab-case.
    pub name: String,
    /// Semantic version of the metric.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// A measure, or a rule that holds or does not.
    pub kind: Kind,
    /// JSON Schema of the settings.
    pub settings_schema: serde_json::Value,
    /// Lowest and highest value that a score can have; `None` where there is no bound.
    pub range: Option<(f64, f64)>,
    /// Whether a higher value is the better one.
    pub higher_is_better: bool,
    /// The parts of a sample that the metric cannot do without, beside the output.
    pub needs: Vec<Need>,
}

impl Descriptor {
    /// Name of the custom section that holds a plugin's descriptor as JSON.
    pub const SECTION: &'static str = "scorebox:descriptor";
}

/// A measure, or a rule that holds or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Gives a value; the suite's threshold judges.
    Metric,
    /// Gives a verdict; a fail always fails the sample.
    Constraint,
}

/// A part of a sample that a metric cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The input.
    Input,
    /// The reference answer.
    Expected,
    /// At least one passage.
    Context,
    /// At least one message.
    Conversation,
}

/// The beginning of a text that may be of any length.
fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}

impl Descriptor {
    /// Checks what the types do not: the name, the version, the range.
    pub(crate) fn check(&self) -> Result<(), String> {
        let kebab = |name: &str| {
            name.len() <= 64
                && name.starts_with(|first: char| first.is_ascii_lowercase())
                && !name.ends_with('-')
                && !name.contains("--")
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !kebab(&self.name) {
            return Err(format!("the name {:?} is not kebab-case of at most 64 letters", short(&self.name)));
        }
        if self.version.len() > 64 || semver::Version::parse(&self.version).is_err() {
            return Err(format!(
                "the version {:?} is not a semantic version such as 1.0.0",
                short(&self.version)
            ));
        }
        if self.summary.len() > 1000 {
            return Err("the summary has more than 1,000 bytes".to_owned());
        }
        if let Some((low, high)) = self.range
            && low.partial_cmp(&high).is_none_or(std::cmp::Ordering::is_gt)
        {
            return Err(format!("the range {low} to {high} holds no value"));
        }
        if !self.settings_schema.is_object() && !self.settings_schema.is_boolean() {
            return Err("the settings schema is not a JSON Schema: write an object".to_owned());
        }
        Ok(())
    }
}
