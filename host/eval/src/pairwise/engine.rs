//! Walks through the dataset and has each pair of answers compared.

use std::collections::BTreeSet;

use futures::StreamExt;
use scorebox_metrics::{Cancel, FaultKind, PairwiseJudge, Usage};

use super::tally::{Tally, majority};
use super::{Answers, Pairwise, PairwiseError, SampleComparison};
use crate::dataset::{self, Entry, Partition};
use crate::models::RunModels;
use crate::run::{Progress, incomparable};
use crate::suite::Suite;

/// Samples that are compared at once; the models' own limits hold beside it.
const AT_ONCE: usize = 16;

/// What is compared, and by whom.
#[derive(Debug)]
pub struct Options<'a> {
    /// Gives the dataset.
    pub suite: &'a Suite,
    /// Who compares.
    pub judge: &'a PairwiseJudge,
    /// The one side.
    pub a: &'a Answers,
    /// The other side.
    pub b: &'a Answers,
    /// The models of the comparison, whose transcripts are brought into their order at its end.
    pub models: &'a RunModels,
    /// Only samples of these partitions; empty for all.
    pub partitions: &'a BTreeSet<Partition>,
}

/// Compares the two sides on every sample of the suite's dataset, and hands each comparison to `each` in the dataset's
/// order. Ends early, with what was compared so far, once `cancel` is set.
pub fn pairwise(
    options: &Options<'_>,
    cancel: &Cancel,
    each: &mut dyn FnMut(&SampleComparison) -> Result<(), PairwiseError>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Pairwise, PairwiseError> {
    let Options { suite, judge, a, b, models, partitions } = options;
    let entries = dataset::open(&suite.dataset)?;
    let wanted = entries.filter(|entry| {
        entry.as_ref().map_or(true, |entry| partitions.is_empty() || partitions.contains(&entry.partition))
    });
    let wanted = wanted.take_while(|_| !cancel.is_cancelled());
    let compared = futures::stream::iter(wanted).map(|entry| async move {
        match entry {
            Ok(entry) => Ok(one(entry, options, cancel).await),
            Err(error) => Err(PairwiseError::from(error)),
        }
    });
    let mut compared = std::pin::pin!(compared.buffered(AT_ONCE));
    let mut tally = Tally::default();
    let mut usage = Usage::default();
    futures::executor::block_on(async {
        while let Some(compared) = compared.next().await {
            let Some((comparison, used)) = compared? else {
                tally.add_without_answer();
                continue;
            };
            if comparison.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::Cancelled) {
                continue;
            }
            usage += used;
            tally.add(&comparison);
            each(&comparison)?;
            progress(Progress { samples: tally.samples(), bad: tally.bad(), ..Progress::default() });
        }
        Ok::<_, PairwiseError>(())
    })?;
    models.finish()?;
    if tally.samples() == tally.without_answer() && !cancel.is_cancelled() {
        return Err(PairwiseError::NothingInCommon {
            dataset: suite.dataset.display().to_string(),
            a: a.name().to_owned(),
            b: b.name().to_owned(),
        });
    }
    let mut result = Pairwise {
        suite: suite.name.clone(),
        a: a.name().to_owned(),
        b: b.name().to_owned(),
        provenance: judge.provenance(),
        notes: notes(suite, a, b),
        samples: 0,
        without_answer: 0,
        faulted: 0,
        a_wins: 0,
        b_wins: 0,
        ties: 0,
        b_win_rate: None,
        position_bias: None,
        favoured_first: 0,
        favoured_second: 0,
        judges: Vec::new(),
        usage,
    };
    result.notes.extend(models.warnings());
    if cancel.is_cancelled() {
        result.notes.push("it was stopped before its end".to_owned());
    }
    tally.finish(&mut result);
    Ok(result)
}

/// Compares one sample; `None` where a side has no answer for it.
async fn one(entry: Entry, options: &Options<'_>, cancel: &Cancel) -> Option<(SampleComparison, Usage)> {
    let Entry { sample, partition, line, .. } = entry;
    let (a, b) = (options.a.answer(&sample.id).ok()?, options.b.answer(&sample.id).ok()?);
    let (compared, usage) = options.judge.compare(&sample, &a, &b, cancel).await;
    let (judges, fault) = match compared {
        Ok(judges) => (judges, None),
        Err(fault) => (Vec::new(), Some(fault)),
    };
    let preference = fault.is_none().then(|| majority(&judges));
    Some((SampleComparison { id: sample.id, line, partition, preference, judges, fault }, usage))
}

/// What to know before anything else.
fn notes(suite: &Suite, a: &Answers, b: &Answers) -> Vec<String> {
    let mut notes = Vec::new();
    let dataset = crate::digest::file(&suite.dataset).ok();
    for side in [a, b] {
        if let (Some(manifest), Some(digest)) = (side.manifest(), &dataset)
            && manifest.dataset.digest != *digest
        {
            notes.push(format!(
                "{} was made with another state of the dataset; questions may have changed since",
                side.name()
            ));
        }
    }
    if let (Some(a), Some(b)) = (a.manifest(), b.manifest()) {
        notes.extend(incomparable(a, &b.run, &b.metrics));
    }
    notes
}
