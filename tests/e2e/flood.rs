//! What plugins say, and what a dataset holds, takes memory within a window, however much it is.

use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::guests::{PASSES, guest, guest_with};
use crate::workspace::{Workspace, sample};

/// Four findings with messages of 64 KiB less eight bytes, which together with their rules is as much as a score may say.
const SAYS_ALL: &str = "(memory.fill (i32.const 65536) (i32.const 0x41) (i32.const 65528))
    (local.set 0 (i32.const 5000))
    (loop $next
      (i32.store (local.get 0) (i32.const 1024))
      (i32.store offset=4 (local.get 0) (i32.const 7))
      (i32.store offset=8 (local.get 0) (i32.const 65536))
      (i32.store offset=12 (local.get 0) (i32.const 65528))
      (local.set 0 (i32.add (local.get 0) (i32.const 36)))
      (br_if $next (i32.lt_u (local.get 0) (i32.const 5144))))
    (i32.store (i32.const 4124) (i32.const 5000))
    (i32.store (i32.const 4128) (i32.const 4))
    (i32.const 4096)";

/// The most memory that a command held at once, in MiB. It has to end well.
fn peak(workspace: &Workspace, arguments: &[&str]) -> u64 {
    let mut child = workspace.command(arguments).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(most) = most.and_then(|most| most.trim().strip_suffix(" kB")) {
            peak = most.parse::<u64>().unwrap();
        }
        match child.try_wait().unwrap() {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(ended.success(), "{ended}");
    println!("{arguments:?}: {} MiB", peak >> 10);
    peak >> 10
}

#[test]
fn plugins_that_say_all_they_may_take_no_more_memory_for_more_samples() {
    let samples: Vec<_> = (0..96).map(|index| sample(&format!("s{index}"), "distribution", "Tea.")).collect();
    let workspace = Workspace::new();
    workspace.dataset(&samples);
    workspace.write("says.wasm", guest_with("(memory (export \"memory\") 3)", "(i32.const 3072)", SAYS_ALL));
    let metrics = (0..8).fold(String::new(), |mut metrics, index| {
        writeln!(metrics, "  says-{index}: {{plugin: says.wasm}}").unwrap();
        metrics
    });
    workspace.suite(&metrics, "");
    workspace.run(&["validate"]).expect(0);
    // A record of 192 MiB.
    let most = peak(&workspace, &["run", "--out", "out", "--jobs", "2", "--no-html"]);
    let size = std::fs::metadata(workspace.path("out/samples.jsonl")).unwrap().len();
    assert!(size > 96 * 8 * (256 << 10) - (1 << 20), "{size}");
    assert!(most < 320, "{most} MiB");
    let most = peak(&workspace, &["replay", "out", "--jobs", "2"]);
    assert!(most < 320, "{most} MiB");
}

#[test]
fn large_samples_are_read_as_far_as_the_window_goes() {
    let workspace = Workspace::new();
    let text = "Tea. ".repeat(400_000);
    let samples: Vec<_> = (0..128)
        .map(|index| json!({"id": format!("s{index}"), "partition": "distribution", "input": text, "output": "Tea."}))
        .collect();
    // 244 MiB.
    workspace.dataset(&samples);
    drop(samples);
    workspace.write("passes.wasm", guest(PASSES));
    workspace.suite("  passes: {plugin: passes.wasm}", "");
    let most = peak(&workspace, &["run", "--out", "out", "--jobs", "2", "--no-html"]);
    assert!(most < 320, "{most} MiB");
}
