//! `scorebox view`.

use std::process::ExitCode;

use anyhow::Result;
use scorebox_eval::report::{Format, Options};
use scorebox_eval::run::RunReader;

use crate::arguments::ViewArguments;
use crate::evaluate::{find_run, width, write_file, write_to};

pub(crate) fn view(arguments: &ViewArguments) -> Result<ExitCode> {
    let directory = find_run(&arguments.run)?;
    let record = RunReader::open(&directory)?;
    let html = directory.join("report.html");
    let mut options = Options { width: width(), html: html.is_file().then_some(html), ..Options::default() };
    if arguments.all {
        options.failures = usize::MAX;
    }
    let format = arguments.format;
    match &arguments.out {
        Some(path) => write_file(format, &record, &options, path)?,
        None if arguments.format == Format::Terminal => {
            write_to(format, &record, &options, &mut anstream::stdout().lock())?;
        }
        None => write_to(format, &record, &options, &mut std::io::stdout().lock())?,
    }
    Ok(ExitCode::SUCCESS)
}
