//! From what a registry serves to what a lock file pins, and back: is it still the same?

use std::fmt;
use std::path::{Path, PathBuf};

use crate::asked::{About, Asked};
use crate::fetch::Fetched;
use crate::lock::{LOCK_FILE, Lock, Pinned};
use crate::reference::{Place, Reference};
use crate::signer::{Evidence, Signer};
use crate::store::{Store, StoreError};
use crate::{digest, whole};
use scorebox_sandbox::MAX_COMPONENT_BYTES;

/// How a plugin differs from what was pinned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Artifact or component are others: pinned, found.
    pub moved: Option<(String, String)>,
    /// The version is another one: pinned, found.
    pub version: Option<(String, String)>,
    /// What it asks for beyond what was pinned.
    pub wider: Asked,
    /// The signers whose signature it does not carry, in words.
    pub unsigned: Vec<String>,
}

impl Difference {
    /// Whether it is the same.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The arguments of `scorebox plugin update` that accept it.
    pub fn accepting(&self) -> &'static str {
        match (self.wider.is_empty(), self.unsigned.is_empty()) {
            (true, true) => "",
            (false, true) => " --accept-grants",
            (true, false) => " --accept-signer",
            (false, false) => " --accept-grants --accept-signer",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        if let Some((pinned, found)) = &self.version {
            lines.push(format!("version  {pinned} → {found}"));
        }
        if let Some((pinned, found)) = &self.moved {
            lines.push(format!("digest   pinned {pinned}\n           found  {found}"));
        }
        if !self.wider.is_empty() {
            lines.push(format!("grants   asks for more: {}", self.wider));
        }
        for signer in &self.unsigned {
            lines.push(format!("signer   no signature by {signer}"));
        }
        write!(f, "  {}", lines.join("\n  "))
    }
}

impl Pinned {
    /// What a lock file pins of a plugin that was fetched, which `asked` may have signed.
    pub fn of(fetched: &Fetched, asked: &[Signer]) -> Self {
        let mut signers: Vec<Signer> = Vec::new();
        for signer in fetched.signers(asked) {
            if !signers.contains(signer) {
                signers.push(signer.clone());
            }
        }
        Self {
            reference: fetched.reference.clone(),
            name: fetched.about.name.clone(),
            version: fetched.about.version.clone(),
            manifest: fetched.manifest.clone(),
            component: fetched.about.inspection.digest.clone(),
            asked: fetched.about.asked.clone(),
            signers,
        }
    }

    /// How a plugin that was fetched differs from this.
    pub fn against(&self, fetched: &Fetched) -> Difference {
        let component = &fetched.about.inspection.digest;
        let moved = if self.manifest != fetched.manifest {
            Some((self.manifest.clone(), fetched.manifest.clone()))
        } else {
            (self.component != *component).then(|| (self.component.clone(), component.clone()))
        };
        self.differences(&fetched.about, moved, &fetched.evidence())
    }

    fn differences(
        &self,
        about: &About,
        moved: Option<(String, String)>,
        evidence: &Evidence<'_>,
    ) -> Difference {
        let version = (self.version != about.version).then(|| (self.version.clone(), about.version.clone()));
        let signed = evidence.signers(&self.signers);
        let missing = self.signers.iter().filter(|signer| !signed.contains(signer));
        Difference {
            moved,
            version,
            wider: about.asked.beyond(&self.asked),
            unsigned: missing.map(|signer| absent(signer, evidence)).collect(),
        }
    }
}

/// A signer whose signature is not there, and who is there in his place.
fn absent(signer: &Signer, evidence: &Evidence<'_>) -> String {
    let Signer::Identity(identity) = signer else { return format!("the pinned key {signer}") };
    let proven = evidence.proven(identity.root()).into_iter().flatten();
    let others: Vec<String> =
        proven.map(|proven| format!("{} of {}", proven.subject, proven.issuer)).collect();
    let there = if others.is_empty() { String::new() } else { format!(", but by {}", others.join(", ")) };
    format!("the pinned identity {signer}{there}")
}

