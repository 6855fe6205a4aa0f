//! The summary of a run, also of one that was killed before it wrote its own.

use scorebox_metrics::Usage;

use super::words;
use crate::run::{
    Judging, Manifest, MetricStamp, MetricSummary, ModelStamp, RecordError, RunReader, RunState, Summary,
    Tally,
};
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

/// Which prompts and models gave scores, a sentence for each metric that asks a model, and how steady the judges were.
pub(crate) fn prompts<'a>(manifest: &'a Manifest, overview: &Overview) -> Vec<(&'a str, String)> {
    let sentence = |stamp: &'a MetricStamp| {
        let provenance = stamp.provenance.as_ref()?;
        let summary = overview.summary.metrics.iter().find(|summary| summary.metric == stamp.name);
        let judging = summary.and_then(|summary| summary.judging.as_ref());
        let steadiness = judging.map_or_else(String::new, steadiness);
        Some((stamp.name.as_str(), format!("{provenance}{steadiness}")))
    };
    manifest.metrics.iter().filter_map(sentence).collect()
}

/// `; variance 0.12 on average, 19 of 20 samples stable, agreement of the panel 0.71`.
fn steadiness(judging: &Judging) -> String {
    let mut text = String::new();
    if let Some(variance) = judging.variance {
        text.push_str(&format!("; variance {} on average", words::number(variance)));
    }
    if judging.drawn > 0 {
        let stable = words::grouped(judging.drawn - judging.unstable);
        text.push_str(&format!(", {stable} of {} stable", words::count(judging.drawn, "sample")));
    }
    if let Some(agreement) = judging.agreement {
        text.push_str(&format!(
            "; agreement of the panel {} (Krippendorff's alpha)",
            words::number(agreement)
        ));
    }
    text
}

/// What to know before trusting a judge.
fn judge_cautions(summary: &MetricSummary) -> Vec<String> {
    let Some(judging) = &summary.judging else { return Vec::new() };
    let mut cautions = Vec::new();
    if judging.same_family > 0 {
        cautions.push(format!(
            "`{}`: judge and subject are of one family in {} of {}, and judges favour their own: take a judge of another \
             family",
            summary.metric,
            words::grouped(judging.same_family),
            words::count(judging.subjects, "sample")
        ));
    }
    if judging.unstable > 0 {
        cautions.push(format!(
            "`{}`: the judge wavers by more than one level in {} of {}: its criteria may be unclear",
            summary.metric,
            words::grouped(judging.unstable),
            words::count(judging.drawn, "sample")
        ));
    }
    cautions
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
    let judges = overview.summary.metrics.iter().flat_map(judge_cautions);
    incomplete.into_iter().chain(overruns).chain(manifest.warnings.iter().cloned()).chain(judges).collect()
}
