use std::collections::BTreeMap;

use futures::executor::block_on;
use serde_json::{Value, json};

use super::*;
use crate::models::{Embedded, ModelIdentity};
use crate::{FaultKind, Metric, builtin};

/// Sees nothing but which of three words a text has.
#[derive(Debug)]
struct Words(ModelIdentity);

impl EmbeddingModel for Words {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn is_local(&self) -> bool {
        self.0.place == "local"
    }

    fn embed<'a>(&'a self, texts: &'a [String], _: &'a Cancel) -> BoxFuture<'a, Result<Embedded, Fault>> {
        let vector = |text: &String| {
            let counts = ["refund", "days", "ship"].map(|word| text.matches(word).count() as f32);
            let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
            counts.iter().map(|count| if length > 0.0 { count / length } else { 0.0 }).collect()
        };
        let parts = texts.iter().map(|text| if text.len() > 100 { 3 } else { 1 }).collect();
        let usage = Usage { calls: texts.len() as u64, input_tokens: 7, ..Usage::default() };
        let broken = texts.iter().any(|text| text == "broken");
        let fault = || Fault::new(FaultKind::ModelUnavailable, "as it was asked to");
        let embedded = Embedded { vectors: texts.iter().map(vector).collect(), parts, usage };
        std::future::ready(if broken { Err(fault()) } else { Ok(embedded) }).boxed()
    }
}

fn models(place: &str) -> Models {
    let identity = ModelIdentity { place: place.to_owned(), model: "words".to_owned() };
    let model: Arc<dyn EmbeddingModel> = Arc::new(Words(identity));
    Models { embedding: BTreeMap::from([("embeddings".to_owned(), model)]), ..Models::default() }
}

fn metric(settings: &Value) -> Box<dyn Metric> {
    builtin("semantic-similarity", settings, &models("local")).unwrap()
}

fn sample(output: &str, expected: &str) -> Sample {
    Sample { output: output.to_owned(), expected: Some(expected.to_owned()), ..Sample::default() }
}

fn outcome(settings: &Value, sample: &Sample) -> Outcome {
    block_on(metric(settings).score(sample, &Cancel::default()))
}

fn score(settings: &Value, output: &str, expected: &str) -> Score {
    let sample = sample(output, expected);
    let score = outcome(settings, &sample).result.unwrap();
    score.check(&sample, Some((-1.0, 1.0))).unwrap();
    score
}

#[test]
fn the_value_is_the_cosine() {
    let value = |output: &str, expected: &str| score(&Value::Null, output, expected).value;
    assert_eq!(value("a refund", "the refund"), 1.0);
    assert_eq!(value("a refund", "days"), 0.0);
    assert_eq!(value("refund in days", "refund"), (0.5_f64.sqrt() * 1e4).round() / 1e4);
    // The model knows nothing of them: equal all the same, or not alike at all.
    assert_eq!(value("", ""), 1.0);
    assert_eq!(value("", "refund"), 0.0);
    let score = score(&Value::Null, "a refund", "the refund");
    assert_eq!(score.verdict, Verdict::Unjudged);
    assert_eq!(score.measures, [("output-parts".to_owned(), 1.0), ("expected-parts".to_owned(), 1.0)]);
    assert_eq!(score.summary, "");
}

#[test]
fn a_text_that_was_cut_is_said_to_be() {
    let score = score(&Value::Null, &"refund ".repeat(30), "refund");
    assert_eq!(
        score.summary,
        "longer than the model's window: compared as the mean of 3 parts of the output and 1 of the reference"
    );
    assert_eq!(score.measures[0].1, 3.0);
}

#[test]
fn sentences_without_a_match_are_pointed_at() {
    let output = "You get a refund.  We ship on  Friday!";
    let expected = "A refund is possible. It takes three days.";
    let settings = json!({"sentences_below": 0.5});
    let score = score(&settings, output, expected);
    let [one, two] = score.findings.as_slice() else { panic!("{:?}", score.findings) };
    assert_eq!(one.rule, "unlike-reference");
    assert_eq!(one.location.unwrap().quote(&sample(output, expected)), Some("We ship on  Friday!"));
    assert_eq!(one.message, "the most similar sentence of the reference is at 0");
    assert_eq!((two.rule.as_str(), two.location), ("missing-from-output", None));
    assert_eq!(
        two.message,
        "no sentence of the output is more similar than 0 to the reference's \"It takes three days.\""
    );
    assert_eq!(score.measures[2], ("least-similar-sentence".to_owned(), 0.0));
}

#[test]
fn what_the_model_took_is_said_and_its_faults_are_passed_on() {
    let elsewhere = builtin("semantic-similarity", &Value::Null, &models("http://elsewhere")).unwrap();
    let done = block_on(elsewhere.score(&sample("a refund", "days"), &Cancel::default()));
    assert_eq!(done.usage.map(|usage| (usage.calls, usage.input_tokens)), Some((2, 7)));
    assert_eq!(outcome(&Value::Null, &sample("a refund", "days")).usage, None);
    let fault = outcome(&Value::Null, &sample("broken", "days")).result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelUnavailable);
    let fault = outcome(&Value::Null, &Sample::default()).result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidSample);
}

#[test]
fn only_local_models_are_remembered_and_each_for_itself() {
    let of = |models: &Models| builtin("semantic-similarity", &Value::Null, models).unwrap();
    let (here, there) = (of(&models("local")), of(&models("http://elsewhere")));
    assert!(here.is_deterministic() && !there.is_deterministic());
    assert_ne!(here.identity(), there.identity());
    assert_eq!(here.work(), Work::Wait);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let message = |settings: Value, models: &Models| {
        builtin("semantic-similarity", &settings, models).unwrap_err().to_string()
    };
    let some = models("local");
    assert_eq!(
        message(Value::Null, &Models::default()),
        "semantic-similarity: no embedding model `embeddings` is configured: add `embeddings` to the suite's `models`"
    );
    assert!(message(json!({"model": "minilm"}), &some).ends_with("the suite's `models` has `embeddings`"));
    assert!(
        message(json!({"sentences_below": 2}), &some)
            .contains("`sentences_below`: a similarity lies between -1 and 1")
    );
}

#[test]
fn sentences_are_those_that_say_something() {
    let text = "One.  Two! \n - \n三つ。四。";
    let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, ["One.", "Two!", "三つ。", "四。"]);
}
