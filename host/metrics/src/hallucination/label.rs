//! What a claim is to a context.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a claim is to a context. In the order of precedence: where windows of a long context say different things, the
/// first of these that any of them says holds. A window that lacks what another one has cannot be blamed for it, so support
/// that is proven by a quote outweighs everything, and a proven contradiction outweighs a conclusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Label {
    /// The context says the same.
    Supported,
    /// The context says otherwise.
    Contradicted,
    /// The context does not say it, but whoever reads it would conclude it.
    ReasonableInference,
    /// The context says neither.
    Unsupported,
    /// It is no claim of fact.
    NotCheckable,
}

impl Label {
    /// In the order of the prompt.
    pub(crate) const ALL: [Self; 5] = [
        Self::Supported,
        Self::ReasonableInference,
        Self::Unsupported,
        Self::Contradicted,
        Self::NotCheckable,
    ];

    /// The name of the label's measure, and of its findings' rule with hyphens.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::ReasonableInference => "reasonable_inference",
            Self::Unsupported => "unsupported",
            Self::NotCheckable => "not_checkable",
        }
    }

    /// Whether words of the context have to prove it.
    pub(crate) fn needs_evidence(self) -> bool {
        matches!(self, Self::Supported | Self::Contradicted | Self::ReasonableInference)
    }

    /// Whether the context bears the claim out.
    pub(crate) fn is_borne_out(self) -> bool {
        matches!(self, Self::Supported | Self::ReasonableInference)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().to_uppercase())
    }
}
