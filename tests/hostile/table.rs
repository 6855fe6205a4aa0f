//! The table of what was tried: row, plugin, fault, fuel or time spent, verdict.

use std::io::Write;
use std::time::Instant;

use scorebox_eval::report::grouped;

use crate::case::{Case, Said, What};
use crate::footprint::Footprint;
use crate::stage::Isolation;

pub(crate) struct Table {
    isolation: Isolation,
    start: Instant,
    before: Footprint,
    held: usize,
    noted: usize,
    failed: Vec<(String, String)>,
}

impl Table {
    pub(crate) fn begin(isolation: Isolation, cases: usize) -> Self {
        println!("\n{cases} hostile plugins, isolation: {}\n", isolation.name());
        println!("row  plugin                            fault            fuel or time     verdict");
        println!("---  --------------------------------  ---------------  ---------------  -------");
        Self {
            isolation,
            start: Instant::now(),
            before: Footprint::now(),
            held: 0,
            noted: 0,
            failed: Vec::new(),
        }
    }

    /// Says which case is tried, so that a process that dies of it has said so.
    pub(crate) fn begin_row(&self, case: &Case) {
        print!("{:>3}  {:32}  ", case.row, case.name);
        // A terminal that went away is no reason to stop.
        let _ = std::io::stdout().flush();
    }

    pub(crate) fn end_row(&mut self, case: &Case, seen: Result<Said, String>) {
        match (&case.what, seen) {
            (What::Note(verdict, _), Ok(_)) => {
                self.noted += 1;
                println!("{:15}  {:15}  {verdict}", "", "");
            }
            (_, Ok(said)) => {
                self.held += 1;
                println!("{:15}  {:>15}  held", said.outcome.name(), spent(&said));
            }
            (_, Err(reason)) => {
                println!("{:15}  {:15}  FAILED", "", "");
                self.failed.push((case.label(), reason));
            }
        }
    }

    /// Sums up; whether all held.
    pub(crate) fn end(self) -> bool {
        for (label, reason) in &self.failed {
            println!("\n{label}\n  {}", reason.trim_end().replace('\n', "\n  "));
        }
        let after = Footprint::now();
        let mega = |bytes: u64| bytes >> 20;
        println!(
            "\nisolation {}: {} held, {} failed, {} by construction or elsewhere; {:.1} s; {} MiB of memory before and {} \
             after, {} threads and {}, {} open files and {}",
            self.isolation.name(),
            self.held,
            self.failed.len(),
            self.noted,
            self.start.elapsed().as_secs_f64(),
            mega(self.before.resident),
            mega(after.resident),
            self.before.held.threads,
            after.held.threads,
            self.before.held.files,
            after.held.files,
        );
        self.failed.is_empty()
    }
}

fn spent(said: &Said) -> String {
    match said.fuel {
        Some(fuel) => format!("{} fuel", grouped(fuel)),
        None => format!("{} ms", said.elapsed.as_millis()),
    }
}
