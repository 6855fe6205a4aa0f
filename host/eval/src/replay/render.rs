//! A replay as a person reads it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::replay::{Difference, Replay, ReplayedMetric};
use crate::report::{escape, escape_line, grouped};

const BOLD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default();

impl Replay {
    /// Writes what came of the replay: what to know first, the differences, and what all that amounts to.
    pub fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{BOLD}replay{BOLD:#} of {}", escape_line(&self.run))?;
        for note in &self.notes {
            writeln!(out, "{CAUTION}note:{CAUTION:#} {}", escape(note))?;
        }
        for metric in &self.metrics {
            write_exception(metric, out)?;
        }
        if self.without_output > 0 {
            let samples = count((self.without_output, "sample"));
            writeln!(out, "  {QUIET}left out{QUIET:#}  {samples} without an output, so without scores")?;
        }
        for difference in &self.differences {
            writeln!(out)?;
            write_difference(difference, out)?;
        }
        let scores = self.metrics.iter().map(|metric| metric.scores).sum::<u64>();
        let replayed = self.metrics.iter().filter(|metric| metric.not_replayed.is_none()).count() as u64;
        writeln!(out)?;
        if self.identical {
            let [scores, metrics, samples] =
                [(scores, "score"), (replayed, "metric"), (self.samples, "sample")].map(count);
            return writeln!(out, "{GOOD}identical{GOOD:#}: {scores} of {metrics} on {samples}");
        }
        let more = match self.more {
            0 => String::new(),
            1 => "; one more difference is not shown".to_owned(),
            more => format!("; {} more differences are not shown", grouped(more)),
        };
        let (different, all) = (grouped(self.different_samples), count((self.samples, "sample")));
        writeln!(out, "{BAD}different{BAD:#}: {different} of {all}{more}")
    }
}

/// `1 sample`, `1,234 samples`.
fn count((number, of): (u64, &str)) -> String {
    format!("{} {of}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// What of a metric was not replayed, and why.
fn write_exception(metric: &ReplayedMetric, out: &mut dyn Write) -> io::Result<()> {
    let name = escape_line(&metric.name);
    if let Some(reason) = &metric.not_replayed {
        writeln!(out, "  {QUIET}not replayed{QUIET:#}  {name}: {}", escape_line(reason))?;
    }
    if metric.not_comparable > 0 {
        let faults = metric.not_comparable;
        let what = if faults == 1 { "fault that" } else { "faults that" };
        writeln!(
            out,
            "  {QUIET}not compared{QUIET:#}  {name}: {} {what} another machine may not repeat (`deadline` …)",
            grouped(faults)
        )?;
    }
    Ok(())
}

fn write_difference(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    let Difference { file, line, bytes, sample, metric, field, recorded, now, hint } = difference;
    write!(out, "{BAD}different{BAD:#}: {}", escape_line(file))?;
    if let Some(line) = line {
        write!(out, ":{line}")?;
    }
    if let Some(bytes) = bytes {
        write!(out, ", bytes {} to {}", bytes.start, bytes.end)?;
    }
    writeln!(out)?;
    let rows = [
        ("sample", sample.as_deref()),
        ("metric", metric.as_deref()),
        ("field", Some(field)),
        ("recorded", Some(recorded.as_deref().unwrap_or("nothing"))),
        ("now", Some(now.as_deref().unwrap_or("nothing"))),
        ("hint", hint.as_deref()),
    ];
    for (name, text) in rows {
        if let Some(text) = text {
            writeln!(out, "  {QUIET}{name:<9}{QUIET:#} {}", escape_line(text))?;
        }
    }
    Ok(())
}
