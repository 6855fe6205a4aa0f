//! Where policies are looked for.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::policy::model::{Origin, Policies, Policy};
use crate::policy::parse;
use crate::yaml::FileError;

/// Name of a policy in a checkout.
const FILE: &str = "scorebox.policy.yaml";
/// The policy of a machine.
const SYSTEM: &str = "/etc/scorebox/policy.yaml";
/// Names a policy.
const VARIABLE: &str = "SCOREBOX_POLICY";

/// Where policies are looked for.
#[derive(Debug, Clone)]
pub struct Places {
    arguments: Vec<PathBuf>,
    environment: Option<OsString>,
    system: PathBuf,
    user: Option<PathBuf>,
    suite: PathBuf,
}

impl Places {
    /// The places for a suite, by the environment of this process; `arguments` are those that `--policy` names.
    pub fn of(suite: &Path, arguments: &[PathBuf]) -> Self {
        let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = var("XDG_CONFIG_HOME").or_else(|| var("HOME").map(|home| home.join(".config")));
        Self {
            arguments: arguments.to_vec(),
            environment: std::env::var_os(VARIABLE),
            system: PathBuf::from(SYSTEM),
            user: config.map(|config| config.join("scorebox/policy.yaml")),
            suite: suite.to_owned(),
        }
    }

    /// Reads every policy that is there.
    ///
    /// # Errors
    ///
    /// All mistakes of all policies at once; a policy that is there, or was named, and cannot be read.
    pub fn find(&self) -> Result<Policies, FileError> {
        let mut errors = Vec::new();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (path, origin) in self.candidates(&mut errors) {
            let named = matches!(origin, Origin::Argument | Origin::Environment);
            if !named && !is_there(&path) {
                continue;
            }
            // The same file is one policy, with the first of its origins.
            if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                continue;
            }
            let trusted = found.iter().any(|policy: &Policy| policy.origin.is_trusted());
            if trusted && origin == Origin::Checkout && self.leads_away(&path) {
                let message =
                    "the policy leads out of its checkout, so it is not read: put a file in its place";
                errors.push(FileError::file(&path, message));
                continue;
            }
            match parse::load(&path, origin) {
                Ok(policy) => found.push(policy),
                Err(error) => errors.push(error),
            }
        }
        FileError::all(errors).map_or(Ok(Policies(found)), Err)
    }

    /// Whether a policy in the checkout is a link that leads out of it, to a file that its author could not read.
    fn leads_away(&self, policy: &Path) -> bool {
        let Ok(real) = policy.canonicalize() else { return false };
        let inside = |directory: &Path| directory.canonicalize().is_ok_and(|inside| real.starts_with(inside));
        let directory = crate::run::directory_of(&self.suite);
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let checkout = outermost(&directory).is_some_and(inside);
        !checkout && !inside(crate::run::directory_of(policy))
    }

    fn candidates(&self, errors: &mut Vec<FileError>) -> Vec<(PathBuf, Origin)> {
        let mut places: Vec<_> = self.arguments.iter().map(|path| (path.clone(), Origin::Argument)).collect();
        match &self.environment {
            // An empty name is a mistake in somebody's pipeline, not a wish to have no policy.
            Some(path) if path.is_empty() => {
                let message = "the variable is empty: let it name a policy, or unset it";
                errors.push(FileError::file(Path::new("$SCOREBOX_POLICY"), message));
            }
            Some(path) => places.push((PathBuf::from(path), Origin::Environment)),
            None => {}
        }
        places.push((self.system.clone(), Origin::System));
        places.extend(self.user.iter().map(|path| (path.clone(), Origin::User)));
        let directory = crate::run::directory_of(&self.suite);
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        // A directory that is a link has parents here and there. Both count, so that a link hides no policy.
        let mut directories = in_checkout(&directory);
        directories.extend(directory.canonicalize().map(|real| in_checkout(&real)).unwrap_or_default());
        places.extend(directories.into_iter().map(|path| (path.join(FILE), Origin::Checkout)));
        places
    }
}

/// The directory and those above it up to the root of the outermost repository: a submodule hides no policy. Without a
/// repository, all of them: an archive that was unpacked somewhere, or an image without `.git`, has policies as well, and
/// one too many only lowers.
fn in_checkout(directory: &Path) -> Vec<PathBuf> {
    let root = outermost(directory);
    let inside = |directory: &&Path| root.is_none_or(|root| directory.starts_with(root));
    directory.ancestors().filter(inside).map(Path::to_owned).collect()
}

/// The root of the outermost repository around a directory.
fn outermost(directory: &Path) -> Option<&Path> {
    directory.ancestors().filter(|directory| is_there(&directory.join(".git"))).last()
}

