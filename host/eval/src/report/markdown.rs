//! Markdown, for step summaries and comments: tables, and a folded block for each failing sample.
//!
//! Text from strangers stands in two places only: in running text and tables, where every character that could begin
//! markup carries a backslash, and in `<pre>` blocks, where HTML is escaped.

use std::io::{self, Write};

use super::escape::{escape, escape_short};
use super::excerpt::{excerpt, plain};
use super::faults::Faults;
use super::overview::{self, Overview};
use super::words::{self, grouped, number};
use super::{Options, ReportError, scores};
use crate::run::{Decision, Manifest, RunReader, SampleRecord, SampleVerdict, ScoreRecord};

/// Findings of one score that are shown.
const FINDINGS: usize = 10;
/// Failing scores of one sample that are shown.
const SCORES: usize = 10;
/// Entries of the list of faults that are shown.
const FAULTS: usize = 50;
/// Characters of a text that are shown. GitHub takes 1 MiB of a step's summary and drops the whole of a larger one.
const TEXT: usize = 4_000;
/// Bytes after which no further sample is shown, for the same reason.
const ROOM: usize = 700 << 10;
/// Characters of a name or a sentence in a table.
const CELL: usize = 200;

pub(crate) fn write(record: &RunReader, options: &Options, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let overview = Overview::of(record)?;
    write_head(manifest, &overview, out)?;
    write_tables(manifest, &overview, out)?;

    let mut faults = Faults::default();
    let (mut failing, mut shown) = (0, 0);
    let mut room = ROOM;
    for sample in record.samples()? {
        let sample = sample?;
        faults.add(&sample);
        if sample.verdict != SampleVerdict::Fail {
            continue;
        }
        failing += 1;
        if failing > options.failures || room == 0 {
            continue;
        }
        let block = failure(&sample, manifest, options.width);
        room = room.saturating_sub(block.len());
        if room > 0 {
            if shown == 0 {
                writeln!(out, "\n### Failing samples\n")?;
            }
            shown += 1;
            out.write_all(block.as_bytes())?;
        }
    }
    if failing > shown {
        writeln!(out, "\n… and {}.", words::count((failing - shown) as u64, "more failing sample"))?;
    }
    write_faults(faults, out)?;
    Ok(())
}

fn write_head(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let summary = &overview.summary;
    let outcome = match overview.incomplete {
        Some(_) => "⚪ not finished".to_owned(),
        None => format!("{} {}", emoji(summary.outcome), words::decision(summary.outcome)),
    };
    writeln!(out, "## {}: {outcome}\n", inline(&manifest.name))?;
    writeln!(
        out,
        "{} of {}, answered by {}, in {}{}",
        words::count(summary.total.samples, "sample"),
        inline(&manifest.dataset.path),
        inline(&overview::subject(manifest)),
        words::duration(manifest.elapsed_ms),
        overview::isolation(manifest)
    )?;
    if !manifest.selection.is_empty() {
        let selection: Vec<_> = manifest.selection.iter().map(|part| inline(part)).collect();
        writeln!(out, "\nOnly {}", selection.join(", "))?;
    }
    for caution in overview::cautions(manifest, overview) {
        writeln!(out, "\n> ⚠️ {}", inline(&caution))?;
    }
    Ok(())
}

fn write_tables(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let summary = &overview.summary;
    if !summary.gates.is_empty() {
        writeln!(out, "\n| gate | decision | reason |\n| --- | --- | --- |")?;
        for gate in &summary.gates {
            let decision = format!("{} {}", emoji(gate.decision), words::decision(gate.decision));
            writeln!(out, "| {} | {decision} | {} |", inline(&gate.gate), inline(&gate.reason))?;
        }
    }
    writeln!(out, "\n| partition | samples | pass | fail | fault | unjudged | rate | 95 % interval |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for partition in &summary.partitions {
        let tally = &partition.tally;
        let counts = [tally.samples, tally.passed, tally.failed, tally.faulted, tally.unjudged]
            .map(grouped)
            .join(" | ");
        let rate = partition.pass_rate.map(|rate| {
            let interval = format!("{} to {}", words::percent(rate.low), words::percent(rate.high));
            format!("{} | {interval}", words::percent(rate.value))
        });
        writeln!(out, "| {} | {counts} | {} |", partition.partition, rate.as_deref().unwrap_or(" | "))?;
    }
    writeln!(out, "\n| metric | mean | min | max | pass | fail | fault | skipped | threshold |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")?;
    for metric in &summary.metrics {
        let total = &metric.total;
        let values = [total.mean, total.min, total.max]
            .map(|value| value.map_or_else(|| "–".to_owned(), number))
            .join(" | ");
        let counts = [total.passed, total.failed, total.faulted, total.skipped].map(grouped).join(" | ");
        let stamp = manifest.metrics.iter().find(|stamp| stamp.name == metric.metric);
        let thresholds = stamp.map(|stamp| inline(&stamp.thresholds.join(", "))).unwrap_or_default();
        writeln!(out, "| {} | {values} | {counts} | {thresholds} |", inline(&metric.metric))?;
    }
    let grants = overview::grants(manifest);
    if !grants.is_empty() {
        writeln!(out, "\n| metric | granted |\n| --- | --- |")?;
    }
    for (metric, grant) in grants {
        writeln!(out, "| {} | {} |", inline(metric), inline_long(&grant))?;
    }
    let prompts = overview::prompts(manifest, overview);
    if !prompts.is_empty() {
        writeln!(out, "\n| metric | judged by |\n| --- | --- |")?;
    }
    for (metric, prompt) in prompts {
        writeln!(out, "| {} | {} |", inline(metric), inline_long(&prompt))?;
    }
    Ok(())
}

