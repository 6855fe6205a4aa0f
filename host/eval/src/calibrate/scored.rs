//! Labelled samples with what a metric made of them: scored now, or as a run's record has it.

use std::collections::BTreeMap;
use std::path::Path;

use futures::StreamExt;
use futures::executor::block_on;
use scorebox_metrics::{Cancel, FaultKind, Verdict, Work};

use crate::cache::Known;
use crate::calibrate::LabelsError;
use crate::calibrate::labels::{ById, Groups, LabelFields, Labelled, Labels, SHOWN, take_label};
use crate::calibrate::scale::{Label, Scale};
use crate::dataset::{self, Entry, quoted};
use crate::digest;
use crate::run::{
    FileStamp, MetricStamp, Place, PreparedMetric, Progress, RunReader, ScoreRecord, judge, outcome, settled,
};

/// Samples that are read before they are scored.
const CHUNK: usize = 256;
/// Bytes of samples that are read before they are scored.
const CHUNK_BYTES: usize = 32 << 20;
/// Samples of one thread that wait for something outside this process at once.
const WAITING: usize = 16;

/// One labelled sample that the metric could score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) label: Label,
    pub(crate) group: u32,
    pub(crate) value: f64,
    /// Whether the metric fails the sample; `None` where it does not judge.
    pub(crate) fails: Option<bool>,
}

/// What a metric made of labelled samples.
#[derive(Debug)]
pub struct Scored {
    pub(crate) metric: MetricStamp,
    pub(crate) scale: Scale,
    pub(crate) label_counts: BTreeMap<String, u64>,
    pub(crate) rows: Vec<Row>,
    pub(crate) labelled: u64,
    pub(crate) unlabelled: u64,
    /// Faults by name: how many, and the message of the first.
    pub(crate) faults: BTreeMap<&'static str, (u64, String)>,
    pub(crate) skipped: u64,
    /// Ids that are labelled and were not there.
    pub(crate) unknown: Vec<String>,
    pub(crate) labels: FileStamp,
    /// The dataset or the run that the labels are for, where they are by id.
    pub(crate) samples: Option<Samples>,
    /// Value and verdict of the run's samples that nobody labelled.
    pub(crate) others: Vec<(f64, Option<bool>)>,
}

/// Where the samples of labels by id stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Samples {
    Dataset(FileStamp),
    Run { name: String },
}

impl Scored {
    fn new(metric: MetricStamp, labels: &Labels) -> Self {
        Self {
            metric,
            scale: labels.scale.clone(),
            label_counts: labels.counts.clone(),
            rows: Vec::new(),
            labelled: labels.labelled(),
            unlabelled: labels.unlabelled,
            faults: BTreeMap::new(),
            skipped: 0,
            unknown: Vec::new(),
            labels: labels.file.clone(),
            samples: None,
            others: Vec::new(),
        }
    }

    /// Files a score under its label.
    fn add(&mut self, row: Labelled, score: &ScoreRecord) {
        if let Some(fault) = &score.fault {
            let (count, _) = self.faults.entry(fault.kind.name()).or_insert((0, fault.message.clone()));
            *count += 1;
            return;
        }
        let Some(value) = score.value.filter(|value| value.is_finite()) else {
            self.skipped += 1;
            return;
        };
        let fails = match score.verdict {
            Verdict::Pass => Some(false),
            Verdict::Fail => Some(true),
            Verdict::Unjudged => None,
        };
        match row.label {
            Some(label) => self.rows.push(Row { label, group: row.group, value, fails }),
            None => self.others.push((value, fails)),
        }
    }

    fn unknown(&mut self, ids: ById, path: &Path, what: &str) -> Result<(), LabelsError> {
        self.unknown = ids.left();
        let unknown = self.unknown.len() as u64;
        if unknown > 0 && unknown == self.labelled + self.unlabelled {
            let ids = self.unknown.iter().take(SHOWN).map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
            return Err(LabelsError::AllUnknown {
                path: path.to_owned(),
                count: unknown,
                what: what.to_owned(),
                ids,
            });
        }
        Ok(())
    }

    /// Samples that the metric faulted on.
    pub(crate) fn faulted(&self) -> u64 {
        self.faults.values().map(|(count, _)| count).sum()
    }
}

/// How samples are scored.
#[derive(Debug)]
pub struct Scoring<'a> {
    /// The metric.
    pub metric: &'a PreparedMetric,
    /// Threads.
    pub jobs: usize,
    /// Asks to stop.
    pub cancel: &'a Cancel,
}

