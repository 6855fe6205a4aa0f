//! Where runs lie: `.scorebox/runs` beside the suite, one directory a run, named after the time and the suite.

use std::path::{Path, PathBuf};

use crate::run::{MANIFEST, RunReader, RunState};
use crate::suite::Suite;

/// The directory that holds the runs of the suites in `directory`.
pub fn runs_directory(directory: &Path) -> PathBuf {
    directory.strip_prefix(".").unwrap_or(directory).join(".scorebox").join("runs")
}

/// A directory for a new run of `suite`, which does not exist yet.
pub fn new_run(suite: &Suite) -> PathBuf {
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ");
    let runs = runs_directory(directory_of(&suite.path));
    let name = format!("{time}-{}", suite.name);
    let numbered = (2..).map(|number| runs.join(format!("{name}-{number}")));
    let mut names = std::iter::once(runs.join(&name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| runs.join(name))
}

/// The newest run of `suite` that did not get to its end.
pub fn latest_unfinished(suite: &Suite) -> Option<PathBuf> {
    newest_of(suite, |state| state != RunState::Finished)
}

/// The newest run of `suite`.
pub fn latest_of(suite: &Suite) -> Option<PathBuf> {
    newest_of(suite, |_| true)
}

fn newest_of(suite: &Suite, wanted: impl Fn(RunState) -> bool) -> Option<PathBuf> {
    let runs = newest_first(&runs_directory(directory_of(&suite.path)));
    runs.into_iter().find(|path| {
        RunReader::open(path)
            .is_ok_and(|run| wanted(run.manifest().state) && run.manifest().name == suite.name)
    })
}

/// What a person means by a run: a run's directory, a suite or a directory with runs (their newest), the name of a run in
/// the current directory, or `latest` of those.
pub fn resolve(run: &str) -> Option<PathBuf> {
    let here = runs_directory(Path::new("."));
    if run == "latest" {
        return newest_first(&here).into_iter().next();
    }
    let path = PathBuf::from(run);
    if let Some(found) = [path.clone(), here.join(run)].into_iter().find(|path| path.join(MANIFEST).is_file())
    {
        return Some(found);
    }
    if path.is_dir() {
        return newest_first(&runs_directory(&path)).into_iter().next();
    }
    latest_of(&crate::suite::load(&path).ok()?)
}

/// The run of this name beside `suite`.
pub fn resolve_beside(run: &str, suite: &Suite) -> Option<PathBuf> {
    let path = runs_directory(directory_of(&suite.path)).join(run);
    path.join(MANIFEST).is_file().then_some(path)
}

/// The directory of a file; `.` for a bare name.
pub fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn newest_first(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join(MANIFEST).is_file()).collect();
    // The names begin with the time.
    runs.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    runs
}
