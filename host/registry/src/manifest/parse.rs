//! From the text of a `plugin.yaml` to a manifest.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::case::Case;
use super::error::Mistake;
use super::{AskedGrants, AskedLimits, Language, Manifest, check};

/// Largest file: 1 MiB.
const MAX_BYTES: u64 = 1 << 20;

/// The file as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    version: String,
    summary: String,
    licence: String,
    #[serde(default)]
    authors: Vec<String>,
    source: Option<String>,
    language: Option<Language>,
    #[serde(default)]
    grants: AskedGrants,
    #[serde(default)]
    limits: AskedLimits,
    #[serde(default)]
    cases: Vec<Spanned<Case>>,
}

/// The text of the file at `path`, if it is one.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    // Before it is opened: opening a pipe waits for somebody to write.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("this is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it has more than the {MAX_BYTES} bytes that are allowed")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::other(format!("it is not UTF-8 at byte {at}: save it as UTF-8"))
    })
}

/// Reads a manifest, or says what is wrong: the first mistake of its shape, else all of its values.
pub(crate) fn parse(text: &str) -> Result<Manifest, Vec<Mistake>> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
    };
    let path = RefCell::new(String::new());
    let written = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_path_to_error::deserialize::<_, Written>(deserializer).map_err(|error| {
            *path.borrow_mut() = error.path().to_string();
            error.into_inner()
        })
    });
    let written = written.map_err(|error| vec![shape(&error, &path.borrow(), text)])?;
    let cases = written.cases.into_iter().map(|case| {
        let line = usize::try_from(case.referenced.line()).unwrap_or(0);
        Case { line, ..case.value }
    });
    let manifest = Manifest {
        name: written.name,
        version: written.version,
        summary: written.summary,
        licence: written.licence,
        authors: written.authors,
        source: written.source,
        language: written.language,
        grants: written.grants,
        limits: written.limits,
        cases: cases.collect(),
        cases_left_out: 0,
    };
    let mistakes = check::check(&manifest, &|field| line_of(text, field));
    if mistakes.is_empty() { Ok(manifest) } else { Err(mistakes) }
}

/// The line of the file's own field `field`, from 1; the first one where it stands in no line of its own.
pub(crate) fn line_of(text: &str, field: &str) -> usize {
    let is_field = |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.starts_with(':'));
    text.lines().position(is_field).map_or(1, |index| index + 1)
}

/// A mistake that the parser found.
fn shape(error: &serde_saphyr::Error, path: &str, text: &str) -> Mistake {
    let line = error.location().map_or(1, |location| usize::try_from(location.line()).unwrap_or(1));
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default();
    // The place is said before; the library's own words for it would say it twice.
    let message =
        message.split_once("column ").and_then(|(_, rest)| rest.split_once(": ")).map_or(message, |(_, m)| m);
    let message = message.trim_start_matches("error: ").split(" at line ").next().unwrap_or_default();
    if message.starts_with("multiple YAML documents") {
        return Mistake::new(
            line,
            "a plugin.yaml is one document",
            "remove everything from the second `---` on",
        );
    }
    if let Some(key) = message.strip_prefix("duplicate mapping key: ") {
        let key = key.split(',').next().unwrap_or(key);
        return Mistake::new(line, format!("`{key}` stands here twice"), "keep one of the two");
    }
    // Cases are read with their places, which the path shows as a field.
    let field = path.replace("].value", "]");
    let field = field.trim_matches('.');
    let message = match message {
        "expected mapping start" => "this has to be a mapping",
        "expected sequence start" => "this has to be a list",
        "expected string scalar" => "this has to be a text",
        message => message,
    };
    let of_the_file = [
        "missing field",
        "unknown field",
        "unknown variant",
        "invalid",
        "expected",
        "unexpected",
        "cannot",
        "non-finite",
        "this has to be",
    ];
    if !of_the_file.iter().any(|start| message.starts_with(start)) {
        let help = if text.contains('\t') { "indent with spaces, not tabs" } else { "" };
        return Mistake::new(line, format!("this is no YAML: {message}"), help);
    }
    // What is missing from the whole file has no line.
    let line = if field.is_empty() { 1 } else { line };
    let place = if field.is_empty() { String::new() } else { format!("`{field}`: ") };
    Mistake::new(line, format!("{place}{message}"), help(message, field))
}

/// What to write instead, by the last name of the path.
fn help(message: &str, path: &str) -> String {
    let name = match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        Some(missing) => missing,
        None if message.starts_with("unknown") => return String::new(),
        None => path.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default(),
    };
    let in_case = path.starts_with("cases[");
    let example = match name {
        "name" if in_case => "name: names a competitor",
        "name" => "name: my-check",
        "version" => "version: 1.0.0",
        "summary" => "summary: The answer names no competitor.",
        "licence" => "licence: MIT OR Apache-2.0",
        "authors" => "authors: [Jo Doe <jo@example.org>]",
        "source" => "source: https://example.org/repo",
        "language" => "language: rust",
        "grants" => "grants: {model: true}",
        "limits" | "fuel" | "fuel_per_byte" | "memory" => "limits: {fuel_per_byte: 50000}",
        "model" => "model: true",
        "http" => "http: [api.example.com]",
        "files" | "as" => "files: [{as: /reference}]",
        "cases" => "cases: [{name: is empty, sample: {output: \"\"}, expect: {verdict: pass}}]",
        "settings" => "settings: {terms: [synergy]}",
        "sample" => "sample: {output: Try Acme instead.}",
        "output" => "output: Try Acme instead.",
        "input" => "input: What do you recommend?",
        "expected" => "expected: The Team plan.",
        "context" => "context: [The Team plan costs 9 euros.]",
        "conversation" => "conversation: [{role: user, content: Hello}]",
        "metadata" => "metadata: {channel: mail}",
        "expect" => "expect: {verdict: fail}",
        "verdict" => "verdict: fail",
        "value" => "value: {min: 0, max: 0.5}",
        "min" => "min: 0",
        "max" => "max: 0.5",
        "findings" | "rule" | "quote" | "message" => "findings: [{rule: competitor, quote: Acme}]",
        "failure" => "failure: invalid-settings",
        _ => return String::new(),
    };
    format!("write for example `{example}`")
}
