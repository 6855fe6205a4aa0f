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
            let text = scorebox_eval::report::escape(&told(error));
            writeln!(out, "{red}error{red:#}: {text}")
        }
    };
    ExitCode::from(WRONG)
}

/// The error and what led to it, as one sentence. Many errors say their cause themselves, and it is not said again.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if told.is_empty() {
            told = cause;
        } else if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_cause_that_is_said_is_not_said_again() {
        let cause = std::io::Error::other("the disk is full");
        let own = Err::<(), _>(cause)
            .context("cannot write a.txt: the disk is full")
            .context("the suite")
            .unwrap_err();
        assert_eq!(told(&own), "the suite: cannot write a.txt: the disk is full");
        let apart = Err::<(), _>(anyhow!("no room")).context("cannot write a.txt").unwrap_err();
        assert_eq!(told(&apart), "cannot write a.txt: no room");
    }
}
