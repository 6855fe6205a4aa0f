//! Workflow commands that GitHub shows as annotations: errors for fails, warnings for what could not be decided or
//! scored, and one notice with the outcome.
//!
//! GitHub keeps ten annotations of a level and step, so no more are written; the notice says how many there would be.

use std::io::{self, Write};

use super::escape::{escape_line, escape_short};
use super::overview::Overview;
use super::{ReportError, faults::Faults, scores, words};
use crate::run::{Decision, RunReader, SampleRecord, SampleVerdict};

/// Annotations of one level that GitHub keeps of a step.
const LEVEL: usize = 10;
/// Findings of one score that an annotation lists.
const FINDINGS: usize = 5;
/// Scores of one sample that an annotation lists.
const SCORES: usize = 10;

/// Where an annotation is shown.
struct Place<'a> {
    file: &'a str,
    line: Option<u64>,
}

pub(crate) fn write(record: &RunReader, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let overview = Overview::of(record)?;
    let mut errors = 0;
    let mut warnings = 0;
    let suite = Place { file: &manifest.suite.path, line: None };
    for gate in &overview.summary.gates {
        let (level, written) = match gate.decision {
            Decision::Pass => continue,
            Decision::Fail => ("error", &mut errors),
            Decision::TooManyFaults | Decision::TooLittleEvidence => ("warning", &mut warnings),
        };
        *written += 1;
        if *written <= LEVEL {
            let title = format!("Gate {}: {}", escape_line(&gate.gate), words::decision(gate.decision));
            annotate(level, &suite, &title, &escape_line(&gate.reason), out)?;
        }
    }
    let mut faults = Faults::default();
    for sample in record.samples()? {
        let sample = sample?;
        faults.add(&sample);
        if sample.verdict != SampleVerdict::Fail {
            continue;
        }
        errors += 1;
        if errors <= LEVEL {
            let place = Place { file: &manifest.dataset.path, line: Some(sample.line) };
            let title = format!("{} failed ({})", escape_short(&sample.id, 80), sample.partition);
            annotate("error", &place, &title, &explain(&sample), out)?;
        }
    }
    for group in faults.into_groups() {
        warnings += 1;
        if warnings <= LEVEL {
            let samples = words::count(group.count, "sample");
            let message = format!("{samples}: {}\n{}", group.samples(), escape_short(&group.message, 1000));
            annotate("warning", &suite, &format!("Fault: {}", group.title()), &message, out)?;
        }
    }
    let hidden = errors.saturating_sub(LEVEL) + warnings.saturating_sub(LEVEL);
    annotate("notice", &suite, &title(&overview, &manifest.name), &outcome(&overview, hidden), out)?;
    Ok(())
}

fn title(overview: &Overview, name: &str) -> String {
    let outcome = match overview.incomplete {
        Some(_) => "not finished",
        None => words::decision(overview.summary.outcome),
    };
    format!("{}: {outcome}", escape_short(name, 80))
}

fn outcome(overview: &Overview, hidden: usize) -> String {
    let total = &overview.summary.total;
    let mut text = format!(
        "{}: {} passed, {} failed, {} faulted, {} unjudged",
        words::count(total.samples, "sample"),
        words::grouped(total.passed),
        words::grouped(total.failed),
        words::grouped(total.faulted),
        words::grouped(total.unjudged)
    );
    if hidden > 0 {
        text.push_str(&format!("\n{} not annotated", words::count(hidden as u64, "further problem")));
    }
    text
}

fn explain(sample: &SampleRecord) -> String {
    let mut lines = vec![format!("input: {}", escape_short(&sample.input, 200))];
    for score in scores::failed(sample).take(SCORES) {
        let reason = match score.findings.as_slice() {
            [] => scores::reason(score),
            _ => scores::headline(score).unwrap_or_default(),
        };
        lines.push(format!("{}: {reason}", escape_line(&score.metric)).trim_end().to_owned());
        lines.extend(
            score.findings.iter().take(FINDINGS).map(|finding| format!("  {}", scores::finding(finding))),
        );
        if let more @ 1.. = score.findings.len().saturating_sub(FINDINGS) {
            lines.push(format!("  and {}", words::count(more as u64, "more finding")));
        }
    }
    lines.join("\n")
}

fn annotate(
    level: &str,
    place: &Place<'_>,
    title: &str,
    message: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{level} file={}", property(&escape_line(place.file)))?;
    if let Some(line) = place.line {
        write!(out, ",line={line}")?;
    }
    writeln!(out, ",title={}::{}", property(title), data(message))
}

/// Text after the second `::`, as the runner decodes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a colon or comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
