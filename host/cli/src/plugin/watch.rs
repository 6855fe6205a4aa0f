//! Doing something on every save, until Ctrl-C.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use notify::{EventKind, RecursiveMode, Watcher};

use super::paint::{QUIET, in_style};
use crate::exit;
use crate::say;

/// Editors write a file in several steps; what comes within this time is one save.
const SAVE: Duration = Duration::from_millis(50);
/// Files of one folder that are looked at.
const MAX_FILES: usize = 10_000;
/// Bytes of a file that are looked at.
const MAX_BYTES: u64 = 16 << 20;
/// Folders with what tools made, not with what people write.
const MADE: [&str; 6] = ["target", "node_modules", "__pycache__", "venv", "dist", "build"];

enum Wake {
    Changed,
    Stop,
}

/// Runs `action` now and after every change in `paths`; an error of it is shown, and the next save tries again. Ctrl-C ends
/// it with success.
pub(crate) fn again_and_again(paths: &[PathBuf], mut action: impl FnMut() -> Result<()>) -> Result<ExitCode> {
    let (sender, wakes) = channel();
    let _watcher = watch(paths, &sender)?;
    ctrlc::set_handler(move || {
        // Nobody listens when it is over.
        let _ = sender.send(Wake::Stop);
    })
    .context("cannot listen for Ctrl-C")?;
    let mut known = contents(paths);
    loop {
        if let Err(error) = action() {
            if stopped(&wakes, Duration::from_millis(20)) {
                return Ok(ExitCode::SUCCESS);
            }
            exit::report(&error);
        }
        say::coloured(&(in_style(QUIET, "waiting for a change, Ctrl-C ends") + "\n"));
        loop {
            // Where nothing wakes us because the watcher is gone, there is nothing to wait for.
            match wakes.recv() {
                Ok(Wake::Changed) => {}
                Ok(Wake::Stop) | Err(_) => return Ok(ExitCode::SUCCESS),
            }
            if stopped(&wakes, SAVE) {
                return Ok(ExitCode::SUCCESS);
            }
            // Tools write into the folder, too: only another content is a change.
            let now = contents(paths);
            if now != known {
                known = now;
                break;
            }
        }
    }
}

fn watch(paths: &[PathBuf], sender: &Sender<Wake>) -> Result<notify::RecommendedWatcher> {
    let sender = sender.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            let _ = sender.send(Wake::Changed);
        }
    })
    .context("cannot watch files")?;
    for path in paths {
        // Editors replace a file by another one, which a watch of the file itself would lose.
        let (path, mode) = match path.parent() {
            _ if path.is_dir() => (path.as_path(), RecursiveMode::Recursive),
            Some(parent) if !parent.as_os_str().is_empty() => (parent, RecursiveMode::NonRecursive),
            _ => (Path::new("."), RecursiveMode::NonRecursive),
        };
        watcher.watch(path, mode).with_context(|| format!("cannot watch {}", path.display()))?;
    }
    Ok(watcher)
}

/// Takes what comes until `quiet` passes without anything, and says whether it was time to stop.
fn stopped(wakes: &Receiver<Wake>, quiet: Duration) -> bool {
    while let Ok(wake) = wakes.recv_timeout(quiet) {
        if matches!(wake, Wake::Stop) {
            return true;
        }
    }
    false
}

/// A hash of each file that people write.
fn contents(paths: &[PathBuf]) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = open.pop() {
        let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
        if about.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            open.extend(entries.filter(|entry| is_written(&entry.file_name())).map(|entry| entry.path()));
        } else if about.is_file() && about.len() <= MAX_BYTES && found.len() < MAX_FILES {
            let mut hasher = DefaultHasher::new();
            std::fs::read(&path).unwrap_or_default().hash(&mut hasher);
            found.insert(path, hasher.finish());
        }
    }
    found
}

fn is_written(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    !name.starts_with('.')
        && !name.ends_with(".wasm")
        && !name.ends_with('~')
        && !MADE.contains(&name.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_make_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("src/lib.rs", "one");
        let paths = [folder.path().to_owned()];
        let before = contents(&paths);
        for made in ["target/debug/x", ".git/index", "check.wasm", "src/.lib.rs.swp", "src/lib.rs~"] {
            write(made, "made");
        }
        write("src/lib.rs", "one");
        assert_eq!(contents(&paths), before);
        write("src/lib.rs", "two");
        assert_ne!(contents(&paths), before);
    }
}
