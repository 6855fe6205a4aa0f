//! Each claim with its label, and the words of the context that prove it.

use std::ops::Range;

use futures::future::try_join_all;
use serde::Deserialize;

use super::claims::Claim;
use super::label::Label;
use super::{CLAIMS, Hallucination};
use crate::models::unavailable;
use crate::prompt::{Asked, Located, Material, marked};
use crate::text::{finding, output_span};
use crate::{Fault, Finding, Question, Sample, Score, Speaker, Turn, Verdict};

/// Tokens that a reply may have: a passage and a word.
const REPLY_TOKENS: u32 = 600;
/// Characters of a quote that are shown.
const LONGEST: usize = 300;

/// What a model says of a claim.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    evidence: String,
    label: Label,
}

/// A claim that was checked.
#[derive(Debug)]
struct Checked {
    claim: Claim,
    label: Label,
    evidence: Option<Evidence>,
}

/// Words of the context.
#[derive(Debug)]
struct Evidence {
    text: String,
    /// Number of the passage from 1; `None` where the words go over from one into the next.
    passage: Option<usize>,
}

/// The context as quotes are looked for in it.
struct Context<'a> {
    passages: &'a [String],
    located: Vec<Located>,
    /// All passages, for words that go over from one into the next.
    whole: String,
    whole_located: Located,
}

impl<'a> Context<'a> {
    fn new(passages: &'a [String]) -> Self {
        let whole = passages.join("\n\n");
        Self {
            passages,
            located: passages.iter().map(|passage| Located::new(passage)).collect(),
            whole_located: Located::new(&whole),
            whole,
        }
    }

    fn find(&self, quote: &str) -> Option<Evidence> {
        let one = |(index, located): (usize, &Located)| Some((index, located.find(quote, 0)?));
        let text = |text: &str, range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
        match self.located.iter().enumerate().find_map(one) {
            Some((index, range)) => {
                Some(Evidence { text: text(&self.passages[index], range), passage: Some(index + 1) })
            }
            None => {
                let range = self.whole_located.find(quote, 0)?;
                Some(Evidence { text: text(&self.whole, range), passage: None })
            }
        }
    }
}

impl Hallucination {
    pub(super) async fn by_claims(
        &self,
        sample: &Sample,
        windows: &[String],
        asked: &Asked<'_>,
        log: &mut Vec<String>,
    ) -> Result<Score, Fault> {
        // Before the first question, as far as it can be known then.
        self.check_questions(1, "claim", windows.len())?;
        let claims = self.claims(sample, asked).await?;
        self.check_questions(claims.len(), "claims", windows.len())?;
        let context = Context::new(&sample.context);
        let checks = claims.into_iter().map(|claim| self.checked(claim, sample, windows, &context, asked));
        let checked = try_join_all(checks).await?;
        log.extend(checked.iter().map(|checked| checked.in_words(&sample.output)));
        Ok(self.sum_up(&checked, &sample.output))
    }

    /// The label of a claim over all windows. What one window proves need not be asked of the next.
    async fn checked(
        &self,
        claim: Claim,
        sample: &Sample,
        windows: &[String],
        context: &Context<'_>,
        asked: &Asked<'_>,
    ) -> Result<Checked, Fault> {
        let mut best: Option<(Label, Option<Evidence>)> = None;
        for window in windows {
            let (label, evidence) = self.in_window(&claim, sample, window, context, asked).await?;
            if best.as_ref().is_none_or(|(known, _)| label < *known) {
                best = Some((label, evidence));
            }
            if label == Label::Supported {
                break;
            }
        }
        let (label, evidence) = best.unwrap_or((Label::Unsupported, None));
        Ok(Checked { claim, label, evidence })
    }

