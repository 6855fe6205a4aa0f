//! `scorebox replay`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::models::RunModels;
use scorebox_eval::policy::Places;
use scorebox_eval::replay::{self, Options};
use scorebox_eval::run::{MANIFEST, RunReader};

use crate::arguments::ReplayArguments;
use crate::evaluate::{find_run, processors};
use crate::packages::Local;
use crate::progress::Bar;
use crate::say;
use crate::start;

/// Differences that `--all` shows.
const ALL: usize = 1_000;

pub(crate) fn replay(arguments: &ReplayArguments) -> Result<ExitCode> {
    let directory = find_run(&arguments.run)?;
    let run = RunReader::open(&directory)?;
    let jobs = arguments.jobs.map_or_else(processors, usize::from);
    // A record may be a stranger's, so what it asks for is bounded like what a suite asks for.
    let policies = Places::of(&directory.join(MANIFEST), &arguments.policy.files).find()?;
    let models = RunModels::recorded(run.manifest(), &directory)?;
    let sandbox = start::sandbox(jobs, policies.compile_limits(), models.for_plugins())?;
    let options = Options {
        sandbox: &sandbox,
        plugins: &arguments.plugins,
        packages: &Local,
        anyway: arguments.anyway,
        policies: &policies,
        models: &models,
        jobs,
        keep: if arguments.all { ALL } else { 1 },
    };
    let bar = Bar::new("different");
    let result = replay::replay(&run, &options, &mut |progress| bar.update(progress));
    bar.finish();
    let replay = result.with_context(|| format!("replay {}", directory.display()))?;
    if arguments.json {
        say::json(&replay)?;
    } else {
        let mut text = Vec::new();
        replay.render(&mut text)?;
        if replay.more > 0 && !arguments.all {
            text.extend_from_slice(b"`--all` shows more of them\n");
        }
        write(&text)?;
    }
    Ok(ExitCode::from(u8::from(!replay.identical)))
}

fn write(text: &[u8]) -> Result<()> {
    use std::io::Write;
    match anstream::stdout().write_all(text) {
        // Somebody who reads only the head of the output is no error.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}
