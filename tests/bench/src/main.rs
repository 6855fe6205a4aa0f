//! Whole-process benchmarks: the release binary as a user runs it, against a plain Python loop that does the same
//! checks without any tool around it.
//!
//! `cargo xtask bench` builds what is needed and runs this. Every figure is a median of several runs in one call, and
//! ratios compare runs of the same call, since absolute times say more about the machine than about the program.

mod data;
mod process;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::{Measured, median, run};

const USAGE: &str = "usage: scorebox-bench [--quick] BINARY PLUGINS EXAMPLE";

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick =
        arguments.iter().position(|argument| argument == "--quick").map(|at| arguments.remove(at)).is_some();
    let [binary, plugins, example] = &arguments[..] else { anyhow::bail!(USAGE) };
    let absolute = |path: &str| std::fs::canonicalize(path).with_context(|| format!("no {path}; {USAGE}"));
    let bench = Bench {
        binary: absolute(binary)?,
        plugins: absolute(plugins)?,
        work: std::env::temp_dir().join(format!("scorebox-bench-{}", std::process::id())),
        runs: if quick { 1 } else { 5 },
    };
    std::fs::create_dir_all(&bench.work)?;
    let result = bench.all(&absolute(example)?, quick);
    std::fs::remove_dir_all(&bench.work)?;
    result
}

struct Bench {
    binary: PathBuf,
    plugins: PathBuf,
    work: PathBuf,
    runs: usize,
}

impl Bench {
    fn all(&self, example: &Path, quick: bool) -> Result<()> {
        self.start_up(example)?;
        self.ten_thousand()?;
        self.throughput(if quick { 20_000 } else { 100_000 }, !quick)
    }

    /// How long a person waits for an answer from a small suite.
    fn start_up(&self, example: &Path) -> Result<()> {
        println!("## Start-up");
        let version = self.median(|| self.scorebox(&["--version"], &self.work))?;
        println!("scorebox --version: {:.1} ms", version.millis());
        let out = self.work.join("example");
        let once = || {
            let _ = std::fs::remove_dir_all(&out);
            self.scorebox(&["run", "scorebox.yaml", "--out", path(&out)], example)
        };
        let cold = once()?;
        let warm = self.median(once)?;
        println!(
            "scorebox run on examples/support-assistant: {:.0} ms, first time (plugins are compiled) {:.0} ms\n",
            warm.millis(),
            cold.millis()
        );
        Ok(())
    }

    /// One custom check and exact match on recorded answers, beside a Python loop without a tool around it.
    fn ten_thousand(&self) -> Result<()> {
        println!("## 10,000 recorded samples, one custom check and exact match, record and report written");
        let directory = self.work.join("ten-thousand");
        data::write(&directory, 10_000, &self.plugins, data::Suite::Small)?;
        let out = directory.join("out");
        let scorebox = self.median(|| {
            let _ = std::fs::remove_dir_all(&out);
            self.scorebox(&["run", "--no-cache", "--out", path(&out)], &directory)
        })?;
        let python = self.median(|| run(Path::new("python3"), &["loop.py"], &directory, &[]))?;
        println!("scorebox:          {scorebox}");
        println!("plain Python loop: {python}");
        println!("ratio of the times: {:.2}\n", scorebox.seconds / python.seconds);
        Ok(())
    }

