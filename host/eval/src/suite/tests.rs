//! Every mistake that a suite can have, with the words that a person gets for it.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::model::*;
use super::parse::parse;
use crate::dataset::Partition;

const SOUND: &str = "\
name: support
dataset: dataset.jsonl
subject: {recorded: answers.jsonl}
limits: {memory: 32MiB}
metrics:
  exact-match:
  names-no-competitor:
    plugin: checks/competitor.wasm
    settings: {terms: [Kerfsoft], nested: {no: yes, n: 007}}
    partitions: [golden, regression]
    limits: {fuel: 1000, deadline: 500ms}
  overlap:
    builtin: token-f1
    threshold: {golden: 0.8, default: {min: 0.4, max: 1}}
    missing: skip
gates:
  golden: 100%
  all: {pass_rate: 90%, max_faults: 0.01, min_samples: 50, evidence: interval}
budget: {golden: 5m, all: 1h30m}
isolation: process
";

/// A directory that holds the files which the suites below name.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("reference")).unwrap();
    for name in ["dataset.jsonl", "answers.jsonl"] {
        std::fs::write(directory.path().join(name), "").unwrap();
    }
    directory
}

#[test]
fn reads_everything_that_a_suite_can_say() {
    let directory = directory();
    let suite = parse(&directory.path().join("scorebox.yaml"), SOUND).unwrap();
    assert_eq!(suite.name, "support");
    assert_eq!(suite.subject, Subject::Recorded(directory.path().join("answers.jsonl")));
    let [exact, plugin, overlap] = suite.metrics.as_slice() else { panic!("{:?}", suite.metrics) };
    assert_eq!(exact.source, MetricSource::Builtin("exact-match".into()));
    assert_eq!(plugin.source, MetricSource::Plugin(directory.path().join("checks/competitor.wasm")));
    let settings = serde_json::json!({"terms": ["Kerfsoft"], "nested": {"no": "yes", "n": "007"}});
    assert_eq!(plugin.settings, settings, "neither `yes` nor `007` changes its kind");
    assert_eq!(plugin.partitions, [Partition::Golden, Partition::Regression]);
    assert_eq!((plugin.limits.fuel, plugin.limits.memory), (1000, 32 << 20));
    assert_eq!(plugin.limits.deadline, Duration::from_millis(500));
    assert_eq!(overlap.threshold(Partition::Golden).unwrap().min, Some(0.8));
    assert_eq!(overlap.threshold(Partition::Adversarial).unwrap().max, Some(1.0));
    assert_eq!(overlap.missing, Missing::Skip);
    let all = suite.gates[&Tier::All];
    assert_eq!(
        (all.pass_rate, all.max_faults, all.min_samples, all.evidence),
        (0.9, 0.01, 50, Evidence::Interval)
    );
    assert_eq!(suite.budgets[&Tier::All], Duration::from_secs(5400));
    assert_eq!(suite.isolation, Isolation::Process);
}

#[test]
fn reads_every_limit_and_every_grant() {
    let directory = directory();
    let limits = "fuel: 7, fuel_per_byte: 0, memory: 2MiB, table_elements: 3, instances: 4, handles: 5, deadline: 20ms, \
        returned_bytes: 1KiB, log_bytes: 0, host_calls: 6, http_bytes: 1MiB, http_requests: 0, model_calls: 8, \
        model_tokens: 9";
    let text = format!(
        "dataset: dataset.jsonl\nmetrics:\n  a:\n    plugin: a.wasm\n    limits: {{{limits}}}\n    grants:\n      \
         model: true\n      files: [{{dir: reference, as: /reference}}]\n      http:\n        - API.example.com\n        \
         - {{host: \"http://localhost:8080\", private: true, headers: {{Authorization: \"Bearer ${{TOKEN}}\"}}}}\n  b:\n    \
         plugin: b.wasm\n"
    );
    let mut suite = parse(&directory.path().join("scorebox.yaml"), &text).unwrap();
    let set: Vec<u64> = suite.metrics[0].limits.by_name().iter().map(|(_, value)| *value).collect();
    assert_eq!(set, [7, 0, 2 << 20, 3, 4, 5, 20, 1024, 0, 6, 1 << 20, 0, 8, 9]);
    assert!(suite.metrics[1].grants.is_empty(), "none by default");
    suite.resolve_secrets(&|name| (name == "TOKEN").then(|| "s3cret".into())).unwrap();
    let grants = &suite.metrics[0].grants;
    assert!(grants.model);
    assert_eq!(grants.files[0].dir, directory.path().join("reference").canonicalize().unwrap());
    let [api, local] = grants.http.as_slice() else { panic!("{grants:?}") };
    assert_eq!((api.host.as_str(), api.port, api.plain, api.private), ("api.example.com", 443, false, false));
    assert_eq!(
        (local.host.as_str(), local.port, local.plain, local.private),
        ("localhost", 8080, true, true)
    );
    assert_eq!(
        (local.headers[0].name.as_str(), local.headers[0].value.as_str()),
        ("authorization", "Bearer s3cret")
    );
    let written = serde_json::to_string(grants).unwrap();
    assert!(written.contains("authorization") && !written.contains("s3cret"), "{written}");
    assert!(!format!("{suite:?}").contains("s3cret"));
}

