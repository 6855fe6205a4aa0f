//! Standard output, whose reader may leave early.

use std::fmt;
use std::io::Write;

use anyhow::Result;
use scorebox_eval::report;
use serde::Serialize;

/// Prints like `println!`, and ends the program quietly where nobody reads on. What would act on a terminal or on a CI
/// system's log is made visible, whoever wrote it; text that has to stay on its line is escaped by the caller.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::say::line(format_args!($($arguments)*)) };
}
pub(crate) use say;

pub(crate) fn line(arguments: fmt::Arguments<'_>) {
    write(format_args!("{arguments}\n"));
}

/// The same without a line break.
pub(crate) fn write(arguments: fmt::Arguments<'_>) {
    print(&visible(&arguments.to_string()));
}

/// Prints lines of our own making, in colours where somebody sees them; what strangers wrote is escaped by the caller.
pub(crate) fn coloured(text: &str) {
    use std::io::IsTerminal;
    if anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never
        || !std::io::stdout().is_terminal()
    {
        print(&anstream::adapter::strip_str(text).to_string());
    } else {
        print(text);
    }
}

/// Prints `value` as JSON, in which the same is written as `\uXXXX`.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    print(&(report::json(value)? + "\n"));
    Ok(())
}

/// Escaped, also where the first line would be a command of a CI system.
fn visible(text: &str) -> String {
    let mut text = report::escape(&format!("\n{text}"));
    text.remove(0);
    text
}

fn print(text: &str) {
    if let Err(error) = std::io::stdout().lock().write_all(text.as_bytes()) {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("error: cannot write to standard output: {error}");
        std::process::exit(i32::from(crate::exit::WRONG));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_is_printed() {
        assert_eq!(visible("::error::a\n::error::b\x1b[2J\n"), "\\::error::a\n\\::error::b\\u{1b}[2J\n");
        assert_eq!(visible("two lines\n\tof ours\n"), "two lines\n\tof ours\n");
    }
}
