//! The summary of a run, also of one that was killed before it wrote its own.

use scorebox_metrics::Usage;

use super::words;
use crate::run::{Manifest, MetricStamp, ModelStamp, RecordError, RunReader, RunState, Summary, Tally};
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

/// What each metric asked of models: calls, tokens of questions and of answers, and the cost where it is known.
pub(crate) fn asked(summary: &Summary) -> Vec<(&str, [String; 4])> {
    let row = |usage: &Usage| {
        let [calls, input, output] =
            [usage.calls, usage.input_tokens, usage.output_tokens].map(words::grouped);
        [calls, input, output, usage.cost.map_or_else(|| "–".to_owned(), words::dollars)]
    };
    summary
        .metrics
        .iter()
        .filter_map(|metric| Some((metric.metric.as_str(), row(metric.usage.as_ref()?))))
        .collect()
}

/// The models of a run: name, and which it is or why it could not be had.
pub(crate) fn models(manifest: &Manifest) -> Vec<(&str, String)> {
    let about = |model: &ModelStamp| {
        let transcript = model.transcript.as_ref();
        let transcript = transcript.map(|file| format!(", after {}", file.path)).unwrap_or_default();
        let missing =
            model.missing.as_ref().map(|reason| format!(", left out: {reason}")).unwrap_or_default();
        format!("{}{transcript}{missing}", model.identity)
    };
    manifest.models.iter().map(|model| (model.name.as_str(), about(model))).collect()
}

/// What a run spent on models, in a sentence; `None` where it asked none.
pub(crate) fn spent(manifest: &Manifest) -> Option<String> {
    let spent = manifest.spent.filter(|spent| spent.usage.calls + spent.unanswered > 0)?;
    let usage = &spent.usage;
    let tokens = words::count(usage.input_tokens + usage.output_tokens, "token");
    let mut text = match usage.calls - usage.cached {
        0 => format!("nothing: all {} answers were known", words::grouped(usage.calls)),
        asked => {
            let known = match usage.cached {
                0 => String::new(),
                known => format!(", {} answers were known", words::grouped(known)),
            };
            let cost = usage.cost.map(|cost| format!("{} for ", words::dollars(cost))).unwrap_or_default();
            format!("{cost}{tokens} in {}{known}", words::count(asked, "request"))
        }
    };
    if spent.unanswered > 0 {
        let most = spent
            .unanswered_cost
            .map_or_else(|| words::count(spent.unanswered_tokens, "token"), words::dollars);
        let requests = words::count(spent.unanswered, "request");
        text.push_str(&format!("; {requests} without a whole reply may have cost up to {most} more"));
    }
    Some(text)
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
