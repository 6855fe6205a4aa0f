//! The report that a person reads: what was decided, then what failed and where, then what could not be scored.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::escape::{escape_line, escape_short};
use super::excerpt::excerpt;
use super::faults::{FaultGroup, Faults};
use super::overview::{self, Overview};
use super::table::{self, Cell};
use super::words::{self, grouped, number};
use super::wrap::wrap;
use super::{Options, ReportError, marked, scores};
use crate::run::{Decision, Manifest, MetricTally, RunReader, SampleRecord, SampleVerdict, ScoreRecord};

/// Findings of one score that are shown.
const FINDINGS: usize = 5;
/// Failing scores of one sample that are shown.
const SCORES: usize = 10;
/// Entries of the list of faults that are shown.
const FAULTS: usize = 20;
/// Characters of a name in a table.
const NAME: usize = 40;
/// Characters of a grant: a path or a host should not be cut.
const GRANT: usize = 1000;

const BOLD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAULT: Style = AnsiColor::Yellow.on_default();

pub(crate) fn write(record: &RunReader, options: &Options, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let overview = Overview::of(record)?;
    let width = options.width.max(40);
    write_head(manifest, &overview, width, out)?;
    write_gates(&overview, width, out)?;
    write_partitions(&overview, out)?;
    write_metrics(manifest, &overview, out)?;
    write_grants(manifest, out)?;
    write_models(manifest, &overview, out)?;
    write_prompts(manifest, &overview, out)?;

    let mut faults = Faults::default();
    let mut failing = 0;
    let total = overview.summary.total;
    let faultless =
        total.faulted == 0 && overview.summary.metrics.iter().all(|metric| metric.total.faulted == 0);
    for sample in record.samples()? {
        if faultless && failing >= options.failures {
            break;
        }
        let sample = sample?;
        faults.add(&sample);
        if sample.verdict == SampleVerdict::Fail {
            failing += 1;
            if failing == 1 && options.failures > 0 {
                writeln!(out, "\n{BOLD}Failing samples{BOLD:#}")?;
            }
            if failing <= options.failures {
                write_failure(&sample, manifest, width, out)?;
            }
        }
    }
    let hidden = total.failed.saturating_sub(options.failures as u64);
    if hidden > 0 {
        let run = escape_line(&manifest.run);
        let more = words::count(hidden, "more failing sample");
        writeln!(out, "\n{QUIET}… and {more}: scorebox view {run} --all{QUIET:#}")?;
    }
    write_faults(&faults.into_groups(), width, out)?;
    write_end(manifest, &overview, options, out)?;
    Ok(())
}

fn write_head(manifest: &Manifest, overview: &Overview, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let name = escape_short(&manifest.name, 80);
    let samples = words::count(overview.summary.total.samples, "sample");
    let (subject, dataset) = (overview::subject(manifest), &manifest.dataset.path);
    writeln!(out, "{BOLD}{name}{BOLD:#}  {QUIET}{}{QUIET:#}", escape_short(&manifest.run, 80))?;
    let about = format!(
        "{samples} of {}, answered by {}, in {}{}",
        escape_short(dataset, 80),
        escape_short(&subject, 80),
        words::duration(manifest.elapsed_ms),
        overview::isolation(manifest)
    );
    writeln!(out, "{QUIET}{about}{QUIET:#}")?;
    if !manifest.selection.is_empty() {
        let selection: Vec<_> = manifest.selection.iter().map(|part| escape_short(part, 60)).collect();
        writeln!(out, "{QUIET}only {}{QUIET:#}", selection.join(", "))?;
    }
    for caution in overview::cautions(manifest, overview) {
        let lines = wrap(&escape_short(&caution, 1000), width.saturating_sub(9));
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { "warning: " } else { "         " };
            writeln!(out, "{FAULT}{label}{FAULT:#}{line}")?;
        }
    }
    Ok(())
}

