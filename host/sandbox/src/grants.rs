//! What a plugin may do beyond computing: nothing, unless the suite says so.

use serde::{Deserialize, Serialize};

/// The capabilities that a suite gives one plugin. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Grants {}
