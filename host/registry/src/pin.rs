//! From what a registry serves to what a lock file pins, and back: is it still the same?

use std::fmt;
use std::path::{Path, PathBuf};

use crate::asked::{About, Asked};
use crate::fetch::Fetched;
use crate::lock::{LOCK_FILE, Lock, Pinned};
use crate::reference::{Place, Reference};
use crate::sign::PublicKey;
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
    /// The signers whose signature it does not carry, by fingerprint.
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
            lines.push(format!("signer   no signature by the pinned key {signer}"));
        }
        write!(f, "  {}", lines.join("\n  "))
    }
}

impl Pinned {
    /// What a lock file pins of a plugin that was fetched, whose signatures were held against `keys`.
    pub fn of(fetched: &Fetched, keys: &[PublicKey]) -> Self {
        let mut signers: Vec<PublicKey> = Vec::new();
        for key in fetched.signers(keys) {
            if !signers.contains(key) {
                signers.push(key.clone());
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
        let signed = |key: &PublicKey| !fetched.signers(std::slice::from_ref(key)).is_empty();
        self.differences(&fetched.about, moved, signed)
    }

    fn differences(
        &self,
        about: &About,
        moved: Option<(String, String)>,
        signed: impl Fn(&PublicKey) -> bool,
    ) -> Difference {
        let version = (self.version != about.version).then(|| (self.version.clone(), about.version.clone()));
        Difference {
            moved,
            version,
            wider: about.asked.beyond(&self.asked),
            unsigned: self.signers.iter().filter(|key| !signed(key)).map(PublicKey::fingerprint).collect(),
        }
    }
}

/// A plugin from the store that is the pinned one.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The component's file.
    pub path: PathBuf,
    /// What is pinned.
    pub pinned: Pinned,
    /// Those of the keys in question that signed it.
    pub signers: Vec<PublicKey>,
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
    keys: &[PublicKey],
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
    let signed = |key: &PublicKey| package.is_signed_by(key, &component);
    let difference = pinned.differences(&about, moved, signed);
    if !difference.is_empty() {
        return Err(ResolveError::Changed { reference: name, difference: Box::new(difference) });
    }
    let signers = keys.iter().filter(|key| signed(key)).cloned().collect();
    Ok(Resolved { path, pinned: pinned.clone(), signers })
}

/// Those of `keys` that signed the component in a file, by the signature beside it.
pub fn signers_of_file(path: &Path, component: &[u8], keys: &[PublicKey]) -> Vec<PublicKey> {
    let Ok(Some(signature)) = crate::fetch::beside(path) else { return Vec::new() };
    keys.iter().filter(|key| signature.is_by(key, "", component)).cloned().collect()
}
