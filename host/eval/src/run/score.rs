//! Scores one sample with every metric of a suite.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;
use scorebox_metrics::{
    Cancel, Fault, FaultKind, Isolated, Metric, Need, Outcome, Sample, Usage, Verdict, Work,
};

use crate::cache::{CacheReader, Known, SampleKey};
use crate::dataset::{Entry, Partition};
use crate::run::prepare::PreparedMetric;
use crate::run::record::{SampleRecord, SampleVerdict, ScoreRecord};
use crate::run::threads::Threads;
use crate::suite::{MetricUse, Missing};

/// A sample's record, and what the record does not hold.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) record: SampleRecord,
    /// One for each metric of the suite.
    pub(crate) work: Vec<MetricWork>,
    /// What the cache should know from now on, where that is more than before.
    pub(crate) learned: Option<(SampleKey, Known)>,
}

/// Time that one metric spent on one sample.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MetricWork {
    pub(crate) busy_us: u64,
    pub(crate) cached: bool,
}

/// How scores are looked up and remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory<'a> {
    pub(crate) reader: Option<&'a CacheReader>,
    pub(crate) learn: bool,
}

/// Threads beside those that read, answer and judge, where a metric waits for something outside this process.
#[derive(Debug, Clone)]
pub(crate) struct Helpers<'env> {
    /// As many as processors.
    pub(crate) computing: Threads<'env>,
    /// As many as may wait at once.
    pub(crate) blocking: Threads<'env>,
}

/// How samples are scored.
#[derive(Debug)]
pub(crate) struct Scoring<'a, 'env> {
    pub(crate) memory: Memory<'a>,
    pub(crate) helpers: Option<&'a Helpers<'env>>,
    pub(crate) cancel: &'env Cancel,
}

/// Whether a metric waits for something outside this process.
pub(crate) fn waits(metrics: &[PreparedMetric]) -> bool {
    metrics.iter().any(|metric| matches!(metric.metric.work(), Work::Wait | Work::Block))
}

/// Whether the cache holds what the metric says: worth looking up, and what it would say again.
fn is_remembered(metric: &dyn Metric) -> bool {
    metric.work() != Work::Trivial && metric.is_deterministic()
}

/// The record of a sample that the subject gave no output for.
pub(crate) fn without_output(entry: Entry, fault: Fault, metrics: usize) -> Scored {
    let work = vec![MetricWork::default(); metrics];
    let mut record = record(entry, Vec::new());
    record.output = None;
    record.verdict = SampleVerdict::Faulted;
    record.fault = Some(fault);
    Scored { record, work, learned: None }
}

/// Scores `entry`, whose sample holds the output.
pub(crate) async fn score<'env>(
    mut entry: Entry,
    metrics: &'env [PreparedMetric],
    scoring: &Scoring<'_, 'env>,
) -> Scored {
    let memory = scoring.memory;
    let cacheable = memory.learn && metrics.iter().any(|metric| is_remembered(metric.metric.as_ref()));
    let key = cacheable.then(|| SampleKey::of(&entry.sample));
    let mut known = key.and_then(|key| memory.reader?.known(key)).unwrap_or_default();

    let mut work = vec![MetricWork::default(); metrics.len()];
    let applying = metrics.iter().enumerate().filter(|(_, metric)| metric.used.applies_to(entry.partition));
    let mut outcomes: Vec<(usize, Option<Outcome>)> = Vec::with_capacity(metrics.len());
    if let Some(helpers) = scoring.helpers {
        // Shared with threads that outlive this future, should it be dropped.
        let sample = Arc::new(std::mem::take(&mut entry.sample));
        let one = |(index, metric)| {
            let (known, sample) = (&known, &sample);
            async move {
                let scored = match settled(metric, known, sample) {
                    Some(settled) => settled,
                    None => outcome(metric, Place::Elsewhere(helpers, sample), scoring.cancel).await,
                };
                (index, scored)
            }
        };
        for (index, (outcome, spent)) in join_all(applying.map(one)).await {
            work[index] = spent;
            outcomes.push((index, outcome));
        }
        entry.sample = Arc::unwrap_or_clone(sample);
    } else {
        let mut isolated = Vec::new();
        for (index, metric) in applying {
            let settled = settled(metric, &known, &entry.sample);
            if let (None, Some(plugin)) = (&settled, metric.metric.isolated()) {
                isolated.push((index, plugin));
                continue;
            }
            let (outcome, spent) = match settled {
                Some(settled) => settled,
                None => outcome(metric, Place::Here(&entry.sample), scoring.cancel).await,
            };
            work[index] = spent;
            outcomes.push((index, outcome));
        }
        if !isolated.is_empty() {
            // One way to their process and back for all of them.
            let (indices, plugins): (Vec<usize>, Vec<&Isolated>) = isolated.into_iter().unzip();
            let scored = Isolated::score(&plugins, &entry.sample, scoring.cancel);
            for (index, (outcome, elapsed)) in indices.into_iter().zip(scored) {
                work[index] = MetricWork { busy_us: micros(elapsed), cached: false };
                outcomes.push((index, Some(outcome)));
            }
            outcomes.sort_by_key(|(index, _)| *index);
        }
    }

    let mut learned = false;
    if key.is_some() {
        for (index, outcome) in &outcomes {
            let metric = &metrics[*index].metric;
            if let Some(outcome) = outcome
                && is_remembered(metric.as_ref())
                && !work[*index].cached
            {
                learned |= known.insert(metric.identity(), outcome);
            }
        }
    }
    let scores = outcomes
        .into_iter()
        .map(|(index, outcome)| judge(&metrics[index].used, entry.partition, outcome))
        .collect::<Vec<_>>();
    let learned = key.filter(|_| learned).map(|key| (key, known));
    Scored { record: record(entry, scores), work, learned }
}

