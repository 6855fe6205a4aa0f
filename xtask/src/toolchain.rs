//! What a bare machine lacks, and how it gets it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::{run, succeeds};

const QUICK: Duration = Duration::from_secs(30);
const DOWNLOAD: Duration = Duration::from_secs(120);
const INSTALL: Duration = Duration::from_secs(900);

/// Whether plugins in this language can be built here, as the tool says.
pub(crate) fn ready(scorebox: &Path, language: &str) -> bool {
    succeeds(Command::new(scorebox).args(["plugin", "doctor", "--lang", language]), QUICK)
}

/// Makes sure that Rust plugins can be built: by rustup's target, else by Debian's compiler and sources.
pub(crate) fn ensure(scorebox: &Path) -> Result<()> {
    let ready = || ready(scorebox, "rust");
    if ready() {
        return Ok(());
    }
    println!("no compiler for plugins here: trying rustup, then Debian's packages");
    succeeds(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]), DOWNLOAD);
    if ready() {
        return Ok(());
    }
    if apt_install(&["rustc-web", "rust-web-src", "lld"]).is_ok() && ready() {
        return Ok(());
    }
    // The tool says what to install.
    if run(Command::new(scorebox).args(["plugin", "doctor", "--lang", "rust"])).is_err() {
        bail!("the plugins cannot be built on this machine as it is");
    }
    Ok(())
}

/// Installs Debian's packages, as root or by sudo.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    for program in ["apt-get", "sudo"] {
        let apt = |arguments: &[&str]| {
            let mut command = Command::new(program);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            if program == "sudo" {
                command.args(["--non-interactive", "apt-get"]);
            }
            command.args(arguments);
            succeeds(&mut command, INSTALL)
        };
        // An old list of packages would bring an old compiler.
        apt(&["update"]);
        if apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat()) {
            return Ok(());
        }
    }
    bail!("cannot install {}: install what your system has in their place", packages.join(", "))
}

/// Whether there is a program of this name.
pub(crate) fn found(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A browser for the tests of the HTML report.
pub(crate) fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.is_file())
}

/// Makes sure that cargo-fuzz and a nightly compiler are there.
pub(crate) fn fuzzer() -> Result<()> {
    let nightly = || succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]), QUICK);
    if !nightly() {
        println!("no nightly compiler here, which libFuzzer needs: asking rustup for it");
        let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
        succeeds(Command::new("rustup").args(install), INSTALL);
        if !nightly() {
            bail!("fuzzing needs a nightly compiler: `rustup toolchain install nightly`");
        }
    }
    cargo_tool("cargo-fuzz", "0.13")
}

/// Makes sure that cargo-deny is there.
pub(crate) fn deny() -> Result<()> {
    cargo_tool("cargo-deny", "0.20")
}

/// Installs a program of cargo's from crates.io, unless it is there.
fn cargo_tool(name: &str, version: &str) -> Result<()> {
    let ready = || succeeds(Command::new(name).arg("--version"), QUICK);
    if ready() {
        return Ok(());
    }
    println!("no {name} here: installing it from crates.io, which takes a few minutes");
    let mut install = crate::process::cargo();
    // What is compiled here is no part of this workspace.
    install.env_remove("CARGO_TARGET_DIR").args([
        "install",
        "--locked",
        "--version",
        &format!("^{version}"),
        name,
    ]);
    run(&mut install)?;
    if !ready() {
        bail!("{name} was installed, and is not found: add cargo's folder `bin` to PATH");
    }
    Ok(())
}
