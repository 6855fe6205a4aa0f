//! The hostile suite: plugins that attack the host, and what the host does. `README.md` lists them.
//!
//! ```text
//! cargo test -p scorebox --test hostile -- [WORDS] [--isolation instance|process]
//! cargo xtask hostile
//! ```
//!
//! It is a program of its own and not a list of `#[test]`s, since it watches memory, threads and files of the whole
//! process, which other tests would use at the same time.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

mod arguments;
mod budget;
mod case;
mod determinism;
mod files;
mod footprint;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../guests/mod.rs"]
mod guests;
mod imports;
mod loading;
mod memory;
mod network;
mod program;
mod registry;
mod returns;
mod scores;
mod stage;
mod table;
mod watch;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../e2e/workspace.rs"]
mod workspace;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::stage::Stage;
use crate::table::Table;

fn main() -> ExitCode {
    // This program is also the process that compiles and runs plugins.
    if let Some(code) = scorebox_sandbox::worker_main() {
        return code;
    }
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(reason) => {
            eprintln!("error: {reason}");
            return ExitCode::from(2);
        }
    };
    let all = all();
    if let Err(reason) = complete(&all) {
        eprintln!("error: {reason}");
        return ExitCode::FAILURE;
    }
    let mut cases: Vec<Case> = all.into_iter().filter(|case| arguments.wants(case)).collect();
    cases.sort_by_key(|case| case.row);
    if arguments.list {
        for case in &cases {
            println!("{}: test", case.label());
        }
        return ExitCode::SUCCESS;
    }
    watch::end_what_hangs();
    let mut held = true;
    for isolation in arguments.isolations() {
        let stage = Stage::new(isolation);
        let mut table = Table::begin(isolation, cases.len());
        for case in &cases {
            table.begin_row(case);
            let seen = watch::run(&stage, case);
            table.end_row(case, seen);
        }
        held &= table.end();
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether each row has a case or a note, and each case a line in the table that people read.
fn complete(cases: &[Case]) -> Result<(), String> {
    const ROWS: u8 = 58;
    if let Some(row) = (1..=ROWS).find(|row| cases.iter().all(|case| case.row != *row)) {
        return Err(format!("row {row} has neither a case nor a note that says where it is tried"));
    }
    let readme = include_str!("README.md");
    let line = |case: &&Case| readme.contains(&format!("| {} | {} |", case.row, case.name));
    match cases.iter().find(|case| !line(case)) {
        Some(case) => Err(format!("tests/hostile/README.md has no line `| {} | {} |`", case.row, case.name)),
        None => Ok(()),
    }
}

fn all() -> Vec<Case> {
    [
        budget::cases(),
        memory::cases(),
        returns::cases(),
        scores::cases(),
        imports::cases(),
        network::cases(),
        loading::cases(),
        files::cases(),
        determinism::cases(),
        registry::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
