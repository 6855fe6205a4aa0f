//! Which files a suite may read.
//!
//! A suite that comes with a pull request names files, and so do the links beside it; what is wrong with a file is shown
//! with its line, and what is in a dataset stands in reports. As soon as a policy is there that the suite's author cannot
//! change, files are read from the suite's repository, from what `paths` adds to it, and from nowhere else. Links are
//! followed first: what counts is where they lead.

use std::path::{Path, PathBuf};

use crate::policy::find::is_there;
use crate::policy::model::{Policies, Policy};
use crate::run::directory_of;
use crate::suite::{MetricSource, Subject, Suite};
use crate::yaml::{Elsewhere, FileError, Mistake};

const HELP: &str =
    "move it into the repository, or ask whoever keeps the policy to add its directory to `paths`";

/// The directory of the repository that a suite stands in, or the suite's own; links are followed after it was found, so
/// that none of them can make another one of it.
fn repository(suite: &Path) -> PathBuf {
    let directory = directory_of(suite);
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let root = absolute.ancestors().find(|directory| is_there(&directory.join(".git"))).unwrap_or(&absolute);
    root.canonicalize().unwrap_or_else(|_| root.to_owned())
}

impl Policies {
    /// Whether a suite may be read at all, before it is.
    ///
    /// # Errors
    ///
    /// A suite outside of what suites may read; nothing of it is shown.
    pub fn allows_suite(&self, suite: &Path) -> Result<(), FileError> {
        match self.forbids_path(suite, suite) {
            None => Ok(()),
            Some(line) => {
                let message = format!(
                    "a policy lets suites be read from their own repository, and this one leads out of it: {HELP} ({})",
                    line.source.place(&line.span)
                );
                Err(FileError::file(suite, message))
            }
        }
    }

    /// Everything that the suite reads from where no policy lets it.
    pub(super) fn unreachable(&self, suite: &Suite) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut look = |what: &str, path: &Path, span: &std::ops::Range<usize>, line: Option<Elsewhere>| {
            mistakes.extend(line.map(|line| {
                let message = format!("a policy forbids to read {what} {}", path.display());
                Mistake::at(span.clone(), message).against(line).help(HELP)
            }));
        };
        let forbids = |path: &Path| self.forbids_path(&suite.path, path);
        let places = &suite.places;
        look("the dataset", &suite.dataset, &places.dataset, forbids(&suite.dataset));
        let lock = crate::dataset::lock_file(&suite.dataset);
        if is_there(&lock) {
            look("the dataset's lock file", &lock, &places.dataset, forbids(&lock));
        }
        if let Subject::Recorded(answers) = &suite.subject {
            look("the answers", answers, &places.subject, forbids(answers));
        }
        for (used, places) in suite.metrics.iter().zip(&places.metrics) {
            // What comes from a registry lies in the store, and was looked up before.
            let by_path = used.package.as_ref().is_none_or(|package| package.reference.is_none());
            if let (MetricSource::Plugin(path), true) = (&used.source, by_path) {
                look("the plugin", path, &places.source, forbids(path));
            }
            for (grant, span) in used.grants.files.iter().zip(&places.grants.files) {
                // A policy that says which directories may be granted has said so for files outside, too.
                if !self.grants_directory(&grant.dir) {
                    look("the granted directory", &grant.dir, span, forbids(&grant.dir));
                }
            }
        }
        mistakes
    }

    /// The line that forbids to read `path`; `None` where it may be read. What is not there is told later.
    pub(crate) fn forbids_path(&self, suite: &Path, path: &Path) -> Option<Elsewhere> {
        let trusted = || self.0.iter().filter(|policy| policy.origin.is_trusted());
        let listed = || self.0.iter().filter_map(|policy| Some((policy, policy.paths.as_ref()?)));
        if trusted().next().is_none() && listed().next().is_none() {
            return None;
        }
        let real = path.canonicalize().ok()?;
        if real.starts_with(repository(suite)) {
            return None;
        }
        if let Some((policy, paths)) =
            listed().find(|(_, paths)| !paths.value.iter().any(|allowed| real.starts_with(&allowed.value)))
        {
            let message = "beside their own repository, suites read from here";
            return Some(policy.line(&paths.span, message));
        }
        // A policy in the checkout only takes away.
        let silent = trusted().all(|policy| policy.paths.is_none()).then(|| trusted().next()).flatten()?;
        Some(silent.line(&first_line(silent), "without `paths`, suites read from their own repository"))
    }

    /// Whether a policy out of the suite's reach names a directory among those that may be granted.
    fn grants_directory(&self, directory: &Path) -> bool {
        let trusted = self.0.iter().filter(|policy| policy.origin.is_trusted());
        let rules = trusted.filter_map(|policy| policy.grants.as_ref());
        rules.flat_map(|rules| &rules.files.value).any(|allowed| directory.starts_with(&allowed.value))
    }
}

fn first_line(policy: &Policy) -> std::ops::Range<usize> {
    0..policy.source.text.lines().next().unwrap_or_default().len()
}
