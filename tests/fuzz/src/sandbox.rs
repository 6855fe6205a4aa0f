//! The sandbox that targets share, with limits that end a bad guest soon.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use scorebox_sandbox::{Configured, Evaluation, FaultKind, Grants, Limits, Sample, Sandbox, SandboxConfig};

use crate::guests::{PASSES, guest};

/// One engine for all inputs. Nothing is cached, so that every input is compiled.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).expect("an engine")
    })
}

/// Small, but for the deadline: it is the one limit that a slow machine would notice.
pub(crate) fn small() -> Limits {
    Limits {
        fuel: 2_000_000,
        fuel_per_byte: 100,
        memory: 4 << 20,
        table_elements: 1_000,
        returned_bytes: 1 << 20,
        host_calls: 100,
        log_bytes: 1 << 10,
        deadline: Duration::from_secs(30),
        ..Limits::default()
    }
}

/// A plugin that ships, as `cargo xtask plugins` built it.
pub(crate) fn shipped(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins").join(name);
    let path = path.with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask plugins` builds the plugins", path.display())
    })
}

/// Scores the sample twice. Both have to be the same in result, fuel and log; the host's own failure is never one.
///
/// What another machine need not repeat, the deadline, is nothing to compare.
pub(crate) fn twice(configured: &Configured, sample: &Sample) -> Option<Evaluation> {
    let (first, second) = (configured.evaluate(sample), configured.evaluate(sample));
    same(&first, &second);
    comparable(&first).then_some(first)
}

/// Refuses a difference between two evaluations of one sample.
pub(crate) fn same(first: &Evaluation, second: &Evaluation) {
    if comparable(first) && comparable(second) {
        assert_eq!(first.result, second.result, "the same sample had two results");
        assert_eq!(first.fuel, second.fuel, "the same sample used fuel in two amounts: {:?}", first.result);
        assert_eq!(first.log, second.log, "the same sample left two logs");
    }
}

fn comparable(evaluation: &Evaluation) -> bool {
    match &evaluation.result {
        Ok(score) => {
            assert!(score.value.is_finite(), "a score that is no number was let through");
            true
        }
        Err(fault) => {
            assert_ne!(fault.kind, FaultKind::Internal, "{fault}");
            fault.kind != FaultKind::Deadline
        }
    }
}

/// A healthy plugin still scores as it always did.
pub(crate) fn healthy_beside() {
    static HEALTHY: OnceLock<(Configured, Evaluation)> = OnceLock::new();
    let sample = Sample { output: "Grüße".to_owned(), ..Sample::default() };
    let (healthy, before) = HEALTHY.get_or_init(|| {
        let plugin = sandbox().load(&guest(PASSES), &Grants::default()).expect("a plugin");
        let healthy = plugin.configure("{}", &small()).expect("a plugin without settings");
        let before = healthy.evaluate(&sample);
        assert!(before.result.is_ok(), "{:?}", before.result);
        (healthy, before)
    });
    same(before, &healthy.evaluate(&sample));
}
