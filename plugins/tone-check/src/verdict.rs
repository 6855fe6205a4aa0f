//! What the model made of an answer.

use scorebox_sdk::Failure;
use scorebox_sdk::serde::Deserialize;
use scorebox_sdk::serde_json;

/// The model's reading of an answer.
#[derive(Debug, Deserialize)]
#[serde(crate = "scorebox_sdk::serde")]
pub(crate) struct Reading {
    pub(crate) reason: String,
    pub(crate) on_brand: bool,
    pub(crate) off_brand_words: Vec<String>,
}

impl Reading {
    /// Reads a reply, which the host has held against the schema.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|error| Failure::failed(format!("the model's answer is no reading: {error}")))
    }
}
