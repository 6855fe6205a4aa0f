//! What each language needs, and what of it is here.

use std::path::Path;

use serde::Serialize;

use super::system::System;
use super::{c, tool};
use crate::manifest::Language;
use crate::toolchain::rust_toolchain;

/// What a language needs on this machine.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// The language.
    pub language: Language,
    /// Whether plugins in it can be built here.
    pub ready: bool,
    /// What it needs of the machine.
    pub tools: Vec<Tool>,
    /// How to get what is missing; `None` where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get: Option<String>,
    /// What a plugin's folder brings along, pinned by its lock file, so that nobody has to install it.
    pub brought: &'static str,
}

/// One program that a language needs.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it says of its version; `None` where it is missing.
    pub found: Option<String>,
}

/// Says what `language` needs, and what of it is here.
pub fn doctor(language: Language) -> Diagnosis {
    let version = |name: &str, argument: &str| tool::ask(&tool::on_path(name)?, &[argument]);
    let (tools, brought) = match language {
        Language::Rust => {
            let found = rust_toolchain().ok().map(|toolchain| toolchain.to_string());
            (vec![Tool { name: "rustc for wasm32-unknown-unknown", found }], "")
        }
        Language::Python => {
            let python = tool::on_path("python3");
            let venv = python.as_deref().and_then(has_venv);
            let tools = vec![
                Tool { name: "python3", found: version("python3", "--version") },
                Tool { name: "Python's modules venv and ensurepip", found: venv },
            ];
            (tools, "componentize-py 0.25.1, into .venv from requirements.lock")
        }
        Language::Typescript | Language::Javascript => {
            let tools = vec![
                Tool { name: "node", found: version("node", "--version") },
                Tool { name: "npm", found: version("npm", "--version") },
            ];
            (tools, "esbuild 0.28.2 and componentize-qjs 0.4.5, into node_modules from package-lock.json")
        }
        Language::Go => {
            let found = version("go", "version").filter(|version| is_new_go(version));
            (vec![Tool { name: "go 1.27.1 or later", found }], "")
        }
        Language::C => {
            let clang = c::clang();
            let found = clang.and_then(|clang| tool::ask(&clang.program, &["--version"]));
            (vec![Tool { name: "clang with the C library of WASI", found }], "")
        }
    };
    let ready = tools.iter().all(|tool| tool.found.is_some());
    let get = (!ready).then(|| System::here().get(language).to_owned());
    Diagnosis { language, ready, tools, get, brought }
}

fn has_venv(python: &Path) -> Option<String> {
    tool::ask(python, &["-c", "import venv, ensurepip; print(\"here\")"])
}

/// Whether a line of `go version` names 1.27.1 or a later one.
fn is_new_go(line: &str) -> bool {
    let numbers = line.split("go1.").nth(1).unwrap_or_default();
    let numbers = numbers.split(|letter: char| !letter.is_ascii_digit() && letter != '.').next();
    let mut numbers = numbers.unwrap_or_default().split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (27, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_go_are_told_apart() {
        for (line, new) in [
            ("go version go1.27.3 linux/amd64", true),
            ("go version go1.28 darwin/arm64", true),
            ("go version go1.27 linux/amd64", false),
            ("go version go1.26.9 linux/amd64", false),
            ("go version go1.28rc1 linux/amd64", true),
            ("", false),
        ] {
            assert_eq!(is_new_go(line), new, "{line}");
        }
    }
}
