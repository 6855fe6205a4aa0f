//! Runs a process and measures its time and its peak memory.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// One run of a process.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    /// Peak resident memory, as the kernel last said it.
    pub(crate) peak_bytes: u64,
    pub(crate) code: i32,
    pub(crate) errors: String,
}

impl Measured {
    pub(crate) fn millis(&self) -> f64 {
        self.seconds * 1000.0
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s, peak memory {:.0} MB", self.seconds, self.peak_bytes as f64 / 1e6)
    }
}

/// Runs `program` to its end.
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    directory: &Path,
    env: &[(&str, &str)],
) -> Result<Measured> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        peak = std::fs::read_to_string(&status).ok().and_then(|text| high_water(&text)).unwrap_or(peak);
        if let Some(status) = child.try_wait()? {
            break status.code().unwrap_or(-1);
        }
        std::thread::sleep(Duration::from_micros(500));
    };
    let seconds = start.elapsed().as_secs_f64();
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut errors)?;
    }
    Ok(Measured { seconds, peak_bytes: peak, code, errors })
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The run with the median time.
pub(crate) fn median(mut runs: Vec<Measured>) -> Measured {
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    runs.swap_remove(runs.len() / 2)
}
