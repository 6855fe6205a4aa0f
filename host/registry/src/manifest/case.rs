//! A case: a sample, settings, and what the plugin has to say of them.

use std::fmt;

use scorebox_sandbox::{FaultKind, Message, Sample, Verdict};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One case of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique in its manifest.
    pub name: String,
    /// What the plugin is configured with.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// What it scores.
    pub sample: CaseSample,
    /// What it has to say.
    pub expect: Expectation,
    /// Line of the file in which the case begins, from 1; 0 in a component.
    #[serde(skip)]
    pub line: usize,
}

/// A sample as a case writes it: everything but the output can be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSample {
    /// What the system answered.
    pub output: String,
    /// What the user asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input: String,
    /// The reference answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Passages that the answer has to rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// Messages that led to the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversation: Vec<Message>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// What a plugin has to say of a case. What is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ExpectedValue>,
    /// All findings, in any order; an empty list is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<ExpectedFinding>>,
    /// The fault that there is instead of a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FaultKind>,
}

/// A finding that has to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// Its rule.
    pub rule: String,
    /// The text that it points at, where that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Its message, where that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The values that are right: `0.5`, or `{min: 0, max: 0.5}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ExpectedValue {
    /// This one, but for rounding.
    Exactly(f64),
    /// Those in between, both ends included.
    Within(Bounds),
}

/// The ends of a range, each of which can be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The lowest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl CaseSample {
    /// The sample as a plugin gets it.
    pub fn to_sample(&self) -> Sample {
        Sample {
            id: "case".to_owned(),
            input: self.input.clone(),
            output: self.output.clone(),
            expected: self.expected.clone(),
            context: self.context.clone(),
            conversation: self.conversation.clone(),
            metadata: Value::Object(self.metadata.clone()).to_string(),
        }
    }
}

impl ExpectedValue {
    /// Whether `value` is right.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Exactly(expected) => (value - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            Self::Within(Bounds { min, max }) => {
                min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
            }
        }
    }
}

impl fmt::Display for ExpectedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exactly(value) => write!(f, "{value}"),
            Self::Within(Bounds { min: Some(min), max: Some(max) }) => write!(f, "{min} to {max}"),
            Self::Within(Bounds { min: Some(min), max: None }) => write!(f, "at least {min}"),
            Self::Within(Bounds { min: None, max: Some(max) }) => write!(f, "at most {max}"),
            Self::Within(Bounds { min: None, max: None }) => f.write_str("any value"),
        }
    }
}

impl<'de> Deserialize<'de> for ExpectedValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ExpectedValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a mapping of `min` and `max`")
            }

            fn visit_f64<E>(self, value: f64) -> Result<ExpectedValue, E> {
                Ok(ExpectedValue::Exactly(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<ExpectedValue, E> {
                Ok(ExpectedValue::Exactly(value as f64))
            }

            fn visit_u64<E>(self, value: u64) -> Result<ExpectedValue, E> {
                Ok(ExpectedValue::Exactly(value as f64))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ExpectedValue, A::Error> {
                Bounds::deserialize(MapAccessDeserializer::new(map)).map(ExpectedValue::Within)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
