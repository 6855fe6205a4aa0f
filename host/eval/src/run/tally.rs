//! Counts samples into a [`Summary`](crate::run::Summary), one at a time and in the dataset's order, so that equal
//! records have equal summaries to the last bit.

use std::collections::BTreeMap;

use scorebox_metrics::{Descriptor, Usage, Verdict};

use crate::dataset::Partition;
use crate::gate::{self, CONFIDENCE};
use crate::run::judging::{JUDGE, JudgingCounter};
use crate::run::{
    HISTOGRAM_BINS, Manifest, MetricSummary, MetricTally, PartitionSummary, Rate, RunState, SampleRecord,
    SampleTally, SampleVerdict, ScoreRecord, Selection, Summary,
};
use crate::statistics::wilson;

/// What is counted while a run goes on.
#[derive(Debug)]
pub(crate) struct Tally {
    partitions: BTreeMap<Partition, SampleTally>,
    metrics: Vec<MetricCounter>,
}

#[derive(Debug)]
struct MetricCounter {
    name: String,
    range: (f64, f64),
    partitions: BTreeMap<Partition, ValueCounter>,
    cached: u64,
    busy_us: u64,
    fuel: Option<u64>,
    usage: Option<Usage>,
    judging: Option<JudgingCounter>,
}

#[derive(Debug, Default, Clone)]
struct ValueCounter {
    tally: MetricTally,
    sum: f64,
    faults: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn new<'a>(metrics: impl Iterator<Item = (&'a str, &'a Descriptor)>) -> Self {
        let metrics = metrics
            .map(|(name, descriptor)| MetricCounter {
                name: name.to_owned(),
                range: descriptor.range.filter(|(low, high)| (high - low).is_finite()).unwrap_or((0.0, 1.0)),
                partitions: BTreeMap::new(),
                cached: 0,
                busy_us: 0,
                fuel: None,
                usage: None,
                judging: (descriptor.name == JUDGE).then(JudgingCounter::default),
            })
            .collect();
        Self { partitions: BTreeMap::new(), metrics }
    }

    /// Counts one sample. `skipped` are the positions of the metrics that the suite leaves out for it.
    pub(crate) fn add(&mut self, record: &SampleRecord) {
        let tally = self.partitions.entry(record.partition).or_default();
        tally.samples += 1;
        match record.verdict {
            SampleVerdict::Pass => tally.passed += 1,
            SampleVerdict::Fail => tally.failed += 1,
            SampleVerdict::Faulted => tally.faulted += 1,
            SampleVerdict::Unjudged => tally.unjudged += 1,
        }
        // Scores stand in the suite's order, so one walk over both lists finds every metric.
        let mut metrics = self.metrics.iter_mut();
        for score in &record.scores {
            if let Some(metric) = metrics.by_ref().find(|metric| metric.name == score.metric) {
                metric.add(record.partition, score);
            }
        }
    }

    /// Adds time and cache hits, which the record does not hold.
    pub(crate) fn add_work(&mut self, metric: usize, busy_us: u64, cached: u64) {
        if let Some(metric) = self.metrics.get_mut(metric) {
            metric.busy_us = metric.busy_us.saturating_add(busy_us);
            metric.cached += cached;
        }
    }

    pub(crate) fn samples(&self) -> SampleTally {
        let mut total = SampleTally::default();
        for tally in self.partitions.values() {
            total.samples += tally.samples;
            total.passed += tally.passed;
            total.failed += tally.failed;
            total.faulted += tally.faulted;
            total.unjudged += tally.unjudged;
        }
        total
    }

    pub(crate) fn partitions(&self) -> Vec<PartitionSummary> {
        let summary = |(&partition, &tally): (&Partition, &SampleTally)| PartitionSummary {
            partition,
            tally,
            pass_rate: rate(tally.passed, tally.passed + tally.failed),
        };
        self.partitions.iter().map(summary).collect()
    }

    pub(crate) fn metrics(&self) -> Vec<MetricSummary> {
        self.metrics.iter().map(MetricCounter::summary).collect()
    }

    /// What came of the run that `manifest` is of. Part of a run decides nothing.
    pub(crate) fn summary(&self, manifest: &Manifest) -> Summary {
        let (total, partitions) = (self.samples(), self.partitions());
        let gates = if manifest.state == RunState::Finished {
            let selected = |partition| Selection::words_want_partition(&manifest.selection, partition);
            gate::decide(&manifest.gates, &total, &partitions, &manifest.overruns, selected)
        } else {
            Vec::new()
        };
        Summary { total, partitions, metrics: self.metrics(), outcome: gate::worst(&gates), gates }
    }
}

