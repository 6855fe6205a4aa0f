//! What the text metrics cost for an answer of 700 characters, and for long ones.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use scorebox_metrics::{Cancel, Models, Sample, builtin, builtins};
use serde_json::{Value, json};

/// Words of a small vocabulary in an order that repeats late.
fn text(characters: usize, seed: u64) -> String {
    const WORDS: [&str; 24] = [
        "the",
        "refund",
        "takes",
        "three",
        "days",
        "Your",
        "plan",
        "includes",
        "storage",
        "and",
        "support,",
        "billing",
        "is",
        "monthly.",
        "Cancel",
        "anytime",
        "from",
        "account",
        "settings;",
        "we",
        "answer",
        "within",
        "1,000",
        "naïve",
    ];
    let mut state = seed;
    let mut text = String::new();
    while text.len() < characters {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 33) as usize % WORDS.len()]);
        text.push(' ');
    }
    text
}

fn sample(characters: usize) -> Sample {
    let expected = Some(text(characters, 2));
    Sample { output: text(characters, 1), expected, ..Sample::default() }
}

fn settings(name: &str) -> Value {
    if name == "regex" { json!({"pattern": r"\bguarantee(d|s)?\b"}) } else { Value::Null }
}

fn metrics(criterion: &mut Criterion) {
    let cancel = Cancel::default();
    for characters in [700, 20_000] {
        let sample = sample(characters);
        let mut group = criterion.benchmark_group(format!("{characters} characters"));
        group.throughput(Throughput::Bytes(characters as u64)).sample_size(20);
        for descriptor in builtins() {
            // The shift search of TER is the one metric that takes seconds on long texts.
            if characters > 700 && descriptor.name == "ter" {
                continue;
            }
            let Ok(metric) = builtin(&descriptor.name, &settings(&descriptor.name), &Models::default())
            else {
                continue;
            };
            group.bench_function(BenchmarkId::from_parameter(&descriptor.name), |bencher| {
                bencher.iter(|| block_on(metric.score(black_box(&sample), &cancel)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, metrics);
criterion_main!(benches);
