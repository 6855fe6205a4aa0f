//! The same component, settings and sample give the same bytes: on every thread, in every process, from every engine,
//! compiled now or before. That is what a replay rests on.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
#[allow(dead_code, reason = "other tests use the other guests")]
mod guests;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use guests::{EATS, LOOPS, NAN, PASSES, TRAPS, guest, guest_with};
use scorebox_sandbox::{Configured, Evaluation, FaultKind, Grants, Limits, Sample, Sandbox, SandboxConfig};

fn sandbox(cache: Option<&Path>) -> Sandbox {
    Sandbox::new(SandboxConfig {
        cache: cache.map(Path::to_owned),
        concurrent: 4,
        ..SandboxConfig::default()
    })
    .unwrap()
}

fn configured(sandbox: &Sandbox, bytes: &[u8]) -> Configured {
    let limits = Limits { fuel: 2_000_000, memory: 4 << 20, ..Limits::default() };
    sandbox.load(bytes, &Grants::default()).unwrap().configure("{}", &limits).unwrap()
}

fn sample() -> Sample {
    Sample { id: "s".into(), input: "Tea?".into(), output: "Grüße".into(), ..Sample::default() }
}

/// Where the operands lie, so that no compiler knows them: 0, -1, infinity, a signalling NaN and a negative quiet one
/// with payloads of their own, and the same for `f32`.
const OPERANDS: &str = r#"
  (data (i32.const 1104) "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\f0\bf" "\00\00\00\00\00\00\f0\7f"
                         "\01\00\ef\be\ad\de\f0\7f" "\78\56\34\12\00\00\fc\ff"
                         "\ef\be\80\7f" "\78\56\f4\ff")
  (func $zero (result f64) (f64.load (i32.const 1104)))
  (func $minus (result f64) (f64.load (i32.const 1112)))
  (func $inf (result f64) (f64.load (i32.const 1120)))
  (func $snan (result f64) (f64.load (i32.const 1128)))
  (func $nan (result f64) (f64.load (i32.const 1136)))
  (func $snan32 (result f32) (f32.load (i32.const 1144)))
  (func $nan32 (result f32) (f32.load (i32.const 1148)))
  (global $n (mut i32) (i32.const 0))
  (func $measure (param $value f64)
    (local $at i32)
    (local.set $at (i32.add (i32.const 5008) (i32.mul (global.get $n) (i32.const 16))))
    (i32.store (local.get $at) (i32.const 1024))
    (i32.store offset=4 (local.get $at) (i32.const 7))
    (f64.store offset=8 (local.get $at) (local.get $value))
    (global.set $n (i32.add (global.get $n) (i32.const 1))))
  (func $int (param $bits i32) (call $measure (f64.convert_i32_u (local.get $bits))))
  (func $long (param $bits i64)
    (call $int (i32.wrap_i64 (i64.shr_u (local.get $bits) (i64.const 32))))
    (call $int (i32.wrap_i64 (local.get $bits))))
  (func $vector (param $bits v128)
    (call $long (i64x2.extract_lane 0 (local.get $bits)))
    (call $long (i64x2.extract_lane 1 (local.get $bits))))
"#;

/// A pass with what `$measure` was given.
const MEASURES: &str = "(f64.store (i32.const 4104) (f64.const 1))
    (i32.store (i32.const 4132) (i32.const 5008)) (i32.store (i32.const 4136) (global.get $n)) (i32.const 4096)";

/// Operations on `f64` that make a NaN of something, or of another NaN.
const NANS: [&str; 16] = [
    "(f64.div (call $zero) (call $zero))",
    "(f64.sub (call $inf) (call $inf))",
    "(f64.mul (call $inf) (call $zero))",
    "(f64.sqrt (call $minus))",
    "(f64.add (call $snan) (call $minus))",
    "(f64.add (call $minus) (call $nan))",
    "(f64.mul (call $nan) (call $snan))",
    "(f64.div (call $snan) (call $nan))",
    "(f64.sqrt (call $nan))",
    "(f64.min (call $nan) (call $minus))",
    "(f64.max (call $minus) (call $snan))",
    "(f64.ceil (call $nan))",
    "(f64.floor (call $snan))",
    "(f64.nearest (call $nan))",
    "(f64.trunc (call $snan))",
    "(f64.promote_f32 (call $nan32))",
];

