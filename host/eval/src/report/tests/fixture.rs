//! A small run record that has one of everything, strangers' tricks included.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use scorebox_metrics::{Descriptor, Fault, FaultKind, Field, Finding, Kind, Span, Verdict};
use scorebox_sandbox::{FileGrant, Grants, HostGrant, SecretHeader};
use serde_json::json;
use tempfile::TempDir;

use crate::dataset::Partition;
use crate::policy::Origin;
use crate::run::{
    Decision, FileStamp, GateResult, MANIFEST, Manifest, MetricStamp, Overrun, PolicyStamp, RunReader,
    RunState, SAMPLES, SampleRecord, SampleVerdict, ScoreRecord, SubjectStamp, Summary, Tally, Versions,
};
use crate::suite::{Isolation, Missing};

/// A record on disk, for as long as the directory lives.
pub(crate) struct Record {
    pub(crate) directory: TempDir,
    pub(crate) reader: RunReader,
}

pub(crate) fn write(manifest: &Manifest, samples: &[SampleRecord]) -> Record {
    let directory = TempDir::new().unwrap();
    write_to(directory.path(), manifest, samples);
    let reader = RunReader::open(directory.path()).unwrap();
    Record { directory, reader }
}

fn write_to(directory: &Path, manifest: &Manifest, samples: &[SampleRecord]) {
    fs::write(directory.join(MANIFEST), serde_json::to_vec(manifest).unwrap()).unwrap();
    let lines: String = samples.iter().map(|sample| serde_json::to_string(sample).unwrap() + "\n").collect();
    fs::write(directory.join(SAMPLES), lines).unwrap();
}

/// A finished run of [`samples`].
pub(crate) fn everything() -> Record {
    let samples = samples();
    write(&manifest(&samples), &samples)
}

/// A finished run whose every text is an attack on one format or another.
pub(crate) fn hostile() -> Record {
    let text = HOSTILE.join(" ");
    let mut evil = sample(&text);
    evil.tags = vec![text.clone()];
    evil.input.clone_from(&text);
    evil.output = Some(format!("start {text}\n{text}"));
    evil.expected = Some(text.clone());
    evil.context = vec![text.clone()];
    evil.verdict = SampleVerdict::Fail;
    let mut failed = score("names", 0.0, Verdict::Fail);
    failed.summary.clone_from(&text);
    failed.findings = vec![
        finding(&text, &text, Some((Field::Output, 0, 5))),
        finding(&text, &text, None),
        finding(&text, &text, Some((Field::Input, 0, text.len()))),
    ];
    failed.measures = vec![(text.clone(), 1.0)];
    failed.log = vec![text.clone()];
    let mut missed = score("overlap", 0.1, Verdict::Fail);
    missed.missed = Some(text.clone());
    let mut faulted = score("length", 0.0, Verdict::Unjudged);
    faulted.value = None;
    faulted.fault = Some(Fault::new(FaultKind::Trap, &text));
    evil.scores = vec![failed, missed, faulted];

    let samples = [evil];
    let mut manifest = manifest(&samples);
    for place in [
        &mut manifest.name,
        &mut manifest.run,
        &mut manifest.dataset.path,
        &mut manifest.suite.path,
        &mut manifest.subject.what,
        &mut manifest.metrics[0].descriptor.summary,
    ] {
        place.clone_from(&text);
    }
    manifest.warnings = vec![text.clone()];
    manifest.selection = vec![text.clone()];
    if let Some(summary) = &mut manifest.summary {
        summary.gates = vec![gate("golden", Decision::Fail, &text)];
    }
    write(&manifest, &samples)
}

/// One attack on each format, at least.
pub(crate) const HOSTILE: [&str; 10] = [
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=document.title='owned'>",
    "]]></failure>",
    "\x1b[2J\u{9b}31m",
    "\u{202e}live\u{2066}",
    "nul\0",
    "%0A::error::forged\n::error title=forged::forged\r::error::forged",
    "| `code` ``` [link](https://evil.example) ![image](https://evil.example/x.png) **bold** @someone",
    "{0} {{ [text](1)",
    "\" onmouseover=\"document.title='owned'",
];