fn write_gates(overview: &Overview, width: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{BOLD}Gates{BOLD:#}")?;
    let gates = &overview.summary.gates;
    if gates.is_empty() {
        return writeln!(out, "  {QUIET}none was decided{QUIET:#}");
    }
    let rows: Vec<_> = gates
        .iter()
        .map(|gate| {
            let style = decision_style(gate.decision);
            vec![
                Cell::left(words::decision_sign(gate.decision)).styled(style),
                Cell::left(escape_short(&gate.gate, NAME)),
                Cell::left(words::decision(gate.decision)).styled(style),
                Cell::left(escape_short(&gate.reason, width.max(60))),
            ]
        })
        .collect();
    table::write(&rows, out)
}

fn write_partitions(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let partitions = &overview.summary.partitions;
    if partitions.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut rows = vec![header(
        &["Partition"],
        &["samples", "pass", "fail", "fault", "unjudged", "rate", "95 % interval"],
    )];
    for summary in partitions {
        let tally = &summary.tally;
        let (rate, interval) = match &summary.pass_rate {
            Some(rate) => {
                let interval = format!("{} to {}", words::percent(rate.low), words::percent(rate.high));
                (words::percent(rate.value), interval)
            }
            None => (String::new(), String::new()),
        };
        rows.push(vec![
            Cell::left(summary.partition.name()),
            Cell::right(grouped(tally.samples)),
            tally_cell(tally.passed, Style::new()),
            tally_cell(tally.failed, BAD),
            tally_cell(tally.faulted, FAULT),
            tally_cell(tally.unjudged, Style::new()),
            Cell::right(rate),
            Cell::right(interval),
        ]);
    }
    table::write(&rows, out)
}

fn write_metrics(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let mut rows = vec![header(&["Metric"], &["mean", "min", "max", "pass", "fail", "fault", "skipped"])];
    rows[0].push(Cell::left("threshold").styled(QUIET));
    for summary in &overview.summary.metrics {
        let MetricTally { mean, min, max, passed, failed, faulted, skipped, .. } = &summary.total;
        let value = |value: &Option<f64>| Cell::right(value.map_or_else(|| "–".to_owned(), number));
        let thresholds = manifest.metrics.iter().find(|stamp| stamp.name == summary.metric);
        let thresholds = thresholds.map(|stamp| stamp.thresholds.join(", ")).unwrap_or_default();
        rows.push(vec![
            Cell::left(escape_short(&summary.metric, NAME)),
            value(mean),
            value(min),
            value(max),
            tally_cell(*passed, Style::new()),
            tally_cell(*failed, BAD),
            tally_cell(*faulted, FAULT),
            tally_cell(*skipped, Style::new()),
            Cell::left(escape_short(&thresholds, NAME)).styled(QUIET),
        ]);
    }
    table::write(&rows, out)
}

/// What plugins may do beyond computing, where any may.
fn write_grants(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    let grants = overview::grants(manifest);
    if grants.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut rows = vec![header(&["Granted"], &[])];
    rows.extend(grants.iter().map(|(metric, grant)| {
        vec![Cell::left(escape_short(metric, NAME)), Cell::left(escape_short(grant, GRANT))]
    }));
    table::write(&rows, out)
}

/// The models, what was asked of them, and what was paid.
fn write_models(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let models = overview::models(manifest);
    if models.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut rows = vec![header(&["Model"], &[])];
    rows.extend(models.iter().map(|(name, about)| {
        vec![Cell::left(escape_short(name, NAME)), Cell::left(escape_short(about, GRANT))]
    }));
    table::write(&rows, out)?;
    let asked = overview::asked(&overview.summary);
    if !asked.is_empty() {
        writeln!(out)?;
        let mut rows = vec![header(&["Asked by"], &["questions", "tokens in", "tokens out", "cost"])];
        rows.extend(asked.into_iter().map(|(metric, row)| {
            let cells = row.into_iter().map(Cell::right);
            std::iter::once(Cell::left(escape_short(metric, NAME))).chain(cells).collect()
        }));
        table::write(&rows, out)?;
    }
    match overview::spent(manifest) {
        Some(spent) => writeln!(out, "  {QUIET}spent{QUIET:#} {spent}"),
        None => Ok(()),
    }
}

/// Which prompts and models gave scores, where any did.
fn write_prompts(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let prompts = overview::prompts(manifest, overview);
    if prompts.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut rows = vec![header(&["Judged by"], &[])];
    rows.extend(prompts.iter().map(|(metric, prompt)| {
        vec![Cell::left(escape_short(metric, NAME)), Cell::left(escape_short(prompt, GRANT))]
    }));
    table::write(&rows, out)
}

fn header(left: &[&str], right: &[&str]) -> Vec<Cell> {
    let left = left.iter().map(|&text| Cell::left(text).styled(BOLD));
    left.chain(right.iter().map(|&text| Cell::right(text).styled(QUIET))).collect()
}

/// A count that recedes where it is zero.
fn tally_cell(count: u64, style: Style) -> Cell {
    Cell::right(grouped(count)).styled(if count == 0 { QUIET } else { style })
}

fn write_failure(
    sample: &SampleRecord,
    manifest: &Manifest,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let id = escape_short(&sample.id, 80);
    let place = format!("{}, {}:{}", sample.partition, escape_short(&manifest.dataset.path, 80), sample.line);
    writeln!(out, "\n{BAD}✗ {id}{BAD:#}  {QUIET}{place}{QUIET:#}")?;
    let chars = width - 12;
    write_text("input", &sample.input, chars, out)?;
    // An excerpt shows the part of the output that matters; a score without findings is about all of it.
    if scores::failed(sample).take(SCORES).any(|score| score.findings.is_empty()) {
        write_text("output", sample.output.as_deref().unwrap_or_default(), chars, out)?;
        if let Some(expected) = &sample.expected {
            write_text("expected", expected, chars, out)?;
        }
    }
    for score in scores::failed(sample).take(SCORES) {
        write_score(sample, score, width, out)?;
    }
    let more = scores::failed(sample).count().saturating_sub(SCORES);
    if more > 0 {
        writeln!(out, "  {QUIET}… and {}{QUIET:#}", words::count(more as u64, "more failing metric"))?;
    }
    Ok(())
}

fn write_text(label: &str, text: &str, chars: usize, out: &mut dyn Write) -> io::Result<()> {
    let shown = escape_short(text, chars);
    if shown.is_empty() {
        return writeln!(out, "  {QUIET}{label:>8}  (empty){QUIET:#}");
    }
    writeln!(out, "  {QUIET}{label:>8}{QUIET:#}  {shown}")
}

fn write_score(
    sample: &SampleRecord,
    score: &ScoreRecord,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "  {BAD}{}{BAD:#}", escape_short(&score.metric, NAME))?;
    if let (Some(value), None) = (score.value, &score.missed) {
        write!(out, " {}", number(value))?;
    }
    // Where there is no headline, the findings speak for themselves.
    let headline = scores::headline(score).map_or_else(String::new, |headline| format!(": {headline}"));
    let mut lines = wrap(&headline, width.saturating_sub(4)).into_iter();
    writeln!(out, "{}", lines.next().unwrap_or_default())?;
    for line in lines {
        writeln!(out, "    {line}")?;
    }
    let shown = &score.findings[..score.findings.len().min(FINDINGS)];
    for line in excerpt(sample, shown, width.saturating_sub(4)) {
        marked::write_line(&line, "    ", out)?;
    }
    let more = score.findings.len() - shown.len();
    if more > 0 {
        writeln!(out, "    {QUIET}… and {}{QUIET:#}", words::count(more as u64, "more finding"))?;
    }
    Ok(())
}

