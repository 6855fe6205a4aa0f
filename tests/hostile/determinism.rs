//! Rows 32, 48, 49 and 54: what one sample could learn of the machine or of other samples, and what stays when it ends.

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scorebox_sandbox::{FaultKind, Grants, Limits};

use crate::budget::LOOPS;
use crate::case::{Case, Expected, Said, limits, sample};
use crate::guests;
use crate::program;
use crate::stage::{self, Stage};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::guest(
            32,
            "reads clocks and randomness",
            include_str!("determinism/32-clock-and-randomness.wat"),
        )
        .scores(RANDOM),
        Case::guest(32, "looks at the machine", include_str!("determinism/32-the-machine.wat")).scores(0.0),
        Case::guest(48, "counts its samples", include_str!("determinism/48-counts.wat")).scores(101.0),
        Case::guest(48, "looks for remains", include_str!("determinism/48-looks-for-remains.wat"))
            .scores(0.0),
        Case::scene(49, "times out beside a neighbour", times_out),
        Case::scene(54, "is cancelled in the middle", cancelled),
        Case::scene(54, "more callers than slots", more_callers_than_slots),
    ]
}

/// The sum of fixed clocks and seeded randomness, on every machine.
const RANDOM: f64 = 2_057_938_675_532_798_000.0;

/// One plugin waits for its deadline, while another scores on.
fn times_out(stage: &Stage) -> Said {
    let limits = Limits { fuel: u64::MAX >> 1, deadline: Duration::from_millis(300), ..limits() };
    let seat = stage.seat(&guests::completed(LOOPS), "{}", &limits, &Grants::default()).unwrap();
    let over = AtomicBool::new(false);
    let (looped, scored) = std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            let mut scored = 0;
            while !over.load(Ordering::Relaxed) {
                stage.check_healthy(&seat).unwrap();
                scored += 1;
            }
            scored
        });
        let looped = seat.evaluate(&sample());
        over.store(true, Ordering::Relaxed);
        (looped, neighbour.join().unwrap())
    });
    assert!(scored > 10, "the neighbour scored {scored} samples meanwhile");
    assert!(
        looped.elapsed >= Duration::from_millis(300) && looped.elapsed < Duration::from_secs(10),
        "{:?}",
        looped.elapsed
    );
    let mut said = stage::said(&looped);
    said.fuel = None;
    writeln!(said.text, "its neighbour scored on, and always the same").unwrap();
    said
}

/// A run that is interrupted while every thread computes: it ends with 130, and `--resume` ends it properly.
fn cancelled(stage: &Stage) -> Said {
    let start = Instant::now();
    let workspace = program::workspace(
        stage.isolation,
        400,
        &[("loops", LOOPS, "    limits: {fuel: 50000000, fuel_per_byte: 0}\n"), program::HEALTHY],
    );
    let child = workspace
        .command(&["run", "--no-cache", "--out", "out"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let samples = workspace.path("out/samples.jsonl");
    while std::fs::metadata(&samples).map_or(0, |file| file.len()) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "the run never began");
        std::thread::sleep(Duration::from_millis(2));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let interrupted = Instant::now();
    let ended = child.wait_with_output().unwrap();
    let patience = interrupted.elapsed();
    assert!(patience < Duration::from_secs(20), "it took {patience:?} to end");
    let err = String::from_utf8_lossy(&ended.stderr);
    assert!(!err.contains("panicked"), "{err}");
    let scored = workspace.record("out").len();
    assert!(scored < 400, "the run was over before it was interrupted");
    let resumed = workspace.run(&["run", "--no-cache", "--out", "out", "--resume"]);
    let record = workspace.record("out");
    let faults = record.iter().filter(|line| line["scores"][0]["fault"]["kind"] == "out-of-fuel").count();
    let text = format!(
        "interrupted: exit code {:?}, {} samples of 400\nresumed: exit code {:?}, {} samples, {faults} times out-of-fuel\n",
        ended.status.code(),
        if scored < 400 { "fewer" } else { "all" },
        resumed.code,
        record.len(),
    );
    Said { outcome: Expected::Fault(FaultKind::OutOfFuel), text, fuel: None, elapsed: start.elapsed() }
}

/// Sixteen threads share the slots of two, with plugins of which half burn their budget.
fn more_callers_than_slots(stage: &Stage) -> Said {
    let seat = stage.seat(&guests::completed(LOOPS), "{}", &limits(), &Grants::default()).unwrap();
    let said = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..16)
            .map(|caller| {
                let seat = &seat;
                scope.spawn(move || {
                    for _ in 0..20 {
                        if caller % 2 == 0 {
                            stage.check_healthy(seat).unwrap();
                        } else {
                            assert_eq!(
                                stage::said(&seat.evaluate(&sample())).outcome,
                                Expected::Fault(FaultKind::OutOfFuel)
                            );
                        }
                    }
                })
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        stage::said(&seat.evaluate(&sample()))
    });
    stage.check_healthy(&seat).unwrap();
    said
}
