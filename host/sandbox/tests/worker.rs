//! Plugins that are compiled and run by processes of their own score the same as in this one, and whatever happens to
//! such a process costs what it held and nothing else.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
mod guests;

use std::fmt::Write;
use std::time::{Duration, Instant};

use guests::{EATS, LOOPS, NAN, PASSES, TRAPS, component, guest, guest_with};
use scorebox_sandbox::{
    CompileLimits, Evaluation, Fault, FaultKind, Grants, Limits, Prepared, Sample, Sandbox, SandboxConfig,
    WorkerCommand, Workers,
};

fn command() -> WorkerCommand {
    WorkerCommand::new(env!("CARGO_BIN_EXE_scorebox-worker"))
}

fn config() -> SandboxConfig {
    SandboxConfig { concurrent: 2, worker: Some(command()), ..SandboxConfig::default() }
}

fn sandbox() -> Sandbox {
    Sandbox::new(config()).unwrap()
}

fn limits() -> Limits {
    Limits { fuel: 2_000_000, memory: 4 << 20, ..Limits::default() }
}

fn sample() -> Sample {
    Sample { id: "s".into(), input: "Tea?".into(), output: "Grüße \"\u{1}\"".into(), ..Sample::default() }
}

fn prepared(sandbox: &Sandbox, bytes: &[u8]) -> Prepared {
    sandbox.load(bytes, &Grants::default()).unwrap().prepare("{}", &limits()).unwrap()
}

#[test]
fn a_process_scores_as_this_one_does() {
    let (here, there) =
        (Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).unwrap(), sandbox());
    let deep = guest_with("(func $deep (call $deep))", "(i32.const 3072)", "(call $deep) (unreachable)");
    let guests = [
        guest(PASSES),
        guest(TRAPS),
        guest(LOOPS),
        guest(EATS),
        guest(NAN),
        deep,
        guest("(i32.const 70000)"),
    ];
    let configured: Vec<_> = guests.iter().map(|bytes| prepared(&here, bytes).here().unwrap()).collect();
    let workers =
        Workers::start(&there, guests.iter().map(|bytes| prepared(&there, bytes)).collect()).unwrap();
    assert_eq!(workers.lacking(), [""; 0]);
    let all: Vec<usize> = (0..guests.len()).collect();
    let untimed = |evaluation: Evaluation| Evaluation { elapsed: Duration::ZERO, ..evaluation };
    for _ in 0..3 {
        let expected: Vec<_> = configured.iter().map(|plugin| untimed(plugin.evaluate(&sample()))).collect();
        let together: Vec<_> = workers.evaluate(&sample(), &all).into_iter().map(untimed).collect();
        assert_eq!(together, expected);
        for (plugin, expected) in all.iter().zip(expected) {
            let alone = workers.evaluate(&sample(), &[*plugin]);
            assert_eq!(alone.into_iter().map(untimed).collect::<Vec<_>>(), [expected]);
        }
    }
}