pub(crate) fn samples() -> Vec<SampleRecord> {
    let mut pass = sample("greeting");
    pass.input = "Good morning!".into();
    pass.output = Some("Good morning. How can I help?".into());
    pass.tags = vec!["smalltalk".into()];
    let mut note = score("names", 1.0, Verdict::Pass);
    note.findings = vec![finding("own-name", "names us, which is fine", Some((Field::Output, 0, 4)))];
    pass.scores =
        vec![note, score("overlap", 0.875, Verdict::Pass), score("length", 29.0, Verdict::Unjudged)];

    let mut fail = sample("refund-17");
    fail.line = 2;
    fail.verdict = SampleVerdict::Fail;
    fail.input = "Is Acme Pro cheaper?\nAnd can I get my money back?".into();
    let output = "We refund within 30 days.\nYou could also try Acme Pro or Bolt, and 漢字テスト Acme.\nBye.";
    fail.output = Some(output.into());
    fail.expected = Some("We refund within 14 days.".into());
    fail.context = vec!["Refunds: within 14 days.".into(), "Opening hours: 9 to 5.".into()];
    let mut names = score("names", 0.0, Verdict::Fail);
    names.summary = "names 2 competitors".into();
    let at = |word: &str| output.find(word).unwrap();
    names.findings = vec![
        finding("competitor", "names Acme Pro", Some((Field::Output, at("Acme Pro"), at("Acme Pro") + 8))),
        finding("competitor", "names Bolt", Some((Field::Output, at("Bolt"), at("Bolt") + 4))),
        finding("competitor", "names Acme", Some((Field::Output, at("Acme."), at("Acme.") + 4))),
        finding("prompted", "the question names it first", Some((Field::Input, 3, 11))),
        finding("contradicts", "the policy says 14 days", Some((Field::Context(0), 9, 23))),
        finding("tone", "sends the customer away", None),
    ];
    names.measures = vec![("competitors".into(), 2.0)];
    names.fuel = Some(123_456);
    names.log = vec!["looked for 12 names".into()];
    let mut overlap = score("overlap", 0.3125, Verdict::Fail);
    overlap.missed = Some("0.3125 is below 0.5".into());
    fail.scores = vec![names, overlap, score("length", 88.0, Verdict::Unjudged)];

    let mut threshold = sample("long-line");
    threshold.line = 3;
    threshold.partition = Partition::Regression;
    threshold.verdict = SampleVerdict::Fail;
    let output = format!("{}Acme{}", "word ".repeat(80), " word".repeat(80));
    threshold.output = Some(output);
    let mut names = score("names", 0.0, Verdict::Fail);
    names.findings = vec![finding("competitor", "names Acme", Some((Field::Output, 400, 404)))];
    let mut skipped = score("overlap", 0.0, Verdict::Unjudged);
    skipped.value = None;
    threshold.scores = vec![names, skipped, score("length", 804.0, Verdict::Unjudged)];

    let mut faulted = sample("slow");
    faulted.line = 4;
    faulted.partition = Partition::Adversarial;
    faulted.verdict = SampleVerdict::Faulted;
    let mut trap = score("names", 0.0, Verdict::Unjudged);
    trap.value = None;
    trap.fault = Some(Fault::new(
        FaultKind::OutOfFuel,
        "the plugin used its 200,000,000 units of fuel: make it cheaper, or raise `limits.fuel`",
    ));
    faulted.scores = vec![trap, score("length", 12.0, Verdict::Unjudged)];

    let mut silent = sample("no-answer");
    silent.line = 5;
    silent.partition = Partition::Adversarial;
    silent.verdict = SampleVerdict::Faulted;
    silent.output = None;
    silent.fault = Some(Fault::new(FaultKind::Subject, "the command ended with status 1"));

    let mut unjudged = sample("traffic-1");
    unjudged.line = 6;
    unjudged.partition = Partition::Distribution;
    unjudged.verdict = SampleVerdict::Unjudged;
    unjudged.scores = vec![score("length", 40.0, Verdict::Unjudged)];

    vec![pass, fail, threshold, faulted, silent, unjudged]
}

pub(crate) fn sample(id: &str) -> SampleRecord {
    SampleRecord {
        id: id.to_owned(),
        line: 1,
        partition: Partition::Golden,
        tags: Vec::new(),
        verdict: SampleVerdict::Pass,
        input: "What can you do?".into(),
        output: Some("I can help.".into()),
        expected: None,
        context: Vec::new(),
        conversation: Vec::new(),
        metadata: "{}".into(),
        fault: None,
        scores: Vec::new(),
    }
}

pub(crate) fn score(metric: &str, value: f64, verdict: Verdict) -> ScoreRecord {
    ScoreRecord {
        metric: metric.to_owned(),
        verdict,
        value: Some(value),
        summary: String::new(),
        findings: Vec::new(),
        measures: Vec::new(),
        missed: None,
        fault: None,
        fuel: None,
        log: Vec::new(),
        usage: None,
    }
}

