//! Fuzzing: every target for some minutes, and a table of what came of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::process::run;
use crate::{root, toolchain};

const USAGE: &str = "cargo xtask fuzz [--minutes N] [--sanitizer NAME] [TARGET…]";

/// What one target came to.
struct Row {
    target: String,
    executions: String,
    per_second: String,
    coverage: String,
    /// The input that broke it, from the folder `fuzz`.
    crash: Option<PathBuf>,
    /// What libFuzzer ended with.
    ended: String,
    failed: bool,
}

/// Runs the targets that were named, or all, one after the other.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let (mut minutes, mut sanitizer, mut chosen) = (1.0, "none".to_owned(), Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--minutes" => {
                let given = arguments.next().and_then(|minutes| minutes.parse::<f64>().ok());
                minutes = given
                    .filter(|minutes| minutes.is_finite() && *minutes > 0.0)
                    .with_context(|| format!("--minutes needs a number, such as 0.5: {USAGE}"))?;
            }
            "--sanitizer" => {
                let given = arguments.next();
                sanitizer = given.with_context(|| format!("--sanitizer needs a name: {USAGE}"))?.clone();
            }
            name if !name.starts_with('-') => chosen.push(name.to_owned()),
            other => bail!("unknown option {other}: {USAGE}"),
        }
    }
    let all = targets()?;
    if let Some(unknown) = chosen.iter().find(|name| !all.contains(name)) {
        bail!("no target is called {unknown}: there are {}", all.join(", "));
    }
    let targets = if chosen.is_empty() { all } else { chosen };

    toolchain::fuzzer()?;
    if !root().join("target/plugins/response-length.wasm").is_file() {
        crate::plugins()?;
    }
    println!("compiling for the fuzzer; the first time takes many minutes");
    let build = ["build", "--no-cfg-fuzzing", "--sanitizer", &sanitizer];
    run(cargo_fuzz().args(build))?;

    let mut rows = Vec::new();
    for target in &targets {
        println!("{target}: {minutes} min");
        rows.push(one(target, minutes, &sanitizer)?);
    }
    print(&rows);
    if rows.iter().any(|row| row.failed) {
        bail!("{} of {} targets failed", rows.iter().filter(|row| row.failed).count(), rows.len());
    }
    Ok(())
}

/// The targets by name, in order.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/targets");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// cargo-fuzz, with the compiler that it needs. The variables with which cargo started this program name another.
fn cargo_fuzz() -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", "nightly", "cargo", "fuzz"]);
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

fn one(target: &str, minutes: f64, sanitizer: &str) -> Result<Row> {
    let folder = root().join("fuzz");
    // libFuzzer adds to the first folder, and reads the second.
    std::fs::create_dir_all(folder.join("grown").join(target))
        .context("cannot make a folder in fuzz/grown")?;
    let path = folder.join("target").join(format!("{target}.log"));
    let log = std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let artifacts = folder.join("artifacts").join(target);
    let before = files(&artifacts);
    let start = Instant::now();
    let status = cargo_fuzz()
        .args(["run", "--no-cfg-fuzzing", "--sanitizer", sanitizer, target])
        .args([format!("fuzz/grown/{target}"), format!("fuzz/corpus/{target}")])
        .arg("--")
        .arg(format!("-max_total_time={}", (minutes * 60.0).ceil()))
        // A guest's deadline is half of this.
        .args(["-timeout=60", "-rss_limit_mb=4096", "-print_final_stats=1"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("cannot run cargo fuzz")?;
    let log = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
    let crash = files(&artifacts).into_iter().find(|file| !before.contains(file));
    let stat = |name: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
        line.map(|rest| rest.trim_start_matches(':').trim().to_owned())
    };
    let coverage = log.lines().rev().find_map(|line| line.split("cov: ").nth(1)?.split(' ').next());
    // A crash comes without statistics; the number of the last line is what is known then.
    let last = || log.lines().rev().find_map(|line| line.strip_prefix('#')?.split('\t').next());
    let executions = stat("number_of_executed_units").or_else(|| last().map(str::to_owned));
    let per_second = stat("average_exec_per_sec").or_else(|| {
        let executions: f64 = executions.as_ref()?.parse().ok()?;
        Some(format!("{:.0}", executions / start.elapsed().as_secs_f64()))
    });
    let unknown = || "?".to_owned();
    let said = log
        .lines()
        .find(|line| line.contains("panicked at") || line.starts_with("==") || line.contains("ERROR:"));
    Ok(Row {
        target: target.to_owned(),
        executions: executions.unwrap_or_else(unknown),
        per_second: per_second.unwrap_or_else(unknown),
        coverage: coverage.map_or_else(unknown, str::to_owned),
        crash: crash.map(|file| Path::new("fuzz/artifacts").join(target).join(file)),
        ended: said.unwrap_or("no reason given").trim().to_owned(),
        failed: !status.success(),
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| PathBuf::from(entry.file_name())).collect()
}

fn print(rows: &[Row]) {
    println!("\n{:<12} {:>12} {:>9} {:>9} {:>8}", "target", "executions", "exec/s", "coverage", "crashes");
    for row in rows {
        let crashes = u8::from(row.failed);
        println!(
            "{:<12} {:>12} {:>9} {:>9} {crashes:>8}",
            row.target, row.executions, row.per_second, row.coverage
        );
    }
    for row in rows.iter().filter(|row| row.failed) {
        let Row { target, ended, .. } = row;
        println!("\n{target}: {ended}\n  all of it     fuzz/target/{target}.log");
        if let Some(crash) = &row.crash {
            let crash = crash.display();
            println!(
                "  once more     rustup run nightly cargo fuzz run --sanitizer none --no-cfg-fuzzing {target} {crash}"
            );
            println!("  make it small rustup run nightly cargo fuzz tmin --sanitizer none {target} {crash}");
            println!(
                "  keep it       cp {crash} fuzz/corpus/{target}/WHAT-IT-IS; cargo test -p scorebox-fuzz"
            );
            println!("                and write a test in the crate where it is mended");
        }
    }
}
