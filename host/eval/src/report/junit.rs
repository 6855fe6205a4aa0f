//! JUnit XML: a suite for each partition with a case for each sample and metric, and a suite for the gates.
//!
//! A fail is a failure and a fault an error; a skipped metric is skipped, and an unjudged one is a case that passes. The
//! file is written as the record is read, once to count and once for each partition, so that it can be larger than
//! memory; that is why `quick-junit`, which builds the whole report first, is not used.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::escape::{escape, escape_line, escape_short};
use super::excerpt::{excerpt, plain};
use super::overview::Overview;
use super::{ReportError, scores, words};
use crate::dataset::Partition;
use crate::run::{Decision, GateResult, RunReader, SampleRecord, ScoreRecord};

/// Findings of one score that are written out.
const FINDINGS: usize = 20;
/// Columns of excerpts.
const WIDTH: usize = 100;
/// Characters of an attribute.
const ATTRIBUTE: usize = 1000;

/// What a suite says of its cases before they come.
#[derive(Debug, Default, Clone, Copy)]
struct Cases {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

impl Cases {
    fn add(&mut self, sample: &SampleRecord) {
        if sample.fault.is_some() {
            self.tests += 1;
            self.errors += 1;
        }
        for score in &sample.scores {
            self.tests += 1;
            match words::score_verdict(score) {
                "fail" => self.failures += 1,
                "faulted" => self.errors += 1,
                "skipped" => self.skipped += 1,
                _ => {}
            }
        }
    }

    fn of_gates(gates: &[GateResult]) -> Self {
        let failures = gates.iter().filter(|gate| gate.decision == Decision::Fail).count() as u64;
        let passed = gates.iter().filter(|gate| gate.decision == Decision::Pass).count() as u64;
        let tests = gates.len() as u64;
        Self { tests, failures, errors: tests - failures - passed, skipped: 0 }
    }

    fn sum(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }

    fn attributes(self, mut start: BytesStart<'_>) -> BytesStart<'_> {
        for (name, count) in [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ] {
            start.push_attribute((name, count.to_string().as_str()));
        }
        start
    }
}

pub(crate) fn write(record: &RunReader, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let gates = Overview::of(record)?.summary.gates;
    let mut partitions = [Cases::default(); Partition::ALL.len()];
    for sample in record.samples()? {
        let sample = sample?;
        partitions[sample.partition as usize].add(&sample);
    }
    let of_gates = Cases::of_gates(&gates);
    let total = partitions.into_iter().fold(of_gates, Cases::sum);
    let seconds = format!("{}.{:03}", manifest.elapsed_ms / 1000, manifest.elapsed_ms % 1000);

    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", escape_short(&manifest.name, ATTRIBUTE).as_str()));
    root = total.attributes(root);
    root.push_attribute(("time", seconds.as_str()));
    xml.write_event(Event::Start(root))?;
    if of_gates.tests > 0 {
        open_suite("gates", of_gates, &manifest.started_at, &mut xml)?;
        for gate in &gates {
            write_gate(gate, &mut xml)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    for partition in Partition::ALL {
        let cases = partitions[partition as usize];
        if cases.tests == 0 {
            continue;
        }
        open_suite(partition.name(), cases, &manifest.started_at, &mut xml)?;
        for sample in record.samples()? {
            let sample = sample?;
            if sample.partition == partition {
                write_sample(&sample, &mut xml)?;
            }
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.get_mut())?;
    Ok(())
}

type Xml<'a> = Writer<&'a mut dyn Write>;

fn open_suite(name: &str, cases: Cases, timestamp: &str, xml: &mut Xml<'_>) -> io::Result<()> {
    let mut suite = BytesStart::new("testsuite");
    suite.push_attribute(("name", name));
    suite = cases.attributes(suite);
    suite.push_attribute(("timestamp", escape_line(timestamp).as_str()));
    xml.write_event(Event::Start(suite))
}

fn write_gate(gate: &GateResult, xml: &mut Xml<'_>) -> io::Result<()> {
    let case = case(&gate.gate, "gates");
    match gate.decision {
        Decision::Pass => xml.write_event(Event::Empty(case)),
        decision => {
            let element = if decision == Decision::Fail { "failure" } else { "error" };
            xml.write_event(Event::Start(case))?;
            write_result(element, words::decision(decision), &gate.reason, "", xml)?;
            xml.write_event(Event::End(BytesEnd::new("testcase")))
        }
    }
}

fn write_sample(sample: &SampleRecord, xml: &mut Xml<'_>) -> io::Result<()> {
    let partition = sample.partition.name();
    if let Some(fault) = &sample.fault {
        xml.write_event(Event::Start(case(&sample.id, &format!("{partition}.{}", scores::SUBJECT))))?;
        write_result("error", fault.kind.name(), &fault.message, "", xml)?;
        xml.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    for score in &sample.scores {
        xml.write_event(Event::Start(case(&sample.id, &format!("{partition}.{}", score.metric))))?;
        write_score(sample, score, xml)?;
        xml.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    Ok(())
}

fn write_score(sample: &SampleRecord, score: &ScoreRecord, xml: &mut Xml<'_>) -> io::Result<()> {
    if let Some(value) = score.value {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", "value"));
        property.push_attribute(("value", words::number(value).as_str()));
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        xml.write_event(Event::Empty(property))?;
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
    }
    match words::score_verdict(score) {
        "fail" => write_result("failure", "fail", &scores::reason(score), &details(sample, score), xml),
        "skipped" => xml.write_event(Event::Empty(BytesStart::new("skipped"))),
        _ => match &score.fault {
            Some(fault) => write_result("error", fault.kind.name(), &fault.message, "", xml),
            None => Ok(()),
        },
    }
}

fn details(sample: &SampleRecord, score: &ScoreRecord) -> String {
    let mut text = format!(
        "input: {}\noutput: {}\n",
        escape_short(&sample.input, ATTRIBUTE),
        escape_short(sample.output.as_deref().unwrap_or_default(), ATTRIBUTE)
    );
    let shown = &score.findings[..score.findings.len().min(FINDINGS)];
    for line in excerpt(sample, shown, WIDTH) {
        text.push_str(&plain(&line));
        text.push('\n');
    }
    let more = score.findings.len() - shown.len();
    if more > 0 {
        text.push_str(&format!("and {}\n", words::count(more as u64, "more finding")));
    }
    text
}

fn case(name: &str, class: &str) -> BytesStart<'static> {
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("name", escape_short(name, ATTRIBUTE).as_str()));
    case.push_attribute(("classname", escape_short(class, ATTRIBUTE).as_str()));
    case
}

fn write_result(
    element: &str,
    kind: &str,
    message: &str,
    details: &str,
    xml: &mut Xml<'_>,
) -> io::Result<()> {
    let mut result = BytesStart::new(element);
    result.push_attribute(("message", escape_short(message, ATTRIBUTE).as_str()));
    result.push_attribute(("type", kind));
    if details.is_empty() {
        return xml.write_event(Event::Empty(result));
    }
    xml.write_event(Event::Start(result))?;
    xml.write_event(Event::Text(BytesText::new(&escape(details))))?;
    xml.write_event(Event::End(BytesEnd::new(element)))
}