    async fn in_window(
        &self,
        claim: &Claim,
        sample: &Sample,
        window: &str,
        context: &Context<'_>,
        asked: &Asked<'_>,
    ) -> Result<(Label, Option<Evidence>), Fault> {
        let mut materials = vec![Material { label: "context", text: window }];
        if !sample.input.is_empty() {
            materials.push(Material { label: "question", text: &sample.input });
        }
        if claim.around != claim.place {
            materials.push(Material { label: "sentence", text: &sample.output[claim.around.clone()] });
        }
        materials.push(Material { label: "claim", text: &sample.output[claim.place.clone()] });
        let text = CLAIMS.fill("check", &[("material", &marked(&materials))]);
        let mut question = Question {
            system: Some(CLAIMS.section("system").to_owned()),
            turns: vec![Turn { speaker: Speaker::User, text }],
            schema: Some(CLAIMS.schema("check-schema")),
            max_tokens: REPLY_TOKENS,
            ..Question::default()
        };
        let model = self.model.as_ref();
        let (reply, answer) = asked.ask_for::<Reply>(model, &question).await?;
        let wrong = match proven(&reply, context) {
            Ok(proven) => return Ok(proven),
            Err(wrong) => wrong,
        };
        // Once more with what was wrong; a model that makes its evidence up twice has not checked the claim.
        let text = CLAIMS.fill("check-again", &[("wrong", &wrong)]);
        question.turns.push(Turn { speaker: Speaker::Assistant, text: answer.text });
        question.turns.push(Turn { speaker: Speaker::User, text });
        let (reply, _) = asked.ask_for::<Reply>(model, &question).await?;
        proven(&reply, context).map_err(|wrong| {
            unavailable(format!(
                "{} did not prove what it says of {:?}: {wrong}",
                model.identity(),
                short(&sample.output[claim.place.clone()])
            ))
        })
    }

    fn sum_up(&self, checked: &[Checked], output: &str) -> Score {
        let count = |label: Label| checked.iter().filter(|checked| checked.label == label).count();
        let borne_out = checked.iter().filter(|checked| checked.label.is_borne_out()).count();
        let checkable = checked.len() - count(Label::NotCheckable);
        let value = if checkable == 0 { 1.0 } else { borne_out as f64 / checkable as f64 };
        let fails = checked.iter().any(|checked| self.settings.fail_on.contains(&checked.label));
        let verdict = match (self.settings.fail_on.is_empty(), fails) {
            (true, _) => Verdict::Unjudged,
            (false, true) => Verdict::Fail,
            (false, false) => Verdict::Pass,
        };
        let mut measures = vec![("claims".to_owned(), checked.len() as f64)];
        measures.extend(Label::ALL.map(|label| (label.name().to_owned(), count(label) as f64)));
        let reported = |checked: &&Checked| {
            let borne_out = checked.label.is_borne_out() || checked.label == Label::NotCheckable;
            !borne_out || self.settings.fail_on.contains(&checked.label)
        };
        let findings = checked.iter().filter(reported).map(|checked| checked.finding(output)).collect();
        let summary = format!("{borne_out} of {checkable} claims borne out by the context");
        Score { value, verdict, summary, findings, measures }
    }
}

impl Checked {
    fn finding(&self, output: &str) -> Finding {
        let claim = short(&output[self.claim.place.clone()]);
        let message = match (self.label, &self.evidence) {
            (Label::Contradicted, Some(evidence)) => format!("the context says otherwise: {evidence}"),
            (Label::Unsupported, _) => "nothing in the context says so".to_owned(),
            (label, Some(evidence)) => format!("{label}: {evidence}"),
            (label, None) => format!("{label}: {claim:?}"),
        };
        finding(&self.label.name().replace('_', "-"), message, output_span(self.claim.place.clone()))
    }

    /// The label, the claim with its place, and the evidence with its own.
    fn in_words(&self, output: &str) -> String {
        let Range { start, end } = self.claim.place;
        let claim = short(&output[start..end]);
        let evidence = self.evidence.as_ref().map_or(String::new(), |evidence| format!(", {evidence}"));
        format!("{} {start}..{end} {claim:?}{evidence}", self.label)
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.passage {
            Some(number) => write!(f, "passage {number} has {:?}", short(&self.text)),
            None => write!(f, "the passages have {:?}", short(&self.text)),
        }
    }
}

/// The label with its evidence, or what is wrong with that.
fn proven(reply: &Reply, context: &Context<'_>) -> Result<(Label, Option<Evidence>), String> {
    if !reply.label.needs_evidence() {
        return Ok((reply.label, None));
    }
    match context.find(&reply.evidence) {
        Some(evidence) => Ok((reply.label, Some(evidence))),
        None if reply.evidence.trim().is_empty() => {
            Err(format!("The label is {}, and there is no evidence for it.", reply.label))
        }
        None => Err(format!("The context does not have the words {:?}.", short(&reply.evidence))),
    }
}

/// A text without what nobody would read to the end.
fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