/// Scores the samples of `labels`, which has them beside its labels.
///
/// # Errors
///
/// Everything that is wrong with the labels, before the first sample is scored.
pub fn score_labelled(
    labels: &Path,
    fields: &LabelFields,
    scoring: &Scoring<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Scored, LabelsError> {
    let known = Labels::beside_samples(labels, fields)?;
    let mut scored = Scored::new(scoring.metric.stamp.clone(), &known);
    let mut position = 0;
    score_all(labels, scoring, progress, &mut scored, &mut |entry| {
        take_label(entry, fields);
        position += 1;
        known.row(position - 1).filter(|row| row.label.is_some())
    })?;
    Ok(scored)
}

/// Scores the samples of `dataset` that `labels` has a label for, by id.
///
/// # Errors
///
/// As [`score_labelled`], and where no label is for a sample of the dataset.
pub fn score_dataset(
    dataset: &Path,
    labels: &Path,
    fields: &LabelFields,
    scoring: &Scoring<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Scored, LabelsError> {
    let (known, mut ids) = Labels::by_id(labels, fields)?;
    let mut scored = Scored::new(scoring.metric.stamp.clone(), &known);
    let mut groups = Groups::default();
    score_all(dataset, scoring, progress, &mut scored, &mut |entry| {
        let (_, group) = take_label(entry, fields);
        let row = known.row(ids.take(&entry.sample.id)?).filter(|row| row.label.is_some())?;
        let group = if ids.has_groups { row.group } else { groups.number(group_name(group).as_deref()) };
        Some(Labelled { group, ..row })
    })?;
    let digest = digest::file(dataset).map_err(|error| LabelsError::read(dataset, error))?;
    scored.samples = Some(Samples::Dataset(FileStamp { path: dataset.display().to_string(), digest }));
    scored.unknown(ids, labels, &dataset.display().to_string())?;
    Ok(scored)
}

/// Takes the scores of `metric` from the record of a run, for the samples that `labels` has a label for. What the run has
/// beyond them is kept to correct its mean.
///
/// # Errors
///
/// As [`score_dataset`]; a run that cannot be read or has no such metric.
pub fn from_run(
    run: &RunReader,
    metric: &str,
    labels: &Path,
    fields: &LabelFields,
) -> Result<Scored, LabelsError> {
    let manifest = run.manifest();
    let stamp = metric_of(run, metric)?;
    let (known, mut ids) = Labels::by_id(labels, fields)?;
    let mut scored = Scored::new(stamp.clone(), &known);
    let mut groups = Groups::default();
    for sample in run.samples()? {
        let sample = sample?;
        let row = ids.take(&sample.id).and_then(|position| known.row(position));
        let Some(score) = sample.scores.iter().find(|score| score.metric == metric) else {
            scored.skipped += u64::from(row.is_some_and(|row| row.label.is_some()));
            continue;
        };
        let row = match row {
            Some(row) if ids.has_groups => row,
            Some(row) if row.label.is_some() => {
                let metadata = serde_json::from_str::<serde_json::Value>(&sample.metadata).ok();
                let group = metadata.and_then(|metadata| group_name(metadata.get(&fields.group).cloned()));
                Labelled { group: groups.number(group.as_deref()), ..row }
            }
            _ => Labelled { label: None, group: 0 },
        };
        if row.label.is_some() || score.fault.is_none() {
            scored.add(row, score);
        }
    }
    scored.samples = Some(Samples::Run { name: manifest.run.clone() });
    scored.unknown(ids, labels, &format!("the run {}", manifest.run))?;
    Ok(scored)
}

/// What a run's manifest says of a metric.
pub(crate) fn metric_of<'a>(run: &'a RunReader, metric: &str) -> Result<&'a MetricStamp, LabelsError> {
    let manifest = run.manifest();
    manifest.metrics.iter().find(|stamp| stamp.name == metric).ok_or_else(|| {
        let known: Vec<String> = manifest.metrics.iter().map(|stamp| quoted(&stamp.name)).collect();
        LabelsError::NoMetric {
            run: manifest.run.clone(),
            metric: metric.to_owned(),
            known: known.join(", "),
        }
    })
}

fn group_name(group: Option<serde_json::Value>) -> Option<String> {
    match group? {
        serde_json::Value::String(name) if !name.trim().is_empty() => Some(name.trim().to_owned()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Scores the samples of a file that `wanted` has a label for, a chunk at a time.
fn score_all(
    path: &Path,
    scoring: &Scoring<'_>,
    progress: &mut dyn FnMut(Progress),
    scored: &mut Scored,
    wanted: &mut dyn FnMut(&mut Entry) -> Option<Labelled>,
) -> Result<(), LabelsError> {
    let mut done = Progress { total_bytes: scored.labelled, ..Progress::default() };
    let mut entries = dataset::open(path)?;
    let mut ended = false;
    while !ended {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
            let Some(entry) = entries.next() else {
                ended = true;
                break;
            };
            let mut entry = entry?;
            if let Some(row) = wanted(&mut entry) {
                entry.sample.output = entry.recorded.take().unwrap_or_default();
                let sample = &entry.sample;
                bytes += sample.output.len() + sample.context.iter().map(String::len).sum::<usize>();
                chunk.push((entry, row));
            }
        }
        let scores = score_chunk(&chunk, scoring);
        for ((_, row), score) in chunk.iter().zip(&scores) {
            if score.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::Cancelled) {
                return Err(LabelsError::Cancelled);
            }
            scored.add(*row, score);
        }
        if scoring.cancel.is_cancelled() {
            return Err(LabelsError::Cancelled);
        }
        done.samples += chunk.len() as u64;
        done.bytes = done.samples;
        done.bad = scored.faulted();
        progress(done);
    }
    Ok(())
}

fn score_chunk(chunk: &[(Entry, Labelled)], scoring: &Scoring<'_>) -> Vec<ScoreRecord> {
    let part = chunk.len().div_ceil(scoring.jobs.max(1)).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            chunk.chunks(part).map(|part| scope.spawn(move || block_on(score_part(part, scoring)))).collect();
        let scores = |thread: std::thread::ScopedJoinHandle<'_, Vec<ScoreRecord>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(scores).collect()
    })
}

async fn score_part(part: &[(Entry, Labelled)], scoring: &Scoring<'_>) -> Vec<ScoreRecord> {
    let metric = scoring.metric;
    let at_once = if metric.metric.work() == Work::Wait { WAITING } else { 1 };
    let known = Known::default();
    let one = |(entry, _): &(Entry, Labelled)| {
        let (sample, partition) = (entry.sample.clone(), entry.partition);
        let known = &known;
        async move {
            let scored = match settled(metric, known, &sample) {
                Some((outcome, _)) => outcome,
                None => outcome(metric, Place::Here(&sample), scoring.cancel).await.0,
            };
            judge(&metric.used, partition, scored)
        }
    };
    futures::stream::iter(part).map(one).buffered(at_once).collect().await
}
