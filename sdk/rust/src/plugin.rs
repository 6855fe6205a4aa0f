//! The trait that a plugin implements, and what every plugin does around it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{About, Failure, Finding, Need, Sample, Score, log, settings};

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
/// Bytes of text in one score, as JSON writes it: what the host takes. Findings beyond it are dropped for the same reason.
const MAX_TEXT: usize = 256 << 10;

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
        let kept = taken(&score);
        if score.findings.len() > kept {
            let dropped = score.findings.len() - kept;
            score.findings.truncate(kept);
            log::warn(format!("{dropped} findings after the first {kept} were dropped"));
        }
        Ok(score)
    }
}

/// How many of the findings the host takes.
fn taken(score: &Score) -> usize {
    let names = score.measures.iter().map(|(name, _)| json_length(name)).sum::<usize>();
    let mut left = MAX_TEXT.saturating_sub(json_length(&score.summary) + names);
    let fits = |finding: &&Finding| {
        let length = json_length(&finding.rule) + json_length(&finding.message);
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    score.findings.iter().take(MAX_FINDINGS).take_while(fits).count()
}

/// Bytes of a text as JSON writes it, without the quotes.
fn json_length(text: &str) -> usize {
    let length = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0x00..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offence_that_is_repeated_at_length_keeps_its_verdict() {
        let score = |count: usize, message: &str| {
            Score::from_findings((0..count).map(|_| Finding::new("r", message)).collect())
        };
        assert_eq!(taken(&score(2_000, "short")), MAX_FINDINGS);
        assert_eq!(taken(&score(2_000, &"a".repeat(1023))), 256);
        assert_eq!(taken(&score(2_000, &"\0".repeat(1 << 10))), 42, "JSON takes six bytes for each");
        let told = Score { summary: "s".repeat(128 << 10), ..score(2_000, &"a".repeat(1023)) };
        assert_eq!(taken(&told.measure("m", 1.0)), 127);
    }
}