fn write_faults(groups: &[FaultGroup], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}Faults{BOLD:#}  {QUIET}not scored, neither passed nor failed{QUIET:#}")?;
    for group in groups.iter().take(FAULTS) {
        let title = group.title();
        let samples = words::count(group.count, "sample");
        writeln!(out, "  {FAULT}! {title}{FAULT:#}  {samples}: {}", group.samples())?;
        for line in wrap(&escape_short(&group.message, 1000), width.saturating_sub(4)) {
            writeln!(out, "    {line}")?;
        }
    }
    if groups.len() > FAULTS {
        let more = words::count((groups.len() - FAULTS) as u64, "more sort");
        writeln!(out, "  {QUIET}… and {more} of fault{QUIET:#}")?;
    }
    Ok(())
}

fn write_end(
    manifest: &Manifest,
    overview: &Overview,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out)?;
    if let Some(path) = &options.html {
        writeln!(out, "{QUIET}more in{QUIET:#} {}", escape_line(&path.display().to_string()))?;
    }
    let summary = &overview.summary;
    if overview.incomplete.is_some() {
        return writeln!(
            out,
            "{FAULT}NOT FINISHED{FAULT:#}  {}",
            format_args!("{} scored", words::count(summary.total.samples, "sample"))
        );
    }
    let style = decision_style(summary.outcome).bold();
    let word = words::decision(summary.outcome).to_uppercase();
    let gates: Vec<_> = summary.gates.iter().filter(|gate| gate.decision == summary.outcome).collect();
    let names: Vec<_> = gates.iter().map(|gate| escape_short(&gate.gate, NAME)).collect();
    let gates = match (summary.outcome, names.len()) {
        (Decision::Pass, _) | (_, 0) => String::new(),
        (_, 1) => format!("  gate {}", names[0]),
        _ => format!("  gates {}", names.join(", ")),
    };
    let part =
        if manifest.selection.is_empty() { "" } else { "  of the selection, not of the whole dataset" };
    writeln!(out, "{style}{word}{style:#}{gates}{part}")
}

fn decision_style(decision: Decision) -> Style {
    match decision {
        Decision::Pass => GOOD,
        Decision::Fail => BAD,
        Decision::TooManyFaults | Decision::TooLittleEvidence => FAULT,
    }
}