#[test]
fn a_secret_that_is_not_there_is_shown_at_its_place() {
    let directory = directory();
    let text = "dataset: dataset.jsonl\nmetrics:\n  a:\n    plugin: a.wasm\n    grants:\n      http:\n        - host: api.example.com\n          headers:\n            authorization: Bearer ${TOKEN}\n            x-account: ${BROKEN}\n";
    let mut suite = parse(&directory.path().join("scorebox.yaml"), text).unwrap();
    let variable = |name: &str| (name == "BROKEN").then(|| "s3cret\n".into());
    let error = suite.resolve_secrets(&variable).unwrap_err();
    let error = error.to_string().replace(&format!("{}/", directory.path().display()), "");
    insta::assert_snapshot!(error);
}

#[test]
fn a_bare_threshold_goes_the_way_that_is_better() {
    let bare = Threshold { min: Some(2.0), max: None, directed: false };
    assert!(bare.for_direction(true).missed_by(1.0).is_some());
    assert!(bare.for_direction(false).missed_by(1.0).is_none());
    assert!(bare.for_direction(false).missed_by(3.0).is_some());
    let directed = Threshold { directed: true, ..bare };
    assert!(directed.for_direction(false).missed_by(1.0).is_some());
}

/// The beginning of a suite up to the metric `a`.
const METRIC: &str = "dataset: dataset.jsonl\nmetrics:\n  ";

/// Suites, each with mistakes; `…` stands for a sound beginning.
const MISTAKES: &[&str] = &[
    "",
    "- a\n- b\n",
    "just text",
    "dataset: [\n",
    "dataset: dataset.jsonl\n\tmetrics: {}\n",
    "dataset: dataset.jsonl\ndataset: other.jsonl\n",
    "dataset: dataset.jsonl\nmetrcs:\n  exact-match:\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match:\n---\nmore: 1\n",
    "metrics: {exact-match: }\n",
    "dataset:\nmetrics: {exact-match: }\n",
    "dataset: nowhere.jsonl\nmetrics: {exact-match: }\n",
    "dataset: .\nmetrics: {exact-match: }\n",
    "dataset: [a.jsonl, b.jsonl]\nmetrics: {exact-match: }\n",
    "dataset: dataset.jsonl\nmetrics: {}\n",
    "dataset: dataset.jsonl\nmetrics: [exact-match]\n",
    "name: my suite!\n…",
    "name: 7\n…",
    "…subject: answers.jsonl\n",
    "…subject: {}\n",
    "…subject: {recorded: gone.jsonl}\n",
    "…subject: {recorded: answers.jsonl, timeout: 10s}\n",
    "…subject: {recorded: answers.jsonl, command: [python3]}\n",
    "…subject: {command: python3 assistant.py}\n",
    "…subject: {command: []}\n",
    "…subject: {command: [python3, {a: b}]}\n",
    "…subject: {command: [python3], timeout: 10}\n",
    "…subject: {command: [python3], timeout: soon}\n",
    "…subject: {command: [python3], timeout: 0s}\n",
    "…subject: {command: [python3], concurrency: 0}\n",
    "…subject: {command: [python3], concurency: 2}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a b:\n    builtin: exact-match\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: exact-match\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, builtin: exact-match}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: ''}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, setings: {}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, settings: [x]}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, partitions: golden}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, partitions: [gold]}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, partitions: []}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, missing: ignore}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {limits: {fuel: 1}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, limits: {memory: lots}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, limits: {memory: 8GiB}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, limits: {fuel: -1}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, limits: {time: 1s}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, limits: {deadline: 2h, handles: 0, http_bytes: 1GiB, model_calls: 5000}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {grants: {model: true}}\n",
    "…a: {plugin: a.wasm, grants: [model]}\n",
    "…a: {plugin: a.wasm, grants: {model: yes, network: true}}\n",
    "…a: {plugin: a.wasm, grants: {files: reference, http: api.example.com}}\n",
    "…a: {plugin: a.wasm, grants: {files: [reference, {dir: reference}, {as: /x}]}}\n",
    "…a: {plugin: a.wasm, grants: {files: [{dir: nowhere, as: /x}, {dir: dataset.jsonl, as: /y}]}}\n",
    "…a: {plugin: a.wasm, grants: {files: [{dir: reference, as: reference}, {dir: reference, as: /../etc/}, {dir: reference, as: \"/a\\nb\"}]}}\n",
    "…a: {plugin: a.wasm, grants: {files: [{dir: reference, as: /x}, {dir: ., as: /x}]}}\n",
    "…a:\n    plugin: a.wasm\n    grants:\n      http:\n        - ftp://example.com\n        - https://api.example.com/v1/\n        - me@example.com\n        - '*.example.com'\n        - example.com:99999\n        - 0x7f.1\n        - '::1'\n        - '[::ffff:10.0.0.1]'\n        - '[0:0:0:0:0:0:0:1]'\n        - example.com.\n        - münchen.example\n        - 8080\n        - exam ple.com\n",
    "…a: {plugin: a.wasm, grants: {http: [localhost, 10.0.0.1, 169.254.169.254, {host: 169.254.169.254, private: true}]}}\n",
    "…a: {plugin: a.wasm, grants: {http: [example.com, \"https://EXAMPLE.com:443\"]}}\n",
    "…a: {plugin: a.wasm, grants: {http: [{private: true}, {host: [a], privat: true}]}}\n",
    "…a:\n    plugin: a.wasm\n    grants:\n      http:\n        - host: example.com\n          headers: {host: x, 'a b': x, x-a: 1, X-B: x, x-b: y, x-c: '${', x-d: '${1}', x-e: \"a\\r\\nb\"}\n",
    "…a: {plugin: a.wasm, grants: {http: [{host: example.com, headers: [authorization]}]}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {threshold: high}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {threshold: {golden: 0.5, min: 0.1}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {threshold: {min: 0.9, max: 0.1}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {threshold: {goldn: 0.5}}\n",
    "dataset: dataset.jsonl\nmetrics:\n  exact-match: {partitions: [golden], threshold: {regression: 1}}\n",
    "…gates: [golden]\n",
    "…gates: {gold: 100%}\n",
    "…gates: {golden: 95}\n",
    "…gates: {golden: 120%}\n",
    "…gates: {all: {max_faults: 1%}}\n",
    "…gates: {all: {pass_rate: 90%, evidence: strong}}\n",
    "…gates: {all: {pass_rate: 90%, min_samples: 2.5}}\n",
    "…budget: 5\n",
    "…budget: {golden: 5 minuets}\n",
    "…budget: {everything: 5m}\n",
    "…isolation: proces\n",
    "…isolation: {process: true}\n",
    "dataset: nowhere.jsonl\nsubject: {}\nmetrics:\n  a: {plugin: a.wasm, setings: {}}\ngates: {golden: 95}\n",
];

