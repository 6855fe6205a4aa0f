//! `scorebox plugin dev`: built on every save, a dataset scored again, and what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use scorebox_eval::dataset;
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{Trial, build_for_dev};
use scorebox_sandbox::{Fault, Sample, Sandbox, Score, Verdict};

use super::paint::{BAD, BOLD, GOOD, ODD, QUIET, in_style, time};
use super::{target, watch};
use crate::arguments::PluginDevArguments;
use crate::say;
use crate::start;
use scorebox_eval::report::count;

/// Samples of one round whose changes are shown.
const SHOWN: usize = 20;
/// Findings of one sample that are shown as new, and as gone.
const FINDINGS: usize = 5;
/// Characters of a text of a finding.
const QUOTE: usize = 80;

/// What one round made of the dataset, by the sample's id.
type Scores = BTreeMap<String, Scored>;

/// A sample and what was made of it.
struct Scored {
    sample: Sample,
    result: Result<Score, Fault>,
}

pub(crate) fn dev(arguments: &PluginDevArguments) -> Result<ExitCode> {
    let PluginDevArguments { folder, dataset, settings } = arguments;
    if !folder.is_dir() {
        bail!("{} is no folder: name the folder of the plugin's sources", folder.display());
    }
    let sandbox = start::author_sandbox()?;
    // What is built here is fast to build and slow to run, so it does not lie where the one that ships does.
    let out = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut paths = vec![folder.clone(), dataset.clone()];
    paths.extend(settings.strip_prefix('@').map(Into::into));
    let mut before: Option<Scores> = None;
    watch::again_and_again(&paths, || {
        let start = Instant::now();
        // Before the build, which takes longer.
        let samples = samples(dataset)?;
        let built = build_for_dev(folder, out.path(), &sandbox)?;
        let took = start.elapsed();
        let scores = score(&built.path, samples, settings, &sandbox)?;
        say::coloured(&shown(before.as_ref(), &scores, took, start.elapsed()));
        before = Some(scores);
        Ok(())
    })
}

/// The samples of a dataset, each with its output.
fn samples(dataset: &Path) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for entry in dataset::open(dataset)? {
        let entry = entry?;
        let Some(output) = entry.recorded else {
            bail!(
                "{}:{}: the sample has no output: give it one with the field `output`",
                dataset.display(),
                entry.line
            );
        };
        samples.push(Sample { output, ..entry.sample });
    }
    Ok(samples)
}

fn score(component: &Path, samples: Vec<Sample>, settings: &str, sandbox: &Sandbox) -> Result<Scores> {
    let bytes = read_component(component).with_context(|| format!("cannot read {}", component.display()))?;
    let settings = target::settings(settings)?;
    let configured = Trial::new(sandbox, &bytes)?.configured(&settings)?;
    let score = |sample: Sample| {
        let result = configured.evaluate(&sample).result;
        (sample.id.clone(), Scored { sample, result })
    };
    Ok(samples.into_iter().map(score).collect())
}

fn shown(before: Option<&Scores>, now: &Scores, built: Duration, took: Duration) -> String {
    let mut out = String::new();
    let changes: Vec<String> = match before {
        None => Vec::new(),
        Some(before) => {
            let ids: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            ids.into_iter().filter_map(|id| change(id, before.get(id), now.get(id))).collect()
        }
    };
    for change in changes.iter().take(SHOWN) {
        out.push_str(change);
    }
    if changes.len() > SHOWN {
        let _ = writeln!(out, "  … and {} more", count((changes.len() - SHOWN) as u64, "sample"));
    }
    let of = |wanted: &str| now.values().filter(|scored| word(&scored.result) == wanted).count();
    let changed = match before {
        None => String::new(),
        Some(_) if changes.is_empty() => ", nothing changed".to_owned(),
        Some(_) => format!(", {} changed", changes.len()),
    };
    let counts: Vec<String> = ["pass", "fail", "unjudged", "fault"]
        .into_iter()
        .map(|word| (word, of(word)))
        .filter(|(word, count)| *count > 0 || *word == "pass" || *word == "fail")
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let line = format!("{}: {}{changed}", count(now.len() as u64, "sample"), counts.join(", "));
    let times = format!("built in {}, scored after {}", time(built), time(took));
    let _ = writeln!(out, "{}  {}", in_style(BOLD, &line), in_style(QUIET, &times));
    out
}

/// How a sample changed, in lines; `None` where it did not.
fn change(id: &str, before: Option<&Scored>, now: Option<&Scored>) -> Option<String> {
    let id = escape_line(id);
    let (before, now) = match (before, now) {
        (Some(before), Some(now)) => (before, now),
        (None, Some(now)) => return Some(format!("  {id}  new: {}\n", in_words(&now.result))),
        (Some(_), None) => return Some(format!("  {id}  gone\n")),
        (None, None) => return None,
    };
    if before.result == now.result {
        return None;
    }
    let mut out = String::new();
    let [was, is] = [&before.result, &now.result].map(in_words);
    let _ = if was == is { writeln!(out, "  {id}  {is}") } else { writeln!(out, "  {id}  {was} → {is}") };
    let (old, new) = (findings(before), findings(now));
    for (sign, style, some, others) in [("-", BAD, &old, &new), ("+", GOOD, &new, &old)] {
        let only: Vec<&String> = some.iter().filter(|line| !others.contains(line)).collect();
        for line in only.iter().take(FINDINGS) {
            let _ = writeln!(out, "      {}", in_style(style, &format!("{sign} {line}")));
        }
        if only.len() > FINDINGS {
            let _ =
                writeln!(out, "      {sign} and {} more", count((only.len() - FINDINGS) as u64, "finding"));
        }
    }
    Some(out)
}

/// The findings as lines, each with the text that it points at.
fn findings(scored: &Scored) -> Vec<String> {
    let findings = scored.result.iter().flat_map(|score| &score.findings);
    let line = |finding: &scorebox_sandbox::Finding| {
        let quote = finding.location.and_then(|span| span.quote(&scored.sample)).unwrap_or(&finding.message);
        let short: String = quote.chars().take(QUOTE).collect();
        escape_line(&format!("{} “{short}”", finding.rule))
    };
    findings.map(line).collect()
}

fn word(result: &Result<Score, Fault>) -> &'static str {
    match result {
        Ok(score) => match score.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unjudged => "unjudged",
        },
        Err(_) => "fault",
    }
}

fn in_words(result: &Result<Score, Fault>) -> String {
    match result {
        Ok(score) => format!("{} {}", word(result), score.value),
        Err(fault) => in_style(ODD, &escape_line(&fault.to_string())),
    }
}
