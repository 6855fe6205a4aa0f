//! SARIF 2.1.0, for code scanning: a result for each finding of a failing score, at the sample's line of the dataset.
//!
//! What could not be scored is no result; faults are notifications of the invocation. A rule is `metric/rule`, or the
//! metric alone for a score that failed without findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use scorebox_metrics::Finding;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::{Value, json};

use super::escape::{escape_line, escape_short};
use super::faults::Faults;
use super::stream::Stream;
use super::{ReportError, excerpt, json_text, scores, words};
use crate::run::{Decision, Manifest, RecordError, RunReader, RunState, SampleRecord, ScoreRecord};

/// Results that GitHub takes of one run.
const RESULTS: usize = 25_000;
/// Rules that are described; results of further ones name their metric's.
const RULES: usize = 2_000;
/// Characters of a message.
const MESSAGE: usize = 1_000;
/// Characters that are quoted from a sample.
const QUOTE: usize = 120;

pub(crate) fn write(record: &RunReader, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let mut rules = Rules::new(manifest);
    let mut faults = Faults::default();
    let mut total = 0;
    for sample in record.samples()? {
        let sample = sample?;
        faults.add(&sample);
        for (score, finding) in points(&sample) {
            total += 1;
            rules.add(score, finding.and_then(|index| score.findings.get(index)));
        }
    }
    let notifications = notifications(faults, total);
    let rules = Vec::from_iter(rules.0);
    let location = artifact(&manifest.dataset.path);
    let results = record.samples()?.flat_map(|sample| match sample {
        Ok(sample) => points(&sample)
            .map(|(score, finding)| Ok(result(&sample, score, finding, &rules, &location)))
            .collect(),
        Err(error) => vec![Err(error)],
    });
    let results = Stream::new(results.take(RESULTS));
    let log = Log { manifest, rules: &rules, results: &results, notifications: &notifications };
    let result = json_text::pretty(&log, out);
    results.finish(result)?;
    writeln!(out)?;
    Ok(())
}

/// What a sample is pointed at for: each failing score with each of its findings, or with none.
fn points(sample: &SampleRecord) -> impl Iterator<Item = (&ScoreRecord, Option<usize>)> {
    scores::failed(sample).flat_map(|score| {
        let alone = score.findings.is_empty().then_some(None);
        alone.into_iter().chain((0..score.findings.len()).map(Some)).map(move |finding| (score, finding))
    })
}

/// The rules that are described, by id, with their metric.
struct Rules(BTreeMap<String, String>);

impl Rules {
    fn new(manifest: &Manifest) -> Self {
        Self(
            manifest
                .metrics
                .iter()
                .map(|metric| (rule_id(&metric.name, None), metric.name.clone()))
                .collect(),
        )
    }

    fn add(&mut self, score: &ScoreRecord, finding: Option<&Finding>) {
        if self.0.len() < RULES {
            self.0.entry(rule_id(&score.metric, finding)).or_insert_with(|| score.metric.clone());
        }
    }
}

fn rule_id(metric: &str, finding: Option<&Finding>) -> String {
    // The slash parts the id, so it does not stand in a part.
    let part = |text: &str| escape_short(text, 100).replace('/', "-");
    let rule = finding.map(|finding| format!("/{}", part(&finding.rule))).unwrap_or_default();
    format!("{}{rule}", part(metric))
}

fn result(
    sample: &SampleRecord,
    score: &ScoreRecord,
    finding: Option<usize>,
    rules: &[(String, String)],
    artifact: &Value,
) -> Value {
    let index = finding;
    let finding = finding.and_then(|index| score.findings.get(index));
    let mut id = rule_id(&score.metric, finding);
    let position = |id: &str| rules.binary_search_by(|rule| rule.0.as_str().cmp(id)).ok();
    let mut known = position(&id);
    if known.is_none() {
        id = rule_id(&score.metric, None);
        known = position(&id);
    }
    let mut text = format!("{}: ", escape_short(&sample.id, 100));
    match finding {
        Some(finding) => text.push_str(&escape_short(&finding.message, MESSAGE)),
        None => text.push_str(&scores::reason(score)),
    }
    if finding.is_some_and(|finding| finding.message.is_empty()) {
        text.push_str(&scores::reason(score));
    }
    let mut properties = json!({
        "sample": escape_line(&sample.id),
        "partition": sample.partition,
        "metric": escape_line(&score.metric),
        "value": score.value,
    });
    let quote = finding.and_then(|finding| {
        let span = finding.location?;
        properties["span"] = json!(span);
        let text = excerpt::text(sample, span.field)?;
        Some((span.field, text.get(span.start as usize..span.end as usize)?))
    });
    if let Some((field, quote)) = quote {
        let quote = escape_short(quote, QUOTE);
        // Writing to a string cannot fail.
        let _ = write!(text, " (in {}: “{quote}”)", words::field(field));
    }
    let mut result = json!({
        "ruleId": id,
        "level": "error",
        "message": { "text": message(&text) },
        "locations": [{
            "physicalLocation": { "artifactLocation": artifact, "region": { "startLine": sample.line.max(1) } },
            "logicalLocations": [{
                "name": escape_line(&sample.id),
                "fullyQualifiedName": format!("{}/{}", sample.partition, escape_line(&sample.id)),
                "kind": "member",
            }],
        }],
        "partialFingerprints": { "scorebox/v1": fingerprint(sample, score, index) },
        "properties": properties,
    });
    if let Some(index) = known {
        result["ruleIndex"] = json!(index);
    }
    result
}

