//! The built-in metrics, which run outside of the sandbox on a stranger's texts.

use futures::FutureExt;
use scorebox_metrics::{Cancel, Models, builtin, builtins as all};

use crate::pieces;

/// The first piece is a metric's name (or a number, for one of the list), the second its settings, and then comes a
/// sample. A score keeps the contract, and is the same twice.
pub fn builtins(data: &[u8]) {
    let mut texts = pieces::texts(data);
    let (Some(name), Some(settings)) = (texts.next(), texts.next()) else { return };
    let Ok(settings) = serde_json::from_str(&settings) else { return };
    let names: Vec<String> = all().into_iter().map(|descriptor| descriptor.name).collect();
    let name = match name.bytes().next() {
        Some(first) if name.len() == 1 => &names[usize::from(first) % names.len()],
        _ => &name,
    };
    let metric = match builtin(name, &settings, &Models::default()) {
        Ok(metric) => metric,
        Err(error) => return crate::load::short(&error.to_string()),
    };
    let sample = pieces::sample(texts);
    let cancel = Cancel::default();
    let score = || metric.score(&sample, &cancel).now_or_never().expect("it computes, and waits for nothing");
    let first = score();
    assert_eq!(first, score(), "{name}: the same sample had two results");
    if let Ok(score) = first.result {
        let kept = score.check(&sample, metric.descriptor().range);
        assert_eq!(kept, Ok(()), "{name} breaks the contract that plugins have to keep");
    }
}
