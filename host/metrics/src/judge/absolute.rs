//! The metric `judge`: one answer, from 1 to 5.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, try_join_all};

use super::material::{around, check_length};
use super::reply::Opinion;
use super::settings::{By, Example, JudgeSettings};
use super::{ABSOLUTE, family};
use crate::builtin::{ModelMetric, Unusable};
use crate::models::{Models, unavailable};
use crate::prompt::{Asked, Located, Material, Provenance, marked, weights};
use crate::text::{About, finding, output_span};
use crate::{
    Cancel, ChatModel, Fault, Finding, Kind, Outcome, Question, Sample, Score, Speaker, Turn, Verdict, Work,
};

/// Tokens that a reply in text may have: three sentences and six short items, with room.
const REPLY_TOKENS: u32 = 1200;
/// Alternatives that are asked for; the most that APIs give.
const ALTERNATIVES: u8 = 20;
/// Characters of what a judge wrote that a score keeps of each text.
const LONGEST: usize = 1000;

/// The metric `judge`.
#[derive(Debug)]
pub(crate) struct Judge {
    settings: JudgeSettings,
    /// By the names of the suite.
    judges: Vec<(String, Arc<dyn ChatModel>)>,
    /// What every question begins with.
    before: String,
}

impl ModelMetric for Judge {
    const ABOUT: About = About {
        name: "judge",
        version: "1.0.0",
        summary: "How good a language model finds the output, from 1 to 5, by criteria and a rubric.",
        kind: Kind::Metric,
        range: Some((1.0, 5.0)),
        higher_is_better: true,
        needs: &[],
        work: Work::Wait,
    };
    type Settings = JudgeSettings;

    fn new(settings: JudgeSettings, models: &Models) -> Result<Self, Unusable> {
        settings.check()?;
        let named =
            |name: &String| -> Result<_, Unusable> { Ok((name.clone(), Arc::clone(models.chat(name)?))) };
        let judges = settings.models.names().iter().map(named).collect::<Result<_, Unusable>>()?;
        Ok(Self { before: before(&settings), settings, judges })
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            prompts: vec![ABSOLUTE.stamp()],
            models: self.judges.iter().map(|(_, model)| model.identity().clone()).collect(),
        }
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        async move {
            let asked = Asked::new(cancel);
            let result = self.judge(sample, &asked).await;
            Outcome {
                usage: Some(asked.usage()),
                log: vec![self.provenance().to_string()],
                ..Outcome::from(result)
            }
        }
        .boxed()
    }
}

/// What one judge makes of a sample.
struct View {
    mean: f64,
    /// Of the draws, or of what the judge might have said; `None` where a single draw says nothing of it.
    variance: Option<f64>,
    /// Whether no two draws are more than one level apart.
    stable: Option<bool>,
    /// Empty where the score comes from log-probabilities.
    opinions: Vec<Opinion>,
}

impl Judge {
    async fn judge(&self, sample: &Sample, asked: &Asked<'_>) -> Result<Score, Fault> {
        let context = if self.settings.show_context { sample.context.join("\n\n") } else { String::new() };
        let mut materials = around(sample, &context, self.settings.show_expected);
        materials.push(Material { label: "answer", text: &sample.output });
        check_length(&materials, self.settings.max_bytes)?;
        let material = ABSOLUTE.fill("material", &[("material", &marked(&materials))]);
        let empty = sample.output.trim().is_empty();
        let views = self.judges.iter().map(|(_, model)| self.view(model.as_ref(), &material, empty, asked));
        let views = try_join_all(views).await?;
        Ok(self.sum_up(&views, sample))
    }

    /// The question in the form that the section `form` asks for.
    fn question(&self, material: &str, empty: bool, form: &str) -> Question {
        let mut parts = vec![self.before.as_str(), material];
        if empty {
            parts.push(ABSOLUTE.section("empty"));
        }
        parts.push(ABSOLUTE.section(form));
        Question {
            system: Some(ABSOLUTE.section("system").to_owned()),
            turns: vec![Turn { speaker: Speaker::User, text: parts.join("\n\n") }],
            ..Question::default()
        }
    }

    async fn view(
        &self,
        model: &dyn ChatModel,
        material: &str,
        empty: bool,
        asked: &Asked<'_>,
    ) -> Result<View, Fault> {
        if self.settings.by != By::Text {
            let question = Question {
                max_tokens: 1,
                alternatives: ALTERNATIVES,
                ..self.question(material, empty, "token")
            };
            let answer = asked.ask(model, &question).await?;
            if !answer.alternatives.is_empty() {
                return weighted(&answer.alternatives)
                    .map_err(|reason| unavailable(format!("{} gave no score: {reason}", model.identity())));
            }
            if self.settings.by == By::Logprobs {
                return Err(unavailable(format!(
                    "{} gives no log-probabilities: write `by: text`, or take another model",
                    model.identity()
                )));
            }
        }
        let question = Question {
            schema: Some(ABSOLUTE.schema("schema")),
            temperature: self.settings.temperature(),
            max_tokens: REPLY_TOKENS,
            ..self.question(material, empty, "text")
        };
        let draw = |draw| {
            let question = Question { draw, ..question.clone() };
            async move { asked.ask_for::<Opinion>(model, &question).await.map(|(opinion, _)| opinion) }
        };
        Ok(drawn(try_join_all((0..self.settings.samples).map(draw)).await?))
    }