/// The same for the same finding in the next run, whatever line the sample is on by then.
fn fingerprint(sample: &SampleRecord, score: &ScoreRecord, finding: Option<usize>) -> String {
    let mut hasher = blake3::Hasher::new();
    let rule = finding.and_then(|index| score.findings.get(index)).map_or("", |finding| &finding.rule);
    // Several findings of a rule in one sample are told apart by their order.
    let before =
        finding.map_or(0, |index| score.findings[..index].iter().filter(|other| other.rule == rule).count());
    for part in [sample.id.as_str(), &score.metric, rule] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&(before as u64).to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

fn notifications(faults: Faults, results: usize) -> Vec<Value> {
    let mut notifications: Vec<Value> = faults
        .into_groups()
        .into_iter()
        .map(|group| {
            let text = format!(
                "{} on {} ({}): {}",
                group.title(),
                words::count(group.count, "sample"),
                group.samples(),
                escape_short(&group.message, MESSAGE)
            );
            json!({ "descriptor": { "id": group.kind.name() }, "level": "error", "message": { "text": message(&text) } })
        })
        .collect();
    if results > RESULTS {
        let text = format!("{} are left out", words::count((results - RESULTS) as u64, "further result"));
        notifications.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    notifications
}

/// Text as a SARIF message: braces are doubled, or they would be placeholders, and brackets escaped, or they would be
/// links (SARIF 2.1.0, 3.11.5 and 3.11.6).
fn message(text: &str) -> String {
    let mut message = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' | '}' => message.extend([c, c]),
            '[' | ']' | '\\' => message.extend(['\\', c]),
            c => message.push(c),
        }
    }
    message
}

/// Where the dataset lies: relative to the root of the sources, unless it is an absolute path.
fn artifact(path: &str) -> Value {
    let mut uri = String::new();
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            // Writing to a string cannot fail.
            byte => drop(write!(uri, "%{byte:02X}")),
        }
    }
    match uri.starts_with('/') {
        true => json!({ "uri": format!("file://{uri}") }),
        false => json!({ "uri": uri, "uriBaseId": "%SRCROOT%" }),
    }
}

/// The whole file, in an order in which it can be streamed.
struct Log<'a, I> {
    manifest: &'a Manifest,
    rules: &'a [(String, String)],
    results: &'a Stream<I>,
    notifications: &'a [Value],
}

impl<I: Iterator<Item = Result<Value, RecordError>>> Serialize for Log<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_struct("Log", 3)?;
        log.serialize_field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")?;
        log.serialize_field("version", "2.1.0")?;
        log.serialize_field("runs", &[Run(self)])?;
        log.end()
    }
}

struct Run<'a, I>(&'a Log<'a, I>);

impl<I: Iterator<Item = Result<Value, RecordError>>> Serialize for Run<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Log { manifest, rules, results, notifications } = self.0;
        let rules: Vec<_> = rules
            .iter()
            .map(|(id, metric)| {
                let stamp = manifest.metrics.iter().find(|stamp| stamp.name == *metric);
                let summary = stamp.map_or(metric.as_str(), |stamp| &stamp.descriptor.summary);
                json!({ "id": id, "shortDescription": { "text": message(&escape_short(summary, MESSAGE)) } })
            })
            .collect();
        let version = &manifest.versions.scorebox;
        let mut run = serializer.serialize_struct("Run", 6)?;
        run.serialize_field(
            "tool",
            &json!({ "driver": {
                "name": "Scorebox",
                "semanticVersion": version,
                "rules": rules,
            }}),
        )?;
        run.serialize_field(
            "automationDetails",
            &json!({ "id": format!("scorebox/{}/", escape_line(&manifest.name)) }),
        )?;
        run.serialize_field("columnKind", "unicodeCodePoints")?;
        run.serialize_field("results", results)?;
        run.serialize_field(
            "invocations",
            &json!([{
                "executionSuccessful": could_say(manifest),
                "startTimeUtc": manifest.started_at,
                "toolExecutionNotifications": notifications,
            }]),
        )?;
        run.serialize_field("properties", &json!({ "run": escape_line(&manifest.run) }))?;
        run.end()
    }
}
/// Whether the absence of results means that there is nothing to find.
fn could_say(manifest: &Manifest) -> bool {
    let outcome = manifest.summary.as_ref().map(|summary| summary.outcome);
    manifest.state == RunState::Finished && matches!(outcome, Some(Decision::Pass | Decision::Fail))
}
