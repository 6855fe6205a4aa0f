//! The sandbox holds against plugins that misbehave, and repeats itself to the bit.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
mod guests;

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use guests::{EATS, LOOPS, NAN, PASSES, TRAPS, guest, guest_with};
use scorebox_sandbox::{
    Configured, Evaluation, FaultKind, Field, Finding, Grants, Limits, MAX_COMPONENT_BYTES, Sample, Sandbox,
    SandboxConfig, Score, Span, Verdict,
};

fn sandbox(cache: Option<&Path>) -> Sandbox {
    Sandbox::new(SandboxConfig {
        cache: cache.map(Path::to_owned),
        concurrent: 4,
        ..SandboxConfig::default()
    })
    .unwrap()
}

fn limits() -> Limits {
    Limits { fuel: 2_000_000, memory: 4 << 20, deadline: Duration::from_secs(60), ..Limits::default() }
}

fn configured(sandbox: &Sandbox, bytes: &[u8], limits: &Limits) -> Configured {
    sandbox.load(bytes, &Grants::default()).unwrap().configure("{}", limits).unwrap()
}

fn sample() -> Sample {
    Sample { id: "s".into(), input: "Tea?".into(), output: "Grüße".into(), ..Sample::default() }
}

fn evaluate(sandbox: &Sandbox, evaluate: &str) -> Evaluation {
    configured(sandbox, &guest(evaluate), &limits()).evaluate(&sample())
}

/// A `score` at 4104 with one finding at 4200 whose span is `[start, end)` of the output.
fn with_span(start: u32, end: u32) -> String {
    format!(
        "(f64.store (i32.const 4104) (f64.const 1))
         (i32.store (i32.const 4124) (i32.const 4200)) (i32.store (i32.const 4128) (i32.const 1))
         (i32.store (i32.const 4200) (i32.const 1024)) (i32.store (i32.const 4204) (i32.const 7))
         (i32.store8 (i32.const 4216) (i32.const 1))
         (i32.store8 (i32.const 4220) (i32.const 1))
         (i32.store (i32.const 4228) (i32.const {start})) (i32.store (i32.const 4232) (i32.const {end}))
         (i32.const 4096)"
    )
}

