//! Go, by its own compiler for WASI preview 1, with an adapter that leaves nothing of WASI.

use std::path::PathBuf;
use std::process::Command;

use super::{LanguageError, Project, segments, tool, world};
use crate::manifest::Language;

/// Makes a core module that knows the contract.
pub(super) fn compile(project: &Project) -> Result<PathBuf, LanguageError> {
    let go = tool::needed("go", Language::Go)?;
    let work = project.work()?;
    let module = work.join("core.wasm");
    // Names and versions hold no white space or quotes.
    let flags = format!(
        "-ldflags=-checklinkname=0 -s -w -X scorebox.name={} -X scorebox.version={}",
        project.name,
        project.version()
    );
    tool::run(
        Command::new(go)
            .current_dir(&project.folder)
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")])
            // The bindings take what they need of the runtime by name, which the linker has to be told.
            .args(["build", "-buildmode=c-shared", "-trimpath", &flags, "-o"])
            .arg(&module)
            .arg("."),
        "; Go 1.27.1 or later is needed, see `go version`",
    )?;
    let bytes = std::fs::read(&module).map_err(LanguageError::file(&module))?;
    let mut bytes = segments::joined(&bytes).map_err(LanguageError::World)?;
    world::embed(&mut bytes)?;
    let path = work.join("module.wasm");
    std::fs::write(&path, bytes).map_err(LanguageError::file(&path))?;
    Ok(path)
}