    fn sum_up(&self, views: &[View], sample: &Sample) -> Score {
        let means = || views.iter().map(|view| view.mean);
        let value = mean(means());
        let mut measures = vec![("n".to_owned(), f64::from(self.settings.samples))];
        let variances = views.iter().filter_map(|view| view.variance).collect::<Vec<_>>();
        if !variances.is_empty() {
            measures.push(("variance".to_owned(), mean(variances.into_iter())));
        }
        let stable = views.iter().filter_map(|view| view.stable).collect::<Vec<_>>();
        if !stable.is_empty() {
            measures
                .push(("stable".to_owned(), f64::from(u8::from(stable.into_iter().all(|stable| stable)))));
        }
        if views.len() > 1 {
            let (low, high) =
                means().fold((f64::MAX, f64::MIN), |(low, high), mean| (low.min(mean), high.max(mean)));
            measures.push(("spread".to_owned(), high - low));
            let named =
                self.judges.iter().zip(views).map(|((name, _), view)| (format!("judge.{name}"), view.mean));
            measures.extend(named);
        }
        if let Some(subject) = self.settings.subject_of(sample) {
            let same =
                self.judges.iter().any(|(_, model)| family::in_common(model.as_ref(), &subject).is_some());
            measures.push((family::MEASURE.to_owned(), f64::from(u8::from(same))));
        }
        let mut opinions = views.iter().flat_map(|view| &view.opinions).collect::<Vec<_>>();
        opinions.sort_by(|one, other| one.score.0.total_cmp(&other.score.0));
        let median = opinions.get(opinions.len().saturating_sub(1) / 2);
        Score {
            value,
            verdict: Verdict::Unjudged,
            summary: median.map_or_else(|| in_words(views), |opinion| summary(opinion)),
            findings: median.map_or_else(Vec::new, |opinion| weaknesses(opinion, &sample.output)),
            measures,
        }
    }
}

/// What every question begins with: task, criteria, levels, examples.
fn before(settings: &JudgeSettings) -> String {
    let rubric = &settings.rubric;
    let levels = [
        ("five", rubric.five.as_str()),
        ("four", rubric.four.as_str()),
        ("three", rubric.three.as_str()),
        ("two", rubric.two.as_str()),
        ("one", rubric.one.as_str()),
    ];
    let mut parts = vec![
        ABSOLUTE.fill("task", &[("task", settings.task.trim())]),
        ABSOLUTE.fill("criteria", &[("criteria", settings.criteria.trim())]),
        ABSOLUTE.fill("levels", &levels),
    ];
    parts.extend(settings.examples.iter().map(example));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn example(example: &Example) -> String {
    let mut materials = Vec::new();
    if !example.input.is_empty() {
        materials.push(Material { label: "question", text: &example.input });
    }
    materials.push(Material { label: "answer", text: &example.output });
    let because = match example.reasons.trim() {
        "" => String::new(),
        reasons => format!(", because {reasons}"),
    };
    let (score, material) = (example.score.to_string(), marked(&materials));
    ABSOLUTE.fill("example", &[("score", &score), ("because", &because), ("material", &material)])
}

/// The view that comes of several draws.
fn drawn(opinions: Vec<Opinion>) -> View {
    let scores = || opinions.iter().map(|opinion| opinion.score.0);
    let (low, high) =
        scores().fold((f64::MAX, f64::MIN), |(low, high), score| (low.min(score), high.max(score)));
    let mean = mean(scores());
    let several = opinions.len() > 1;
    // The unbiased sample variance.
    let variance = several
        .then(|| scores().map(|score| (score - mean).powi(2)).sum::<f64>() / (opinions.len() - 1) as f64);
    View { mean, variance, stable: several.then_some(high - low <= 1.0), opinions }
}

/// The mean and the variance over the five scores that a judge might have said, weighted by how likely each is.
///
/// Source: Y. Liu et al., "G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment", EMNLP 2023, section 2.
fn weighted(alternatives: &[(String, f64)]) -> Result<View, String> {
    let weights = weights(alternatives, ["1", "2", "3", "4", "5"])?;
    let levels = || [1.0, 2.0, 3.0, 4.0, 5.0].into_iter().zip(weights);
    let mean: f64 = levels().map(|(level, share)| level * share).sum();
    let variance = levels().map(|(level, share)| share * (level - mean).powi(2)).sum();
    Ok(View { mean: mean.clamp(1.0, 5.0), variance: Some(variance), stable: None, opinions: Vec::new() })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

/// A score by log-probabilities, in words.
fn in_words(views: &[View]) -> String {
    let deviation = mean(views.iter().filter_map(|view| view.variance)).sqrt();
    format!("the mean over what the judge might have said; it strays by {deviation:.2}")
}

fn summary(opinion: &Opinion) -> String {
    let mut summary = short(opinion.reasons.trim());
    let mut list = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            summary.push_str(&format!(" {title}: {}.", items.join("; ")));
        }
    };
    let said = |text: &str| !text.trim().is_empty();
    let item = |text: &str| short(text.trim().trim_end_matches('.'));
    list("Strengths", opinion.strengths.iter().filter(|text| said(text)).map(|text| item(text)).collect());
    let problems = opinion.weaknesses.iter().filter(|weakness| said(&weakness.problem));
    list("Weaknesses", problems.map(|weakness| item(&weakness.problem)).collect());
    summary
}

/// A finding for each weakness; its place only where the words that the judge quotes do stand in the output.
fn weaknesses(opinion: &Opinion, output: &str) -> Vec<Finding> {
    if opinion.weaknesses.is_empty() {
        return Vec::new();
    }
    let output = Located::new(output);
    let said = opinion.weaknesses.iter().filter(|weakness| !weakness.problem.trim().is_empty());
    said.map(|weakness| {
        let place = output.find(&weakness.quote, 0).and_then(output_span);
        finding("weakness", short(weakness.problem.trim()), place)
    })
    .collect()
}

/// A text without what a person would not read to the end.
fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
