//! Semantic similarity: how near in meaning the output is to the reference answer, as an embedding model sees it.
//!
//! The value is the cosine of the angle between the two texts' vectors (N. Reimers, I. Gurevych, "Sentence-BERT", 2019): 1
//! for equal texts, around 0 for unrelated ones. Where a good answer ends depends on the model and on the texts, so a
//! threshold is to be calibrated against people's labels. What the value does not see: an edited number, a negation, a
//! name put in place of another. They change few words, and so hardly the vector.

mod sentences;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::sentences::{Matches, sentences};
use crate::builtin::{ModelMetric, Unusable};
use crate::models::{EmbeddingModel, Models, Usage};
use crate::settings::BadSetting;
use crate::text::{About, expected};
use crate::{Cancel, Fault, Finding, Kind, Need, Outcome, Sample, Score, Verdict, Work};

/// Decimals of a value. Processors differ in the seventh.
const DECIMALS: f64 = 1e4;

/// Settings of semantic similarity.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SimilaritySettings {
    /// The embedding model, by its name in the suite's `models`; `embeddings` by default.
    model: String,
    /// Also point at sentences: those of the output that no sentence of the reference is as similar to as this, and those
    /// of the reference that no sentence of the output is; from -1 to 1, for example 0.5. Off by default, since every
    /// sentence needs a vector of its own.
    sentences_below: Option<f64>,
}

impl Default for SimilaritySettings {
    fn default() -> Self {
        Self { model: "embeddings".to_owned(), sentences_below: None }
    }
}

/// Cosine of the embeddings of output and reference.
#[derive(Debug)]
pub(crate) struct SemanticSimilarity {
    model: Arc<dyn EmbeddingModel>,
    sentences_below: Option<f64>,
}

impl ModelMetric for SemanticSimilarity {
    const ABOUT: About = About {
        name: "semantic-similarity",
        version: "1.0.0",
        summary: "How near in meaning the output is to the reference: the cosine of their embeddings.",
        kind: Kind::Metric,
        range: Some((-1.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        // On threads of the model's own, which take the texts of many samples at once.
        work: Work::Wait,
    };
    type Settings = SimilaritySettings;

    fn new(settings: SimilaritySettings, models: &Models) -> Result<Self, Unusable> {
        if settings.sentences_below.is_some_and(|below| !(-1.0..=1.0).contains(&below)) {
            let reason = "a similarity lies between -1 and 1; write for example 0.5";
            return Err(BadSetting::new("sentences_below", reason).into());
        }
        let model = Arc::clone(models.embedding(&settings.model)?);
        Ok(Self { model, sentences_below: settings.sentences_below })
    }

    fn depends_on(&self) -> String {
        self.model.identity().to_string()
    }

    /// A model elsewhere may be another one tomorrow.
    fn is_deterministic(&self) -> bool {
        self.model.is_local()
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        async move {
            let mut usage = Usage::default();
            let result = self.scored(sample, cancel, &mut usage).await;
            // What this machine computes is paid to nobody, and a score that is remembered has to equal one that is not.
            Outcome { usage: (!self.model.is_local()).then_some(usage), ..Outcome::from(result) }
        }
        .boxed()
    }
}

impl SemanticSimilarity {
    async fn scored(&self, sample: &Sample, cancel: &Cancel, usage: &mut Usage) -> Result<Score, Fault> {
        let expected = expected(sample, Self::ABOUT.name)?;
        let below = self.sentences_below;
        let of_output = below.map(|_| sentences(&sample.output)).unwrap_or_default();
        let of_expected = below.map(|_| sentences(expected)).unwrap_or_default();
        let mut texts = vec![sample.output.clone(), expected.to_owned()];
        texts.extend(of_output.iter().map(|range| sample.output[range.clone()].to_owned()));
        texts.extend(of_expected.iter().map(|range| expected[range.clone()].to_owned()));
        let embedded = self.model.embed(&texts, cancel).await?;
        *usage += embedded.usage;

        let [output, reference, sentences @ ..] = embedded.vectors.as_slice() else {
            return Err(crate::models::unavailable(
                "the embedding model gave fewer vectors than there are texts",
            ));
        };
        let value = if sample.output == expected { 1.0 } else { cosine(output, reference) };
        let mut measures = Vec::new();
        for (name, parts) in ["output-parts", "expected-parts"].into_iter().zip(&embedded.parts) {
            measures.push((name.to_owned(), f64::from(*parts)));
        }
        let mut summary = String::new();
        if let [output, expected, ..] = embedded.parts[..]
            && (output > 1 || expected > 1)
        {
            summary = format!(
                "longer than the model's window: compared as the mean of {output} part{} of the output and {expected} of the reference",
                if output == 1 { "" } else { "s" }
            );
        }
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(below) = below {
            let (outputs, references) = sentences.split_at(of_output.len().min(sentences.len()));
            let matches = Matches {
                output: (&sample.output, &of_output, outputs),
                expected: (expected, &of_expected, references),
            };
            findings = matches.findings(below);
            if let Some(least) = matches.least() {
                measures.push(("least-similar-sentence".to_owned(), least));
            }
        }
        Ok(Score { value, verdict: Verdict::Unjudged, summary, findings, measures })
    }
}

/// The cosine of vectors of length 1, rounded; 0 where one of them is all zero.
fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let product: f64 = one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum();
    (product.clamp(-1.0, 1.0) * DECIMALS).round() / DECIMALS
}

#[cfg(test)]
mod tests;