/// Where a metric does its work.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a, 'env> {
    /// On this thread, which has nothing else to do.
    Here(&'a Sample),
    /// On threads of its own, so that this one stays free for those that wait.
    Elsewhere(&'a Helpers<'env>, &'a Arc<Sample>),
}

impl<'env> Place<'_, 'env> {
    async fn score(self, metric: &'env dyn Metric, cancel: &'env Cancel) -> Outcome {
        let (helpers, sample) = match self {
            Self::Here(sample) => return metric.score(sample, cancel).await,
            Self::Elsewhere(helpers, sample) => (helpers, sample),
        };
        let threads = match metric.work() {
            Work::Trivial | Work::Wait => return metric.score(sample, cancel).await,
            Work::Compute => &helpers.computing,
            Work::Block => &helpers.blocking,
        };
        let sample = Arc::clone(sample);
        let scored = threads.run(move || block_on(metric.score(&sample, cancel))).await;
        scored.unwrap_or_else(|| {
            Outcome::from(Err(Fault::new(FaultKind::Internal, "the metric panicked; please report this")))
        })
    }
}

/// What is known without asking `metric`: what the cache holds, and what comes of a sample that lacks what it needs, for
/// which the suite may leave it out.
pub(crate) fn settled(
    metric: &PreparedMetric,
    known: &Known,
    sample: &Sample,
) -> Option<(Option<Outcome>, MetricWork)> {
    let descriptor = metric.metric.descriptor();
    if let Some(need) = descriptor.needs.iter().find(|need| lacks(sample, **need)) {
        let outcome = match metric.used.missing {
            Missing::Skip => None,
            Missing::Fault => Some(Outcome::from(Err(lacking(&metric.used.name, *need)))),
        };
        return Some((outcome, MetricWork::default()));
    }
    if !is_remembered(metric.metric.as_ref()) {
        return None;
    }
    let outcome = known.get(metric.metric.identity())?;
    Some((Some(outcome), MetricWork { busy_us: 0, cached: true }))
}

/// What `metric` says of a sample.
pub(crate) async fn outcome<'env>(
    metric: &'env PreparedMetric,
    place: Place<'_, 'env>,
    cancel: &'env Cancel,
) -> (Option<Outcome>, MetricWork) {
    let start = Instant::now();
    let outcome = place.score(metric.metric.as_ref(), cancel).await;
    (Some(outcome), MetricWork { busy_us: micros(start.elapsed()), cached: false })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

fn lacks(sample: &Sample, need: Need) -> bool {
    match need {
        Need::Input => sample.input.is_empty(),
        Need::Expected => sample.expected.is_none(),
        Need::Context => sample.context.is_empty(),
        Need::Conversation => sample.conversation.is_empty(),
    }
}

fn lacking(metric: &str, need: Need) -> Fault {
    let field = match need {
        Need::Input => "input",
        Need::Expected => "expected_output",
        Need::Context => "context",
        Need::Conversation => "conversation",
    };
    Fault::new(
        FaultKind::InvalidSample,
        format!(
            "the sample has no `{field}`, which `{metric}` needs: give it one, keep the metric to other `partitions`, \
             or say `missing: skip`"
        ),
    )
}

/// Holds an outcome against the suite's threshold.
pub(crate) fn judge(used: &MetricUse, partition: Partition, outcome: Option<Outcome>) -> ScoreRecord {
    let mut record = ScoreRecord {
        metric: used.name.clone(),
        verdict: Verdict::Unjudged,
        value: None,
        summary: String::new(),
        findings: Vec::new(),
        measures: Vec::new(),
        missed: None,
        fault: None,
        fuel: None,
        log: Vec::new(),
        usage: None,
    };
    let Some(outcome) = outcome else { return record };
    record.fuel = outcome.fuel;
    record.log = outcome.log;
    // Whether an answer was known is a matter of when the run was made.
    record.usage = outcome.usage.map(|usage| Usage { cached: 0, ..usage });
    let score = match outcome.result {
        Ok(score) => score,
        Err(fault) => {
            record.fault = Some(fault);
            return record;
        }
    };
    let threshold = used.threshold(partition);
    record.missed = threshold.and_then(|threshold| threshold.missed_by(score.value));
    record.verdict = match (score.verdict, threshold, &record.missed) {
        (Verdict::Fail, _, _) | (_, _, Some(_)) => Verdict::Fail,
        (_, Some(_), None) => Verdict::Pass,
        (verdict, None, None) => verdict,
    };
    record.value = Some(score.value);
    record.summary = score.summary;
    record.findings = score.findings;
    record.measures = score.measures;
    record
}

/// What came of a sample with these scores.
pub(crate) fn verdict(scores: &[ScoreRecord]) -> SampleVerdict {
    let any = |verdict| scores.iter().any(|score| score.verdict == verdict);
    if any(Verdict::Fail) {
        SampleVerdict::Fail
    } else if scores.iter().any(|score| score.fault.is_some()) {
        SampleVerdict::Faulted
    } else if any(Verdict::Pass) {
        SampleVerdict::Pass
    } else {
        SampleVerdict::Unjudged
    }
}

fn record(entry: Entry, scores: Vec<ScoreRecord>) -> SampleRecord {
    let verdict = verdict(&scores);
    let Entry { sample, partition, tags, line, .. } = entry;
    SampleRecord {
        id: sample.id,
        line,
        partition,
        tags,
        verdict,
        input: sample.input,
        output: Some(sample.output),
        expected: sample.expected,
        context: sample.context,
        conversation: sample.conversation,
        metadata: sample.metadata,
        fault: None,
        scores,
    }
}