/// The same on `f32`, and on vectors.
const SHORT_NANS: [&str; 4] = [
    "(f32.demote_f64 (call $nan))",
    "(f32.add (call $nan32) (call $snan32))",
    "(f32.sqrt (f32.demote_f64 (call $minus)))",
    "(f32.min (call $snan32) (call $nan32))",
];
const VECTOR_NANS: [&str; 4] = [
    "(f64x2.div (f64x2.splat (call $zero)) (f64x2.splat (call $zero)))",
    "(f64x2.add (f64x2.splat (call $nan)) (f64x2.splat (call $minus)))",
    "(f64x2.sqrt (f64x2.splat (call $minus)))",
    "(f64x2.max (f64x2.splat (call $snan)) (f64x2.splat (call $nan)))",
];

/// Measures the bits of every NaN.
fn nans() -> String {
    let mut code = String::new();
    for nan in NANS {
        writeln!(code, "(call $long (i64.reinterpret_f64 {nan}))").unwrap();
    }
    for nan in SHORT_NANS {
        writeln!(code, "(call $int (i32.reinterpret_f32 {nan}))").unwrap();
    }
    for nan in VECTOR_NANS {
        writeln!(code, "(call $vector {nan})").unwrap();
    }
    code
}

/// What the bits of one canonical NaN after the other are.
fn canonical() -> Vec<f64> {
    let (high, short) = (f64::from(0x7ff8_0000_u32), f64::from(0x7fc0_0000_u32));
    let long = [high, 0.0];
    let vector = [high, 0.0, high, 0.0];
    [long.repeat(NANS.len()), vec![short; SHORT_NANS.len()], vector.repeat(VECTOR_NANS.len())].concat()
}

fn measures(evaluation: &Evaluation) -> Vec<f64> {
    evaluation.result.as_ref().unwrap().measures.iter().map(|(_, value)| *value).collect()
}

#[test]
fn every_nan_is_the_canonical_one_whichever_engine_makes_it() {
    let sandbox = sandbox(None);
    let now = guest_with(OPERANDS, "(i32.const 3072)", &format!("{} {MEASURES}", nans()));
    assert_eq!(measures(&configured(&sandbox, &now).evaluate(&sample())), canonical(), "in `evaluate`");

    // `configure` runs in code that is not optimised, and what it measured is in the snapshot.
    let before = guest_with(OPERANDS, &format!("{} (i32.const 3072)", nans()), MEASURES);
    let snapshotted = configured(&sandbox, &before);
    assert_eq!(snapshotted.not_snapshotted(), None);
    assert_eq!(measures(&snapshotted.evaluate(&sample())), canonical(), "in `configure`");

    let table =
        "(table $t 1 funcref) (func (export \"unused\") (table.set $t (i32.const 0) (ref.null func)))";
    let each_time =
        guest_with(&format!("{OPERANDS} {table}"), &format!("{} (i32.const 3072)", nans()), MEASURES);
    let each_time = configured(&sandbox, &each_time);
    assert!(each_time.not_snapshotted().is_some(), "the test's guest can be snapshotted after all");
    assert_eq!(measures(&each_time.evaluate(&sample())), canonical(), "in `configure` of each instance");
}