fn rate(passed: u64, judged: u64) -> Option<Rate> {
    let (low, high) = wilson(passed, judged, CONFIDENCE);
    (judged > 0).then(|| Rate { value: passed as f64 / judged as f64, low, high, n: judged })
}

impl MetricCounter {
    fn add(&mut self, partition: Partition, score: &ScoreRecord) {
        if let Some(fuel) = score.fuel {
            // The number is a record's or a worker's, and may be anything.
            self.fuel = Some(self.fuel.unwrap_or(0).saturating_add(fuel));
        }
        if let Some(usage) = score.usage {
            *self.usage.get_or_insert_with(Usage::default) += usage;
        }
        let counter = self.partitions.entry(partition).or_default();
        let tally = &mut counter.tally;
        if let Some(fault) = &score.fault {
            tally.faulted += 1;
            *counter.faults.entry(fault.kind.name()).or_default() += 1;
            return;
        }
        let Some(value) = score.value else {
            tally.skipped += 1;
            return;
        };
        if let Some(judging) = &mut self.judging {
            judging.add(&score.measures);
        }
        tally.scored += 1;
        match score.verdict {
            Verdict::Pass => tally.passed += 1,
            Verdict::Fail => tally.failed += 1,
            Verdict::Unjudged => tally.unjudged += 1,
        }
        counter.sum += value;
        tally.min = Some(tally.min.map_or(value, |min| min.min(value)));
        tally.max = Some(tally.max.map_or(value, |max| max.max(value)));
        tally.histogram.resize(HISTOGRAM_BINS, 0);
        let (low, high) = self.range;
        let position = if high > low { (value - low) / (high - low) } else { 0.0 };
        let bin = ((position * HISTOGRAM_BINS as f64) as usize).min(HISTOGRAM_BINS - 1);
        tally.histogram[bin] += 1;
    }

    fn summary(&self) -> MetricSummary {
        let mut total = ValueCounter::default();
        for counter in self.partitions.values() {
            total.merge(counter);
        }
        MetricSummary {
            metric: self.name.clone(),
            total: total.finish(),
            partitions: self
                .partitions
                .iter()
                .map(|(&partition, counter)| (partition, counter.finish()))
                .collect(),
            cached: self.cached,
            busy_us: self.busy_us,
            fuel: self.fuel,
            usage: self.usage,
            judging: self.judging.as_ref().map(JudgingCounter::finish),
        }
    }
}

impl ValueCounter {
    fn merge(&mut self, other: &Self) {
        let (tally, from) = (&mut self.tally, &other.tally);
        tally.scored += from.scored;
        tally.passed += from.passed;
        tally.failed += from.failed;
        tally.unjudged += from.unjudged;
        tally.faulted += from.faulted;
        tally.skipped += from.skipped;
        tally.min = [tally.min, from.min].into_iter().flatten().reduce(f64::min);
        tally.max = [tally.max, from.max].into_iter().flatten().reduce(f64::max);
        tally.histogram.resize(HISTOGRAM_BINS, 0);
        for (bin, count) in tally.histogram.iter_mut().zip(&from.histogram) {
            *bin += count;
        }
        self.sum += other.sum;
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
    }

    fn finish(&self) -> MetricTally {
        let mut tally = self.tally.clone();
        tally.histogram.resize(HISTOGRAM_BINS, 0);
        tally.mean = (tally.scored > 0).then(|| self.sum / tally.scored as f64);
        tally.faults = self.faults.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        tally.faults.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        tally
    }
}
