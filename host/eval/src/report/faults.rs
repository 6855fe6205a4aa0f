//! Faults, gathered while samples go by: one entry for each metric and kind, however many samples.

use scorebox_metrics::FaultKind;

use super::scores;
use crate::run::SampleRecord;

/// Samples that an entry names.
const NAMED: usize = 3;
/// Entries that are kept apart. A record that keeps the contract has fewer; one from a stranger may not.
const KEPT: usize = 1_000;

/// The faults of a run by metric and kind, in the order in which they were first met.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FaultGroup>);

/// The faults of one metric and kind.
#[derive(Debug)]
pub(crate) struct FaultGroup {
    /// The metric, or [`scores::SUBJECT`].
    pub(crate) metric: String,
    pub(crate) kind: FaultKind,
    /// The first one's message, as its author wrote it.
    pub(crate) message: String,
    pub(crate) count: u64,
    /// Ids of the first few samples.
    pub(crate) samples: Vec<String>,
}

impl Faults {
    pub(crate) fn add(&mut self, sample: &SampleRecord) {
        for (metric, fault) in scores::faults(sample) {
            let known = self.0.iter().position(|group| group.kind == fault.kind && group.metric == metric);
            let group = match known {
                Some(index) => &mut self.0[index],
                None if self.0.len() < KEPT => {
                    self.0.push(FaultGroup {
                        metric: metric.to_owned(),
                        kind: fault.kind,
                        message: fault.message.clone(),
                        count: 0,
                        samples: Vec::new(),
                    });
                    let last = self.0.len() - 1;
                    &mut self.0[last]
                }
                None => continue,
            };
            group.count += 1;
            if group.samples.len() < NAMED {
                group.samples.push(sample.id.clone());
            }
        }
    }

    /// The groups, the largest first.
    pub(crate) fn into_groups(mut self) -> Vec<FaultGroup> {
        self.0.sort_by_key(|group| std::cmp::Reverse(group.count));
        self.0
    }
}

impl FaultGroup {
    /// The metric and the kind of fault; the kind alone where it is the subject's.
    pub(crate) fn title(&self) -> String {
        let metric = super::escape::escape_short(&self.metric, 80);
        if self.kind == FaultKind::Subject { metric } else { format!("{metric} {}", self.kind) }
    }

    /// The samples in words: `a, b, c and 4 more`.
    pub(crate) fn samples(&self) -> String {
        let names: Vec<_> = self.samples.iter().map(|id| super::escape::escape_short(id, 60)).collect();
        match self.count - names.len() as u64 {
            0 => names.join(", "),
            more => format!("{} and {} more", names.join(", "), super::words::grouped(more)),
        }
    }
}
