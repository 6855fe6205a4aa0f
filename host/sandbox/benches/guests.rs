//! What one check costs in each language: a row for each guest in `target/guests` (`cargo xtask guests`), and one for
//! the same check in Rust (`cargo xtask plugins`).
//!
//! `cargo bench -p scorebox-sandbox --bench guests [-- NAME…]`. Every time is the median of many short series, with the
//! fastest series behind it, since on a busy machine the two differ.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use scorebox_sandbox::{Configured, Grants, Limits, Plugin, Sample, Sandbox, SandboxConfig};

const SETTINGS: &str = r#"{"competitors": ["Globex", "Initech", "Umbrella"]}"#;
const RUST: &str = "rust";
const GUESTS: [&str; 6] = [RUST, "c", "go", "python", "python-stubbed", "typescript"];

/// 700 bytes, as an assistant's answer often has, with one hit near its end.
fn sample() -> Sample {
    let sentence = "You can change the plan at any time under Settings, and the new price applies from the next invoice. ";
    let output = format!("{}Timely Globex does that, too.", sentence.repeat(7));
    Sample { id: "s".into(), input: "How do I change my plan?".into(), output, ..Sample::default() }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target");
    println!(
        "{:16} {:>9} {:>9} {:>8} {:>19} {:>19} {:>9}  snapshot",
        "guest", "bytes", "compiled", "loaded", "fresh instance", "reused instance", "fuel"
    );
    for name in GUESTS.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|word| word == name))
    {
        let path = match name {
            RUST => target.join("plugins/competitor-mention.wasm"),
            other => target.join("guests").join(other).with_extension("wasm"),
        };
        match std::fs::read(&path) {
            Ok(bytes) => row(name, &bytes),
            Err(_) => {
                println!("{name:16} no {}: run `cargo xtask guests` and `cargo xtask plugins`", shown(&path));
            }
        }
    }
}

fn row(name: &str, bytes: &[u8]) {
    let directory = tempfile::tempdir().expect("a directory");
    let config = SandboxConfig {
        cache: Some(directory.path().join("code")),
        concurrent: 2,
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::new(config).expect("an engine");
    let plugin = sandbox.load(bytes, &Grants::default()).expect("a plugin");
    let compiled = seconds(|| drop(configured(&plugin)));
    let loaded = Times::of(Duration::from_millis(500), || drop(configured(&plugin)));
    let configured = configured(&plugin);

    let sample = sample();
    let evaluation = configured.evaluate(&sample);
    let score = evaluation.result.expect("a score");
    assert_eq!(score.findings.len(), 1, "the check finds what it is meant to find");
    let fresh = Times::of(Duration::from_secs(2), || drop(configured.evaluate(&sample)));
    let mut reused = configured.reused().expect("an instance");
    if configured.not_snapshotted().is_some() {
        reused.configure(SETTINGS).expect("sound settings");
    }
    let reused = Times::of(Duration::from_secs(1), || drop(reused.evaluate(&sample)));
    println!(
        "{name:16} {:>9} {:>6.0} ms {:>5.1} ms {fresh:>19} {reused:>19} {:>9}  {}",
        bytes.len(),
        compiled * 1e3,
        loaded.median * 1e3,
        evaluation.fuel,
        configured.not_snapshotted().unwrap_or("yes"),
    );
}

fn configured(plugin: &Plugin) -> Configured {
    plugin.configure(SETTINGS, &Limits::default()).expect("sound settings")
}

/// Seconds of one call.
struct Times {
    median: f64,
    least: f64,
}

impl Times {
    /// Calls for `time`, in series of about a millisecond.
    fn of(time: Duration, mut call: impl FnMut()) -> Self {
        let first = seconds(&mut call);
        let calls = ((1e-3 / first) as u32).clamp(1, 1000);
        let start = Instant::now();
        let mut series = Vec::new();
        while series.len() < 5 || start.elapsed() < time {
            series.push(seconds(|| (0..calls).for_each(|_| call())) / f64::from(calls));
        }
        series.sort_by(f64::total_cmp);
        Self { median: series[series.len() / 2], least: series[0] }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{:.1} µs ({:.1})", self.median * 1e6, self.least * 1e6))
    }
}

fn seconds(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}
