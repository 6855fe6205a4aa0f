//! What machines read is well-formed, keeps its schema, and says the same as the record.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::fixture::{everything, hostile, manifest, sample, samples, score, write};
use super::{Format, Options, render};
use crate::run::{RunState, SampleRecord, SampleVerdict};
use scorebox_metrics::{Finding, Verdict};

#[test]
fn sarif_keeps_the_schema() {
    // The published pattern of languages has a bracket too many.
    let schema = include_str!("sarif-2.1.0.schema.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for record in [everything(), hostile()] {
        let log: Value = serde_json::from_str(&render(Format::Sarif, &record, &Options::default())).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap();
            assert_eq!(rules[index as usize]["id"], result["ruleId"]);
        }
    }
}

#[test]
fn sarif_fingerprints_tell_findings_apart_and_stay() {
    let results = |record| -> Vec<Value> {
        let log: Value = serde_json::from_str(&render(Format::Sarif, &record, &Options::default())).unwrap();
        log["runs"][0]["results"].as_array().unwrap().clone()
    };
    let prints = |results: Vec<Value>| -> Vec<String> {
        results.iter().map(|result| result["partialFingerprints"]["scorebox/v1"].to_string()).collect()
    };
    let here = prints(results(everything()));
    let mut moved = samples();
    moved.iter_mut().for_each(|sample| sample.line += 100);
    assert_eq!(here, prints(results(write(&manifest(&moved), &moved))));
    let distinct: std::collections::BTreeSet<_> = here.iter().collect();
    assert_eq!(distinct.len(), here.len());
}

#[test]
fn sarif_takes_no_more_than_github_does() {
    let mut long = sample("long");
    long.verdict = SampleVerdict::Fail;
    let mut failed = score("names", 0.0, Verdict::Fail);
    let finding = |index: usize| Finding { rule: format!("r{index}"), message: "m".into(), location: None };
    failed.findings = (0..10_000).map(finding).collect();
    long.scores = vec![failed];
    let samples: Vec<SampleRecord> =
        (0..3).map(|index| SampleRecord { id: format!("long-{index}"), ..long.clone() }).collect();
    let record = write(&manifest(&samples), &samples);
    let log: Value = serde_json::from_str(&render(Format::Sarif, &record, &Options::default())).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 2_000);
    assert!(run["invocations"][0].to_string().contains("5,000 further results are left out"));
}

#[test]
fn junit_is_well_formed_and_counts_what_it_holds() {
    for record in [everything(), hostile()] {
        let text = render(Format::Junit, &record, &Options::default());
        let mut reader = Reader::from_str(&text);
        let mut counts = BTreeMap::<String, u64>::new();
        let mut said = BTreeMap::<String, u64>::new();
        let mut depth = 0;
        loop {
            let event = reader.read_event().unwrap();
            let (element, opens) = match &event {
                Event::Start(element) => (element, true),
                Event::Empty(element) => (element, false),
                Event::End(_) => {
                    depth -= 1;
                    continue;
                }
                Event::Eof => break,
                _ => continue,
            };
            depth += i32::from(opens);
            let name = element.name().as_ref().to_owned();
            for attribute in element.attributes() {
                let attribute = attribute.unwrap();
                let key = attribute.key.as_ref().to_owned();
                let value = attribute.value;
                if name == "testsuites" && key != "name" && key != "time" {
                    said.insert(key, value.parse().unwrap());
                }
            }
            *counts.entry(name).or_default() += 1;
        }
        assert_eq!(depth, 0);
        for (attribute, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(said[attribute], counts.get(element).copied().unwrap_or(0), "{attribute}");
        }
        let legal =
            |c: char| matches!(c, '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(legal), "only characters that XML 1.0 allows");
    }
}

#[test]
fn json_holds_the_record() {
    let record = everything();
    let report: Value = serde_json::from_str(&render(Format::Json, &record, &Options::default())).unwrap();
    assert_eq!(report["manifest"]["run"], "2030-01-02T03-04-05Z-support-bot");
    assert_eq!(report["summary"]["outcome"], "fail");
    let failing: Vec<SampleRecord> = serde_json::from_value(report["failing"].clone()).unwrap();
    let bad = |sample: &SampleRecord| matches!(sample.verdict, SampleVerdict::Fail | SampleVerdict::Faulted);
    assert_eq!(failing, samples().into_iter().filter(bad).collect::<Vec<_>>());
}

#[test]
fn a_run_that_was_killed_is_counted_anew() {
    let samples = samples();
    let whole = manifest(&samples);
    let mut killed = whole.clone();
    killed.state = RunState::Running;
    killed.summary = None;
    let record = write(&killed, &samples);
    let report: Value = serde_json::from_str(&render(Format::Json, &record, &Options::default())).unwrap();
    let summary = whole.summary.unwrap();
    assert_eq!(report["summary"]["total"], serde_json::to_value(summary.total).unwrap());
    assert_eq!(report["summary"]["metrics"], serde_json::to_value(&summary.metrics).unwrap());
    assert_eq!(report["summary"]["gates"], serde_json::json!([]));
    let terminal = super::uncoloured(&render(Format::Terminal, &record, &Options::default()));
    assert!(terminal.contains("none was decided"), "{terminal}");
    assert!(terminal.trim_end().ends_with("NOT FINISHED  6 samples scored"), "{terminal}");
}

#[test]
fn a_broken_record_is_an_error_in_every_format() {
    let record = everything();
    std::fs::write(record.directory.path().join(crate::run::SAMPLES), "{}\n").unwrap();
    for format in Format::ALL {
        let result = super::write(format, &record.reader, &Options::default(), &mut Vec::new());
        assert!(matches!(result, Err(super::super::ReportError::Record(_))), "{format}: {result:?}");
    }
}
