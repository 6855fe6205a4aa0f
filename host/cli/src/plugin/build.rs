//! `scorebox plugin build`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use scorebox_eval::report::escape_line;
use scorebox_registry::build;

use crate::cache::size;
use crate::say::say;
use crate::start::{self, line};

pub(crate) fn build_all(folders: &[PathBuf], out: Option<&Path>, quiet: bool) -> Result<ExitCode> {
    let start = Instant::now();
    let sandbox = start::author_sandbox()?;
    let all = build(folders, out, &sandbox)?;
    if quiet {
        return Ok(ExitCode::SUCCESS);
    }
    for built in &all {
        let imports = escape_line(&imports(&built.imports));
        say!(
            "built {path}\n  {name} {version}: {summary}\n  {size}, imports {imports}, {digest}",
            path = line(from_here(&built.path)),
            name = escape_line(&built.descriptor.name),
            version = escape_line(&built.descriptor.version),
            summary = escape_line(&built.descriptor.summary),
            size = size(built.size),
            digest = built.digest
        );
    }
    say!("in {:.1} s", start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// A path as it is named from the current directory, where it lies in it.
fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

/// What a component may do. An interface of types alone lets it do nothing, and those of WASI are so many, and let it do
/// so little without a grant, that they are counted.
fn imports(imports: &[String]) -> String {
    let able = imports.iter().filter(|import| !import.starts_with("scorebox:plugin/types@"));
    let (wasi, own): (Vec<&String>, Vec<&String>) = able.partition(|import| import.starts_with("wasi:"));
    let mut said: Vec<String> = own.into_iter().cloned().collect();
    match wasi.len() {
        0 => {}
        1..=3 => said.extend(wasi.into_iter().cloned()),
        count => said.push(format!("{count} interfaces of WASI")),
    }
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}
