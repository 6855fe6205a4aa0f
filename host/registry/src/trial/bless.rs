//! Writes what came into the expectations of a `plugin.yaml`, and leaves the rest of the file as its author laid it out.

use std::io::{self, Write};
use std::path::Path;

use scorebox_sandbox::{Fault, FaultKind, Finding, Sample, Score};

use super::case::{CaseReport, found};
use super::properties::is_own;
use crate::manifest::{Case, Expectation, ExpectedFinding, ExpectedValue, Manifest, ManifestError};

/// A file after it was blessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blessed {
    /// The whole text.
    pub text: String,
    /// The cases whose expectations are new.
    pub cases: Vec<String>,
    /// The cases that were left as they are, each with the reason.
    pub left: Vec<(String, String)>,
}

impl Blessed {
    /// Writes the text to `path`, so that a reader sees the old file or the new one.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        // A link stays one.
        let path = path.canonicalize()?;
        let directory = path.parent().unwrap_or(Path::new("."));
        let permissions = std::fs::metadata(&path)?.permissions();
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(directory)?;
        file.write_all(self.text.as_bytes())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Blesses the cases of `reports` that did not pass, in the text of the `plugin.yaml` at `path`.
///
/// # Errors
///
/// A text that is no manifest.
pub fn bless(text: &str, path: &Path, reports: &[CaseReport]) -> Result<Blessed, ManifestError> {
    let mut blessed = Blessed { text: text.to_owned(), cases: Vec::new(), left: Vec::new() };
    for report in reports.iter().filter(|report| !report.passed()) {
        let manifest = Manifest::parse(&blessed.text, path)?;
        let Some(index) = manifest.cases.iter().position(|case| case.name == report.name) else { continue };
        let edited = expectation(&manifest.cases[index], &report.outcome).and_then(|expect| {
            let text = replace(&blessed.text, &manifest.cases[index], &expect)?;
            let mut wanted = manifest;
            wanted.cases[index].expect = expect;
            // Whatever the layout does to the edit, the file means what it has to mean, or stays.
            let same = Manifest::parse(&text, path).is_ok_and(|read| json(&read) == json(&wanted));
            if same {
                Ok(text)
            } else {
                Err("its layout is none that can be edited: write the expectation by hand".to_owned())
            }
        });
        match edited {
            Ok(text) => {
                blessed.text = text;
                blessed.cases.push(report.name.clone());
            }
            Err(reason) => blessed.left.push((report.name.clone(), reason)),
        }
    }
    Ok(blessed)
}

fn json(manifest: &Manifest) -> serde_json::Value {
    serde_json::to_value(manifest).unwrap_or_default()
}

/// What the case would have to expect: the fields that it looked at, with what came.
fn expectation(case: &Case, outcome: &Result<Score, Fault>) -> Result<Expectation, String> {
    let score = match outcome {
        Ok(score) => score,
        Err(fault) if is_own(fault.kind) || fault.kind == FaultKind::InvalidSettings => {
            return Ok(Expectation { failure: Some(fault.kind), ..Expectation::default() });
        }
        Err(fault) => return Err(format!("{} is no answer to expect: mend the plugin", fault.kind)),
    };
    let old = &case.expect;
    let all = old.failure.is_some();
    let value = match old.value {
        Some(expected) if expected.holds(score.value) => Some(expected),
        _ => Some(ExpectedValue::Exactly(score.value)),
    };
    let sample = case.sample.to_sample();
    Ok(Expectation {
        verdict: (all || old.verdict.is_some()).then_some(score.verdict),
        value: value.filter(|_| all || old.value.is_some()),
        findings: (all || old.findings.is_some()).then(|| findings(&score.findings, &sample)),
        failure: None,
    })
}

fn findings(findings: &[Finding], sample: &Sample) -> Vec<ExpectedFinding> {
    findings.iter().map(|finding| found(finding, sample)).collect()
}

/// The text with another expectation of `case`.
fn replace(text: &str, case: &Case, expect: &Expectation) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = case.line.checked_sub(1).filter(|first| *first < lines.len());
    let first = first.ok_or("it has no line of its own: write the expectation by hand")?;
    let column = key_column(lines[first]);
    if lines[first].get(column..).is_none_or(|rest| rest.starts_with(['{', '[', '*', '&'])) {
        return Err(
            "it is written in braces: write the expectation by hand, or a line for each field".to_owned()
        );
    }
    let inside = |line: &str| is_filler(line) || indent(line) >= column;
    let end = (first + 1..lines.len()).find(|&at| !inside(lines[at])).unwrap_or(lines.len());
    let is_expect = |line: &str| line.get(column..).is_some_and(|rest| rest.starts_with("expect:"));
    let of_case = |at: usize| at == first || indent(lines[at]) == column;
    let start = (first..end).find(|&at| of_case(at) && is_expect(lines[at]));
    let start = start.ok_or("its `expect` has no line of its own: write it by hand")?;
    let next =
        (start + 1..end).find(|&at| !is_filler(lines[at]) && indent(lines[at]) <= column).unwrap_or(end);
    // Blank lines and comments before what follows belong to that.
    let stop = (start + 1..next).rev().find(|&at| !is_filler(lines[at])).map_or(start + 1, |at| at + 1);
    if lines[start..stop].iter().any(|line| has_comment(line)) {
        return Err("there is a comment in its `expect`, which would be lost: write it by hand".to_owned());
    }
    let newline = if lines[start].ends_with("\r\n") { "\r\n" } else { "\n" };
    let mut edited = lines[..start].concat();
    edited.push_str(&lines[start][..column]);
    edited.push_str(&written(expect, column).join(newline));
    edited.push_str(newline);
    edited.push_str(&lines[stop..].concat());
    Ok(edited)
}

