//! What grounding costs for an answer from a few passages, and for long ones.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use scorebox_metrics::{Cancel, Models, Sample, builtin};
use serde_json::Value;

/// Sentences with names, numbers and negations, in an order that repeats late.
fn text(bytes: usize, seed: u64) -> String {
    const SENTENCES: [&str; 8] = [
        "The Crew plan costs €49 per month and includes 6 users.",
        "Refunds take three days, and we do not charge for them.",
        "Revenue increased to $3.1 billion in Q2, up 13.8 percent from last year.",
        "Ann asks Mike to buy butter, and Mike confirms it on Tuesday.",
        "“Nobody was hurt”, the spokeswoman said on 3 March 2025.",
        "Write to help@plan.example or see https://plan.example/help.",
        "The orchestra plays in the old harbour hall every summer.",
        "Its module gives 650 lumens and can be dimmed in five steps.",
    ];
    let mut state = seed;
    let mut text = String::new();
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(SENTENCES[(state >> 33) as usize % SENTENCES.len()]);
        text.push_str(&format!(" {} ", (state >> 40) % 1000));
    }
    text
}

fn grounding(criterion: &mut Criterion) {
    let Ok(metric) = builtin("grounding", &Value::Null, &Models::default()) else { return };
    let cancel = Cancel::default();
    let mut group = criterion.benchmark_group("grounding");
    group.sample_size(20);
    for (name, context, output) in [
        ("1 KB context, 200 bytes", 1_000, 200),
        ("10 KB context, 1 KB", 10_000, 1_000),
        ("2 MB context, 200 bytes", 2_000_000, 200),
        ("1 KB context, 2 MB", 1_000, 2_000_000),
    ] {
        let sample = Sample { context: vec![text(context, 1)], output: text(output, 2), ..Sample::default() };
        group.throughput(Throughput::Bytes((context + output) as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| block_on(metric.score(black_box(&sample), &cancel)));
        });
    }
    group.finish();
}

criterion_group!(benches, grounding);
criterion_main!(benches);
