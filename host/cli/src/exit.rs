//! Exit codes, and how an error reaches a person.

use std::process::ExitCode;

use scorebox_eval::run::Decision;

/// The suite, the command line, or what they name is wrong.
pub(crate) const WRONG: u8 = 2;

/// The exit code of a run's outcome.
pub(crate) fn code(outcome: Decision) -> ExitCode {
    ExitCode::from(match outcome {
        Decision::Pass => 0,
        Decision::Fail => 1,
        Decision::TooManyFaults => 3,
        Decision::TooLittleEvidence => 4,
    })
}

/// Prints an error with everything that led to it; errors that point into a file draw the place.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    use std::io::Write;
    let mut out = anstream::stderr();
    // Nothing is left to tell somebody whose standard error is closed.
    let _ = match error.downcast_ref::<scorebox_eval::yaml::FileError>() {
        Some(file) => write!(out, "{}", file.render()),
        None => {
            let red = anstyle::AnsiColor::Red.on_default().bold();
            let text = scorebox_eval::report::escape(&format!("{error:#}"));
            writeln!(out, "{red}error{red:#}: {text}")
        }
    };
    ExitCode::from(WRONG)
}
