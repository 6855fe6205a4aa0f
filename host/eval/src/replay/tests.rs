//! Whatever is changed in a record is found.

use std::path::Path;

use scorebox_metrics::Cancel;
use scorebox_sandbox::{Sandbox, SandboxConfig};
use serde_json::Value;
use tempfile::TempDir;

use super::{Options, Replay, ReplayError, replay};
use crate::models::RunModels;
use crate::packages::NoPackages;
use crate::policy::Policies;
use crate::run::{self, MANIFEST, Manifest, Plan, RunReader, SAMPLES, Selection};
use crate::subject::AnswerSource;
use crate::suite;

const SUITE: &str = "name: small
dataset: dataset.jsonl
subject: {recorded: dataset}
metrics:
  token-f1: {threshold: {golden: 0.5, default: 0.1}, missing: skip}
  contains: {settings: {any_of: [tea, water]}, partitions: [golden, distribution]}
gates: {golden: 100%, all: {pass_rate: 50%, max_faults: 10%}}
";

const DATASET: &str = r#"{"id": "tea", "partition": "golden", "input": "Tea?", "output": "A cup of tea.", "expected_output": "Tea.", "conversation": [{"role": "user", "content": "Hi"}], "metadata": {"a": [1, 2.5]}, "tags": ["hot"]}
{"id": "coffee", "partition": "regression", "input": "Coffee?", "output": "No coffee.", "expected_output": "Yes.", "context": ["Coffee is out."]}
{"id": "water", "partition": "distribution", "input": "Water?", "output": "Water."}
"#;

fn sandbox() -> Sandbox {
    Sandbox::new(SandboxConfig::default()).unwrap()
}

/// A finished run of built-in metrics.
fn record(sandbox: &Sandbox) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("scorebox.yaml"), SUITE).unwrap();
    std::fs::write(directory.path().join("dataset.jsonl"), DATASET).unwrap();
    let suite = suite::load(&directory.path().join("scorebox.yaml")).unwrap();
    let models = RunModels::default();
    let plan = Plan {
        suite: &suite,
        metrics: &run::prepare_metrics(&suite, sandbox, &Policies::default(), &models).unwrap().metrics,
        answers: &AnswerSource::open(&suite.subject, directory.path()).unwrap(),
        selection: &Selection::default(),
        directory: &directory.path().join("out"),
        jobs: 1,
        cache: None,
        golden_digest: None,
        policies: &Policies::default(),
        models: &models,
        resume: false,
        warnings: Vec::new(),
    };
    run::run(&plan, &Cancel::default(), &mut |_| {}).unwrap();
    directory
}

fn again(record: &Path, sandbox: &Sandbox) -> Result<Replay, ReplayError> {
    let run = RunReader::open(&record.join("out"))?;
    let policies = &Policies::default();
    replay(
        &run,
        &Options {
            sandbox,
            policies,
            models: &RunModels::default(),
            plugins: &[],
            packages: &NoPackages,
            anyway: false,
            jobs: 1,
            keep: 1,
        },
        &mut |_| {},
    )
}

#[test]
fn no_byte_of_the_samples_changes_unseen() {
    let sandbox = sandbox();
    let record = record(&sandbox);
    let file = record.path().join("out").join(SAMPLES);
    let sound = std::fs::read(&file).unwrap();
    assert!(again(record.path(), &sandbox).unwrap().identical);
    let mut by_line = 0;
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let replay = again(record.path(), &sandbox).unwrap();
        let shown = || String::from_utf8_lossy(&changed[at.saturating_sub(20)..(at + 20).min(changed.len())]);
        assert!(!replay.identical, "byte {at}: {}", shown());
        let first = &replay.differences[0];
        if first.file.ends_with(SAMPLES) {
            let line = 1 + sound[..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
            assert_eq!(first.line, Some(line), "byte {at}: {}: {first:?}", shown());
            by_line += 1;
        }
    }
    // Texts that no metric reads are covered by the digest alone.
    assert!(by_line * 3 > sound.len() * 2, "{by_line} of {} changes were found at their line", sound.len());
    for length in 0..sound.len() {
        std::fs::write(&file, &sound[..length]).unwrap();
        assert!(!again(record.path(), &sandbox).unwrap().identical, "the first {length} bytes alone");
    }
}

/// What only the run could know, or what says where things lay.
const NOT_PROVED: [&str; 10] = [
    "run",
    "started_at",
    "finished_at",
    "elapsed_ms",
    "versions",
    "suite",
    "name",
    "dataset",
    "subject",
    "isolation",
];

/// What the gates ask for is the suite's word: a change shows where a decision follows from it, and nowhere else.
fn without_gates(mut manifest: Value) -> Value {
    manifest.as_object_mut().unwrap().remove("gates");
    manifest
}

/// The manifest without what a replay cannot prove.
fn proved(text: &[u8]) -> Option<Value> {
    // As it is read: a key that nobody knows says nothing, and one that is no longer there has its default.
    let manifest: Manifest = serde_json::from_slice(text).ok()?;
    let mut manifest = serde_json::to_value(manifest).ok()?;
    let fields = manifest.as_object_mut()?;
    for key in NOT_PROVED {
        fields.remove(key);
    }
    for metric in manifest.pointer_mut("/summary/metrics").and_then(Value::as_array_mut).into_iter().flatten()
    {
        for work in ["cached", "busy_us"] {
            metric.as_object_mut()?.remove(work);
        }
    }
    Some(manifest)
}

#[test]
fn no_byte_of_the_manifest_that_follows_from_others_changes_unseen() {
    let sandbox = sandbox();
    let record = record(&sandbox);
    let file = record.path().join("out").join(MANIFEST);
    let sound = std::fs::read(&file).unwrap();
    let expected = proved(&sound).unwrap();
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let Ok(replay) = again(record.path(), &sandbox) else { continue };
        let now = proved(&changed);
        let same = now.as_ref() == Some(&expected);
        if !same && now.is_some_and(|now| without_gates(now) == without_gates(expected.clone())) {
            continue;
        }
        let shown = String::from_utf8_lossy(&changed[at.saturating_sub(40)..(at + 40).min(changed.len())]);
        assert_eq!(replay.identical, same, "byte {at}: {shown}");
    }
}
