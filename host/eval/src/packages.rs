//! Plugins that a suite names by reference: `plugin: ghcr.io/acme/no-jargon:1.2.0`.
//!
//! Which component a reference means is pinned by a lock file beside the suite, and the component lies in a local store;
//! what those are is the business of whoever implements [`Packages`]. It happens before a run: a suite with references
//! becomes one with files, of which is known where they come from and who signed them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::policy::Policies;
use crate::suite::{MetricSource, Suite};
use crate::yaml::{FileError, Mistake};

/// Name of the file that pins plugins, beside the suites that it is for.
pub const LOCK_FILE: &str = "scorebox.lock";

/// A component of which is known where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// As the suite writes it; `None` for a component that it names by path.
    pub reference: Option<String>,
    /// The registry with what of it is meant, `ghcr.io/acme/no-jargon`; `files` for files and directories.
    pub registry: String,
    /// The component's file.
    pub component: PathBuf,
    /// `sha256:` of the component.
    pub digest: String,
    /// Those in question who signed it.
    pub signed_by: Vec<Signer>,
}

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// A public key, as PEM.
    Key(String),
    /// Whom an identity provider vouched for.
    Identity(SignerIdentity),
}

/// Somebody whom an identity provider vouches for, as sigstore's signatures without a key name him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerIdentity {
    /// Exact, or with one `*` that stands for one or more characters which are neither `/` nor `@`.
    pub subject: String,
    /// The provider's address, exact.
    pub issuer: String,
    /// The text of the `trusted_root.json` that has to prove it; that of sigstore's public instance where there is none.
    pub trust_root: Option<Arc<str>>,
}

/// What is wrong with a subject, and what to write instead.
pub fn check_subject(subject: &str) -> Result<(), (String, &'static str)> {
    if subject.is_empty() || subject.len() > 2048 || subject.chars().any(char::is_control) {
        let help = "write whom its certificates name, such as `jo@acme.example`, or a workflow's address with its \
                    branch or tag: `https://github.com/acme/x/.github/workflows/release.yml@refs/tags/*`";
        return Err((format!("{subject:.200?} is no subject"), help));
    }
    match subject.matches('*').count() {
        0 => Ok(()),
        1 if subject.chars().any(char::is_alphanumeric) => Ok(()),
        1 => Err((
            format!("{subject:.200?} names anybody"),
            "write what all of them have in common, such as `*@acme.example`",
        )),
        stars => Err((
            format!("{subject:.200?} has {stars} `*`"),
            "write one at most: it stands for one or more characters which are neither `/` nor `@`",
        )),
    }
}

/// What is wrong with an issuer, and what to write instead.
pub fn check_issuer(issuer: &str) -> Result<(), (String, &'static str)> {
    let rest = issuer.strip_prefix("https://").unwrap_or_default();
    if rest.is_empty() || issuer.len() > 2048 || rest.contains(|c: char| c == '*' || c.is_whitespace()) {
        let help = "write the identity provider's whole address, such as \
                    `https://token.actions.githubusercontent.com` or `https://accounts.google.com`";
        return Err((format!("{issuer:.200?} is no issuer"), help));
    }
    Ok(())
}

/// Finds components, without asking anybody outside of this machine. Of the signers in question, those who signed a
/// component are named in its [`Package`].
pub trait Packages: Sync {
    /// What a suite in `directory` means by a reference.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do about it.
    fn find(&self, reference: &str, directory: &Path, asked: &[&Signer]) -> Result<Package, String>;

    /// A component's file, with the signatures that lie beside it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    fn file(&self, path: &Path, asked: &[&Signer]) -> Result<Package, String>;

    /// The component with this digest, of those that were fetched; `None` where it is not among them.
    fn kept(&self, digest: &str, asked: &[&Signer]) -> Option<Package>;
}

/// For whoever has neither a lock file nor a store: finds nothing, and knows of no signature.
#[derive(Debug, Clone, Copy)]
pub struct NoPackages;

impl Packages for NoPackages {
    fn find(&self, reference: &str, _: &Path, _: &[&Signer]) -> Result<Package, String> {
        Err(format!("there is no store to take {reference} from: name the plugin by path"))
    }

    fn file(&self, path: &Path, _: &[&Signer]) -> Result<Package, String> {
        Err(format!("{}: nothing is known of who signed it", path.display()))
    }

