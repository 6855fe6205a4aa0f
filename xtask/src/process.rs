//! Programs that this one runs.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};

/// The cargo that runs this program, at the root of the checkout.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(crate::root());
    // What cargo tells this program of its own package, build scripts would take for a change that they have to follow, and
    // `cargo test` and `cargo xtask test` would build a quarter of the dependencies in turn.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|own| name.to_string_lossy().starts_with(own)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Where cargo writes to.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let executable = std::env::current_exe().context("this program does not know where it lies")?;
    let target = executable.ancestors().nth(2).context("this program does not lie in a target directory")?;
    Ok(target.to_owned())
}

/// Runs a program that has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", name(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    Ok(())
}

/// Whether a program succeeds within `patience`; it says nothing either way.
pub(crate) fn succeeds(command: &mut Command, patience: Duration) -> bool {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < patience => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                // It is of no further use; whether it can still be ended does not matter.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// When the newest of these files, and of all in these folders, was changed; what tools made in a folder does not count.
pub(crate) fn newest(mut paths: Vec<PathBuf>) -> Result<SystemTime> {
    const MADE: [&str; 5] = [".venv", "node_modules", "build", "__pycache__", ".pytest_cache"];
    let mut newest = SystemTime::UNIX_EPOCH;
    while let Some(path) = paths.pop() {
        let metadata = std::fs::metadata(&path)?;
        if !metadata.is_dir() {
            newest = newest.max(metadata.modified()?);
            continue;
        }
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            if !MADE.iter().any(|made| entry.file_name() == *made) {
                paths.push(entry.path());
            }
        }
    }
    Ok(newest)
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).take(4);
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
