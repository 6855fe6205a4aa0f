//! `scorebox plugin run`: one evaluation, for playing.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use scorebox_eval::report::{escape_line, marked};
use scorebox_sandbox::{Evaluation, Sample, Verdict};
use serde_json::json;

use super::paint::{BAD, BOLD, GOOD, ODD, QUIET, in_style, time};
use super::target;
use crate::arguments::PluginRunArguments;
use crate::evaluate::width;
use crate::say;
use crate::start;
use scorebox_eval::report::grouped;

/// Findings that are shown.
const FINDINGS: usize = 50;
/// The exit code of a fault.
const FAULT: u8 = 3;

pub(crate) fn run(arguments: &PluginRunArguments) -> Result<ExitCode> {
    let settings = target::settings(&arguments.settings)?;
    let sandbox = start::author_sandbox()?;
    let mut target = target::open(&arguments.plugin, &sandbox)?;
    let configured = target.trial.configured(&settings)?;
    let sample = Sample {
        id: "sample".to_owned(),
        input: arguments.input.clone().unwrap_or_default(),
        output: arguments.output.clone(),
        expected: arguments.expected.clone(),
        context: arguments.context.clone(),
        conversation: Vec::new(),
        metadata: "{}".to_owned(),
    };
    let evaluation = configured.evaluate(&sample);
    if arguments.json {
        let (score, fault) = match &evaluation.result {
            Ok(score) => (Some(score), None),
            Err(fault) => (None, Some(fault)),
        };
        say::json(&json!({
            "score": score,
            "fault": fault,
            "fuel": evaluation.fuel,
            "memory": evaluation.memory,
            "nanoseconds": u64::try_from(evaluation.elapsed.as_nanos()).unwrap_or(u64::MAX),
            "log": evaluation.log,
        }))?;
    } else {
        say::coloured(&shown(&target.title(), &sample, &evaluation));
    }
    Ok(match &evaluation.result {
        Ok(score) if score.verdict == Verdict::Fail => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAULT),
    })
}

fn shown(title: &str, sample: &Sample, evaluation: &Evaluation) -> String {
    let mut out = String::new();
    match &evaluation.result {
        Ok(score) => {
            let verdict = match score.verdict {
                Verdict::Pass => in_style(GOOD, "pass"),
                Verdict::Fail => in_style(BAD, "fail"),
                Verdict::Unjudged => in_style(ODD, "unjudged"),
            };
            let summary = if score.summary.is_empty() {
                String::new()
            } else {
                format!(": {}", escape_line(&score.summary))
            };
            let _ = writeln!(out, "{} {verdict}, value {}{summary}", in_style(BOLD, title), score.value);
            let findings = &score.findings[..score.findings.len().min(FINDINGS)];
            out.push_str(&marked(sample, findings, "  ", width().saturating_sub(2)));
            if score.findings.len() > FINDINGS {
                let _ = writeln!(out, "  … and {} more", score.findings.len() - FINDINGS);
            }
            for (name, value) in &score.measures {
                let _ = writeln!(out, "  {} {value}", in_style(QUIET, &escape_line(name)));
            }
        }
        Err(fault) => {
            let fault = escape_line(&fault.to_string());
            let _ = writeln!(out, "{} {}", in_style(BOLD, title), in_style(ODD, &format!("! {fault}")));
        }
    }
    for line in &evaluation.log {
        let _ = writeln!(out, "  {} {}", in_style(QUIET, "log"), escape_line(line));
    }
    let cost = format!(
        "{} fuel, {}, {} KiB of memory",
        grouped(evaluation.fuel),
        time(evaluation.elapsed),
        grouped(evaluation.memory >> 10)
    );
    let _ = writeln!(out, "  {}", in_style(QUIET, &cost));
    out
}
