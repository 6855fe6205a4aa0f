//! One line of a record against what its metrics say now.

use std::ops::Range;

use futures::executor::block_on;
use scorebox_metrics::{Cancel, Fault, FaultKind, Outcome, Sample, Score};
use serde::Serialize;
use serde_json::Value;

use crate::cache::Known;
use crate::replay::Difference;
use crate::replay::compare::{self, Leaf, Step};
use crate::replay::metrics::Recorded;
use crate::run::{
    Place, PreparedMetric, RawLine, SampleRecord, SampleVerdict, ScoreRecord, judge, outcome, settled,
    verdict,
};

/// The parts of a score in the order in which they are looked at: causes before what follows from them.
const PARTS: [&str; 10] =
    ["fault", "value", "missed", "verdict", "summary", "findings", "measures", "fuel", "log", "usage"];
/// Bytes that are shown on both sides of the place where a line is damaged.
const AROUND: usize = 40;

/// What lines are held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Against<'a> {
    /// What the samples' file is called.
    pub(crate) file: &'a str,
    /// In the suite's order.
    pub(crate) metrics: &'a [Recorded],
    /// Whether fuel is counted as it was in the run.
    pub(crate) same_fuel: bool,
}

/// What came of one line.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// For the counts, without its texts; `None` where the line cannot be read.
    pub(crate) record: Option<SampleRecord>,
    /// Whether the subject gave no output, so that there is nothing to score.
    pub(crate) without_output: bool,
    /// One for each metric.
    pub(crate) looked: Vec<Looked>,
    /// Causes before what follows from them.
    pub(crate) differences: Vec<Difference>,
}

impl Checked {
    /// Bytes in memory, about; excerpts in differences are short.
    pub(crate) fn bytes(&self) -> usize {
        const SHORT: usize = 256;
        let scores = self.record.as_ref().map_or(0, |record| record.scores.len());
        size_of::<Self>()
            + scores * size_of::<ScoreRecord>()
            + self.differences.len() * (size_of::<Difference>() + SHORT)
    }
}

/// What was done about a metric's score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Nothing: the metric does not apply, or is not replayed.
    Not,
    /// It was computed again.
    Again,
    /// It is a fault that another machine may not repeat.
    NotComparable,
}

/// The part of a line that follows from the rest.
struct Judged {
    verdict: SampleVerdict,
    scores: Vec<ScoreRecord>,
}