/// Where the keys of the mapping stand that begins in `line`, which may begin with the dash of a list.
fn key_column(line: &str) -> usize {
    let spaces = indent(line);
    match line.get(spaces..).and_then(|rest| rest.strip_prefix('-')) {
        Some(rest) => spaces + 1 + indent(rest),
        None => spaces,
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_filler(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Also true for a quoted ` #`, which costs no more than an edit by hand.
fn has_comment(line: &str) -> bool {
    line.trim_start().starts_with('#') || line.contains(" #") || line.contains("\t#")
}

/// The lines of an expectation whose key stands at `column`; the first one without its indent.
fn written(expect: &Expectation, column: usize) -> Vec<String> {
    if let Some(kind) = expect.failure {
        return vec![format!("expect: {{failure: {kind}}}")];
    }
    let inner = " ".repeat(column + 2);
    let mut lines = vec!["expect:".to_owned()];
    if let Some(verdict) = expect.verdict {
        lines.push(format!("{inner}verdict: {}", plain(&serde_json::json!(verdict))));
    }
    if let Some(value) = expect.value {
        lines.push(format!("{inner}value: {}", serde_json::json!(value)));
    }
    match expect.findings.as_deref() {
        None => {}
        Some([]) => lines.push(format!("{inner}findings: []")),
        Some(findings) => {
            lines.push(format!("{inner}findings:"));
            lines.extend(findings.iter().map(|finding| format!("{inner}  - {}", in_braces(finding))));
        }
    }
    lines
}

fn in_braces(finding: &ExpectedFinding) -> String {
    let text = |text: &str| serde_json::json!(text).to_string();
    let kebab = |rule: &str| {
        rule.starts_with(|c: char| c.is_ascii_lowercase())
            && rule.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !matches!(rule, "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n")
    };
    let rule = if kebab(&finding.rule) { finding.rule.clone() } else { text(&finding.rule) };
    let quote =
        finding.quote.as_deref().map_or_else(String::new, |quote| format!(", quote: {}", text(quote)));
    let message = finding
        .message
        .as_deref()
        .map_or_else(String::new, |message| format!(", message: {}", text(message)));
    format!("{{rule: {rule}{quote}{message}}}")
}

/// A word without its quotes.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