/// Relaxed vector instructions, which may do what the processor does best, where x86 and ARM do not do the same; and
/// what the deterministic profile of WebAssembly says they do: four 32-bit lanes each.
const RELAXED: [(&str, [u32; 4]); 6] = [
    // A lane that is not there is zero; x86 takes the index modulo 16.
    (
        "(i8x16.relaxed_swizzle (i32x4.splat (i32.const 0x41414141)) (i32x4.splat (i32.const 0x10101010)))",
        [0; 4],
    ),
    // Not a number is zero, and what is too large is the largest; x86 has the smallest for both.
    ("(i32x4.relaxed_trunc_f32x4_s (f32x4.splat (call $nan32)))", [0; 4]),
    ("(i32x4.relaxed_trunc_f32x4_s (f32x4.splat (f32.demote_f64 (call $inf))))", [0x7fff_ffff; 4]),
    // The product that does not fit is the largest number that does; x86 wraps around.
    (
        "(i16x8.relaxed_q15mulr_s (i16x8.splat (i32.const 0x8000)) (i16x8.splat (i32.const 0x8000)))",
        [0x7fff_7fff; 4],
    ),
    // By bit; x86 looks at the highest bit of each byte alone.
    (
        "(i8x16.relaxed_laneselect (i32x4.splat (i32.const -1)) (i32x4.splat (i32.const 0))
           (i32x4.splat (i32.const 0x0f0f0f0f)))",
        [0x0f0f_0f0f; 4],
    ),
    // The sum is rounded once: (1 + 2^-12)^2 - 1 = 2^-11 + 2^-24, whose last part a rounded product would lose.
    (
        "(f32x4.relaxed_madd (f32x4.splat (f32.const 0x1.001p0)) (f32x4.splat (f32.const 0x1.001p0))
           (f32x4.splat (f32.const -1)))",
        [0x3a00_0400; 4],
    ),
];

#[test]
fn relaxed_vector_instructions_do_the_same_everywhere() {
    let mut code = String::new();
    let mut expected = Vec::new();
    for (instruction, lanes) in RELAXED {
        writeln!(code, "(call $vector {instruction})").unwrap();
        // The lanes come as two numbers of 64 bits, the higher half of each first.
        expected.extend([lanes[1], lanes[0], lanes[3], lanes[2]].map(f64::from));
    }
    let bytes = guest_with(OPERANDS, "(i32.const 3072)", &format!("{code} {MEASURES}"));
    assert_eq!(measures(&configured(&sandbox(None), &bytes).evaluate(&sample())), expected);
}

/// Healthy and faulty guests; `LOOPS` and `EATS` run into fuel and memory.
fn everybody() -> Vec<(&'static str, Vec<u8>, Option<FaultKind>)> {
    let numbers = guest_with(OPERANDS, "(i32.const 3072)", &format!("{} {MEASURES}", nans()));
    vec![
        ("passes", guest(PASSES), None),
        ("measures NaNs", numbers, None),
        ("loops", guest(LOOPS), Some(FaultKind::OutOfFuel)),
        ("eats", guest(EATS), Some(FaultKind::OutOfMemory)),
        ("traps", guest(TRAPS), Some(FaultKind::Trap)),
        ("NaN", guest(NAN), Some(FaultKind::InvalidScore)),
        (
            "recursion",
            guest_with("(func $down (call $down))", "(i32.const 3072)", "(call $down) (unreachable)"),
            Some(FaultKind::StackOverflow),
        ),
    ]
}

/// All that everybody says, time apart, to the bit.
fn said(sandbox: &Sandbox) -> String {
    let mut out = String::new();
    for (name, bytes, fault) in everybody() {
        let Evaluation { result, fuel, log, .. } = configured(sandbox, &bytes).evaluate(&sample());
        assert_eq!(result.as_ref().err().map(|fault| fault.kind), fault, "{name}");
        let result = result.map(|score| (score.value.to_bits(), score));
        writeln!(out, "{name}: {result:?} {fuel} {log:?}").unwrap();
    }
    out
}

#[test]
fn scores_faults_and_fuel_are_the_same_on_every_thread_and_from_every_sandbox() {
    let one = sandbox(None);
    let first = said(&one);
    assert!(first.contains("out-of-fuel") || first.contains("OutOfFuel"), "{first}");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| said(&one))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), first, "another thread");
        }
    });
    assert_eq!(said(&sandbox(None)), first, "another sandbox");
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(said(&sandbox(Some(cache.path()))), first, "compiled into a cache");
    assert_eq!(said(&sandbox(Some(cache.path()))), first, "loaded from the cache");
}

/// Set for the process that [`another_process_says_the_same`] starts.
const CHILD: &str = "SCOREBOX_TEST_SAY";

#[test]
fn another_process_says_the_same() {
    let first = said(&sandbox(None));
    if let Some(path) = std::env::var_os(CHILD) {
        return std::fs::write(path, first).unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("said");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process_says_the_same"])
        .env(CHILD, &path)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), first);
}
