//! The page around the samples: what was decided, the tables, the histograms, and the frame that the script fills.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use crate::dataset::Partition;
use crate::report::escape::escape_short;
use crate::report::overview::{self, Overview};
use crate::report::words::{self, grouped, number};
use crate::run::{Decision, HISTOGRAM_BINS, Manifest, MetricStamp, MetricSummary, MetricTally};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");
/// What the script fills, and its controls.
const SAMPLES: &str = include_str!("samples.html");

/// Characters of a name or a sentence.
const SENTENCE: usize = 500;

/// Everything up to the start of the body. The page may use this style and this script, and load nothing. `title` is
/// escaped already.
pub(crate) fn write_open(
    title: &str,
    style: &str,
    script: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let script = script.map(|script| format!(" script-src '{}';", source(script))).unwrap_or_default();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}';{script} \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>{style}</style>\n</head>\n<body>",
        source(style),
    )
}

pub(crate) fn write_start(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let name = html(&manifest.name);
    write_open(&format!("{name}: {}", outcome(overview)), STYLE, Some(SCRIPT), out)?;
    write_head(manifest, overview, out)?;
    writeln!(out, "<main>")?;
    write_gates(overview, out)?;
    write_partitions(overview, out)?;
    write_metrics(manifest, overview, out)?;
    write_grants(manifest, out)?;
    write_models(manifest, overview, out)?;
    write_prompts(manifest, overview, out)?;
    writeln!(out, "{SAMPLES}</main>")?;
    write_facts(manifest, out)?;
    write!(out, "<script type=\"application/json\" id=\"data\">")
}

pub(crate) fn write_end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn outcome(overview: &Overview) -> &'static str {
    match overview.incomplete {
        Some(_) => "not finished",
        None => words::decision(overview.summary.outcome),
    }
}

fn write_head(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let class = match overview.incomplete {
        Some(_) => "faulted",
        None => class(overview.summary.outcome),
    };
    writeln!(
        out,
        "<header>\n<h1>{} <span class=\"badge {class}\">{}</span></h1>\n\
         <button id=\"theme\" type=\"button\">Theme: auto</button>\n\
         <p>{} of <code>{}</code>, answered by {}, on {} in {}{}</p>",
        html(&manifest.name),
        outcome(overview),
        words::count(overview.summary.total.samples, "sample"),
        html(&manifest.dataset.path),
        html(&overview::subject(manifest)),
        html(&manifest.started_at),
        words::duration(manifest.elapsed_ms),
        overview::isolation(manifest)
    )?;
    if !manifest.selection.is_empty() {
        let selection: Vec<_> = manifest.selection.iter().map(|part| html(part)).collect();
        writeln!(out, "<p>Only {}</p>", selection.join(", "))?;
    }
    for caution in overview::cautions(manifest, overview) {
        writeln!(out, "<p class=\"caution\">{}</p>", html(&caution))?;
    }
    writeln!(out, "</header>")
}

