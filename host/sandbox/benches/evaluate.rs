//! What a sandboxed check costs: a fresh instance for each sample, one instance for all, and the same Rust natively.
//!
//! The plugins come from `target/plugins` (`cargo xtask plugins`); the native function is the crate of the same plugin.

use std::path::PathBuf;

use competitor_mention::Check;
use criterion::{Criterion, criterion_group, criterion_main};
use scorebox_sandbox::{Configured, Grants, Limits, Sample, Sandbox, SandboxConfig};
use scorebox_sdk::Plugin;

/// 700 bytes, as an assistant's answer often has, with one hit near its end.
fn sample() -> Sample {
    let sentence = "You can change the plan at any time under Settings, and the new price applies from the next invoice. ";
    let output = format!("{}Timely Globex does that, too.", sentence.repeat(7));
    Sample { id: "s".into(), input: "How do I change my plan?".into(), output, ..Sample::default() }
}

const SETTINGS: &str =
    r#"{"competitors": ["Globex", "Initech", {"name": "Umbrella", "aliases": ["Umbrella Time"]}]}"#;

fn plugin(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../target/plugins/{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask plugins`", path.display()))
}

fn configured(sandbox: &Sandbox) -> Configured {
    let plugin = sandbox.load(&plugin("competitor-mention"), &Grants::default()).expect("a plugin");
    plugin.configure(SETTINGS, &Limits::default()).expect("sound settings")
}

fn evaluate(criterion: &mut Criterion) {
    let sandbox =
        Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).expect("an engine");
    let configured = configured(&sandbox);
    let sample = sample();
    let score = configured.evaluate(&sample).result.expect("a score");
    assert_eq!(score.findings.len(), 1, "the check finds what it is meant to find");

    let mut group = criterion.benchmark_group("competitor-mention, 700 bytes");
    group.bench_function("fresh instance", |bencher| bencher.iter(|| configured.evaluate(&sample)));
    group.bench_function("fresh instance, two threads", |bencher| {
        bencher.iter_custom(|iterations| {
            let start = std::time::Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..iterations / 2).for_each(|_| drop(configured.evaluate(&sample))));
                }
            });
            start.elapsed()
        });
    });
    group.bench_function("the same Rust natively", |bencher| {
        let settings = serde_json::from_str(SETTINGS).expect("sound settings");
        let check = Check::configure(settings).expect("sound settings");
        let sample = scorebox_sdk::Sample::of_output(&*sample.output).with_input(&*sample.input);
        bencher.iter(|| check.evaluate(&sample));
    });
    let mut reused = configured.reused().expect("an instance");
    group.bench_function("reused instance", |bencher| bencher.iter(|| reused.evaluate(&sample)));
    group.finish();
}

fn start(criterion: &mut Criterion) {
    let bytes = plugin("competitor-mention");
    let mut group = criterion.benchmark_group("from bytes to ready");
    group.sample_size(10);
    group.bench_function("compiled", |bencher| {
        let sandbox =
            Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).expect("an engine");
        bencher.iter(|| {
            let plugin = sandbox.load(&bytes, &Grants::default()).expect("a plugin");
            plugin.configure(SETTINGS, &Limits::default()).expect("sound settings")
        });
    });
    let directory = tempfile::tempdir().expect("a directory");
    let sandbox = Sandbox::new(SandboxConfig {
        cache: Some(directory.path().join("code")),
        concurrent: 2,
        ..SandboxConfig::default()
    })
    .expect("an engine");
    configured(&sandbox);
    group.bench_function("from the cache of compiled code", |bencher| bencher.iter(|| configured(&sandbox)));
    group.finish();
}

criterion_group!(benches, evaluate, start);
criterion_main!(benches);
