//! The summary of a run, also of one that was killed before it wrote its own.

use super::words;
use crate::run::{Manifest, MetricStamp, RecordError, RunReader, RunState, Summary, Tally};
use crate::suite::Isolation;

/// The summary of a run, and whether the run got to its end.
#[derive(Debug)]
pub(crate) struct Overview {
    pub(crate) summary: Summary,
    /// Why the numbers are not those of the whole selection, where they are not.
    pub(crate) incomplete: Option<&'static str>,
}

impl Overview {
    /// Takes the summary from the manifest, or counts the samples that are there.
    pub(crate) fn of(record: &RunReader) -> Result<Self, RecordError> {
        let manifest = record.manifest();
        let incomplete = match manifest.state {
            RunState::Running => Some("the run is under way or was killed; `scorebox run --resume` goes on"),
            RunState::Interrupted => Some("the run was interrupted; `scorebox run --resume` goes on"),
            RunState::Finished => None,
        };
        let summary = match &manifest.summary {
            Some(summary) => summary.clone(),
            None => count(record)?,
        };
        Ok(Self { summary, incomplete })
    }
}

fn count(record: &RunReader) -> Result<Summary, RecordError> {
    let metrics = &record.manifest().metrics;
    let mut tally = Tally::new(metrics.iter().map(|metric| (metric.name.as_str(), &metric.descriptor)));
    for sample in record.samples()? {
        tally.add(&sample?);
    }
    Ok(tally.summary(record.manifest()))
}

/// The subject, in words.
pub(crate) fn subject(manifest: &Manifest) -> String {
    let subject = &manifest.subject;
    if subject.what.is_empty() { subject.kind.clone() } else { format!("{} {}", subject.kind, subject.what) }
}

/// What plugins were granted: the metric's name, and a sentence for each grant.
pub(crate) fn grants(manifest: &Manifest) -> Vec<(&str, String)> {
    let of = |metric: &MetricStamp| metric.grants.in_words();
    let metrics = manifest.metrics.iter();
    metrics.flat_map(|metric| of(metric).into_iter().map(|grant| (metric.name.as_str(), grant))).collect()
}

/// What stood between plugins and the host, where that is worth a word.
pub(crate) fn isolation(manifest: &Manifest) -> &'static str {
    let plugins = manifest.metrics.iter().any(|metric| metric.plugin.is_some());
    match manifest.isolation {
        Isolation::Process if plugins => ", plugins in processes of their own",
        _ => "",
    }
}

/// What to know before trusting the numbers: warnings, overruns, and a run that did not get to its end.
pub(crate) fn cautions(manifest: &Manifest, overview: &Overview) -> Vec<String> {
    let overruns = manifest.overruns.iter().map(|overrun| {
        let (elapsed, budget) = (words::duration(overrun.elapsed_ms), words::duration(overrun.budget_ms));
        format!("the time budget of {} was overrun: {elapsed} of {budget}", overrun.tier)
    });
    let incomplete = overview.incomplete.map(str::to_owned);
    incomplete.into_iter().chain(overruns).chain(manifest.warnings.iter().cloned()).collect()
}
