//! `scorebox plugin test`.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use scorebox_eval::report::{escape_line, marked};
use scorebox_registry::{Case, CaseDifference, CaseReport, Growth, Manifest, Property, PropertyState, bless};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::junit;
use super::paint::{BAD, BOLD, GOOD, ODD, QUIET, bar, in_style, time};
use super::target::{self, Target};
use crate::arguments::PluginTestArguments;
use crate::evaluate::width;
use crate::say::{self, say};
use crate::start::{self, line};
use scorebox_eval::report::{count, grouped};

/// Columns of a case's name.
const NAME: usize = 48;

/// What came of everything, as JSON.
#[derive(Serialize)]
pub(super) struct Tested<'a> {
    pub(super) name: Option<&'a str>,
    version: Option<&'a str>,
    digest: &'a str,
    passed: bool,
    pub(super) cases: &'a [CaseReport],
    cases_left_out: usize,
    pub(super) properties: &'a [Property],
}

pub(crate) fn test(arguments: &PluginTestArguments) -> Result<ExitCode> {
    let PluginTestArguments { plugin, filter, bless, junit, json } = arguments;
    let sandbox = start::author_sandbox()?;
    let mut target = target::open(plugin, &sandbox)?;
    if *bless && target.file.is_none() {
        bail!("{} is a component, and expectations stand in a plugin.yaml: name its folder", line(plugin));
    }
    let wanted = |name: &str| filter.as_ref().is_none_or(|filter| name.contains(filter));
    let cases: Vec<Case> = target.cases().to_vec();
    let selected: Vec<&Case> = cases.iter().filter(|case| wanted(&case.name)).collect();
    let properties = Property::NAMES.iter().any(|name| wanted(name));
    if selected.is_empty() && !properties {
        bail!(
            "no case and no property has `{}` in its name",
            escape_line(filter.as_deref().unwrap_or_default())
        );
    }
    let reports: Vec<CaseReport> = selected.iter().map(|case| target.trial.case(case)).collect();
    let properties = if properties { target.trial.properties(&cases) } else { Vec::new() };
    let properties: Vec<Property> = properties.into_iter().filter(|property| wanted(property.name)).collect();
    let passed = reports.iter().all(CaseReport::passed)
        && !properties.iter().any(|property| matches!(property.state, PropertyState::Broken(_)));

    let descriptor = target.trial.plugin().descriptor();
    let tested = Tested {
        name: descriptor.map(|descriptor| descriptor.name.as_str()),
        version: descriptor.map(|descriptor| descriptor.version.as_str()),
        digest: target.trial.plugin().digest(),
        passed,
        cases: &reports,
        cases_left_out: target.manifest.as_ref().map_or(0, |manifest| manifest.cases_left_out),
        properties: &properties,
    };
    if let Some(path) = junit {
        junit::write(path, &tested).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if *json {
        say::json(&tested)?;
    } else {
        say::coloured(&shown(&target, &tested, &selected, width()));
    }
    if *bless {
        let blessed = bless_file(target.file.as_deref(), &reports, *json)?;
        let broken = properties.iter().any(|property| matches!(property.state, PropertyState::Broken(_)));
        return Ok(if blessed && !broken { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Blesses what failed; whether nothing had to be left as it was.
fn bless_file(file: Option<&Path>, reports: &[CaseReport], quiet: bool) -> Result<bool> {
    let Some(file) = file else { return Ok(true) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let blessed = bless(&text, file, reports)?;
    if !blessed.cases.is_empty() {
        blessed.save(file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if !quiet {
        for name in &blessed.cases {
            say!("blessed {}", escape_line(name));
        }
        for (name, reason) in &blessed.left {
            say!("left    {}: {}", escape_line(name), escape_line(reason));
        }
    }
    Ok(blessed.left.is_empty())
}

fn shown(target: &Target, tested: &Tested<'_>, cases: &[&Case], width: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", in_style(BOLD, &target.title()));
    if target.manifest.is_none() {
        let _ = writeln!(out, "no {}: no cases to run", Manifest::FILE);
    }
    for report in tested.cases {
        let word = if report.passed() { in_style(GOOD, "ok   ") } else { in_style(BAD, "FAIL ") };
        let cost = format!("{:>12} fuel {:>10}", grouped(report.fuel), time(report.elapsed));
        let _ = writeln!(out, "  {word} {} {}", padded(&report.name), in_style(QUIET, &cost));
    }
    if tested.cases_left_out > 0 {
        let left_out = count(tested.cases_left_out as u64, "further case");
        let _ = writeln!(out, "  {left_out} of its plugin.yaml did not fit into the component");
    }
    for property in tested.properties {
        property_line(property, &mut out);
    }
    for (report, case) in tested.cases.iter().zip(cases).filter(|(report, _)| !report.passed()) {
        failure(report, case, width, &mut out);
    }
    for property in tested.properties {
        if let PropertyState::Broken(examples) = &property.state {
            let _ = writeln!(out, "\n{}", in_style(BAD, property.name));
            for example in examples {
                let _ = writeln!(out, "  {}", escape_line(example));
            }
        }
    }
    let passed = tested.cases.iter().filter(|report| report.passed()).count();
    let holds = tested.properties.iter().filter(|property| property.state == PropertyState::Holds).count();
    let style = if tested.passed { GOOD } else { BAD };
    let summary = format!(
        "{passed} of {} passed, {holds} of {} hold",
        count(tested.cases.len() as u64, "case"),
        if tested.properties.len() == 1 {
            "1 property".to_owned()
        } else {
            format!("{} properties", tested.properties.len())
        }
    );
    let _ = writeln!(out, "\n{}", in_style(style, &summary));
    out
}

/// A case's name, in as many columns as all have.
fn padded(name: &str) -> String {
    let mut shown = escape_line(name);
    while shown.width() > NAME {
        shown.pop();
        if shown.width() < NAME {
            shown.push('…');
            break;
        }
    }
    let missing = NAME.saturating_sub(shown.width());
    shown + &" ".repeat(missing)
}

fn property_line(property: &Property, out: &mut String) {
    let (word, rest) = match &property.state {
        PropertyState::Holds => (in_style(GOOD, "ok   "), String::new()),
        PropertyState::Broken(_) => (in_style(BAD, "FAIL "), String::new()),
        PropertyState::Skipped(reason) => (in_style(ODD, "skip "), format!(" ({})", escape_line(reason))),
    };
    let _ = writeln!(out, "  {word} {}: {}{rest}", property.name, escape_line(&property.about));
    if let Some(growth) = &property.growth {
        plot(growth, out);
    }
}

/// Fuel by length, a bar for each length.
fn plot(growth: &Growth, out: &mut String) {
    let most = growth.points.iter().map(|(_, fuel)| *fuel).max().unwrap_or(1).max(1);
    for &(bytes, fuel) in &growth.points {
        let bar = bar(fuel as f64 / most as f64, 40);
        let line = format!("{:>14} B {bar} {}", grouped(bytes as u64), grouped(fuel));
        let _ = writeln!(out, "{}", in_style(QUIET, &line));
    }
    let line = format!(
        "{:16} {:.1} a byte at the end, length to the power of {:.2}",
        "",
        growth.fuel_per_byte(),
        growth.exponent
    );
    let _ = writeln!(out, "{}", in_style(QUIET, &line));
}

fn failure(report: &CaseReport, case: &Case, width: usize, out: &mut String) {
    let _ = writeln!(out, "\n{}", in_style(BAD, &escape_line(&report.name)));
    let settings = serde_json::Value::Object(case.settings.clone()).to_string();
    let _ = writeln!(out, "  settings  {}", escape_line(&settings));
    for CaseDifference { field, expected, got } in &report.differences {
        let _ = writeln!(out, "  {field}");
        for line in expected {
            let _ = writeln!(out, "    {}", in_style(GOOD, &format!("- expected  {}", escape_line(line))));
        }
        for line in got {
            let _ = writeln!(out, "    {}", in_style(BAD, &format!("+ got       {}", escape_line(line))));
        }
    }
    if let Ok(score) = &report.outcome {
        let sample = case.sample.to_sample();
        if !score.summary.is_empty() {
            let _ = writeln!(out, "  says      {}", escape_line(&score.summary));
        }
        let shown = &score.findings[..score.findings.len().min(20)];
        out.push_str(&marked(&sample, shown, "    ", width.saturating_sub(4)));
        if shown.is_empty() {
            let output: String = sample.output.chars().take(300).collect();
            let _ = writeln!(out, "  output    {}", escape_line(&output));
        }
    }
    for line in report.log.iter().take(20) {
        let _ = writeln!(out, "  log       {}", escape_line(line));
    }
}
