//! Instances share a pool of memories and tables, and find nothing of each other there.
//!
//! Pooled memory leaked between instances once (GHSA-6wgr), when a slot changed from one component to another. So one
//! component fills all that it can get and traps, and the next one that gets its slot looks at every byte.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
#[allow(dead_code, reason = "other tests use the other guests")]
mod guests;

use guests::{PASSES, guest_with};
use scorebox_sandbox::{FaultKind, Grants, Limits, Sample, Sandbox, SandboxConfig};

/// Pages that are grown by: 20 MiB, more than the pool keeps resident, so that what is scanned and put back is tried as
/// well as what is given back to the system.
const PAGES: u32 = 320;
/// Different components than their number would have the pool keep warm, so that slots change hands.
const COMPONENTS: u32 = 24;

/// With a table, a component is configured in each instance; without, it starts from a snapshot.
const TABLE: &str = "(table $table 100 1000 funcref) (elem declare func $mark) (func $mark)";
const FILL_TABLE: &str = "(drop (table.grow $table (ref.func $mark) (i32.const 500)))
    (table.fill $table (i32.const 0) (ref.func $mark) (i32.const 600))";
const CHECK_TABLE: &str = "(local.set 1 (i32.const 100))
    (loop $next
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (if (i32.eqz (ref.is_null (table.get $table (local.get 1)))) (then (unreachable)))
      (br_if $next (local.get 1)))
    (drop (table.grow $table (ref.null func) (i32.const 500)))
    (local.set 1 (i32.const 600))
    (loop $next
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (if (i32.eqz (ref.is_null (table.get $table (local.get 1)))) (then (unreachable)))
      (br_if $next (local.get 1)))";

/// Traps where a byte from the end of the sample to the end of memory is not zero, once as it stands and once grown.
fn check_memory() -> String {
    let check = "(local.set 1 (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (loop $next
          (if (i64.ne (i64.load (local.get 1)) (i64.const 0)) (then (unreachable)))
          (local.set 1 (i32.add (local.get 1) (i32.const 8)))
          (br_if $next (i32.lt_u (local.get 1) (i32.mul (memory.size) (i32.const 65536)))))";
    format!(
        "{check} (if (i32.lt_s (memory.grow (i32.const {PAGES})) (i32.const 0)) (then (unreachable))) {check}"
    )
}

fn fill_memory() -> String {
    format!(
        "(if (i32.lt_s (memory.grow (i32.const {PAGES})) (i32.const 0)) (then (unreachable)))
        (memory.fill
          (global.get $next)
          (i32.const 0xA5)
          (i32.sub (i32.mul (memory.size) (i32.const 65536)) (global.get $next)))"
    )
}

/// A component that is no other: its data, and so its image of memory, differ.
fn component(number: u32, table: bool, evaluate: &str) -> Vec<u8> {
    let table = if table { TABLE } else { "" };
    guest_with(
        &format!("{table} (data (i32.const 1100) \"component {number}\")"),
        "(i32.const 3072)",
        evaluate,
    )
}

#[test]
fn the_next_instance_in_a_slot_finds_nothing_of_the_one_before() {
    let sandbox = Sandbox::new(SandboxConfig { concurrent: 1, ..SandboxConfig::default() }).unwrap();
    let evaluate = |bytes: &[u8]| {
        let plugin = sandbox.load(bytes, &Grants::default()).unwrap();
        let configured = plugin.configure("{}", &Limits::default()).unwrap();
        let sample = Sample { id: "s".into(), output: "secret ".repeat(100), ..Sample::default() };
        let result = configured.evaluate(&sample).result;
        (result.map_err(|fault| fault.kind), configured.not_snapshotted().is_none())
    };
    let (fill, check) = (fill_memory(), check_memory());
    for table in [false, true] {
        let (fill_table, check_table) = if table { (FILL_TABLE, CHECK_TABLE) } else { ("", "") };
        for number in 0..COMPONENTS {
            let leaves = format!("{fill_table} {fill} (unreachable)");
            assert_eq!(evaluate(&component(2 * number, table, &leaves)), (Err(FaultKind::Trap), !table));
            let finds = format!("{check_table} {check} {PASSES}");
            let (result, snapshotted) = evaluate(&component(2 * number + 1, table, &finds));
            assert_eq!(
                result.map(|score| score.value),
                Ok(1.0),
                "component {number} found what another left"
            );
            assert_eq!(snapshotted, !table);
        }
    }
}

#[test]
fn what_is_left_would_be_found() {
    let sandbox = Sandbox::new(SandboxConfig { concurrent: 1, ..SandboxConfig::default() }).unwrap();
    let mark = "(i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 1))";
    let set = "(table.set $table (i32.const 99) (ref.func $mark))";
    for (left, expected) in [("", Ok(1.0)), (mark, Err(FaultKind::Trap)), (set, Err(FaultKind::Trap))] {
        let bytes = component(0, true, &format!("{left} {CHECK_TABLE} {} {PASSES}", check_memory()));
        let plugin = sandbox.load(&bytes, &Grants::default()).unwrap();
        let configured = plugin.configure("{}", &Limits::default()).unwrap();
        let result = configured.evaluate(&Sample::default()).result;
        assert_eq!(result.map(|score| score.value).map_err(|fault| fault.kind), expected, "{left}");
    }
}
