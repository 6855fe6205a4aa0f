//! Standard output, whose reader may leave early.

use std::fmt;
use std::io::Write;

/// Prints like `println!`, and ends the program quietly where nobody reads on.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::say::line(format_args!($($arguments)*)) };
}
pub(crate) use say;

pub(crate) fn line(arguments: fmt::Arguments<'_>) {
    write(format_args!("{arguments}\n"));
}

/// The same without a line break.
pub(crate) fn write(arguments: fmt::Arguments<'_>) {
    if let Err(error) = std::io::stdout().lock().write_fmt(arguments) {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("error: cannot write to standard output: {error}");
        std::process::exit(i32::from(crate::exit::WRONG));
    }
}
