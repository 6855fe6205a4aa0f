//! Runs a case, and looks at what it must not change: the healthy plugin, memory, threads, files, processes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::case::{Case, Expected, Guest, Said, What};
use crate::footprint::{Footprint, Held};
use crate::stage::{Seat, Stage};

/// Samples that a plugin is given, one after another, while its memory is watched.
const SAMPLES: usize = 30;
/// Times that a plugin which never gets to a sample is tried.
const ATTEMPTS: usize = 5;
/// Bytes by which memory may grow meanwhile: what the allocator keeps back. A page of a guest's memory that is lost with
/// every sample is more.
const SLACK: u64 = 1 << 20;
/// The same where code is compiled each time.
const COMPILING_SLACK: u64 = 8 << 20;
/// Patience with a case.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs `case`. The error says what it did to the host.
pub(crate) fn run(stage: &Stage, case: &Case) -> Result<Said, String> {
    BEGAN.store(seconds(), Ordering::Relaxed);
    let watched = catch_unwind(AssertUnwindSafe(|| watched(stage, case)));
    watched.unwrap_or_else(|panic| Err(said_in_panic(panic.as_ref())))
}

fn watched(stage: &Stage, case: &Case) -> Result<Said, String> {
    let before = settled(None);
    let said = match &case.what {
        What::Note(verdict, why) => {
            return Ok(Said {
                outcome: Expected::Score(0.0),
                text: format!("{verdict}: {why}"),
                fuel: None,
                elapsed: Duration::ZERO,
            });
        }
        What::Scene(play) => {
            let said = play(stage);
            snapshot(case, &said);
            steady(COMPILING_SLACK, || same(&said, &play(stage)))?;
            said
        }
        What::Guest(guest) => {
            let said = stage.play(guest);
            if said.outcome != guest.expected {
                return Err(format!("expected {:?}, and it was {said:?}", guest.expected));
            }
            snapshot(case, &said);
            watch_guest(stage, guest, &said)?;
            said
        }
    };
    stage.check_healthy_anew()?;
    let after = settled(Some(before));
    // Less is no loss: a thread of an earlier case may have ended at last.
    if !after.is_within(before) {
        return Err(format!(
            "{before:?} became {after:?}: threads {}",
            crate::footprint::threads().join(", ")
        ));
    }
    Ok(said)
}

fn watch_guest(stage: &Stage, guest: &Guest, said: &Said) -> Result<(), String> {
    let Ok(seat) = stage.seat(&guest.bytes, &guest.settings, &guest.limits, &guest.grants) else {
        return steady(COMPILING_SLACK, || (0..ATTEMPTS).try_for_each(|_| same(said, &stage.play(guest))));
    };
    let one = |seat: &Seat| same(said, &crate::stage::said(&seat.evaluate(&guest.sample)));
    (0..3).try_for_each(|_| one(&seat))?;
    stage.check_healthy(&seat)?;
    steady(SLACK, || (0..SAMPLES).try_for_each(|_| one(&seat)))?;
    stage.check_healthy(&seat)
}

/// Whether a case says the same again. Words and fuel have to be the same; time need not.
fn same(first: &Said, again: &Said) -> Result<(), String> {
    if (&first.text, first.outcome) == (&again.text, again.outcome) {
        return Ok(());
    }
    Err(format!("first it was\n{}and then\n{}", first.text, again.text))
}

/// Does something until memory no longer grows by it. What loses memory each time never gets there.
fn steady(slack: u64, mut action: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let mut grown = Vec::new();
    for _ in 0..5 {
        let before = Footprint::now().resident;
        action()?;
        let growth = Footprint::now().resident.saturating_sub(before);
        if growth <= slack {
            return Ok(());
        }
        grown.push(growth);
    }
    Err(format!("memory grows each time, by {grown:?} bytes"))
}

/// What is held, as soon as it is no more than `wanted`, or after some seconds. Threads and processes need a
/// moment to end; those that looked a name up, ten seconds.
fn settled(wanted: Option<Held>) -> Held {
    let start = Instant::now();
    loop {
        let held = Footprint::now().held;
        if wanted.is_none_or(|wanted| held.is_within(wanted)) || start.elapsed() > Duration::from_secs(15) {
            return held;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn snapshot(case: &Case, said: &Said) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(case.label().replace(',', "").replace(' ', "-"), said.text));
}

fn said_in_panic(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

static BEGAN: AtomicU64 = AtomicU64::new(0);

/// Ends this program if a case takes for ever, since nothing else would.
pub(crate) fn end_what_hangs() {
    BEGAN.store(seconds(), Ordering::Relaxed);
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            if seconds().saturating_sub(BEGAN.load(Ordering::Relaxed)) > PATIENCE.as_secs() {
                eprintln!("\nerror: this case did not end in {} s", PATIENCE.as_secs());
                std::process::exit(1);
            }
        }
    });
}

fn seconds() -> u64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs()
}