    fn kept(&self, _: &str, _: &[&Signer]) -> Option<Package> {
        None
    }
}

/// Whether what a suite calls a plugin is a reference, not a path. A reference begins with `dir:` or `file:`, or with the
/// name of a host and `/`, and ends with a version or digest; nothing that ends in `.wasm` is one of those.
pub(crate) fn is_reference(text: &str) -> bool {
    if text.starts_with("dir:") || text.starts_with("file:") {
        return true;
    }
    let Some((host, rest)) = text.split_once('/') else { return false };
    let is_host = host == "localhost" || host.contains(['.', ':']);
    is_host && !host.trim_matches('.').is_empty() && rest.contains([':', '@']) && !text.ends_with(".wasm")
}

/// The file that a reference names by path.
pub(crate) fn file_of(reference: &str, directory: &Path) -> Option<PathBuf> {
    reference.strip_prefix("file:").map(|path| directory.join(path))
}

impl Suite {
    /// Finds the components of all metrics that are named by reference, and says of each component who signed it where a
    /// policy wants to know. To be called before [`Policies::enforce`].
    ///
    /// # Errors
    ///
    /// Every reference that leads to no component, at its place in the suite.
    pub fn resolve_packages(
        &mut self,
        packages: &dyn Packages,
        policies: &Policies,
    ) -> Result<(), FileError> {
        let signers = policies.signers();
        let directory = crate::run::directory_of(&self.path).to_owned();
        let mut mistakes = Vec::new();
        for (used, places) in self.metrics.iter_mut().zip(&self.places.metrics) {
            let found = match &used.source {
                MetricSource::Builtin(_) => continue,
                MetricSource::Reference(reference) => {
                    // The lock file is named by nobody, and read like everything that a suite names.
                    let file = file_of(reference, &directory);
                    let files = [Some(directory.join(LOCK_FILE)), file];
                    let forbidden = files.into_iter().flatten().find_map(|path| {
                        let line = policies.forbids_path(&self.path, &path)?;
                        Some(
                            Mistake::at(
                                places.source.clone(),
                                format!("a policy forbids to read {}", path.display()),
                            )
                            .against(line),
                        )
                    });
                    if let Some(mistake) = forbidden {
                        mistakes.push(mistake);
                        continue;
                    }
                    packages.find(reference, &directory, &signers)
                }
                // Without a policy that asks for signatures, a path is what it always was.
                MetricSource::Plugin(path)
                    if !signers.is_empty() && policies.forbids_path(&self.path, path).is_none() =>
                {
                    packages.file(path, &signers)
                }
                MetricSource::Plugin(_) => continue,
            };
            match found {
                Ok(package) => {
                    used.source = MetricSource::Plugin(package.component.clone());
                    used.package = Some(package);
                }
                Err(message) => {
                    mistakes.push(Mistake::at(places.source.clone(), format!("{}: {message}", used.name)));
                }
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(FileError::of(self.source.clone(), mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_somebody_and_an_issuer_is_an_address() {
        for subject in [
            "jo@acme.example",
            "*@acme.example",
            "https://github.com/acme/x/.github/workflows/r.yml@refs/tags/*",
        ] {
            assert_eq!(check_subject(subject), Ok(()));
        }
        for subject in ["", "*", "*@", "/*", "a*b*", "a\nb", &"x".repeat(2049)] {
            assert!(check_subject(subject).is_err(), "{subject}");
        }
        for issuer in ["https://accounts.google.com", "https://acme.example/realms/x"] {
            assert_eq!(check_issuer(issuer), Ok(()));
        }
        for issuer in
            ["", "https://", "http://acme.example", "acme.example", "https://*.example", "https://a b"]
        {
            assert!(check_issuer(issuer).is_err(), "{issuer}");
        }
    }

    #[test]
    fn a_reference_is_told_from_a_path() {
        for text in [
            "ghcr.io/acme/x:1.2.0",
            "localhost:5000/x:1",
            "localhost/x@sha256:12",
            "dir:/srv/plugins#x:1",
            "file:x.wasm",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "checks/x.wasm",
            "../checks/x:1",
            "./x:1",
            "checks.d/x.wasm",
            "localhost:5000/x.wasm",
            "x",
            "/srv/x:1",
            "checks/x:1",
        ] {
            assert!(!is_reference(text), "{text}");
        }
    }
}