    /// Four plugins, a fresh instance each, and four text metrics.
    fn throughput(&self, samples: usize, growth: bool) -> Result<()> {
        println!("## {samples} samples, 4 plugins and 4 text metrics, record and report written");
        let directory = self.work.join("throughput");
        data::write(&directory, samples, &self.plugins, data::Suite::Large)?;
        let out = directory.join("out");
        let run = |arguments: &[&str]| {
            let _ = std::fs::remove_dir_all(&out);
            let arguments = [&["run", "--out", path(&out)], arguments].concat();
            self.scorebox(&arguments, &directory)
        };
        let row = |name: &str, measured: Measured| {
            let rate = samples as f64 * 4.0 / measured.seconds;
            println!("{name:24} {measured}, {rate:.0} sandboxed evaluations a second");
        };
        // Warms the cache of compiled code for both isolations.
        for suite in [data::Suite::Isolated, data::Suite::Plugins] {
            data::write_suite(&directory, &self.plugins, suite)?;
            run(&["--partition", "golden"])?;
        }
        let plugins = |suite, arguments: &[&str]| {
            data::write_suite(&directory, &self.plugins, suite)?;
            run(&[&["--no-cache"], arguments].concat())
        };
        // In turn, so that a machine that slows down slows all of them.
        let (mut alone, mut single, mut pair, mut isolated) = (vec![], vec![], vec![], vec![]);
        for _ in 0..self.runs {
            alone.push(plugins(data::Suite::Plugins, &[])?);
            single.push(plugins(data::Suite::Plugins, &["--jobs", "1"])?);
            pair.push(self.side_by_side(&directory)?);
            isolated.push(plugins(data::Suite::Isolated, &[])?);
        }
        let speedup = ratio(&single, &alone);
        let most = 2.0 * ratio(&single, &pair);
        let price = ratio(&isolated, &alone);
        row("4 plugins alone:", median(alone));
        row("on one thread:", median(single));
        row("isolation: process:", median(isolated));
        println!("{:24} {speedup:.2} times as fast as one", "two threads:");
        println!(
            "{:24} {most:.2} times as fast as one, which is what the machine has",
            "two processes apart:"
        );
        println!("{:24} {price:.2} times the time of `isolation: instance`", "isolation: process:");
        data::write_suite(&directory, &self.plugins, data::Suite::Large)?;
        row("without score cache:", self.median(|| run(&["--no-cache"]))?);
        row("one thread:", self.median(|| run(&["--no-cache", "--jobs", "1"]))?);
        let cold = self.median(|| {
            let _ = std::fs::remove_file(self.work.join("cache/scores.sqlite"));
            let _ = std::fs::remove_file(self.work.join("cache/scores.sqlite-wal"));
            let _ = std::fs::remove_file(self.work.join("cache/scores.sqlite-shm"));
            run(&[])
        })?;
        row("cold score cache:", cold);
        row("warm score cache:", self.median(|| run(&[]))?);
        if growth {
            data::write(&directory, samples * 4, &self.plugins, data::Suite::Large)?;
            let large = run(&["--no-cache"])?;
            println!("{:24} {large}", format!("{} samples:", samples * 4));
        }
        Ok(())
    }

    /// Two processes with a thread each, which share nothing: the time of the slower one.
    fn side_by_side(&self, directory: &Path) -> Result<Measured> {
        let once = |name: &str| {
            let out = self.work.join(name);
            let _ = std::fs::remove_dir_all(&out);
            self.scorebox(&["run", "--no-cache", "--jobs", "1", "--out", path(&out)], directory)
        };
        let (one, other) = std::thread::scope(|scope| {
            let other = scope.spawn(|| once("other"));
            (once("one"), other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (one, other) = (one?, other?);
        Ok(if one.seconds > other.seconds { one } else { other })
    }

    fn scorebox(&self, arguments: &[&str], directory: &Path) -> Result<Measured> {
        let cache = self.work.join("cache");
        let measured = run(&self.binary, arguments, directory, &[("SCOREBOX_CACHE", path(&cache))])?;
        // A failed gate is a result; anything from 2 on is none.
        ensure!(
            measured.code <= 1,
            "scorebox {arguments:?} exited with {}: {}",
            measured.code,
            measured.errors
        );
        Ok(measured)
    }

    fn median(&self, once: impl Fn() -> Result<Measured>) -> Result<Measured> {
        let runs = (0..self.runs).map(|_| once()).collect::<Result<Vec<_>>>()?;
        Ok(median(runs))
    }
}

/// The median of how much longer each run took than the one beside it.
fn ratio(longer: &[Measured], shorter: &[Measured]) -> f64 {
    let mut ratios: Vec<f64> =
        longer.iter().zip(shorter).map(|(longer, shorter)| longer.seconds / shorter.seconds).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}