fn finding(rule: &str, message: &str, place: Option<(Field, usize, usize)>) -> Finding {
    let location = place.map(|(field, start, end)| Span { field, start: start as u32, end: end as u32 });
    Finding { rule: rule.to_owned(), message: message.to_owned(), location }
}

fn gate(gate: &str, decision: Decision, reason: &str) -> GateResult {
    GateResult { gate: gate.to_owned(), decision, reason: reason.to_owned() }
}

pub(crate) fn manifest(samples: &[SampleRecord]) -> Manifest {
    let names = MetricStamp { grants: grants(), ..metric("names", Kind::Constraint, Some((0.0, 1.0)), &[]) };
    let metrics = vec![
        names,
        metric("overlap", Kind::Metric, Some((0.0, 1.0)), &["all: at least 0.5"]),
        metric("length", Kind::Metric, None, &[]),
    ];
    let mut tally = Tally::new(metrics.iter().map(|metric| (metric.name.as_str(), &metric.descriptor)));
    samples.iter().for_each(|sample| tally.add(sample));
    let summary = Summary {
        total: tally.samples(),
        partitions: tally.partitions(),
        metrics: tally.metrics(),
        gates: vec![
            gate("golden", Decision::Fail, "1 of 2 passed, 100 % required"),
            gate("regression", Decision::Pass, "0 of 1 passed, no rate required"),
            gate("adversarial", Decision::TooManyFaults, "2 of 2 samples faulted, at most 0 % allowed"),
            gate("distribution", Decision::TooLittleEvidence, "none of 1 samples was judged"),
        ],
        outcome: Decision::Fail,
    };
    let digest = "sha256:0123456789abcdef";
    Manifest {
        format: 2,
        run: "2030-01-02T03-04-05Z-support-bot".into(),
        state: RunState::Finished,
        started_at: "2030-01-02T03:04:05Z".into(),
        finished_at: Some("2030-01-02T03:04:07Z".into()),
        elapsed_ms: 2345,
        versions: Versions {
            scorebox: "0.1.0".into(),
            wasmtime: "48.0.8".into(),
            contract: "scorebox:plugin@0.1.0".into(),
        },
        suite: FileStamp { path: "suites/support.yaml".into(), digest: digest.into() },
        name: "support-bot".into(),
        dataset: FileStamp { path: "data/support.jsonl".into(), digest: digest.into() },
        golden_digest: None,
        subject: SubjectStamp { kind: "recorded".into(), what: "data/answers.jsonl".into(), digest: None },
        metrics,
        models: Vec::new(),
        spent: None,
        policies: vec![PolicyStamp {
            path: "/etc/scorebox/policy.yaml".into(),
            origin: Origin::System,
            digest: digest.into(),
        }],
        isolation: Isolation::Process,
        gates: BTreeMap::new(),
        selection: Vec::new(),
        overruns: vec![Overrun { tier: "golden".into(), budget_ms: 1000, elapsed_ms: 2345 }],
        warnings: vec!["the golden samples of data/support.jsonl were never approved".into()],
        samples_digest: None,
        summary: Some(summary),
    }
}

fn grants() -> Grants {
    let token =
        SecretHeader { name: "authorization".into(), value: "Bearer s3cret".into(), secrets: Vec::new() };
    Grants {
        model: true,
        files: vec![FileGrant { dir: "/srv/reference".into(), name: "/reference".into() }],
        http: vec![HostGrant {
            host: "api.example.com".into(),
            port: 443,
            plain: false,
            private: false,
            headers: vec![token],
        }],
    }
}

fn metric(name: &str, kind: Kind, range: Option<(f64, f64)>, thresholds: &[&str]) -> MetricStamp {
    MetricStamp {
        name: name.to_owned(),
        code: format!("builtin:{name}@1"),
        plugin: None,
        descriptor: Descriptor {
            name: name.to_owned(),
            version: "1.0.0".into(),
            summary: format!("Looks at {name}."),
            kind,
            settings_schema: json!(true),
            range,
            higher_is_better: true,
            needs: Vec::new(),
        },
        settings: json!({}),
        partitions: Vec::new(),
        missing: Missing::Fault,
        identity: "00".repeat(32),
        provenance: None,
        thresholds: thresholds.iter().map(|&threshold| threshold.to_owned()).collect(),
        bounds: Vec::new(),
        calibrations: Vec::new(),
        limits: None,
        grants: Grants::default(),
        not_snapshotted: None,
    }
}
