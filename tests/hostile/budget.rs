//! Rows 1 to 5, 10, 31 and 55: what never ends.

use std::fmt::Write;
use std::time::{Duration, Instant};

use scorebox_sandbox::{FaultKind, Grants, Limits, Sandbox};

use crate::case::{Case, Expected, Said, limits};
use crate::guests;
use crate::program;
use crate::stage::Stage;

pub(crate) fn cases() -> Vec<Case> {
    use FaultKind::{OutOfFuel, StackOverflow};
    vec![
        Case::guest(1, "loops in its start function", include_str!("budget/01-loops-in-start.wat"))
            .faults(OutOfFuel),
        Case::guest(2, "loops in describe", include_str!("budget/02-loops-in-describe.wat"))
            .faults(OutOfFuel),
        Case::guest(2, "loops in configure", include_str!("budget/02-loops-in-configure.wat"))
            .faults(OutOfFuel),
        Case::scene(2, "loops, is inspected and built", inspected_and_built),
        Case::guest(3, "loops in evaluate", LOOPS).faults(OutOfFuel),
        Case::guest(4, "loops in realloc", include_str!("budget/04-loops-in-realloc.wat")).faults(OutOfFuel),
        Case::guest(5, "loops in post-return", include_str!("budget/05-loops-in-post-return.wat"))
            .faults(OutOfFuel),
        Case::guest(10, "recursion", include_str!("budget/10-recursion.wat")).faults(StackOverflow),
        Case::guest(10, "mutual recursion", include_str!("budget/10-mutual-recursion.wat"))
            .faults(StackOverflow),
        Case::guest(31, "fills memory", include_str!("budget/31-fills-memory.wat"))
            .with(|guest| guest.limits.fuel = 20_000_000)
            .faults(OutOfFuel),
        Case::guest(31, "copies memory", include_str!("budget/31-copies-memory.wat"))
            .with(|guest| guest.limits.fuel = 20_000_000)
            .faults(OutOfFuel),
        Case::scene(55, "burns 10,000 whole budgets", ten_thousand_budgets),
    ]
}

pub(crate) const LOOPS: &str = include_str!("budget/03-loops-in-evaluate.wat");

/// `plugin inspect` runs nothing; `plugin build` runs `describe`, under the same budget as everything else.
fn inspected_and_built(stage: &Stage) -> Said {
    let start = Instant::now();
    let bytes = guests::completed(include_str!("budget/02-loops-in-describe.wat"));
    let inspection = Sandbox::inspect(&bytes).unwrap();
    let plugin = stage.sandbox.load(&bytes, &Grants::default()).unwrap();
    let fault = plugin.describe(&limits()).unwrap_err();
    let program = program::inspect(&bytes);
    let text = format!(
        "inspect: {} bytes of {}\ndescribe: {fault}\nscorebox plugin inspect: exit code {:?}\n",
        inspection.size, inspection.contract, program.code
    );
    Said { outcome: Expected::Fault(fault.kind), text, fuel: None, elapsed: start.elapsed() }
}

/// A run of 10,000 samples, each of which costs the whole budget of one plugin, and next to nothing of another.
fn ten_thousand_budgets(stage: &Stage) -> Said {
    const SAMPLES: usize = 10_000;
    let start = Instant::now();
    let workspace = program::workspace(
        stage.isolation,
        SAMPLES,
        &[("loops", LOOPS, "    limits: {fuel: 20000, fuel_per_byte: 0}\n"), program::HEALTHY],
    );
    workspace.run(&["run", "--no-cache", "--out", "out"]).expect(3);
    let elapsed = start.elapsed();
    let record = workspace.record("out");
    let count = |test: &dyn Fn(&serde_json::Value) -> bool| record.iter().filter(|line| test(line)).count();
    let burned = count(&|line| line["scores"][0]["fault"]["kind"] == "out-of-fuel");
    let healthy = count(&|line| line["scores"][1]["value"].is_number());
    let budget = Limits { fuel: 20_000, fuel_per_byte: 0, ..Limits::default() }.budget(0);
    assert!(elapsed < Duration::from_secs(60), "10,000 times {budget} units took {elapsed:?}");
    let mut text = String::new();
    writeln!(text, "run: {SAMPLES} samples, exit code 3 (too many faults to say)").unwrap();
    writeln!(text, "loops: {burned} times out-of-fuel\nhealthy: {healthy} scores").unwrap();
    writeln!(text, "{}", record[0]["scores"][0]["fault"]["message"].as_str().unwrap()).unwrap();
    Said {
        outcome: Expected::Fault(FaultKind::OutOfFuel),
        text,
        fuel: Some(budget * SAMPLES as u64),
        elapsed,
    }
}
