//! The trait that a plugin implements, and what every plugin does around it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{About, Failure, Need, Sample, Score, log, settings};

/// A check, as its author writes it. Hand it to [`export!`](crate::export).
pub trait Plugin: Sized + 'static {
    /// What one use of the plugin is configured with: a struct marked [`#[settings]`](crate::settings), or
    /// [`NoSettings`](crate::NoSettings).
    type Settings: DeserializeOwned + JsonSchema;

    /// Says what the plugin is. Called when the plugin is built, not when it is used.
    fn about() -> About;

    /// Builds the check. Do here whatever is expensive, such as compiling patterns: the host keeps the result and
    /// starts every sample from it.
    ///
    /// # Errors
    /// [`Failure::settings`], where a value is wrong in a way that its type cannot say.
    fn configure(settings: Self::Settings) -> Result<Self, Failure>;

    /// Scores one sample. Nothing survives to the next one.
    ///
    /// # Errors
    /// A [`Failure`] means that the plugin could not score. A bad answer is a score, not a failure.
    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure>;
}

/// Findings that are handed to the host. Nobody reads more, and the host refuses a score with very many: an answer
/// that repeats an offence must not escape its verdict by that.
const MAX_FINDINGS: usize = 1_000;

/// A plugin with its settings, as the host uses it.
pub(crate) struct Configured<P> {
    plugin: P,
    needs: Vec<Need>,
}

impl<P: Plugin> Configured<P> {
    pub(crate) fn new(settings: &str) -> Result<Self, Failure> {
        Ok(Self { plugin: P::configure(settings::parse(settings)?)?, needs: P::about().needs })
    }

    pub(crate) fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        for need in &self.needs {
            let (lacks, part) = match need {
                Need::Input => (sample.input.is_empty(), "an input"),
                Need::Expected => (sample.expected.is_none(), "an expected answer"),
                Need::Context => (sample.context.is_empty(), "passages in its context"),
                Need::Conversation => (sample.conversation.is_empty(), "a conversation"),
            };
            if lacks {
                return Err(Failure::sample(format!("this check needs {part}, and the sample has none")));
            }
        }
        let mut score = self.plugin.evaluate(sample)?;
        if score.findings.len() > MAX_FINDINGS {
            let dropped = score.findings.len() - MAX_FINDINGS;
            score.findings.truncate(MAX_FINDINGS);
            log::warn(format!("{dropped} findings after the first {MAX_FINDINGS} were dropped"));
        }
        Ok(score)
    }
}
