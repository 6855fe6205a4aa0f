//! What the types of a manifest do not check.

use std::collections::BTreeMap;

use serde_json::Value;

use super::case::{Bounds, Case, Expectation, ExpectedValue};
use super::error::Mistake;
use super::{AskedGrants, Manifest};
use crate::scaffold::kebab;

/// Cases of one manifest.
const MAX_CASES: usize = 1000;
/// Bytes of a case's name, an author, a licence, a source.
const MAX_LINE: usize = 200;
/// Bytes of a summary, as descriptors have them.
const MAX_SUMMARY: usize = 1000;
/// Entries of a list that is no list of cases.
const MAX_ENTRIES: usize = 100;

/// Everything that is wrong; `line_of` knows where each field of the file stands.
pub(crate) fn check(manifest: &Manifest, line_of: &dyn Fn(&str) -> usize) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut say = |field: &str, message: String, help: &str| {
        mistakes.push(Mistake::new(line_of(field), message, help));
    };
    let Manifest { name, version, summary, licence, authors, source, grants, limits, .. } = manifest;
    let kebab = kebab(name);
    if kebab != *name {
        let message = format!(
            "`name` is {name:.100?}, and has to be at most 64 lower-case letters, digits and single dashes"
        );
        say("name", message, &format!("write for example `name: {kebab}`"));
    }
    if version.len() > 64 || semver::Version::parse(version).is_err() {
        let message = format!("`version` is {version:.100?}, and has to be a semantic version");
        say("version", message, "write for example `version: 1.0.0`");
    }
    if let Some(wrong) = wrong_line(summary, MAX_SUMMARY) {
        say("summary", format!("`summary` {wrong}"), "write one sentence that says what the check is for");
    }
    if let Some(wrong) = wrong_line(licence, MAX_LINE) {
        say("licence", format!("`licence` {wrong}"), "write for example `licence: MIT OR Apache-2.0`");
    } else if !is_licence(licence) {
        let message = format!("`licence` is {licence:.100?}, and has to be an SPDX expression");
        say(
            "licence",
            message,
            "write for example `licence: MIT OR Apache-2.0`, or `LicenseRef-proprietary`",
        );
    }
    if authors.len() > MAX_ENTRIES {
        say("authors", format!("there are {} authors", authors.len()), "name at most 100");
    }
    for wrong in authors.iter().filter_map(|author| wrong_line(author, MAX_LINE)) {
        say(
            "authors",
            format!("an author {wrong}"),
            "write for example `authors: [Jo Doe <jo@example.org>]`",
        );
    }
    if let Some(source) = source
        && (wrong_line(source, MAX_LINE).is_some() || !is_address(source))
    {
        let message = format!("`source` is {source:.100?}, and has to be an address");
        say("source", message, "write for example `source: https://example.org/repo`");
    }
    for (message, help) in wrong_grants(grants) {
        say("grants", message, help);
    }
    for (message, help) in limits.wrong() {
        say("limits", message, &help);
    }
    if manifest.cases.len() > MAX_CASES {
        let message = format!("there are {} cases, more than {MAX_CASES}", manifest.cases.len());
        say("cases", message, "make a dataset of them, and a suite");
    }
    cases(&manifest.cases, &mut mistakes);
    mistakes
}

/// What is wrong with a text that has to be a line.
fn wrong_line(text: &str, most: usize) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    if text.len() > most {
        return Some(format!("has {} bytes, more than {most}", text.len()));
    }
    let control = text.chars().any(char::is_control);
    control.then(|| format!("is {text:.100?}, and has to be one line without control characters"))
}

