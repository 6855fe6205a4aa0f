//! Where runs lie: `.scorebox/runs` beside the suite, one directory a run, named after the time and the suite.

use std::path::{Path, PathBuf};

use crate::run::{MANIFEST, RunReader, RunState};
use crate::suite::Suite;

/// The directory that holds the runs of the suites in `directory`.
pub fn runs_directory(directory: &Path) -> PathBuf {
    directory.join(".scorebox").join("runs")
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
    let runs = newest_first(&runs_directory(directory_of(&suite.path)));
    runs.into_iter().find(|path| {
        RunReader::open(path)
            .is_ok_and(|run| run.manifest().state != RunState::Finished && run.manifest().name == suite.name)
    })
}

/// What a person means by a run: a directory, a run's name beside the current directory, or `latest`.
pub fn resolve(run: &str) -> Option<PathBuf> {
    let runs = runs_directory(Path::new("."));
    if run == "latest" {
        return newest_first(&runs).into_iter().next();
    }
    [PathBuf::from(run), runs.join(run)].into_iter().find(|path| path.join(MANIFEST).is_file())
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
