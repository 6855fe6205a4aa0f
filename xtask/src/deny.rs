//! Dependencies: licences, sources, versions, and known holes.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::{cargo, run, succeeds};
use crate::toolchain;

/// Where the known holes are written down; deny.toml leaves cargo-deny its default.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";
/// The workspaces that have a lock file.
const WORKSPACES: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Holds every workspace against deny.toml. Advisories need the network: where their database is out of reach that is
/// said, and with `--advisories` it is an error.
pub(crate) fn deny(arguments: &[String]) -> Result<()> {
    let required = match arguments {
        [] => false,
        [only] if only == "--advisories" => true,
        _ => bail!("cargo xtask deny [--advisories]"),
    };
    toolchain::deny()?;
    let mut git = Command::new("git");
    let reached = succeeds(git.args(["ls-remote", ADVISORIES, "HEAD"]), Duration::from_secs(30));
    let mut checks = vec!["licenses", "sources", "bans"];
    if reached {
        checks.push("advisories");
    } else if required {
        bail!("{ADVISORIES} cannot be reached, so known holes in dependencies cannot be looked up");
    }
    for manifest in WORKSPACES {
        println!("{manifest}:");
        let mut command = cargo();
        command.args(["deny", "--manifest-path", manifest, "--config", "deny.toml", "--locked", "check"]);
        command.arg("--hide-inclusion-graph").args(&checks);
        run(&mut command)?;
    }
    if !reached {
        println!("note: ADVISORIES WERE NOT CHECKED: {ADVISORIES} cannot be reached from this machine");
    }
    Ok(())
}