/// Identifiers and the operators between them; whether an identifier is on SPDX's list is not looked at.
fn is_licence(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | ':'))
    };
    let spaced = text.replace(['(', ')'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let operator = |text: &str| matches!(text, "AND" | "OR" | "WITH");
    words.iter().enumerate().all(|(index, text)| word(text) && operator(text) == (index % 2 == 1))
        && words.len() % 2 == 1
}

fn is_address(text: &str) -> bool {
    let rest =
        ["https://", "http://", "ssh://", "git://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn wrong_grants(grants: &AskedGrants) -> Vec<(String, &'static str)> {
    let mut wrong = Vec::new();
    if grants.http.len() > MAX_ENTRIES || grants.files.len() > MAX_ENTRIES {
        wrong.push(("`grants` asks for more than 100 hosts or directories".to_owned(), "ask for fewer"));
    }
    for host in &grants.http {
        let named = host.trim_start_matches("https://").trim_start_matches("http://");
        let sound = !named.is_empty()
            && host.len() <= 255
            && named.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
        if !sound {
            let message = format!("`http` names {host:.100?}, which is no host");
            wrong.push((message, "write for example `http: [api.example.com]`; a pattern is not possible"));
        }
    }
    for files in &grants.files {
        let name = &files.name;
        let parts = name.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
        let sound = name.len() <= 255
            && !name.chars().any(char::is_control)
            && parts.is_some_and(|parts| !parts.iter().any(|part| matches!(*part, "" | "." | "..")));
        if !sound {
            let message =
                format!("`as` is {name:.100?}, and has to be an absolute path in its shortest form");
            wrong.push((message, "write for example `files: [{as: /reference}]`"));
        }
    }
    wrong
}

fn cases(cases: &[Case], mistakes: &mut Vec<Mistake>) {
    let mut names: BTreeMap<&str, &Case> = BTreeMap::new();
    let mut questions: BTreeMap<String, &Case> = BTreeMap::new();
    for case in cases {
        let mut say = |message: String, help: &str| mistakes.push(Mistake::new(case.line, message, help));
        if let Some(wrong) = wrong_line(&case.name, MAX_LINE) {
            say(format!("the name of a case {wrong}"), "say what the case shows: `name: names a competitor`");
        }
        if let Some(first) = names.insert(&case.name, case) {
            let message = format!("two cases are called {:?}, the other one{}", case.name, at(first));
            say(message, "give each a name of its own");
        }
        if let Some((message, help)) = wrong_expectation(&case.expect) {
            say(format!("case {:?}: {message}", case.name), help);
        }
        let question = question(case);
        match questions.get(&question) {
            Some(first) if first.expect != case.expect => {
                let message = format!(
                    "case {:?} contradicts case {:?}{}: settings and sample are the same, and what is expected is not",
                    case.name,
                    first.name,
                    at(first)
                );
                say(message, "keep one of the two");
            }
            Some(_) => {}
            None => {
                questions.insert(question, case);
            }
        }
    }
}

fn at(case: &Case) -> String {
    if case.line == 0 { String::new() } else { format!(" in line {}", case.line) }
}

/// Settings and sample, the same text where they mean the same.
fn question(case: &Case) -> String {
    let sample = serde_json::to_value(&case.sample).unwrap_or_default();
    sorted(&Value::Array(vec![Value::Object(case.settings.clone()), sample])).to_string()
}

/// The value with the keys of its objects in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let entries: BTreeMap<&String, Value> =
                map.iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        other => other.clone(),
    }
}

fn wrong_expectation(expect: &Expectation) -> Option<(String, &'static str)> {
    let score = expect.verdict.is_some() || expect.value.is_some() || expect.findings.is_some();
    if expect.failure.is_some() && score {
        let message = "`expect` names a failure and a score, and there is only one of them".to_owned();
        return Some((message, "keep `failure`, or `verdict`, `value` and `findings`"));
    }
    if expect.failure.is_none() && !score {
        return Some(("`expect` expects nothing".to_owned(), "write for example `expect: {verdict: fail}`"));
    }
    match expect.value {
        Some(ExpectedValue::Within(Bounds { min: Some(min), max: Some(max) })) if min > max => {
            let message = format!("`value` is from {min} to {max}, and no value is");
            return Some((message, "write the smaller number as `min`"));
        }
        Some(ExpectedValue::Within(Bounds { min: None, max: None })) => {
            return Some((
                "`value` has no bound".to_owned(),
                "write for example `value: {min: 0, max: 0.5}`",
            ));
        }
        Some(ExpectedValue::Exactly(value)) if !value.is_finite() => {
            return Some(("`value` is not finite, and no score is".to_owned(), "write a number"));
        }
        _ => {}
    }
    let rules = expect.findings.iter().flatten().map(|finding| &finding.rule);
    let empty = rules.filter(|rule| rule.trim().is_empty()).count() > 0;
    empty.then(|| ("a finding has an empty `rule`".to_owned(), "write the rule that the finding has to have"))
}
