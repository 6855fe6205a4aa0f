//! What a suite can set.

use scorebox_sdk::prelude::*;

/// Whom the answer must not name, and where it may.
#[settings]
pub struct Settings {
    /// The competitors: a name, or a name with its aliases. Found as whole words.
    pub competitors: Vec<Competitor>,
    /// Wordings in which a mention is fine, such as `migrate from {name}`. `{name}` stands for any name or alias.
    #[serde(default)]
    pub allowed_contexts: Vec<String>,
    /// The same as regular expressions, such as `import (your )?{name} (data|projects)`. A mention within a match is
    /// fine.
    #[serde(default)]
    pub allowed_patterns: Vec<String>,
    /// Tell `Target` from `target`. For names that are also words.
    #[serde(default)]
    pub case_sensitive: bool,
}

/// One competitor.
#[settings]
#[serde(untagged, expecting = "write a name, or an object of `name` and `aliases`")]
pub enum Competitor {
    /// Just the name.
    Name(String),
    /// The name, with other ways to write it.
    Named {
        /// The name, as findings give it.
        name: String,
        /// Other names, abbreviations, products.
        #[serde(default)]
        aliases: Vec<String>,
    },
}
