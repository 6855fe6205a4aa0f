//! `scorebox plugin bench`: what an evaluation costs, and against another build.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::report::escape_line;
use scorebox_registry::{Case, CaseSample, Expectation, Measured};
use scorebox_sandbox::Sandbox;
use serde::Serialize;

use super::paint::{BAD, BOLD, GOOD, ODD, QUIET, in_style, time};
use super::target;
use crate::arguments::PluginBenchArguments;
use crate::say;
use crate::start;
use scorebox_eval::report::grouped;

/// What is measured of one build.
#[derive(Serialize)]
struct Build {
    title: String,
    digest: String,
    size: usize,
    sizes: Vec<Measured>,
}

pub(crate) fn bench(arguments: &PluginBenchArguments) -> Result<ExitCode> {
    let sandbox = start::author_sandbox()?;
    let settings = arguments.settings.as_deref().map(target::settings).transpose()?;
    let with_settings = settings.map(|settings| {
        vec![Case {
            name: "settings of the command line".to_owned(),
            settings,
            sample: CaseSample::default(),
            expect: Expectation::default(),
            line: 0,
        }]
    });
    let mut target = target::open(&arguments.plugin, &sandbox)?;
    // Both builds are measured on the same settings and texts.
    let cases = with_settings.unwrap_or_else(|| target.cases().to_vec());
    let this = measure(&mut target, &cases)?;
    let other = match &arguments.against {
        Some(path) => Some(other(path, &sandbox, &cases)?),
        None => None,
    };
    if arguments.json {
        say::json(&serde_json::json!({ "plugin": this, "against": other }))?;
    } else {
        say::coloured(&shown(&this, other.as_ref()));
    }
    Ok(ExitCode::SUCCESS)
}

fn other(path: &std::path::Path, sandbox: &Sandbox, cases: &[Case]) -> Result<Build> {
    measure(&mut target::open(path, sandbox)?, cases)
}

fn measure(target: &mut target::Target, cases: &[Case]) -> Result<Build> {
    let sizes = target.trial.bench(cases).with_context(|| {
        format!("{}: no settings are known that it takes, name some with --settings", target.title())
    })?;
    let inspection = target.trial.plugin().inspection();
    Ok(Build { title: target.title(), digest: inspection.digest.clone(), size: inspection.size, sizes })
}

fn shown(this: &Build, other: Option<&Build>) -> String {
    let mut out = String::new();
    let head = |build: &Build| {
        format!(
            "{}, {} KiB, {}",
            build.title,
            grouped(build.size as u64 >> 10),
            build.digest.get(..19).unwrap_or_default()
        )
    };
    let _ = writeln!(out, "{}", in_style(BOLD, &head(this)));
    if let Some(other) = other {
        let _ = writeln!(out, "{}", in_style(QUIET, &format!("against {}", head(other))));
    }
    let header = format!("{:>12} {:>12} {:>16} {:>12}", "answer", "time", "fuel", "memory");
    let _ = writeln!(out, "{}", in_style(QUIET, &header));
    for (index, measured) in this.sizes.iter().enumerate() {
        let Measured { bytes, time: took, fuel, memory, .. } = measured;
        let answer = format!("{} B", grouped(*bytes as u64));
        let memory = format!("{} KiB", grouped(memory >> 10));
        let _ = write!(out, "{answer:>12} {:>12} {:>16} {memory:>12}", time(*took), grouped(*fuel));
        if let Some(before) = other.and_then(|other| other.sizes.get(index)) {
            let _ = write!(
                out,
                "   time {}, fuel {}, memory {}",
                change(took.as_secs_f64(), before.time.as_secs_f64()),
                change(*fuel as f64, before.fuel as f64),
                change(measured.memory as f64, before.memory as f64)
            );
        }
        if let Some(fault) = &measured.fault {
            let _ = write!(out, "  {}", in_style(ODD, &format!("! {}", escape_line(&fault.to_string()))));
        }
        out.push('\n');
    }
    let rounds = this.sizes.iter().map(|measured| measured.rounds).min().unwrap_or(0);
    let note = format!("the median of {rounds} evaluations or more, each with a fresh instance");
    let _ = writeln!(out, "{}", in_style(QUIET, &note));
    out
}

/// `-12 %`, in green where it is less by enough to be seen.
fn change(now: f64, before: f64) -> String {
    if before <= 0.0 {
        return "?".to_owned();
    }
    let percent = (now / before - 1.0) * 100.0;
    let text = format!("{percent:+.1} %");
    match percent {
        percent if percent <= -5.0 => in_style(GOOD, &text),
        percent if percent >= 5.0 => in_style(BAD, &text),
        _ => text,
    }
}