impl Against<'_> {
    /// Computes the scores of `line` again, and looks for what it says otherwise.
    pub(crate) fn check(&self, line: &RawLine) -> Checked {
        let mut checked = Checked::default();
        let mut record = match line.parse() {
            Ok(record) => record,
            Err(error) => {
                checked.differences.push(self.damaged(line, &error));
                return checked;
            }
        };
        let recorded = Judged { verdict: record.verdict, scores: std::mem::take(&mut record.scores) };
        let now = if record.fault.is_some() {
            checked.without_output = true;
            Judged { verdict: SampleVerdict::Faulted, scores: Vec::new() }
        } else {
            let (scores, looked) = self.score(&mut record, &recorded.scores);
            checked.looked = looked;
            Judged { verdict: verdict(&scores), scores }
        };

        (record.verdict, record.scores) = (now.verdict, now.scores);
        let mut bytes = Vec::with_capacity(line.bytes.len());
        // Plain data into memory: nothing here can fail.
        if serde_json::to_writer(&mut bytes, &record).is_ok() {
            bytes.push(b'\n');
        }
        let now = std::mem::replace(&mut record.scores, recorded.scores);
        let now = Judged { verdict: std::mem::replace(&mut record.verdict, recorded.verdict), scores: now };
        if bytes != line.bytes {
            checked.differences = self.differences(line, &record, &now, &bytes);
        }
        record.forget_texts();
        checked.record = Some(record);
        checked
    }

    /// The scores of `record` as the metrics say them now; as recorded where they are not replayed.
    fn score(&self, record: &mut SampleRecord, recorded: &[ScoreRecord]) -> (Vec<ScoreRecord>, Vec<Looked>) {
        let sample = Sample {
            id: std::mem::take(&mut record.id),
            input: std::mem::take(&mut record.input),
            output: record.output.take().unwrap_or_default(),
            expected: record.expected.take(),
            context: std::mem::take(&mut record.context),
            conversation: std::mem::take(&mut record.conversation),
            metadata: std::mem::take(&mut record.metadata),
        };
        let mut scores = Vec::with_capacity(recorded.len());
        let mut looked = vec![Looked::Not; self.metrics.len()];
        for (metric, looked) in self.metrics.iter().zip(&mut looked) {
            if !metric.used.applies_to(record.partition) {
                continue;
            }
            let old = recorded.iter().find(|score| score.metric == metric.used.name);
            let asks = metric.metric.as_ref().is_ok_and(|metric| !metric.metric.is_deterministic());
            // What a run could not ask, its record has no answer to.
            let may_differ = |fault: &Fault| asks || !fault.kind.is_deterministic();
            let (used, partition) = (&metric.used, record.partition);
            match (&metric.metric, old) {
                (Ok(_), Some(old)) if old.fault.as_ref().is_some_and(may_differ) => {
                    *looked = Looked::NotComparable;
                    scores.push(judge(used, partition, recorded_outcome(old)));
                }
                (Ok(metric), old) => {
                    *looked = Looked::Again;
                    let mut now = judge(used, partition, again(metric, &sample));
                    if !self.same_fuel && used.is_plugin() {
                        now.fuel = old.and_then(|old| old.fuel);
                    }
                    scores.push(now);
                }
                // The verdict still has to follow from the recorded value and the threshold.
                (Err(_), Some(old)) => scores.push(judge(used, partition, recorded_outcome(old))),
                // Nobody knows what it would say, but it would say something.
                (Err(_), None) => scores.push(judge(used, partition, None)),
            }
        }
        let Sample { id, input, output, expected, context, conversation, metadata } = sample;
        record.id = id;
        record.input = input;
        record.output = Some(output);
        record.expected = expected;
        record.context = context;
        record.conversation = conversation;
        record.metadata = metadata;
        (scores, looked)
    }

    /// What `line`, which holds `record`, says otherwise; `bytes` is what it should be.
    fn differences(
        &self,
        line: &RawLine,
        record: &SampleRecord,
        now: &Judged,
        bytes: &[u8],
    ) -> Vec<Difference> {
        let text = String::from_utf8_lossy(&line.bytes);
        let difference = |path: &[Step], metric: Option<&str>, field: String, recorded, now| {
            let (recorded, now): (Option<Value>, Option<Value>) = (recorded, now);
            let hint = self.hint(recorded.as_ref(), now.as_ref());
            let [recorded, now] = [recorded, now].map(|value| value.map(|value| value.to_string()));
            let (recorded, now) = compare::excerpts(recorded.as_deref(), now.as_deref());
            Difference {
                bytes: compare::locate(&text, path).map(|place| from(line.start, &place)),
                metric: metric.map(str::to_owned),
                recorded,
                now,
                hint,
                ..self.at(line, Some(&record.id), field)
            }
        };
        let mut differences = Vec::new();
        let scores = || Step::Key("scores".to_owned());
        for score in &now.scores {
            let name = Some(score.metric.as_str());
            let position = record.scores.iter().position(|recorded| recorded.metric == score.metric);
            let Some(position) = position else {
                differences.push(difference(&[scores()], name, "score".to_owned(), None, Some(json(score))));
                continue;
            };
            let leaves = compare::compare(&json(&record.scores[position]), &json(score), &PARTS);
            differences.extend(leaves.into_iter().map(|Leaf { path, recorded, now }| {
                let whole = [&[scores(), Step::Index(position)], &*path].concat();
                difference(&whole, name, compare::in_words(&path), recorded, now)
            }));
        }
        for (position, score) in record.scores.iter().enumerate() {
            if !now.scores.iter().any(|now| now.metric == score.metric) {
                let path = [scores(), Step::Index(position)];
                let name = Some(score.metric.as_str());
                differences.push(difference(&path, name, "score".to_owned(), Some(json(score)), None));
            }
        }
        if record.verdict != now.verdict {
            let path = [Step::Key("verdict".to_owned())];
            let (recorded, now) = (json(&record.verdict), json(&now.verdict));
            differences.push(difference(&path, None, "verdict".to_owned(), Some(recorded), Some(now)));
        }
        if differences.is_empty() {
            let same = line.bytes.iter().zip(bytes).take_while(|(recorded, now)| recorded == now).count();
            let (recorded, now) = compare::excerpts(Some(&text), Some(&String::from_utf8_lossy(bytes)));
            let same = same as u64;
            differences.push(Difference {
                bytes: Some(from(line.start, &(same..(same + 1).min(line.bytes.len() as u64)))),
                recorded,
                now,
                hint: Some("the scores are the same, but no run writes the line like this".to_owned()),
                ..self.at(line, Some(&record.id), "line".to_owned())
            });
        }
        differences
    }

    /// What a difference may mean.
    fn hint(&self, recorded: Option<&Value>, now: Option<&Value>) -> Option<String> {
        let says = |value: Option<&Value>, kind: FaultKind| {
            let name = kind.name();
            value.is_some_and(|value| value == name || value.get("kind").is_some_and(|kind| kind == name))
        };
        if says(now, FaultKind::Deadline) {
            return Some("a deadline depends on the machine: replay where little else runs".to_owned());
        }
        let out_of_fuel = |value| says(value, FaultKind::OutOfFuel);
        (!self.same_fuel && (out_of_fuel(recorded) || out_of_fuel(now)))
            .then(|| "this engine counts fuel in another way than that of the run".to_owned())
    }

    /// A line that is no sample record.
    fn damaged(&self, line: &RawLine, error: &serde_json::Error) -> Difference {
        let at = error.column().saturating_sub(1).min(line.bytes.len());
        let around = &line.bytes[at.saturating_sub(AROUND)..(at + AROUND).min(line.bytes.len())];
        let before = if at > AROUND { "…" } else { "" };
        let after = if at + AROUND < line.bytes.len() { "…" } else { "" };
        Difference {
            bytes: Some(from(line.start, &(at as u64..line.bytes.len() as u64))),
            recorded: Some(format!("{before}{}{after}", String::from_utf8_lossy(around))),
            hint: Some(format!("not a sample record: {error}")),
            ..self.at(line, None, "line".to_owned())
        }
    }

    fn at(&self, line: &RawLine, sample: Option<&str>, field: String) -> Difference {
        Difference {
            file: self.file.to_owned(),
            line: Some(line.number),
            bytes: None,
            sample: sample.map(str::to_owned),
            metric: None,
            field,
            recorded: None,
            now: None,
            hint: None,
        }
    }
}

/// What `metric` says of `sample` now.
fn again(metric: &PreparedMetric, sample: &Sample) -> Option<Outcome> {
    let (nothing, cancel) = (Known::default(), Cancel::default());
    let (outcome, _) = settled(metric, &nothing, sample)
        .unwrap_or_else(|| block_on(outcome(metric, Place::Here(sample), &cancel)));
    outcome
}

/// The outcome that `score` was judged from, as far as it tells.
fn recorded_outcome(score: &ScoreRecord) -> Option<Outcome> {
    let result = match (&score.fault, score.value) {
        (Some(fault), _) => Err(fault.clone()),
        (None, Some(value)) => Ok(Score {
            value,
            verdict: score.verdict,
            summary: score.summary.clone(),
            findings: score.findings.clone(),
            measures: score.measures.clone(),
        }),
        (None, None) => return None,
    };
    Some(Outcome { result, fuel: score.fuel, log: score.log.clone(), usage: score.usage })
}

fn from(start: u64, place: &Range<u64>) -> Range<u64> {
    start + place.start..start + place.end
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
