//! The metric `hallucination`: whether the context bears the output out, as a language model sees it.
//!
//! - [`claims`] finds what the output claims, and where; [`check`] has each claim labelled, with the words of the context
//!   that prove it. Words that the context does not have are the judge's fault and never the sample's.
//! - [`token`] asks for one word and reads how likely it is. Small models, whose verdicts contradict their reasons, are
//!   far better at that.
//!
//! ```text
//! output ─► claims ─┐
//! context ─► windows ┴─► check ─► labels, evidence ─► share that is borne out, verdict by policy
//!               └──────► token ─► probability
//! ```

mod check;
mod claims;
mod label;
mod settings;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use self::settings::{By, HallucinationSettings};
use crate::builtin::{ModelMetric, Unusable};
use crate::grounding::{Grounding, MAX_FINDINGS};
use crate::models::Models;
use crate::prompt::{Asked, Prompt, Provenance, prompt, windows};
use crate::text::{About, TextMetric};
use crate::{Cancel, ChatModel, Fault, FaultKind, Kind, Need, Outcome, Sample, Score, Verdict, Work};

/// How claims are found and labelled.
const CLAIMS: Prompt = prompt!("hallucination-claims@1");
/// How one word is asked for.
const TOKEN: Prompt = prompt!("hallucination-token@1");
/// Every prompt of the metric.
#[cfg(test)]
pub(crate) const PROMPTS: &[Prompt] = &[CLAIMS, TOKEN];

/// The metric `hallucination`.
#[derive(Debug)]
pub(crate) struct Hallucination {
    settings: HallucinationSettings,
    model: Arc<dyn ChatModel>,
    /// What the model's likelihood is fused with.
    grounding: Option<Grounding>,
}

impl ModelMetric for Hallucination {
    const ABOUT: About = About {
        name: "hallucination",
        version: "1.1.0",
        summary: "How much of what the output claims is borne out by the context, as a language model sees it.",
        kind: Kind::Metric,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Context],
        work: Work::Wait,
    };
    type Settings = HallucinationSettings;

    fn new(settings: HallucinationSettings, models: &Models) -> Result<Self, Unusable> {
        settings.check()?;
        let model = Arc::clone(models.chat(&settings.model)?);
        let grounding = settings.with_grounding.then(Grounding::default);
        Ok(Self { settings, model, grounding })
    }

    fn provenance(&self) -> Provenance {
        let prompt = match self.settings.by {
            By::Claims => CLAIMS,
            By::Token => TOKEN,
        };
        Provenance { prompts: vec![prompt.stamp()], models: vec![self.model.identity().clone()] }
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        async move {
            let asked = Asked::new(cancel);
            let mut log = vec![self.provenance().to_string()];
            let result = self.check(sample, &asked, &mut log).await;
            Outcome { usage: Some(asked.usage()), log, ..Outcome::from(result) }
        }
        .boxed()
    }
}

impl Hallucination {
    async fn check(&self, sample: &Sample, asked: &Asked<'_>, log: &mut Vec<String>) -> Result<Score, Fault> {
        if !sample.output.chars().any(char::is_alphanumeric) {
            return Ok(nothing_claimed());
        }
        let windows = windows(&sample.context, self.settings.window, self.settings.overlap());
        match self.settings.by {
            By::Claims => self.by_claims(sample, &windows, asked, log).await,
            By::Token => {
                let by_model = self.by_token(sample, &windows, asked).await?;
                match &self.grounding {
                    Some(grounding) => Ok(fused(by_model, grounding.score(sample, asked.cancel())?)),
                    None => Ok(by_model),
                }
            }
        }
    }

    /// Refuses a sample that would take more questions than it may.
    fn check_questions(&self, parts: usize, of: &str, windows: usize) -> Result<(), Fault> {
        let (questions, most) = (parts.saturating_mul(windows), self.settings.max_questions);
        if questions <= most {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::Refused,
            format!(
                "{parts} {of} and {windows} windows of context take up to {questions} questions, more than \
                 `max_questions: {most}`: raise it, or `window` if the model reads more at once, or shorten the sample"
            ),
        ))
    }
}

/// One score of two: their mean. Nothing in it is fitted.
fn fused(by_model: Score, by_grounding: Score) -> Score {
    let (model, grounding) = (by_model.value, by_grounding.value);
    let value = (model + grounding) / 2.0;
    let mut findings = by_model.findings;
    findings.extend(by_grounding.findings);
    findings.truncate(MAX_FINDINGS);
    let mut measures = by_model.measures;
    measures.push(("grounding".to_owned(), by_grounding.value));
    Score {
        value,
        summary: format!(
            "{}; grounding {:.2}: {}",
            by_model.summary, by_grounding.value, by_grounding.summary
        ),
        findings,
        measures,
        verdict: Verdict::Unjudged,
    }
}

/// The score of an output that says nothing, so nothing that is wrong.
fn nothing_claimed() -> Score {
    Score {
        value: 1.0,
        verdict: Verdict::Unjudged,
        summary: "the output claims nothing".to_owned(),
        findings: Vec::new(),
        measures: vec![("claims".to_owned(), 0.0)],
    }
}