/// A plugin from the store that is the pinned one.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The component's file.
    pub path: PathBuf,
    /// What is pinned.
    pub pinned: Pinned,
    /// Those in question who signed it.
    pub signers: Vec<Signer>,
}

/// Why a reference in a suite leads to no plugin.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Nothing is pinned.
    #[error("{lock} does not pin `{reference}`: `scorebox plugin add {reference}` fetches and pins it")]
    NotPinned {
        /// The reference.
        reference: String,
        /// The lock file.
        lock: String,
    },
    /// It was never fetched here.
    #[error(
        "{reference} is pinned, but not in the local store {store}: `scorebox plugin pull` fetches what the lock file pins"
    )]
    NotFetched {
        /// The reference.
        reference: String,
        /// The store.
        store: String,
    },
    /// It is not the pinned one.
    #[error("{reference} is not what {LOCK_FILE} pins:\n{difference}\nif that is meant, `scorebox plugin update {reference}{}` accepts it", difference.accepting())]
    Changed {
        /// The reference.
        reference: String,
        /// How it differs.
        difference: Box<Difference>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A component in the store is no plugin.
    #[error("{reference}: {reason}")]
    NotAPlugin {
        /// The reference.
        reference: String,
        /// Why.
        reason: String,
    },
}

/// Finds what a suite in `directory` means by a reference: in the lock file and in the store, and nowhere else.
///
/// # Errors
///
/// What is not pinned, was not fetched, or is not what was pinned, with the difference.
pub fn resolve(
    reference: &Reference,
    lock: &Lock,
    directory: &Path,
    store: &Store,
    asked: &[Signer],
) -> Result<Resolved, ResolveError> {
    let name = reference.to_string();
    let Some(pinned) = lock.get(reference) else {
        let lock = directory.join(LOCK_FILE).display().to_string();
        return Err(ResolveError::NotPinned { reference: name, lock });
    };
    let not_fetched = || ResolveError::NotFetched {
        reference: name.clone(),
        store: store.directory().display().to_string(),
    };
    let package = store.package(&pinned.manifest)?.ok_or_else(not_fetched)?;
    let component = store.component(&package.component)?.ok_or_else(not_fetched)?;
    let path = store.component_path(&package.component).ok_or_else(not_fetched)?;
    let about = About::read(&component)
        .map_err(|error| ResolveError::NotAPlugin { reference: name.clone(), reason: error.to_string() })?;
    let changed = || Some((pinned.component.clone(), package.component.clone()));
    let mut moved = (package.component != pinned.component).then(changed).flatten();
    // A file beside the suite is looked at as well: who edits it means to use what it is now.
    if let Place::File(file) = &reference.from(directory).place
        && let Ok(bytes) = whole::read(file, MAX_COMPONENT_BYTES)
    {
        let found = digest::of(&bytes);
        if found != pinned.component {
            moved = Some((pinned.component.clone(), found));
        }
    }
    let evidence = package.evidence(&component);
    let difference = pinned.differences(&about, moved, &evidence);
    if !difference.is_empty() {
        return Err(ResolveError::Changed { reference: name, difference: Box::new(difference) });
    }
    let signers = evidence.signers(asked).into_iter().cloned().collect();
    Ok(Resolved { path, pinned: pinned.clone(), signers })
}

/// Those of `asked` who signed the component in a file, by the signatures beside it.
pub fn signers_of_file(path: &Path, component: &[u8], asked: &[Signer]) -> Vec<Signer> {
    let Ok((signatures, bundles)) = crate::fetch::beside(path) else { return Vec::new() };
    let evidence = Evidence { signatures: &signatures, bundles: &bundles, manifest: "", component };
    evidence.signers(asked).into_iter().cloned().collect()
}
