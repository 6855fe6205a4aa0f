//! A host's policy, as somebody meets it who wrote a suite that asks for too much.

use std::fmt::Write;

use crate::guests::{PASSES, guest_with};
use crate::workspace::{Workspace, plugin, sample};

const POLICY: &str = "limits: {memory: 32MiB, deadline: 5s}
grants: {model: false, http: [api.example.com]}
subjects: [dataset, recorded]
";

/// A workspace whose suite asks for a gigabyte and a host, in a checkout that holds `checkout` as its policy.
fn greedy(checkout: Option<&str>) -> Workspace {
    let workspace = Workspace::new();
    workspace.dataset(&[sample("a", "golden", "All is well.")]);
    let plugin = plugin("competitor-mention");
    let metrics = format!(
        "  check:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n    limits: {{memory: 1GiB}}\n    grants: \
         {{http: [evil.example.com]}}",
        plugin.display()
    );
    workspace.suite(&metrics, "");
    if let Some(text) = checkout {
        workspace.write("scorebox.policy.yaml", text);
    }
    workspace
}

#[test]
fn a_suite_that_goes_beyond_a_policy_ends_with_both_places() {
    let workspace = greedy(None);
    workspace.write("host/policy.yaml", POLICY);
    for by_variable in [false, true] {
        let mut command = if by_variable {
            let mut command = workspace.command(&["run", "--out", "out"]);
            command.env("SCOREBOX_POLICY", workspace.path("host/policy.yaml"));
            command
        } else {
            workspace.command(&["run", "--out", "out", "--policy", "host/policy.yaml"])
        };
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for part in [
            "`memory` is 1GiB, more than the 32MiB that a policy allows",
            "check: a policy forbids to grant `evil.example.com`",
            "scorebox.yaml:9:",
            "scorebox.yaml:10:",
            "policy.yaml:1:",
            "policy.yaml:2:",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
        assert!(!workspace.path("out").exists(), "nothing was run");
    }
}

#[test]
fn a_policy_of_the_checkout_lowers_and_never_raises() {
    let generous = "limits: {memory: 1GiB}\ngrants: {http: [evil.example.com]}\n";
    let workspace = greedy(Some(generous));
    workspace.write("host/policy.yaml", POLICY);
    let said = workspace.run(&["validate", "--policy", "host/policy.yaml"]).expect(2).err;
    assert!(said.contains("more than the 32MiB"), "{said}");
    assert!(said.contains("forbids to grant `evil.example.com`"), "{said}");
    let alone = greedy(Some(POLICY)).run(&["validate"]).expect(2).err;
    assert!(alone.contains("scorebox.policy.yaml:1:"), "{alone}");
}

#[test]
fn a_policy_that_is_named_and_missing_is_an_error() {
    let workspace = greedy(None);
    let said = workspace.run(&["run", "--policy", "none.yaml"]).expect(2).err;
    assert!(said.contains("none.yaml"), "{said}");
    let output = workspace.command(&["run"]).env("SCOREBOX_POLICY", "none.yaml").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_suite_full_of_components_that_take_long_to_compile_ends_with_the_first() {
    let functions = " (i32.const 3) (i32.xor) (i32.const 7) (i32.rotl)".repeat(12);
    let functions = format!("(func (param i32) (result i32) (local.get 0){functions})").repeat(40_000);
    let bomb = guest_with(&functions, "(i32.const 3072)", PASSES);
    let workspace = Workspace::new();
    workspace.dataset(&[sample("a", "distribution", "Tea.")]);
    workspace.write("scorebox.policy.yaml", "compile: {time: 500ms}");
    let processors = std::thread::available_parallelism().unwrap().get();
    let mut metrics = String::new();
    for index in 0..processors + 4 {
        // A custom section makes each another component.
        let section = [&[0_u8, 4, 1, b'x'][..], &u16::try_from(index).unwrap().to_le_bytes()[..]].concat();
        workspace.write(&format!("{index}.wasm"), [&bomb[..], &section].concat());
        writeln!(metrics, "  m{index}: {{plugin: {index}.wasm}}").unwrap();
    }
    workspace.suite(&metrics, "");
    let said = workspace.run(&["validate"]).expect(2).err;
    let faults = said.matches("compile-limit").count();
    assert!((1..=processors).contains(&faults), "{faults} of {}: {said}", processors + 4);
}

#[test]
fn a_run_within_a_policy_names_it_and_its_grants() {
    let workspace = Workspace::new();
    workspace.dataset(&[sample("a", "golden", "All is well.")]);
    let plugin = plugin("competitor-mention");
    let metrics = format!(
        "  check:\n    plugin: {}\n    settings: {{competitors: [Globex]}}\n    grants: {{http: [api.example.com]}}",
        plugin.display()
    );
    workspace.suite(&metrics, "isolation: process\n");
    workspace.write("scorebox.policy.yaml", POLICY);
    let said = workspace.run(&["run", "--out", "out"]).expect(0).out;
    assert!(said.contains("https://api.example.com:443"), "{said}");
    let manifest: serde_json::Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    assert!(manifest["policies"][0]["path"].as_str().unwrap().ends_with("scorebox.policy.yaml"));
    assert_eq!(manifest["metrics"][0]["grants"]["http"][0]["host"], "api.example.com");
    assert_eq!(
        manifest["metrics"][0]["limits"]["memory"],
        32 << 20,
        "defaults are taken down to the ceiling"
    );
    assert_eq!(manifest["isolation"], "process");
    let effective = workspace.run(&["policy"]).expect(0).out;
    assert!(effective.contains("in the checkout"), "{effective}");
}

/// Runs the binary, and ends it if it hangs.
fn ends(workspace: &Workspace, arguments: &[&str]) -> String {
    let mut child = workspace
        .command(arguments)
        .env("SECRET_TOKEN", "hunter2")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..3000 {
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            return String::from_utf8(output.stderr).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("{arguments:?} waits for ever");
}

#[test]
fn no_link_of_a_pull_request_prints_a_secret_or_waits() {
    use std::os::unix::fs::symlink;
    let workspace = Workspace::new();
    workspace.dataset(&[sample("a", "golden", "All is well.")]);
    workspace.suite("  exact-match:", "");
    let policy = workspace.path("scorebox.policy.yaml");
    let pipe = workspace.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for target in ["/proc/self/environ", "/proc/self/cmdline", "/dev/stdin", pipe.to_str().unwrap()] {
        symlink(target, &policy).unwrap();
        let said = ends(&workspace, &["validate"]);
        assert!(said.contains("no regular file") && !said.contains("hunter2"), "{target}: {said}");
        std::fs::remove_file(&policy).unwrap();

        let (suite, dataset) = (workspace.path("link.yaml"), workspace.path("link.csv"));
        symlink(target, &suite).unwrap();
        symlink(target, &dataset).unwrap();
        workspace.write("linked.yaml", "dataset: link.csv\nmetrics: {exact-match: }\n");
        for suite in ["link.yaml", "linked.yaml"] {
            let said = ends(&workspace, &["validate", suite]);
            assert!(said.contains("no regular file") && !said.contains("hunter2"), "{target}: {said}");
        }
        std::fs::remove_file(&suite).unwrap();
        std::fs::remove_file(&dataset).unwrap();
    }
    // What lies outside of the checkout, where a policy is that it cannot change.
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("credentials");
    std::fs::write(&secret, "aws: hunter2\n").unwrap();
    std::fs::write(outside.path().join("policy.yaml"), "limits: {memory: 1GiB}\n").unwrap();
    let named = outside.path().join("policy.yaml").display().to_string();
    symlink(&secret, workspace.path("link.yaml")).unwrap();
    symlink(&secret, workspace.path("link.csv")).unwrap();
    for suite in ["link.yaml", "linked.yaml"] {
        let said = ends(&workspace, &["validate", suite, "--policy", &named]);
        assert!(said.contains("repository") && !said.contains("hunter2") && !said.contains("aws"), "{said}");
    }
    symlink(&secret, &policy).unwrap();
    let said = ends(&workspace, &["validate", "--policy", &named]);
    assert!(said.contains("leads out of its checkout") && !said.contains("hunter2"), "{said}");
}
