//! Texts a second by the pinned embedding model, batched over as many calls at once as a run makes.
//!
//! `scorebox models pull` fetches it; without it there is nothing to measure.

use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use futures::future::join_all;
use scorebox_metrics::{Cancel, DEFAULT_MODEL, EmbeddingModel, ModelStore};

/// Calls at once: the samples that two threads of a run have under way.
const AT_ONCE: usize = 32;
/// Texts of one measurement.
const TEXTS: usize = 64;

/// A text of this many tokens beside the two special ones, and another one each time.
fn text(tokens: usize, seed: u64) -> String {
    // One token each.
    const WORDS: [&str; 16] = [
        "refund", "customer", "delivery", "account", "support", "payment", "schedule", "cancel", "upgrade",
        "storage", "region", "manager", "contract", "battery", "garden", "river",
    ];
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        WORDS[(state >> 33) as usize % WORDS.len()]
    };
    (0..tokens).map(|_| next()).collect::<Vec<_>>().join(" ")
}

fn texts(criterion: &mut Criterion) {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/scorebox"));
    let Some(directory) = ModelStore::default_directory(home.as_deref()) else { return };
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let model = match ModelStore::new(directory).open(DEFAULT_MODEL, threads) {
        Ok(model) => model,
        Err(error) => {
            eprintln!("nothing is measured: {error}");
            return;
        }
    };
    let cancel = Cancel::default();
    let mut seed = 0;
    let mut group = criterion.benchmark_group(format!("{DEFAULT_MODEL}, {threads} threads"));
    group.throughput(Throughput::Elements(TEXTS as u64)).sample_size(10);
    for tokens in [16, 128, 256] {
        group.bench_function(BenchmarkId::new("tokens", tokens), |bencher| {
            bencher.iter(|| {
                // New ones each time, or their vectors would be remembered.
                let calls: Vec<Vec<String>> = (0..AT_ONCE)
                    .map(|_| {
                        (0..TEXTS / AT_ONCE)
                            .map(|_| {
                                seed += 1;
                                text(tokens - 2, seed)
                            })
                            .collect()
                    })
                    .collect();
                let all = block_on(join_all(calls.iter().map(|texts| model.embed(texts, &cancel))));
                all.into_iter().for_each(|done| drop(done.unwrap_or_else(|fault| panic!("{fault}"))));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, texts);
criterion_main!(benches);
