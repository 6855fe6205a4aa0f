//! How likely a model says that the context bears the output out.

use futures::future::try_join_all;

use super::claims::Claim;
use super::settings::Unit;
use super::{Hallucination, TOKEN};
use crate::models::unavailable;
use crate::prompt::{Asked, Material, marked, weights};
use crate::text::{finding, output_span};
use crate::{Fault, FaultKind, Question, Sample, Score, Speaker, Turn, Verdict};

/// Alternatives that are asked for; the most that APIs give.
const ALTERNATIVES: u8 = 20;
/// How likely a sentence has to be borne out not to be pointed at.
const EVEN: f64 = 0.5;

impl Hallucination {
    pub(super) async fn by_token(
        &self,
        sample: &Sample,
        windows: &[String],
        asked: &Asked<'_>,
    ) -> Result<Score, Fault> {
        let output = sample.output.as_str();
        let parts = match self.settings.unit() {
            Unit::Output if output.len() > self.settings.window => {
                return Err(Fault::new(
                    FaultKind::Refused,
                    format!(
                        "the output has {} bytes, more than `window: {}`: write `unit: sentences`, raise the window, or \
                         shorten the output",
                        output.len(),
                        self.settings.window
                    ),
                ));
            }
            Unit::Output => vec![Claim { place: 0..output.len(), around: 0..output.len() }],
            Unit::Sentences | Unit::Claims => self.claims(sample, asked).await?,
        };
        self.check_questions(parts.len(), "sentences", windows.len())?;
        let likely = parts.iter().map(|part| self.likely(&output[part.place.clone()], windows, asked));
        let likely = try_join_all(likely).await?;
        // As good as its worst sentence: one wrong price makes an answer wrong, however long it is.
        let value = likely.iter().copied().fold(1.0, f64::min);
        let doubted = parts.iter().zip(&likely).filter(|(_, likely)| **likely < EVEN);
        let findings = doubted.map(|(part, likely)| {
            let message =
                format!("the model finds it borne out by the context with a likelihood of {likely:.2}");
            finding("doubted", message, output_span(part.place.clone()))
        });
        Ok(Score {
            value,
            verdict: Verdict::Unjudged,
            summary: format!("borne out by the context with a likelihood of {value:.2}"),
            findings: findings.collect(),
            measures: vec![("parts".to_owned(), parts.len() as f64), ("model".to_owned(), value)],
        })
    }

    /// How likely the context bears a part of the output out: in the window where that is likeliest.
    async fn likely(&self, part: &str, windows: &[String], asked: &Asked<'_>) -> Result<f64, Fault> {
        let mut best: f64 = 0.0;
        for window in windows {
            let materials =
                [Material { label: "context", text: window }, Material { label: "answer", text: part }];
            let text = TOKEN.fill("check", &[("material", &marked(&materials))]);
            let question = Question {
                system: Some(TOKEN.section("system").to_owned()),
                turns: vec![Turn { speaker: Speaker::User, text }],
                max_tokens: 1,
                alternatives: ALTERNATIVES,
                ..Question::default()
            };
            let model = self.model.as_ref();
            let answer = asked.ask(model, &question).await?;
            if answer.alternatives.is_empty() {
                return Err(unavailable(format!(
                    "{} gives no log-probabilities: write `by: claims`, or take another model",
                    model.identity()
                )));
            }
            let weights = weights(&answer.alternatives, ["yes", "no"]).map_err(|reason| {
                unavailable(format!("{} said neither yes nor no: {reason}", model.identity()))
            })?;
            best = best.max(weights[0]);
        }
        Ok(best)
    }
}
