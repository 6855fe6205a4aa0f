//! What a judge replies, in the form of its prompt's schema.

use serde::Deserialize;

/// A judge's view of one answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opinion {
    pub(super) reasons: String,
    #[serde(default)]
    pub(super) strengths: Vec<String>,
    #[serde(default)]
    pub(super) weaknesses: Vec<Weakness>,
    pub(super) score: Level,
}

/// Something that a judge does not like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weakness {
    /// Words of the answer; empty where something is missing.
    #[serde(default)]
    pub(super) quote: String,
    pub(super) problem: String,
}

/// 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Level(pub(super) f64);

impl TryFrom<f64> for Level {
    type Error = String;

    fn try_from(level: f64) -> Result<Self, String> {
        if level.fract() == 0.0 && (1.0..=5.0).contains(&level) {
            Ok(Self(level))
        } else {
            Err(format!("the score {level} is none of 1 to 5"))
        }
    }
}

/// A judge's view of two answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub(super) reasons: String,
    pub(super) better: Better,
}

/// Which of two answers is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Better {
    First,
    Second,
    Tie,
}