fn failure(sample: &SampleRecord, manifest: &Manifest, width: usize) -> String {
    let metrics: Vec<_> =
        scores::failed(sample).take(SCORES).map(|score| html(&escape_short(&score.metric, CELL))).collect();
    let mut text = format!(
        "<details><summary>❌ <b>{}</b> ({}, line {} of {}): {}</summary>\n\n",
        html(&escape_short(&sample.id, CELL)),
        sample.partition,
        sample.line,
        html(&escape_short(&manifest.dataset.path, CELL)),
        metrics.join(", ")
    );
    push_text("input", &sample.input, &mut text);
    push_text("output", sample.output.as_deref().unwrap_or_default(), &mut text);
    if let Some(expected) = &sample.expected {
        push_text("expected", expected, &mut text);
    }
    for score in scores::failed(sample).take(SCORES) {
        push_score(sample, score, width, &mut text);
    }
    let more = scores::failed(sample).count().saturating_sub(SCORES);
    if more > 0 {
        text.push_str(&format!("… and {}\n\n", words::count(more as u64, "more failing metric")));
    }
    text.push_str("</details>\n");
    text
}

fn push_text(label: &str, content: &str, text: &mut String) {
    let (shown, cut) = super::escape::cut(content, TEXT);
    let more = if cut { " …" } else { "" };
    text.push_str(&format!("{label}:\n\n<pre>\n{}{more}</pre>\n\n", html(&escape(shown))));
}

fn push_score(sample: &SampleRecord, score: &ScoreRecord, width: usize, text: &mut String) {
    let shown = &score.findings[..score.findings.len().min(FINDINGS)];
    let reason = if shown.is_empty() { Some(scores::reason(score)) } else { scores::headline(score) };
    let reason = reason.map(|reason| format!(": {}", inline_long(&reason))).unwrap_or_default();
    text.push_str(&format!("**{}**{reason}\n\n", inline(&score.metric)));
    if shown.is_empty() {
        return;
    }
    let lines: Vec<_> =
        excerpt(sample, shown, width.clamp(40, 100)).iter().map(|line| html(&plain(line))).collect();
    text.push_str(&format!("<pre>\n{}\n</pre>\n\n", lines.join("\n")));
    let more = score.findings.len() - shown.len();
    if more > 0 {
        text.push_str(&format!("… and {}\n\n", words::count(more as u64, "more finding")));
    }
}

fn write_faults(faults: Faults, out: &mut dyn Write) -> io::Result<()> {
    let groups = faults.into_groups();
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Faults\n\nNot scored, neither passed nor failed.\n")?;
    writeln!(out, "| fault | samples | which | what to do |\n| --- | ---: | --- | --- |")?;
    for group in groups.iter().take(FAULTS) {
        let (title, samples) = (inline(&group.title()), inline(&group.samples()));
        writeln!(
            out,
            "| {title} | {} | {samples} | {} |",
            grouped(group.count),
            inline_long(&group.message)
        )?;
    }
    if groups.len() > FAULTS {
        let more = words::count((groups.len() - FAULTS) as u64, "more sort");
        writeln!(out, "\n… and {more} of fault.")?;
    }
    Ok(())
}

fn emoji(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "✅",
        Decision::Fail => "❌",
        Decision::TooManyFaults => "⚠️",
        Decision::TooLittleEvidence => "❔",
    }
}

/// Text for a line of Markdown or a cell of a table.
fn inline(text: &str) -> String {
    literal(&escape_short(text, CELL))
}

fn inline_long(text: &str) -> String {
    literal(&escape_short(text, 5 * CELL))
}

/// Every character that can begin or end markup, or make a link of a word, gets a backslash.
fn literal(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '/' | '%' | '\'' | '"' | '?' | ';') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Text for an HTML element.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