fn write_gates(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"gates\">\n<h2 id=\"gates\">Gates</h2>\n<ul class=\"gates\">")?;
    for gate in &overview.summary.gates {
        writeln!(
            out,
            "<li class=\"{}\"><b>{}</b> <span>{} {}</span> <small>{}</small></li>",
            class(gate.decision),
            html(&gate.gate),
            words::decision_sign(gate.decision),
            words::decision(gate.decision),
            html(&gate.reason)
        )?;
    }
    if overview.summary.gates.is_empty() {
        writeln!(out, "<li>none was decided</li>")?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn write_partitions(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"partitions\">\n<h2 id=\"partitions\">Partitions</h2>\n<div class=\"wide\">\
         <table>\n<thead><tr><th scope=\"col\">partition<th scope=\"col\">samples<th scope=\"col\">pass\
         <th scope=\"col\">fail<th scope=\"col\">fault<th scope=\"col\">unjudged<th scope=\"col\">pass rate\
         <th scope=\"col\">95 % interval<th scope=\"col\"></tr></thead>\n<tbody>"
    )?;
    for summary in &overview.summary.partitions {
        let (name, tally) = (summary.partition.name(), &summary.tally);
        write!(
            out,
            "<tr><th scope=\"row\"><a href=\"#partition={name}\">{name}</a><td>{}",
            grouped(tally.samples)
        )?;
        for (verdict, count) in [
            ("pass", tally.passed),
            ("fail", tally.failed),
            ("faulted", tally.faulted),
            ("unjudged", tally.unjudged),
        ] {
            write!(
                out,
                "<td>{}",
                linked(count, verdict, &format!("partition={name}&amp;verdict={verdict}"))
            )?;
        }
        match &summary.pass_rate {
            Some(rate) => writeln!(
                out,
                "<td>{}<td>{} to {}<td>{}</tr>",
                words::percent(rate.value),
                words::percent(rate.low),
                words::percent(rate.high),
                interval(rate.low, rate.value, rate.high)
            )?,
            None => writeln!(out, "<td>–<td>–<td></tr>")?,
        }
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

fn write_metrics(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"metrics\">\n<h2 id=\"metrics\">Metrics</h2>\n<div class=\"wide\"><table>\n\
         <thead><tr><th scope=\"col\">metric<th scope=\"col\">distribution<th scope=\"col\">mean<th scope=\"col\">min\
         <th scope=\"col\">max<th scope=\"col\">pass<th scope=\"col\">fail<th scope=\"col\">fault\
         <th scope=\"col\">skipped<th scope=\"col\">threshold</tr></thead>\n<tbody>"
    )?;
    for summary in &overview.summary.metrics {
        let stamp = manifest.metrics.iter().find(|stamp| stamp.name == summary.metric);
        write_metric(summary, stamp, out)?;
    }
    writeln!(
        out,
        "</tbody></table></div>\n<details><summary>By partition</summary><div class=\"wide\"><table>\n\
         <thead><tr><th scope=\"col\">metric<th scope=\"col\">partition<th scope=\"col\">mean<th scope=\"col\">min\
         <th scope=\"col\">max<th scope=\"col\">pass<th scope=\"col\">fail<th scope=\"col\">fault\
         <th scope=\"col\">skipped</tr></thead>\n<tbody>"
    )?;
    for summary in &overview.summary.metrics {
        for (partition, tally) in &summary.partitions {
            write!(out, "<tr><th scope=\"row\">{}<th scope=\"row\">{partition}", html(&summary.metric))?;
            write_values(tally, out)?;
            write_counts(&summary.metric, tally, Some(*partition), out)?;
            writeln!(out, "</tr>")?;
        }
    }
    writeln!(out, "</tbody></table></div></details>\n</section>")
}

/// A table of names and what there is to say of each.
fn write_pairs<'a>(
    [name, about]: [&str; 2],
    pairs: impl IntoIterator<Item = (&'a str, String)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">{name}<th scope=\"col\">{about}</tr></thead>\n<tbody>"
    )?;
    for (name, about) in pairs {
        writeln!(out, "<tr><th scope=\"row\">{}<td class=\"wrap\">{}</tr>", html(name), html(&about))?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// What plugins may do beyond computing, where any may.
fn write_grants(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    let grants = overview::grants(manifest);
    if grants.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"grants\">\n<h2 id=\"grants\">Grants</h2>")?;
    write_pairs(["metric", "what its plugin may do"], grants, out)?;
    writeln!(out, "</section>")
}

/// The models, what was asked of them, and what was paid.
fn write_models(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let models = overview::models(manifest);
    if models.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"models\">\n<h2 id=\"models\">Models</h2>")?;
    write_pairs(["name", "which"], models, out)?;
    let asked = overview::asked(&overview.summary);
    if !asked.is_empty() {
        writeln!(
            out,
            "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">asked by<th scope=\"col\">questions\
             <th scope=\"col\">tokens in<th scope=\"col\">tokens out<th scope=\"col\">cost</tr></thead>\n<tbody>"
        )?;
        for (metric, row) in asked {
            writeln!(out, "<tr><th scope=\"row\">{}<td>{}</tr>", html(metric), row.join("<td>"))?;
        }
        writeln!(out, "</tbody></table></div>")?;
    }
    if let Some(spent) = overview::spent(manifest) {
        writeln!(out, "<p>Spent {}</p>", html(&spent))?;
    }
    writeln!(out, "</section>")
}

/// Which prompts and models gave scores, where any did.
fn write_prompts(manifest: &Manifest, overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let prompts = overview::prompts(manifest, overview);
    if prompts.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section aria-labelledby=\"prompts\">\n<h2 id=\"prompts\">Judges</h2>")?;
    write_pairs(["metric", "what it asked"], prompts, out)?;
    writeln!(out, "</section>")
}

fn write_metric(summary: &MetricSummary, stamp: Option<&MetricStamp>, out: &mut dyn Write) -> io::Result<()> {
    let (about, thresholds) = stamp.map_or_else(Default::default, |stamp| {
        (html(&stamp.descriptor.summary), html(&stamp.thresholds.join(", ")))
    });
    let range = stamp.and_then(|stamp| stamp.descriptor.range);
    write!(
        out,
        "<tr><th scope=\"row\"><a href=\"#metric={}\">{}</a><small>{about}</small><td>{}",
        parameter(&summary.metric),
        html(&summary.metric),
        histogram(&summary.total, range)
    )?;
    write_values(&summary.total, out)?;
    write_counts(&summary.metric, &summary.total, None, out)?;
    writeln!(out, "<td class=\"wrap\">{thresholds}</tr>")
}

fn write_values(tally: &MetricTally, out: &mut dyn Write) -> io::Result<()> {
    for value in [tally.mean, tally.min, tally.max] {
        write!(out, "<td>{}", value.map_or_else(|| "–".to_owned(), number))?;
    }
    Ok(())
}

