//! What the levels from 1 to 5 mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::BadSetting;

/// A text for each level. Levels that are left out keep their general meaning.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rubric {
    /// What an answer of level 5 is like.
    #[serde(rename = "5")]
    pub(crate) five: String,
    /// What an answer of level 4 is like.
    #[serde(rename = "4")]
    pub(crate) four: String,
    /// What an answer of level 3 is like.
    #[serde(rename = "3")]
    pub(crate) three: String,
    /// What an answer of level 2 is like.
    #[serde(rename = "2")]
    pub(crate) two: String,
    /// What an answer of level 1 is like.
    #[serde(rename = "1")]
    pub(crate) one: String,
}

impl Default for Rubric {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            five: text("It meets the criteria in full; there is nothing to improve that matters."),
            four: text("It meets the criteria with a small flaw that hardly matters to whoever asked."),
            three: text(
                "It meets the criteria in part: useful, with a flaw that whoever asked would notice.",
            ),
            two: text("It mostly fails the criteria: a serious error, or most of what was asked is missing."),
            one: text("It fails the criteria: wrong, harmful, off the point, or no answer at all."),
        }
    }
}

impl Rubric {
    fn levels(&self) -> [(&'static str, &str); 5] {
        [("1", &self.one), ("2", &self.two), ("3", &self.three), ("4", &self.four), ("5", &self.five)]
    }

    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        match self.levels().into_iter().find(|(_, text)| text.trim().is_empty()) {
            Some((level, _)) => Err(BadSetting::new(
                "rubric",
                format!("level {level} is empty: say what such an answer is like"),
            )),
            None => Ok(()),
        }
    }

    /// Bytes of all texts.
    pub(crate) fn len(&self) -> usize {
        self.levels().iter().map(|(_, text)| text.len()).sum()
    }
}