/// Whether something stands there, also where it cannot be read or is a link into nothing.
pub(super) fn is_there(path: &Path) -> bool {
    let absent = |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory);
    std::fs::symlink_metadata(path).map_or_else(|error| !absent(error.kind()), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of a directory with files in it, and the places for the suite `repo/evaluation/scorebox.yaml`.
    fn places(files: &[(&str, &str)]) -> (tempfile::TempDir, Places) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir_all(root.path().join("repo/evaluation")).unwrap();
        let at = |name: &str| root.path().join(name);
        let places = Places {
            arguments: Vec::new(),
            environment: None,
            system: at("etc/policy.yaml"),
            user: Some(at("config/policy.yaml")),
            suite: at("repo/evaluation/scorebox.yaml"),
        };
        (root, places)
    }

    fn found(root: &Path, places: &Places) -> Vec<(String, Origin)> {
        let root = root.canonicalize().unwrap();
        let policies = places.find().unwrap();
        let name =
            |path: &Path| path.canonicalize().unwrap().strip_prefix(&root).unwrap().display().to_string();
        policies.all().iter().map(|policy| (name(&policy.path), policy.origin)).collect()
    }

    const TEXT: &str = "limits: {memory: 1MiB}\n";

    #[test]
    fn all_that_are_there_are_found() {
        let (root, mut places) = places(&[
            ("argument.yaml", TEXT),
            ("environment.yaml", TEXT),
            ("etc/policy.yaml", TEXT),
            ("config/policy.yaml", TEXT),
            ("repo/evaluation/scorebox.policy.yaml", TEXT),
            ("repo/scorebox.policy.yaml", TEXT),
            ("repo/.git/HEAD", ""),
            ("scorebox.policy.yaml", TEXT),
        ]);
        places.arguments = vec![root.path().join("argument.yaml")];
        places.environment = Some(root.path().join("environment.yaml").into());
        let expected = [
            ("argument.yaml", Origin::Argument),
            ("environment.yaml", Origin::Environment),
            ("etc/policy.yaml", Origin::System),
            ("config/policy.yaml", Origin::User),
            ("repo/evaluation/scorebox.policy.yaml", Origin::Checkout),
            ("repo/scorebox.policy.yaml", Origin::Checkout),
        ]
        .map(|(name, origin)| (name.to_owned(), origin));
        assert_eq!(found(root.path(), &places), expected, "and none above the repository");
        places.arguments.push(root.path().join("repo/scorebox.policy.yaml"));
        let last = ("repo/scorebox.policy.yaml".to_owned(), Origin::Argument);
        assert_eq!(found(root.path(), &places)[1], last, "one file is one policy");
    }

    #[test]
    fn neither_a_submodule_nor_a_link_hides_a_policy() {
        let (root, mut places) = places(&[
            ("repo/.git/HEAD", ""),
            ("repo/scorebox.policy.yaml", TEXT),
            ("repo/evaluation/.git", "gitdir: ../.git/modules/evaluation"),
            ("elsewhere/scorebox.yaml", ""),
        ]);
        let expected = [("repo/scorebox.policy.yaml".to_owned(), Origin::Checkout)];
        assert_eq!(found(root.path(), &places), expected);
        std::os::unix::fs::symlink(root.path().join("elsewhere"), root.path().join("repo/link")).unwrap();
        places.suite = root.path().join("repo/link/scorebox.yaml");
        assert_eq!(found(root.path(), &places), expected);
    }

    #[test]
    fn without_a_repository_every_directory_above_counts() {
        let (root, places) = places(&[
            ("scorebox.policy.yaml", TEXT),
            ("repo/scorebox.policy.yaml", TEXT),
            ("repo/evaluation/scorebox.policy.yaml", TEXT),
        ]);
        let expected =
            ["repo/evaluation/scorebox.policy.yaml", "repo/scorebox.policy.yaml", "scorebox.policy.yaml"]
                .map(|name| (name.to_owned(), Origin::Checkout));
        assert_eq!(found(root.path(), &places), expected);
    }

    #[test]
    fn no_link_shows_what_lies_outside_of_the_checkout() {
        let (root, mut places) = places(&[
            ("repo/.git/HEAD", ""),
            ("repo/shared.yaml", TEXT),
            ("outside/secret.yaml", "token: hunter2\n"),
            ("etc/policy.yaml", TEXT),
        ]);
        let at = |name: &str| root.path().join(name);
        let policy = at("repo/evaluation/scorebox.policy.yaml");
        std::os::unix::fs::symlink("../shared.yaml", &policy).unwrap();
        assert_eq!(found(root.path(), &places).len(), 2, "a link within the checkout is read");
        std::fs::remove_file(&policy).unwrap();
        std::os::unix::fs::symlink(at("outside/secret.yaml"), &policy).unwrap();
        let error = places.find().unwrap_err();
        assert!(error.to_string().contains("leads out of its checkout"), "{error}");
        assert!(
            !error.to_string().contains("token") && !error.render().contains("hunter2"),
            "{}",
            error.render()
        );
        // What a person has by themselves is theirs to read.
        places.system = at("none");
        assert!(places.find().unwrap_err().to_string().contains("token"));
        // The kernel's files are nobody's policy.
        std::fs::remove_file(&policy).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", &policy).unwrap();
        let error = places.find().unwrap_err();
        assert!(error.to_string().contains("no regular file"), "{error}");
        assert!(!error.render().contains("PATH="), "{}", error.render());
    }

    #[test]
    fn what_was_named_or_is_there_is_never_passed_over() {
        let (root, places) = places(&[("repo/evaluation/scorebox.policy.yaml", TEXT)]);
        let error = |places: &Places| {
            let error = places.find().unwrap_err().to_string();
            error.replace(root.path().to_str().unwrap(), "")
        };
        let named = Places { arguments: vec![root.path().join("none.yaml")], ..places.clone() };
        assert_eq!(
            error(&named),
            "/none.yaml: cannot read the policy: No such file or directory (os error 2)"
        );
        let named = Places { environment: Some(root.path().join("none.yaml").into()), ..places.clone() };
        assert_eq!(
            error(&named),
            "/none.yaml: cannot read the policy: No such file or directory (os error 2)"
        );
        let empty = Places { environment: Some("".into()), ..places.clone() };
        assert!(error(&empty).contains("the variable is empty"), "{}", error(&empty));
        let path = root.path().join("repo/evaluation/scorebox.policy.yaml");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        assert!(error(&places).contains("cannot read the policy"), "{}", error(&places));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(error(&places).contains("cannot read the policy"), "{}", error(&places));
    }
}