#[test]
fn what_is_no_plugin_is_refused_with_a_reason() {
    let wat = |text: &str| wat::parse_str(text).unwrap();
    let plugin = guest(PASSES);
    let ask = "(import \"scorebox:plugin/model@0.1.0\" \"complete\"
        (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))";
    let model = guest_with(ask, "(i32.const 3072)", PASSES);
    let mut two_descriptors = plugin.clone();
    for _ in 0..2 {
        // A custom section: id 0, size, name, content.
        let name = b"scorebox:descriptor";
        two_descriptors.extend([0, u8::try_from(name.len()).unwrap() + 3, u8::try_from(name.len()).unwrap()]);
        two_descriptors.extend(name);
        two_descriptors.extend(b"{}");
    }
    let mut out = String::new();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("text", b"I am a plugin, honestly.".to_vec()),
        ("native program", b"\x7fELF\x02\x01\x01".to_vec()),
        ("zip", b"PK\x03\x04".to_vec()),
        ("noise", vec![0xff; 100]),
        ("core module", wat("(module)")),
        ("cut", plugin[..plugin.len() / 2].to_vec()),
        ("too large", vec![0; MAX_COMPONENT_BYTES + 1]),
        ("no exports", wat("(component)")),
        (
            "another export",
            wat(
                "(component (component $c (core module $m (func (export \"f\")))) (instance $i (instantiate $c)) \
                 (export \"wasi:cli/run@0.2.0\" (instance $i)))",
            ),
        ),
        (
            "a later contract",
            wat("(component (component $c) (instance $i (instantiate $c)) \
                 (export \"scorebox:plugin/metric@0.3.0\" (instance $i)))"),
        ),
        ("the model without a grant", model),
        (
            "files",
            wat("(component (import \"wasi:filesystem/preopens@0.2.0\" (instance)) (component $c) \
                 (instance $i (instantiate $c)) (export \"scorebox:plugin/metric@0.1.0\" (instance $i)))"),
        ),
        ("two descriptors", two_descriptors),
        // Two sections of core instances: one, and 4,294,967,295.
        (
            "instances beyond counting",
            b"\0asm\x0d\0\x01\0\x02\x04\x01\x00\x00\x00\x02\x05\xff\xff\xff\xff\x0f".to_vec(),
        ),
    ] {
        let refused = sandbox(None).load(&bytes, &Grants::default()).err();
        writeln!(out, "{name}: {}", refused.map_or("taken in".to_owned(), |error| error.to_string()))
            .unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_misbehaviour_is_a_fault_with_a_name_and_advice() {
    let sandbox = sandbox(None);
    let healthy = configured(&sandbox, &guest(PASSES), &limits());
    let before = healthy.evaluate(&sample());
    let recursion = guest_with("(func $down (call $down))", "(i32.const 3072)", "(call $down) (unreachable)");
    let mut out = String::new();
    for (name, bytes) in [
        ("loops", guest(LOOPS)),
        ("traps", guest(TRAPS)),
        ("eats memory", guest(EATS)),
        ("recursion", recursion),
        ("out of bounds", guest("(i32.load (i32.const -4))")),
        ("divides by zero", guest("(i32.div_u (i32.const 1) (i32.const 0))")),
        ("NaN", guest(NAN)),
        ("infinite", guest("(f64.store (i32.const 4104) (f64.const inf)) (i32.const 4096)")),
        ("pointer into nowhere", guest("(i32.const -64)")),
        ("pointer not aligned", guest("(i32.const 4097)")),
        ("unknown verdict", guest("(i32.store8 (i32.const 4112) (i32.const 9)) (i32.const 4096)")),
        ("list without end", guest("(i32.store (i32.const 4128) (i32.const -1)) (i32.const 4096)")),
        (
            "summary that is not UTF-8",
            guest(
                "(i32.store8 (i32.const 4300) (i32.const 255)) (i32.store (i32.const 4116) (i32.const 4300))
                 (i32.store (i32.const 4120) (i32.const 1)) (i32.const 4096)",
            ),
        ),
        ("span beyond the text", guest(&with_span(0, 100))),
        ("span backwards", guest(&with_span(3, 1))),
        ("span within a character", guest(&with_span(0, 3))),
    ] {
        let fault = configured(&sandbox, &bytes, &limits()).evaluate(&sample()).result.expect_err(name);
        writeln!(out, "{name}\n  {fault}").unwrap();
        let after = healthy.evaluate(&sample());
        assert_eq!(
            (&after.result, after.fuel),
            (&before.result, before.fuel),
            "a healthy plugin beside `{name}`"
        );
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_span_on_character_boundaries_is_taken() {
    let score = evaluate(&sandbox(None), &with_span(0, 4)).result.unwrap();
    assert_eq!(score.findings[0].location.unwrap().quote(&sample()), Some("Grü"));
}

#[test]
fn the_deadline_ends_what_fuel_would_let_run() {
    let limits = Limits { fuel: u64::MAX >> 1, deadline: Duration::from_millis(50), ..limits() };
    let looping = configured(&sandbox(None), &guest(LOOPS), &limits);
    let start = Instant::now();
    let fault = looping.evaluate(&sample()).result.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Deadline);
    assert!(!fault.kind.is_deterministic());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn fuel_is_the_same_on_every_thread_and_every_time() {
    let sandbox = sandbox(None);
    let work = "(local $i i32) (loop (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const 1000)))) (i32.const 4096)";
    let working = configured(&sandbox, &guest(work), &limits());
    let looping = configured(&sandbox, &guest(LOOPS), &limits());
    let fuel: Vec<(u64, u64)> = std::thread::scope(|scope| {
        let one = || (working.evaluate(&sample()).fuel, looping.evaluate(&sample()).fuel);
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(fuel[0].0 > 1000 && fuel.iter().all(|one| *one == fuel[0]), "{fuel:?}");
}

#[test]
fn more_input_brings_more_fuel() {
    let limits = Limits { fuel: 1000, fuel_per_byte: 100, ..limits() };
    let looping = configured(&sandbox(None), &guest(LOOPS), &limits);
    let long = Sample { output: "x".repeat(1000), ..sample() };
    assert!(looping.evaluate(&long).fuel > looping.evaluate(&sample()).fuel + 90_000);
}

/// Counts its calls in a global and in memory, and gives the count as the value.
const COUNTS: &str = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 5000) (i32.add (i32.load (i32.const 5000)) (i32.const 1)))
    (f64.store (i32.const 4104) (f64.add
      (f64.mul (f64.const 100) (f64.convert_i32_u (global.get $calls)))
      (f64.convert_i32_u (i32.load (i32.const 5000)))))
    (i32.const 4096)";

#[test]
fn no_sample_sees_another_and_all_see_what_configure_left() {
    let sandbox = sandbox(None);
    let configure =
        "(global.set $calls (i32.const 40)) (i32.store (i32.const 5000) (i32.const 7)) (i32.const 3072)";
    let bytes = guest_with("(global $calls (mut i32) (i32.const 0))", configure, COUNTS);
    let counting = configured(&sandbox, &bytes, &limits());
    assert_eq!(counting.not_snapshotted(), None);
    for _ in 0..3 {
        assert_eq!(counting.evaluate(&sample()).result.unwrap().value, 4108.0, "41 calls, and 8 in memory");
    }
    let mut reused = counting.reused().unwrap();
    let values: Vec<f64> = (0..2).map(|_| reused.evaluate(&sample()).unwrap().value).collect();
    assert_eq!(values, [4108.0, 4209.0], "the test can tell: a reused instance does count on");
}

#[test]
fn a_plugin_that_cannot_be_snapshotted_is_configured_each_time() {
    // A snapshot holds memory and globals, so a plugin that changes a table has none.
    let configure =
        "(global.set $calls (i32.const 40)) (i32.store (i32.const 5000) (i32.const 7)) (i32.const 3072)";
    let fields = "(global $calls (mut i32) (i32.const 0)) (table $t 1 funcref)
                  (func (export \"unused\") (table.set $t (i32.const 0) (ref.null func)))";
    let counting = configured(&sandbox(None), &guest_with(fields, configure, COUNTS), &limits());
    assert!(counting.not_snapshotted().is_some(), "the test's guest can be snapshotted after all");
    for _ in 0..3 {
        assert_eq!(counting.evaluate(&sample()).result.unwrap().value, 4108.0);
    }
}

#[test]
fn settings_that_the_plugin_refuses_are_its_own_words() {
    // failure::invalid-settings("hostile") at 5000: err, case 0, pointer, length.
    let refuses = "(i32.store8 (i32.const 5000) (i32.const 1)) (i32.store8 (i32.const 5004) (i32.const 0))
        (i32.store (i32.const 5008) (i32.const 1024)) (i32.store (i32.const 5012) (i32.const 7)) (i32.const 5000)";
    let plugin = sandbox(None).load(&guest_with("", refuses, PASSES), &Grants::default()).unwrap();
    let fault = plugin.configure("{}", &limits()).unwrap_err();
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::InvalidSettings, "hostile"));
    let looping = sandbox(None).load(&guest_with("", LOOPS, PASSES), &Grants::default()).unwrap();
    assert_eq!(looping.configure("{}", &limits()).unwrap_err().kind, FaultKind::OutOfFuel);
}

#[test]
fn compiled_code_is_kept_and_forged_code_is_not_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let code = |path: &Path| -> Vec<std::path::PathBuf> {
        let files = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "code")).collect()
    };
    let bytes = guest(PASSES);
    configured(&sandbox(Some(directory.path())), &bytes, &limits());
    let entries = code(directory.path());
    assert_eq!(entries.len(), 1);
    let sound = std::fs::read(&entries[0]).unwrap();

    // One flipped bit anywhere, a truncation, an entry under another's name: none is loaded, all are made anew.
    for damage in [0, 20, sound.len() / 2, sound.len() - 1] {
        let mut forged = sound.clone();
        forged[damage] ^= 1;
        std::fs::write(&entries[0], forged).unwrap();
        let again = configured(&sandbox(Some(directory.path())), &bytes, &limits());
        assert_eq!(again.evaluate(&sample()).result.unwrap().value, 1.0);
        assert_eq!(std::fs::read(&entries[0]).unwrap().len(), sound.len(), "the entry was written anew");
    }
    let other = guest(NAN);
    configured(&sandbox(Some(directory.path())), &other, &limits());
    let swapped = code(directory.path()).into_iter().find(|path| *path != entries[0]).unwrap();
    std::fs::copy(&entries[0], &swapped).unwrap();
    let fault = configured(&sandbox(Some(directory.path())), &other, &limits())
        .evaluate(&sample())
        .result
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::InvalidScore, "the other plugin's code does not run under this name");
}

#[test]
fn a_cache_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let sandbox = sandbox(Some(directory.path()));
    assert!(sandbox.warnings()[0].contains("is not private"), "{:?}", sandbox.warnings());
    assert!(configured(&sandbox, &guest(PASSES), &limits()).evaluate(&sample()).result.is_ok());
}

proptest::proptest! {
    /// Whatever a plugin returns, checking it neither panics nor lets a span through that does not quote.
    #[test]
    fn a_checked_span_can_be_quoted(start in 0..12_u32, end in 0..12_u32, context in 0..3_u32, text in "\\PC{0,6}") {
        for field in [Field::Output, Field::Input, Field::Context(context)] {
            let sample = Sample { output: text.clone(), input: text.clone(), context: vec![text.clone()], ..Sample::default() };
            let span = Span { field, start, end };
            let finding = Finding { rule: "r".into(), message: String::new(), location: Some(span) };
            let score = Score { value: 1.0, verdict: Verdict::Pass, summary: String::new(), findings: vec![finding], measures: vec![] };
            let sound = score.check(&sample, Some((0.0, 1.0))).is_ok();
            proptest::prop_assert_eq!(sound, span.quote(&sample).is_some());
        }
    }
}
