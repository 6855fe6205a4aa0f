//! Programs of a language: finding them, asking them, running them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LanguageError;
use super::system::System;
use crate::manifest::Language;

/// A program on the path.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The program `name` of the path, which `language` cannot do without.
pub(super) fn needed(name: &str, language: Language) -> Result<PathBuf, LanguageError> {
    on_path(name).ok_or_else(|| missing(name, language))
}

pub(super) fn missing(tool: &str, language: Language) -> LanguageError {
    LanguageError::Missing { tool: tool.to_owned(), language, get: System::here().get(language).to_owned() }
}

/// The first line that a program says to `arguments`, on either stream; `None` if it fails.
pub(super) fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    Some(String::from_utf8_lossy(&text).lines().next()?.trim().to_owned())
}

/// Runs a program that has to succeed. What it prints goes to standard error, where a build's messages belong.
pub(super) fn run(command: &mut Command, hint: &str) -> Result<(), LanguageError> {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).take(3);
    let program = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    let status = command.stdin(Stdio::null()).stdout(std::io::stderr()).status();
    let status = status.map_err(|source| LanguageError::Run { program: program.clone(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(LanguageError::Failed { program, status: status.to_string(), hint: hint.to_owned() })
}
