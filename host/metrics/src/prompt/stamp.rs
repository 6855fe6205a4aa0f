//! Which words and which models gave a score.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ModelIdentity;

/// A prompt, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptStamp {
    /// Name and version: `judge-absolute@1`.
    pub name: String,
    /// BLAKE3 of the prompt's file, in hexadecimal.
    pub digest: String,
}

impl fmt::Display for PromptStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.digest.get(..12).unwrap_or(&self.digest))
    }
}

/// Which prompts a metric asks, and which models. Scores of two metrics that differ here cannot be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The prompts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<PromptStamp>,
    /// The models, in the order of the settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelIdentity>,
}

impl Provenance {
    /// Whether no prompt and no model is named.
    pub fn is_empty(&self) -> bool {
        self.prompts.is_empty() && self.models.is_empty()
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prompts = self.prompts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let models = self.models.iter().map(ToString::to_string).collect::<Vec<_>>();
        write!(f, "prompt {}, asked of {}", prompts.join(", "), models.join(", "))
    }
}
