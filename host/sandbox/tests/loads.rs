//! With plugins in processes of their own, the host loads none of what a compiler's process gave it. The only test of this
//! program: code that another one loads would be there as well.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
#![cfg(target_os = "linux")]

#[path = "../../../tests/guests/mod.rs"]
#[allow(dead_code, reason = "other tests use the other guests")]
mod guests;

use guests::{PASSES, guest};
use scorebox_sandbox::{Grants, Limits, Sample, Sandbox, SandboxConfig, WorkerCommand, Workers};

/// Mappings of this process that can be run and are of no file: code that was made or loaded by hand.
fn code_of_no_file() -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mappings = maps.lines().filter(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words[1].contains('x') && words.get(5).is_none_or(|path| path.starts_with("[anon"))
    });
    mappings.map(str::to_owned).collect()
}

#[test]
fn the_host_loads_no_code_of_plugins_that_run_in_processes() {
    let worker = WorkerCommand::new(env!("CARGO_BIN_EXE_scorebox-worker"));
    let cache = tempfile::tempdir().unwrap();
    let config = || SandboxConfig {
        cache: Some(cache.path().join("cache")),
        worker: Some(worker.clone()),
        ..SandboxConfig::default()
    };
    let prepared = |sandbox: &Sandbox| {
        let plugin = sandbox.load(&guest(PASSES), &Grants::default()).unwrap();
        plugin.prepare("{}", &Limits::default()).unwrap()
    };
    // Compiled, and then from the cache.
    for _ in 0..2 {
        let sandbox = Sandbox::new(config()).unwrap();
        let workers = Workers::start(&sandbox, vec![prepared(&sandbox)]).unwrap();
        let evaluation = workers.evaluate(&Sample { id: "s".into(), ..Sample::default() }, &[0]).remove(0);
        assert!(evaluation.result.is_ok(), "{evaluation:?}");
        assert_eq!(code_of_no_file(), [""; 0]);
    }
    // What would be found, if it were there.
    let sandbox = Sandbox::new(config()).unwrap();
    let configured = prepared(&sandbox).here().unwrap();
    assert!(!code_of_no_file().is_empty());
    drop(configured);
}
