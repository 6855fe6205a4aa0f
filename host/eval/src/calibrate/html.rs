//! A calibration as one self-contained page: figures, curves and histogram, without a script.

use std::io::{self, Write};

use crate::calibrate::plot::{self, BINS};
use crate::calibrate::words::{self, Figure};
use crate::calibrate::{Calibration, Study};
use crate::report::html::page::{html, write_open};
use crate::report::words::{grouped, number};
use crate::run::Bound;
use crate::statistics::Cut;

const STYLE: &str = include_str!("calibration.css");
/// Points of a drawn curve; more are not to be seen.
const POINTS: usize = 400;
/// Width and height of a plot.
const SIDE: f64 = 240.0;

/// Writes a calibration as a page. Give it a buffer.
///
/// # Errors
///
/// An `out` that cannot be written.
pub fn write(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    let calibration = &study.calibration;
    let metric = &calibration.metric;
    let name = html(&metric.name);
    write_open(&format!("{name}: calibration"), STYLE, None, out)?;
    writeln!(
        out,
        "<header>\n<h1>{name} {}</h1>\n<p>against <code>{}</code>, {}</p>",
        html(&metric.version),
        html(&calibration.data.labels.path),
        html(&calibration.made_at)
    )?;
    for fact in words::facts(calibration) {
        writeln!(out, "<p>{}</p>", html(&fact))?;
    }
    for caution in words::cautions(calibration) {
        writeln!(out, "<p class=\"caution\">{}</p>", html(&caution))?;
    }
    writeln!(out, "</header>\n<main>")?;
    write_figures("Scores", &words::of_scores(calibration), out)?;
    if let Some(verdicts) = &calibration.verdicts {
        let title = words::own_verdicts(calibration);
        write_figures(&title, &words::of_verdicts(verdicts, calibration), out)?;
    }
    write_threshold(calibration, out)?;
    let corrected = words::corrected(calibration);
    if !corrected.is_empty() {
        writeln!(out, "<section>\n<h2>Corrected by the labels</h2>")?;
        for sentence in corrected {
            writeln!(out, "<p>{}</p>", html(&sentence))?;
        }
        writeln!(out, "</section>")?;
    }
    write_curves(study, out)?;
    write_facts(calibration, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn write_figures(title: &str, figures: &[Figure], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section>\n<h2>{}</h2>\n<table>\n<thead><tr><th scope=\"col\">figure<th scope=\"col\">value\
         <th scope=\"col\">95 % interval<th scope=\"col\"></tr></thead>\n<tbody>",
        html(title)
    )?;
    for figure in figures {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}<td>{}<td>{}<td>{}</tr>",
            figure.name,
            words::value(&figure.estimate),
            words::interval(&figure.estimate),
            html(&figure.chance)
        )?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

fn write_threshold(calibration: &Calibration, out: &mut dyn Write) -> io::Result<()> {
    let Some(proposal) = &calibration.threshold else { return Ok(()) };
    writeln!(
        out,
        "<section>\n<h2>Threshold {}</h2>\n<table>\n<thead><tr><th scope=\"col\">figure<th scope=\"col\">held out\
         <th scope=\"col\">95 % interval<th scope=\"col\">where it was chosen</tr></thead>\n<tbody>",
        html(&words::bound(&proposal.threshold))
    )?;
    for (figure, held_out) in words::beside_held_out(proposal, calibration) {
        let (value, interval) = held_out
            .map_or_else(Default::default, |held_out| (words::value(&held_out), words::interval(&held_out)));
        writeln!(
            out,
            "<tr><th scope=\"row\">{}<td>{value}<td>{interval}<td>{}</tr>",
            figure.name,
            words::value(&figure.estimate)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    for sentence in words::about_threshold(proposal) {
        writeln!(out, "<p>{}</p>", html(&sentence))?;
    }
    writeln!(out, "</section>")
}

fn write_curves(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    let Some(last) = study.cuts.last() else { return Ok(()) };
    let share = last.true_positives as f64 / (last.true_positives + last.false_positives) as f64;
    let chosen = study.calibration.threshold.as_ref().map(|proposal| &proposal.on_all_rows);
    let cut = chosen.map(|at| Cut {
        score: 0.0,
        below: None,
        true_positives: at.true_positives,
        false_positives: at.false_positives,
    });
    writeln!(out, "<section>\n<h2>Curves</h2>\n<div class=\"plots\">")?;
    let roc = [vec![(0.0, 0.0)], study.cuts.iter().map(|cut| plot::roc_point(cut, last)).collect()].concat();
    let precision: Vec<_> = study.cuts.iter().map(|cut| plot::precision_point(cut, last)).collect();
    write_plot(
        "recall over false alarms (ROC)",
        &roc,
        &[(0.0, 0.0), (1.0, 1.0)],
        cut.map(|cut| plot::roc_point(&cut, last)),
        out,
    )?;
    write_plot(
        "precision over recall",
        &precision,
        &[(0.0, share), (1.0, share)],
        cut.map(|cut| plot::precision_point(&cut, last)),
        out,
    )?;
    write_histogram(study, out)?;
    writeln!(
        out,
        "</div>\n<p><small>Dashed: chance. The dot is the proposed threshold.</small></p>\n</section>"
    )
}

fn write_plot(
    title: &str,
    points: &[(f64, f64)],
    chance: &[(f64, f64)],
    chosen: Option<(f64, f64)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let every = points.len().div_ceil(POINTS).max(1);
    let shown = points.iter().enumerate().filter(|(at, _)| at % every == 0 || at + 1 == points.len());
    let line = path(shown.map(|(_, point)| *point));
    let dot = chosen.map_or_else(String::new, |(x, y)| {
        format!("<circle class=\"chosen\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"/>", x * SIDE, (1.0 - y) * SIDE)
    });
    writeln!(
        out,
        "<figure><figcaption>{title}</figcaption>\
         <svg viewBox=\"-24 -8 272 272\" role=\"img\" aria-label=\"{title}\">\
         <path class=\"axis\" d=\"M0 0V{SIDE}H{SIDE}\"/><path class=\"chance\" d=\"{}\"/><path class=\"line\" d=\"{line}\"/>\
         {dot}<text x=\"-6\" y=\"8\" text-anchor=\"end\">1</text><text x=\"-6\" y=\"{SIDE}\" text-anchor=\"end\">0</text>\
         <text x=\"0\" y=\"256\">0</text><text x=\"{SIDE}\" y=\"256\" text-anchor=\"end\">1</text></svg></figure>",
        path(chance.iter().copied())
    )
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let step = |(at, (x, y)): (usize, (f64, f64))| {
        format!("{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, x * SIDE, (1.0 - y) * SIDE)
    };
    points.enumerate().map(step).collect()
}

fn write_histogram(study: &Study, out: &mut dyn Write) -> io::Result<()> {
    let (low, high) = study.range();
    let counts = study.values.each_ref().map(|values| plot::histogram(values, low, high, BINS));
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    let width = SIDE / BINS as f64;
    let step = (high - low) / BINS as f64;
    let bars = |counts: &[u64], class: &str, up: bool| -> String {
        let bar = |(bin, &count): (usize, &u64)| {
            // The smallest bar is still to be seen.
            let height = (count as f64 / most as f64 * 110.0).max(1.0);
            let y = if up { 120.0 - height } else { 120.0 };
            format!(
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>{} to {}: \
                 {}</title></rect>",
                bin as f64 * width,
                width - 1.0,
                number(low + step * bin as f64),
                number(low + step * (bin + 1) as f64),
                grouped(count)
            )
        };
        counts.iter().enumerate().filter(|(_, count)| **count > 0).map(bar).collect()
    };
    let threshold = study.calibration.threshold.as_ref().map(|proposal| proposal.threshold);
    let mark = match threshold {
        Some(Bound { min: Some(at), .. } | Bound { max: Some(at), .. }) if high > low => {
            let x = ((at - low) / (high - low)).clamp(0.0, 1.0) * SIDE;
            format!("<path class=\"threshold\" d=\"M{x:.1} 0V{SIDE}\"/>")
        }
        _ => String::new(),
    };
    writeln!(
        out,
        "<figure><figcaption>values: <span class=\"bad\">should fail</span> up, <span class=\"good\">should pass</span> \
         down</figcaption><svg viewBox=\"-8 -8 256 272\" role=\"img\" aria-label=\"values by label\">{}{}{mark}\
         <path class=\"axis\" d=\"M0 120H{SIDE}\"/><text x=\"0\" y=\"256\">{}</text>\
         <text x=\"{SIDE}\" y=\"256\" text-anchor=\"end\">{}</text></svg></figure>",
        bars(&counts[0], "bad", true),
        bars(&counts[1], "good", false),
        number(low),
        number(high)
    )
}

/// What was held against what, for those who want to know exactly.
fn write_facts(calibration: &Calibration, out: &mut dyn Write) -> io::Result<()> {
    let metric = &calibration.metric;
    let facts = [
        ("metric", format!("{} <code>{}</code>", html(&metric.name), html(&metric.code))),
        ("settings", format!("<code>{}</code>", html(&metric.settings.to_string()))),
        ("identity", format!("<code>{}</code>", html(&metric.identity))),
        (
            "labels",
            format!(
                "{} <code>{}</code>",
                html(&calibration.data.labels.path),
                html(&calibration.data.labels.digest)
            ),
        ),
        ("intervals", html(&words::intervals(calibration))),
    ];
    writeln!(out, "<footer><dl>")?;
    for (name, fact) in facts {
        writeln!(out, "<dt>{name}<dd>{fact}")?;
    }
    writeln!(out, "</dl></footer>")
}
