//! Two answers to one question, compared in both orders.

use std::sync::Arc;

use futures::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::material::{around, check_length};
use super::reply::{Better, Choice};
use super::settings::JudgeSettings;
use super::{Judge, PAIRWISE, family};
use crate::builtin::{BuiltinError, ModelMetric, Unusable, refused};
use crate::models::{Models, NoModel};
use crate::prompt::{Asked, Material, Provenance, marked};
use crate::settings;
use crate::{Cancel, ChatModel, Fault, Question, Sample, Speaker, Turn, Usage};

/// Tokens that a reply may have.
const REPLY_TOKENS: u32 = 800;

/// Compares two answers, by the settings of the metric `judge`.
#[derive(Debug)]
pub struct PairwiseJudge {
    settings: JudgeSettings,
    judges: Vec<(String, Arc<dyn ChatModel>)>,
    before: String,
}

/// Which of two answers is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// The first of the two that were handed over, wherever it stood in the question.
    A,
    /// The second of the two.
    B,
    /// Neither, or the judge changed its mind with the order.
    Tie,
}

/// What one judge says of two answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the model in the suite.
    pub judge: String,
    /// The better one in both orders; a tie where the orders disagree.
    pub preference: Preference,
    /// What it said with A first.
    pub a_first: Preference,
    /// What it said with B first.
    pub b_first: Preference,
    /// Whether the judge was asked; equal outputs are a tie without a question.
    pub was_asked: bool,
    /// Why, with A first.
    pub reasons: String,
    /// The family that the judge shares with the model that wrote the answers, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_family: Option<String>,
}

impl Comparison {
    /// Whether the judge said the same in both orders.
    pub fn is_consistent(&self) -> bool {
        self.a_first == self.b_first
    }
}

impl PairwiseJudge {
    /// A judge with `settings`, those of the metric `judge`, whose models are found among `models`.
    ///
    /// # Errors
    ///
    /// As [`builtin`](crate::builtin()) with the name `judge`.
    pub fn new(settings: &Value, models: &Models) -> Result<Self, BuiltinError> {
        let refused = |unusable| refused(Judge::ABOUT.name, unusable);
        let settings = settings::read::<JudgeSettings>(settings)
            .map_err(|setting| refused(Unusable::Setting(setting)))?;
        settings.check().map_err(|setting| refused(Unusable::Setting(setting)))?;
        let named =
            |name: &String| -> Result<_, NoModel> { Ok((name.clone(), Arc::clone(models.chat(name)?))) };
        let judges = settings.models.names().iter().map(named).collect::<Result<_, _>>();
        let judges = judges.map_err(|missing| refused(Unusable::Model(missing)))?;
        let before = [
            PAIRWISE.fill("task", &[("task", settings.task.trim())]),
            PAIRWISE.fill("criteria", &[("criteria", settings.criteria.trim())]),
        ];
        Ok(Self { before: before.join("\n\n"), settings, judges })
    }

    /// Which prompt is asked, and which models.
    pub fn provenance(&self) -> Provenance {
        Provenance {
            prompts: vec![PAIRWISE.stamp()],
            models: self.judges.iter().map(|(_, model)| model.identity().clone()).collect(),
        }
    }

    /// Compares two outputs for `sample`, whose own output is not looked at: one comparison a judge. Equal outputs are a
    /// tie without a question.
    pub async fn compare(
        &self,
        sample: &Sample,
        a: &str,
        b: &str,
        cancel: &Cancel,
    ) -> (Result<Vec<Comparison>, Fault>, Usage) {
        let asked = Asked::new(cancel);
        let context = if self.settings.show_context { sample.context.join("\n\n") } else { String::new() };
        let materials = around(sample, &context, self.settings.show_expected);
        let subject = self.settings.subject_of(sample);
        let one = |(name, model): &(String, Arc<dyn ChatModel>)| {
            let (name, model) = (name.clone(), Arc::clone(model));
            let (materials, subject, asked) = (&materials, subject.as_deref(), &asked);
            async move {
                let same_family = subject.and_then(|subject| family::in_common(model.as_ref(), subject));
                let (a_first, b_first, reasons) = if a == b {
                    (Preference::Tie, Preference::Tie, "the two outputs are equal".to_owned())
                } else {
                    let forward = self.choice(model.as_ref(), materials, [a, b], asked);
                    let backward = self.choice(model.as_ref(), materials, [b, a], asked);
                    let (forward, backward) = try_join(forward, backward).await?;
                    let a_first = preference(forward.better, [Preference::A, Preference::B]);
                    let b_first = preference(backward.better, [Preference::B, Preference::A]);
                    (a_first, b_first, forward.reasons)
                };
                let preference = if a_first == b_first { a_first } else { Preference::Tie };
                let same_family = same_family.map(str::to_owned);
                Ok::<_, Fault>(Comparison {
                    judge: name,
                    preference,
                    a_first,
                    b_first,
                    was_asked: a != b,
                    reasons,
                    same_family,
                })
            }
        };
        let compared = match check_length(&materials, self.settings.max_bytes) {
            Ok(()) => try_join_all(self.judges.iter().map(one)).await,
            Err(fault) => Err(fault),
        };
        (compared, asked.usage())
    }

    async fn choice(
        &self,
        model: &dyn ChatModel,
        around: &[Material<'_>],
        [first, second]: [&str; 2],
        asked: &Asked<'_>,
    ) -> Result<Choice, Fault> {
        let mut materials = around.to_vec();
        materials.push(Material { label: "first", text: first });
        materials.push(Material { label: "second", text: second });
        check_length(&materials, self.settings.max_bytes)?;
        let material = PAIRWISE.fill("material", &[("material", &marked(&materials))]);
        let parts = [self.before.as_str(), &material, PAIRWISE.section("text")];
        let question = Question {
            system: Some(PAIRWISE.section("system").to_owned()),
            turns: vec![Turn { speaker: Speaker::User, text: parts.join("\n\n") }],
            schema: Some(PAIRWISE.schema("schema")),
            max_tokens: REPLY_TOKENS,
            ..Question::default()
        };
        asked.ask_for::<Choice>(model, &question).await.map(|(choice, _)| choice)
    }
}

fn preference(better: Better, [first, second]: [Preference; 2]) -> Preference {
    match better {
        Better::First => first,
        Better::Second => second,
        Better::Tie => Preference::Tie,
    }
}
