//! The `scorebox` command: arguments in, exit code out.

mod arguments;
mod cache;
mod calibrate;
mod dataset;
mod evaluate;
mod exit;
mod models;
mod packages;
mod pairwise;
mod plugin;
mod policy;
mod progress;
mod replay;
mod say;
mod start;
mod view;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    // Plugins are compiled, and may be run, by processes of this same program.
    if let Some(code) = scorebox_sandbox::worker_main() {
        return code;
    }
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Run(arguments) => evaluate::run(&arguments),
        Command::View(arguments) => view::view(&arguments),
        Command::Pairwise(arguments) => pairwise::pairwise(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments),
        Command::Init { directory } => start::init(&directory),
        Command::Validate { suite, policy } => start::validate(&suite, &policy),
        Command::Policy { suite, policy, json } => policy::policy(&suite, &policy, json),
        Command::Calibrate(arguments) => calibrate::calibrate(&arguments),
        Command::Metrics { json } => start::metrics(json),
        Command::Schema { policy } => start::schema(policy),
        Command::Dataset(command) => dataset::dataset(&command),
        Command::Plugin(command) => plugin::plugin(&command),
        Command::Models(command) => models::models(&command),
        Command::Cache(command) => cache::cache(&command),
    };
    match result {
        Ok(code) => code,
        Err(error) => exit::report(&error),
    }
}
