use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use scorebox_metrics::{
    Answer, Cancel, ChatModel, Fault, FaultKind, ModelIdentity, Models, PairwiseJudge, Preference, Question,
    Usage,
};

use super::{Answers, Options, Pairwise, PairwiseError, SampleComparison, pairwise};
use crate::models::RunModels;
use crate::suite;

/// Prefers the answer that says more good of itself, and the first one where both say the same.
#[derive(Debug)]
struct Vain(ModelIdentity);

impl ChatModel for Vain {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn ask<'a>(&'a self, question: &'a Question, _: &'a Cancel) -> BoxFuture<'a, Result<Answer, Fault>> {
        let text = &question.turns[0].text;
        let second = text.find("<second ").unwrap();
        let count = |part: &str| part.matches("good").count();
        let better = if count(&text[..second]) >= count(&text[second..]) { "first" } else { "second" };
        let answer = if text.contains("down") {
            Err(Fault::new(FaultKind::ModelUnavailable, "it is down"))
        } else {
            let text = serde_json::json!({"reasons": "more good", "better": better}).to_string();
            Ok(Answer { text, alternatives: Vec::new(), usage: Usage { calls: 1, ..Usage::default() } })
        };
        std::future::ready(answer).boxed()
    }
}

fn compare(
    directory: &Path,
    a: &[(&str, &str)],
    b: &[(&str, &str)],
) -> Result<(Pairwise, Vec<SampleComparison>), PairwiseError> {
    let write =
        |name: &str, lines: Vec<String>| std::fs::write(directory.join(name), lines.join("\n")).unwrap();
    let answers = |answers: &[(&str, &str)]| {
        answers
            .iter()
            .map(|(id, output)| serde_json::json!({"id": id, "output": output}).to_string())
            .collect()
    };
    let question =
        |id: &str| serde_json::json!({"id": id, "input": "?", "metadata": {"model": "qwen3"}}).to_string();
    write("data.jsonl", ["1", "2", "3", "4", "5", "6"].map(question).to_vec());
    write("a.jsonl", answers(a));
    write("b.jsonl", answers(b));
    let text = "dataset: data.jsonl\nsubject: {recorded: a.jsonl}\nmetrics: {exact-match: {missing: skip}}\n";
    std::fs::write(directory.join("scorebox.yaml"), text).unwrap();
    let suite = suite::load(&directory.join("scorebox.yaml")).unwrap();
    let mut models = Models::default();
    let identity = ModelIdentity { place: "here".into(), model: "qwen2.5".into() };
    models.chat.insert("judge".into(), Arc::new(Vain(identity)));
    let judge = PairwiseJudge::new(&serde_json::Value::Null, &models).unwrap();
    let [a, b] = ["a.jsonl", "b.jsonl"].map(|name| directory.join(name).display().to_string());
    let [a, b] = [a, b].map(|name| Answers::open(&name, &suite).unwrap());
    let options = Options {
        suite: &suite,
        judge: &judge,
        a: &a,
        b: &b,
        models: &RunModels::default(),
        partitions: &BTreeSet::new(),
    };
    let mut seen = Vec::new();
    let mut each = |comparison: &SampleComparison| {
        seen.push(comparison.clone());
        Ok(())
    };
    let result = pairwise(&options, &Cancel::default(), &mut each, &mut |_| {})?;
    Ok((result, seen))
}

#[test]
fn counts_wins_ties_bias_and_what_was_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let a = [("1", "bad"), ("2", "good good"), ("3", "fair"), ("4", "same"), ("5", "down")];
    let b = [("1", "good"), ("2", "good"), ("3", "fine"), ("4", "same"), ("5", "up"), ("6", "good")];
    let (result, seen) = compare(directory.path(), &a, &b).unwrap();
    assert_eq!((result.samples, result.without_answer, result.faulted), (6, 1, 1));
    assert_eq!((result.a_wins, result.b_wins, result.ties), (1, 1, 2));
    let rate = result.b_win_rate.unwrap();
    assert_eq!((rate.value, rate.n), (0.5, 4));
    assert!(rate.low < 0.2 && rate.high > 0.8);
    let bias = result.position_bias.unwrap();
    assert!((bias.value - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!((bias.n, result.favoured_first, result.favoured_second), (3, 1, 0));
    assert_eq!(result.usage.calls, 6);
    assert!(result.notes[0].contains("of one family in 4 of 4 samples"), "{:?}", result.notes);
    let preferences = seen.iter().map(|comparison| comparison.preference).collect::<Vec<_>>();
    let expected = [Preference::B, Preference::A, Preference::Tie, Preference::Tie].map(Some);
    assert_eq!(preferences, [&expected[..], &[None]].concat());
    assert_eq!(seen[4].fault.as_ref().unwrap().kind, FaultKind::ModelUnavailable);

    let mut text = Vec::new();
    let prefix = format!("{}/", directory.path().display());
    let result = Pairwise { a: result.a.replace(&prefix, ""), b: result.b.replace(&prefix, ""), ..result };
    result.render(&mut text).unwrap();
    let text = suite::console_text(&String::from_utf8(text).unwrap());
    for part in [
        "prompt judge-pairwise@1 (",
        "4 samples compared, 2 ties (half a win for each), 1 sample that the judge could not judge",
        "position bias 33.3 % (",
        "in 1 comparison of 3 the judge turned with the order, for the first answer in 1 and for the second in 0",
        "neither is shown to be better",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn sides_that_share_no_sample_are_no_comparison() {
    let directory = tempfile::tempdir().unwrap();
    let error = compare(directory.path(), &[("1", "good")], &[("2", "good")]).unwrap_err();
    assert!(error.to_string().contains("has an answer in both"), "{error}");
}
