//! The plugins of `plugins/` that are not written in Rust: built where their languages' tools are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{newest, run};
use crate::{root, toolchain};

/// Builds those whose sources, or the SDK that they use, are newer than their components. Their packages are those of
/// their lock files.
pub(crate) fn build(scorebox: &Path) -> Result<()> {
    let out = root().join("target/plugins");
    for (folder, language) in folders()? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let component = out.join(&name).with_extension("wasm");
        let built = std::fs::metadata(&component).and_then(|metadata| metadata.modified());
        if built.is_ok_and(|built| newest(vec![folder.clone()]).is_ok_and(|newest| newest < built)) {
            continue;
        }
        if !toolchain::ready(scorebox, &language) {
            println!(
                "note: left out {name}: plugins in {language} cannot be built here, see `scorebox plugin doctor --lang \
                 {language}`"
            );
            continue;
        }
        println!("building {name}, in {language}");
        let mut build = Command::new(scorebox);
        build.args(["plugin", "build", "--quiet", "--out"]).arg(&out).arg(&folder);
        run(&mut build).with_context(|| format!("the plugin {name}"))?;
    }
    Ok(())
}

/// The folders, each with its language.
fn folders() -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("plugins"))?.flatten() {
        let folder = entry.path();
        let manifest = folder.join("plugin.yaml");
        if folder.join("Cargo.toml").is_file() || !manifest.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&manifest)?;
        let language = text.lines().find_map(|line| line.strip_prefix("language: "));
        let language = language.with_context(|| format!("{} names no language", manifest.display()))?;
        found.push((folder, language.trim().to_owned()));
    }
    found.sort();
    Ok(found)
}