#[test]
fn every_mistake_says_where_it_is_and_what_to_write_instead() {
    let directory = directory();
    let path = directory.path().join("scorebox.yaml");
    let mut out = String::new();
    for text in MISTAKES {
        let beginning = if text.starts_with("…a:") {
            METRIC
        } else {
            "dataset: dataset.jsonl\nmetrics: {exact-match: }\n"
        };
        let text = text.replace('…', beginning);
        let error = parse(&path, &text).expect_err(&text);
        writeln!(out, "{text}\n{error}\n").unwrap();
    }
    let prefix = format!("{}/", directory.path().display());
    insta::assert_snapshot!(out.replace(&prefix, ""));
}

#[test]
fn a_suite_has_so_many_metrics_and_no_more() {
    let directory = directory();
    let suite = |count: usize| {
        let metrics: String = (0..count).map(|index| format!("  m{index}: {{plugin: m.wasm}}\n")).collect();
        parse(
            &directory.path().join("scorebox.yaml"),
            &format!("dataset: dataset.jsonl\nmetrics:\n{metrics}"),
        )
    };
    assert_eq!(suite(MAX_METRICS).unwrap().metrics.len(), 256);
    let error = suite(34_000).unwrap_err().to_string();
    assert!(error.contains("scorebox.yaml:259:3"), "{error}");
    assert!(error.contains("the suite has 34000 metrics, more than 256"), "{error}");
    assert!(error.contains("give the metrics from here on a suite of their own"), "{error}");
}

#[test]
fn a_mistake_is_drawn_in_its_line() {
    let text = "dataset: dataset.jsonl\nmetrics:\n  exact-match:\n    treshold: 0.5 # 50 ¥\u{202e}\n";
    let directory = directory();
    let error = parse(&directory.path().join("scorebox.yaml"), text).unwrap_err();
    let drawn = error.render().replace(&format!("{}/", directory.path().display()), "");
    assert!(!drawn.contains('\u{202e}'), "what turns text around does not reach a terminal");
    let plain = console_text(&drawn);
    insta::assert_snapshot!(plain);
}

/// The text without colours.
pub(crate) fn console_text(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ('b'..='k').zip('a'..) {
        let items = format!("*{before}, ").repeat(10);
        writeln!(text, "{name}: &{name} [{items}]").unwrap();
    }
    assert!(parse(Path::new("scorebox.yaml"), &text).is_err());
}

#[test]
fn the_starter_is_sound_and_so_says_the_schema() {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in super::starter() {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let suite = super::load(&directory.path().join("scorebox.yaml")).unwrap();
    assert!(!suite.metrics.is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}|[a-z:{}\\[\\],&*!|>'\"% \n#-]{0,200}") {
        let _ = parse(Path::new("scorebox.yaml"), &text);
    }

    #[test]
    fn no_damage_makes_the_parser_panic(start in 0..SOUND.len(), length in 0..40usize, with in "\\PC{0,6}") {
        let end = (start + length).min(SOUND.len());
        let damaged = format!("{}{with}{}", &SOUND[..start], &SOUND[end..]);
        let _ = parse(Path::new("scorebox.yaml"), &damaged).map_err(|error| (error.to_string(), error.render()));
    }
}
