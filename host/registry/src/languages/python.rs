//! Python, by componentize-py from the folder's own virtual environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::edited::{self, Edited};
use super::{LanguageError, Project, Purpose, tool, world};
use crate::manifest::Language;

/// The module that a component starts from. Its name must not be that of a world.
const ENTRY: &str = "scorebox_entry";

/// Makes a component of the plugin, or writes the text of its check into one that was kept; whether it did the latter.
pub(super) fn compile(purpose: Purpose<'_>, project: &Project) -> Result<(PathBuf, bool), LanguageError> {
    let environment = environment(project)?;
    let check = project.folder.join(Language::Python.source());
    let source = check.parent().unwrap_or(&project.folder).to_owned();
    // The SDK that came with the folder, where it is no package of the environment.
    let sdk = project.folder.join("sdk/src");
    let paths = [source.as_path(), sdk.as_path()];
    let Purpose::Edit { kept, anew } = purpose else {
        let module = componentize(project, &environment, &paths, "\nMetric = component.Metric\n")?;
        return Ok((module, false));
    };
    let edited = Edited::read(kept, project, check, &paths)?;
    if !anew && let Some(module) = edited.renewed()? {
        return Ok((module, true));
    }
    let module = componentize(project, &environment, &paths, &edited::entry())?;
    edited.keep(&module)?;
    Ok((module, false))
}

/// Makes a component that looks for modules in `paths`, and whose first module ends with `entry`.
fn componentize(
    project: &Project,
    environment: &Path,
    paths: &[&Path],
    entry: &str,
) -> Result<PathBuf, LanguageError> {
    let work = project.work()?;
    let wit = world::write(&work)?;
    let path = work.join(ENTRY).with_extension("py");
    // Names and versions hold no quotes.
    let text = format!(
        "from scorebox_sdk import component\n\ncomponent.name = \"{}\"\ncomponent.version = \"{}\"\n\nimport check\n{entry}",
        project.name,
        project.version()
    );
    std::fs::write(&path, text).map_err(LanguageError::file(&path))?;
    let component = work.join("component.wasm");
    let mut command = Command::new(environment.join("bin/componentize-py"));
    command
        .current_dir(&work)
        .env("VIRTUAL_ENV", environment)
        // Packages that the interpreter on the path sees are none of the plugin's.
        .env_remove("PYTHONPATH")
        // Where it fails it says the check's own trace; that of the tool hides it.
        .env("RUST_BACKTRACE", "0")
        .args(["--quiet", "--world", world::WORLD, "--wit-path"])
        .arg(wit)
        .args(["componentize", "--python-path"])
        .arg(&work);
    for path in paths {
        command.arg("--python-path").arg(path);
    }
    tool::run(
        command.args([ENTRY, "--output"]).arg(&component),
        "; it runs `src/check.py` once, so an import that fails there fails here",
    )?;
    Ok(component)
}

/// The environment with the tools and packages of the plugin: that of its folder, else the one that is active if it has
/// the tools, else a new one in the folder.
fn environment(project: &Project) -> Result<PathBuf, LanguageError> {
    let own = project.folder.join(".venv");
    let has_tools = |environment: &Path| environment.join("bin/componentize-py").is_file();
    let lock = project.folder.join("requirements.lock");
    let wanted = std::fs::read(&lock).ok();
    // What was installed, so that packages follow their lock file.
    let installed = own.join("requirements.lock");
    if has_tools(&own) && (wanted.is_none() || wanted == std::fs::read(&installed).ok()) {
        return Ok(own);
    }
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    if let Some(active) = active.filter(|active| !has_tools(&own) && has_tools(active)) {
        return Ok(active);
    }
    let python = tool::needed("python3", Language::Python)?;
    let Some(wanted) = wanted else {
        return Err(LanguageError::Folder {
            path: lock,
            reason: "there is no such file: write `componentize-py==0.25.1` and `scorebox-sdk` into it, as \
                     `scorebox plugin new NAME --lang python` does"
                .to_owned(),
        });
    };
    if !own.join("bin/pip").is_file() {
        eprintln!("making .venv with the packages of requirements.lock");
        tool::run(
            Command::new(python).args(["-m", "venv"]).arg(&own),
            "; on Debian, Python's module venv is a package of its own: `apt-get install python3-venv`",
        )?;
    }
    let pip = own.join("bin/pip");
    tool::run(
        Command::new(pip)
            .current_dir(&project.folder)
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(["--requirement", "requirements.lock"]),
        "",
    )?;
    std::fs::write(&installed, wanted).map_err(LanguageError::file(&installed))?;
    if !has_tools(&own) {
        let reason = "it has no componentize-py: add `componentize-py==0.25.1`".to_owned();
        return Err(LanguageError::Folder { path: lock, reason });
    }
    Ok(own)
}
