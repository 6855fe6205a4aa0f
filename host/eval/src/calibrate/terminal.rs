//! A calibration for a person at a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::calibrate::plot;
use crate::calibrate::words::{self, Figure};
use crate::calibrate::{Calibration, Study};
use crate::report::escape::{escape_line, escape_short};
use crate::report::table::{self, Cell};
use crate::report::words::{grouped, number};
use crate::report::wrap::wrap;
use crate::run::Bound;

const BOLD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// Rows of a drawn curve.
const ROWS: usize = 8;

/// Writes a calibration, `width` columns wide. Carries colours as ANSI escape sequences.
///
/// # Errors
///
/// An `out` that cannot be written.
pub fn write(study: &Study, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let calibration = &study.calibration;
    let width = width.max(40);
    let metric = &calibration.metric;
    writeln!(
        out,
        "{BOLD}{} {}{BOLD:#}  {QUIET}against {}{QUIET:#}",
        escape_short(&metric.name, 80),
        escape_short(&metric.version, 40),
        escape_line(&calibration.data.labels.path)
    )?;
    for sentence in words::facts(calibration) {
        write_wrapped(&sentence, width, QUIET, "", out)?;
    }
    for caution in words::cautions(calibration) {
        write_wrapped(&caution, width, CAUTION, "warning: ", out)?;
    }
    writeln!(out)?;
    write_figures("Scores", &words::of_scores(calibration), out)?;
    if let Some(verdicts) = &calibration.verdicts {
        writeln!(out)?;
        let title = words::own_verdicts(calibration);
        write_figures(&title, &words::of_verdicts(verdicts, calibration), out)?;
    }
    write_threshold(calibration, width, out)?;
    let corrected = words::corrected(calibration);
    if !corrected.is_empty() {
        writeln!(out, "\n  {BOLD}Corrected by the labels{BOLD:#}")?;
    }
    for sentence in corrected {
        write_wrapped(&sentence, width, Style::new(), "  ", out)?;
    }
    write_curves(study, width, out)?;
    writeln!(out)?;
    write_wrapped(&words::intervals(calibration), width, QUIET, "", out)
}

fn write_wrapped(text: &str, width: usize, style: Style, label: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines = wrap(&escape_short(text, 1000), width - label.len());
    for (index, line) in lines.iter().enumerate() {
        if label.is_empty() {
            writeln!(out, "{style}{line}{style:#}")?;
        } else if index == 0 {
            writeln!(out, "{style}{label}{style:#}{line}")?;
        } else {
            writeln!(out, "{:indent$}{line}", "", indent = label.len())?;
        }
    }
    Ok(())
}

fn write_figures(title: &str, figures: &[Figure], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![vec![
        Cell::left(title).styled(BOLD),
        Cell::right("value").styled(QUIET),
        Cell::right("95 % interval").styled(QUIET),
    ]];
    rows.extend(figures.iter().map(|figure| {
        vec![
            Cell::left(figure.name),
            Cell::right(words::value(&figure.estimate)),
            Cell::right(words::interval(&figure.estimate)),
            Cell::left(figure.chance.clone()).styled(QUIET),
        ]
    }));
    table::write(&rows, out)
}

fn write_threshold(calibration: &Calibration, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(proposal) = &calibration.threshold else { return Ok(()) };
    writeln!(out)?;
    let mut rows = vec![vec![
        Cell::left(format!("Threshold {}", words::bound(&proposal.threshold))).styled(BOLD),
        Cell::right("held out").styled(QUIET),
        Cell::right("95 % interval").styled(QUIET),
        Cell::right("where chosen").styled(QUIET),
    ]];
    rows.extend(words::beside_held_out(proposal, calibration).into_iter().map(|(figure, held_out)| {
        let (value, interval) = held_out.map_or_else(
            || ("–".to_owned(), String::new()),
            |held_out| (words::value(&held_out), words::interval(&held_out)),
        );
        vec![
            Cell::left(figure.name),
            Cell::right(value),
            Cell::right(interval),
            Cell::right(words::value(&figure.estimate)).styled(QUIET),
        ]
    }));
    table::write(&rows, out)?;
    for sentence in words::about_threshold(proposal) {
        write_wrapped(&sentence, width, QUIET, "", out)?;
    }
    Ok(())
}

fn write_curves(study: &Study, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(last) = study.cuts.last() else { return Ok(()) };
    let columns = ((width.min(100) - 10) / 2).min(40);
    let roc = study.cuts.iter().map(|cut| plot::roc_point(cut, last));
    let roc: Vec<_> = std::iter::once((0.0, 0.0)).chain(roc).collect();
    let precision: Vec<_> = study.cuts.iter().map(|cut| plot::precision_point(cut, last)).collect();
    writeln!(out)?;
    let titles = ["recall over false alarms (ROC)", "precision over recall"];
    writeln!(out, "  {BOLD}{:columns$}{BOLD:#}    {BOLD}{}{BOLD:#}", titles[0], titles[1])?;
    let sides = plot::curve(&roc, columns, ROWS).into_iter().zip(plot::curve(&precision, columns, ROWS));
    for (row, (left, right)) in sides.enumerate() {
        let end = match row {
            0 => "1",
            row if row + 1 == ROWS => "0",
            _ => " ",
        };
        writeln!(out, "{QUIET}{end}{QUIET:#} {left}  {QUIET}{end}{QUIET:#} {right}")?;
    }
    let axis = format!("0{}1", " ".repeat(columns.saturating_sub(2)));
    writeln!(out, "  {QUIET}{axis}{QUIET:#}    {QUIET}{axis}{QUIET:#}")?;

    let (low, high) = study.range();
    let bins = columns * 2 - 10;
    let counts = study.values.each_ref().map(|values| plot::histogram(values, low, high, bins));
    writeln!(out, "\n  {BOLD}values{BOLD:#}")?;
    for (name, counts) in ["should fail", "should pass"].iter().zip(&counts) {
        let most = counts.iter().copied().max().unwrap_or(0);
        writeln!(
            out,
            "  {QUIET}{name}{QUIET:#}  {}  {QUIET}{}{QUIET:#}",
            plot::bars(counts, most),
            grouped(counts.iter().sum())
        )?;
    }
    let (from, to) = (number(low), number(high));
    let gap = bins.saturating_sub(from.len() + to.len());
    let threshold = study.calibration.threshold.as_ref().map(|proposal| proposal.threshold);
    if let Some(Bound { min: Some(at), .. } | Bound { max: Some(at), .. }) = threshold {
        let place = plot::place(at, low, high, bins);
        writeln!(out, "  {:13}{}{CAUTION}^{CAUTION:#} {QUIET}threshold{QUIET:#}", "", " ".repeat(place))?;
    }
    writeln!(out, "  {:13}{QUIET}{from}{}{to}{QUIET:#}", "", " ".repeat(gap))
}