fn write_counts(
    metric: &str,
    tally: &MetricTally,
    partition: Option<Partition>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let partition = partition.map(|partition| format!("&amp;partition={partition}")).unwrap_or_default();
    let metric = parameter(metric);
    for (verdict, count) in [
        ("pass", tally.passed),
        ("fail", tally.failed),
        ("faulted", tally.faulted),
        ("skipped", tally.skipped),
    ] {
        write!(
            out,
            "<td>{}",
            linked(count, verdict, &format!("metric={metric}&amp;verdict={verdict}{partition}"))
        )?;
    }
    Ok(())
}

/// What was run, for those who want to know exactly.
fn write_facts(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    let versions = &manifest.versions;
    let mut facts = vec![
        ("run", html(&manifest.run)),
        ("suite", format!("{} <code>{}</code>", html(&manifest.suite.path), html(&manifest.suite.digest))),
        (
            "dataset",
            format!("{} <code>{}</code>", html(&manifest.dataset.path), html(&manifest.dataset.digest)),
        ),
        ("Scorebox", html(&versions.scorebox)),
        ("engine", format!("wasmtime {}, {}", html(&versions.wasmtime), html(&versions.contract))),
    ];
    for metric in &manifest.metrics {
        facts.push(("metric", format!("{} <code>{}</code>", html(&metric.name), html(&metric.code))));
    }
    for policy in &manifest.policies {
        let (path, origin) = (html(&policy.path), policy.origin.in_words());
        facts.push(("policy", format!("{path}, {origin} <code>{}</code>", html(&policy.digest))));
    }
    writeln!(out, "<footer><details><summary>What was run</summary><dl>")?;
    for (name, fact) in facts {
        writeln!(out, "<dt>{name}<dd>{fact}")?;
    }
    writeln!(out, "</dl></details></footer>")
}

/// A count that leads to its samples.
fn linked(count: u64, class: &str, filter: &str) -> String {
    match count {
        0 => "<span class=\"none\">0</span>".to_owned(),
        count => format!("<a class=\"{class}\" href=\"#{filter}\">{}</a>", grouped(count)),
    }
}

/// A rate with its interval, drawn from 0 to 1.
fn interval(low: f64, value: f64, high: f64) -> String {
    let at = |share: f64| (share * 100.0).clamp(0.0, 100.0);
    format!(
        "<svg class=\"interval\" viewBox=\"-2 0 104 12\" role=\"img\" aria-label=\"{} to {}\">\
         <path class=\"axis\" d=\"M0 6h100\"/><path class=\"range\" d=\"M{:.1} 6H{:.1}\"/>\
         <circle cx=\"{:.1}\" cy=\"6\" r=\"2.5\"/></svg>",
        words::percent(low),
        words::percent(high),
        at(low),
        at(high),
        at(value)
    )
}

/// The histogram of a metric, or nothing where its bins say nothing: without a declared range they span 0 to 1.
fn histogram(tally: &MetricTally, range: Option<(f64, f64)>) -> String {
    let most = tally.histogram.iter().copied().max().unwrap_or(0);
    let inside = tally.min.is_some_and(|min| min >= 0.0) && tally.max.is_some_and(|max| max <= 1.0);
    let range = range.filter(|(low, high)| (high - low).is_finite());
    let Some((low, high)) = range.or_else(|| inside.then_some((0.0, 1.0))).filter(|_| most > 0) else {
        return String::new();
    };
    let step = (high - low) / HISTOGRAM_BINS as f64;
    let bars: String = tally.histogram.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bin, &count)| {
        // The smallest bar is still to be seen.
        let height = (count as f64 / most as f64 * 32.0).max(1.0);
        let from = low + step * bin as f64;
        format!(
            "<rect x=\"{}\" y=\"{:.1}\" width=\"7\" height=\"{height:.1}\"><title>{} to {}: {}</title></rect>",
            bin * 8,
            32.0 - height,
            number(from),
            number(from + step),
            grouped(count)
        )
    }).collect();
    let label = format!("{} values from {} to {}", grouped(tally.scored), number(low), number(high));
    format!(
        "<svg class=\"histogram\" viewBox=\"0 0 160 44\" role=\"img\" aria-label=\"{label}\">{bars}\
         <path class=\"axis\" d=\"M0 32.5h159\"/><text x=\"0\" y=\"42\">{}</text>\
         <text x=\"159\" y=\"42\" text-anchor=\"end\">{}</text></svg>",
        number(low),
        number(high)
    )
}

fn class(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "pass",
        Decision::Fail => "fail",
        Decision::TooManyFaults | Decision::TooLittleEvidence => "faulted",
    }
}

/// Text for an element or a quoted attribute.
pub(crate) fn html(text: &str) -> String {
    let text = escape_short(text, SENTENCE);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text for a value in a link's fragment, as the script decodes it.
fn parameter(text: &str) -> String {
    let mut encoded = String::new();
    for byte in escape_short(text, SENTENCE).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(byte.into()),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The hash of an inline style or script, as a content security policy names it.
fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_page_does_not_end_its_own_script_or_style() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
    }
}
