//! What a suite can configure.

use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::Value;

/// What the answer has to look like. Without a schema, any JSON will do.
#[settings]
pub struct Settings {
    /// A JSON Schema (2020-12, or what older drafts have in common with it). References may point into the schema,
    /// not elsewhere.
    #[serde(default)]
    pub schema: Option<Value>,
    /// Whether the JSON may stand in a code fence, as chat models like to write it.
    #[serde(default)]
    pub fence: Fence,
    /// Check `format` (date, time, date-time, email, uuid, ipv4, ipv6, uri, hostname), instead of taking it as a remark.
    #[serde(default = "yes")]
    pub formats: bool,
}

/// Whether the JSON may stand in a code fence.
#[settings]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Fence {
    /// With or without a fence.
    #[default]
    Allow,
    /// The JSON stands alone, so that a program can parse the answer as it is.
    Forbid,
    /// The JSON stands in a fence.
    Require,
}

fn yes() -> bool {
    true
}
