//! Why a plugin could not score.

use std::fmt;

/// Why a plugin could not score. The host reports a failure as a fault, never as a failed sample: an answer that
/// breaks a rule is a [`Score`](crate::Score) with the verdict fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The settings are wrong.
    Settings(String),
    /// This sample lacks what the plugin needs.
    Sample(String),
    /// Anything else.
    Failed(String),
}

impl Failure {
    /// The settings are wrong. The message names the field, what is wrong, and what to write instead.
    pub fn settings(message: impl Into<String>) -> Self {
        Self::Settings(message.into())
    }

    /// This sample lacks what the plugin needs. The message says what.
    pub fn sample(message: impl Into<String>) -> Self {
        Self::Sample(message.into())
    }

    /// Anything else that keeps the plugin from scoring.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(message) => write!(f, "invalid settings: {message}"),
            Self::Sample(message) => write!(f, "invalid sample: {message}"),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}
