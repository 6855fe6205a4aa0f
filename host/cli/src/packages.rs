//! Finds the plugins that suites name by reference: in the lock file beside the suite, and in this user's store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use scorebox_eval::packages::{self, Package, Packages, SignerIdentity};
use scorebox_eval::run::read_component;
use scorebox_registry::{
    Identity, Lock, PublicKey, Reference, Signer, Store, TrustRoot, resolve, signers_of_file,
};
use scorebox_sandbox::Sandbox;

/// The store that all commands share: `$SCOREBOX_STORE`, else `scorebox/plugins` in `$XDG_DATA_HOME` or `~/.local/share`.
pub(crate) fn store() -> Result<Store> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = var("SCOREBOX_STORE")
        .or_else(|| var("XDG_DATA_HOME").map(|home| home.join("scorebox/plugins")))
        .or_else(|| var("HOME").map(|home| home.join(".local/share/scorebox/plugins")));
    let directory = directory.context("there is no place for plugins: set $SCOREBOX_STORE to a directory")?;
    Ok(Store::open(&directory)?)
}

/// Lock file and store. The store is opened when something is looked for in it.
#[derive(Debug)]
pub(crate) struct Local;

impl Packages for Local {
    fn find(
        &self,
        reference: &str,
        directory: &Path,
        asked: &[&packages::Signer],
    ) -> Result<Package, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let parsed: Reference = reference.parse().map_err(|error| words(&error))?;
        let lock = Lock::read(directory).map_err(|error| words(&error))?.unwrap_or_default();
        let store = store().map_err(|error| crate::exit::told(&error))?;
        let known = signers(asked)?;
        let resolved = resolve(&parsed, &lock, directory, &store, &known).map_err(|error| words(&error))?;
        Ok(Package {
            reference: Some(reference.to_owned()),
            registry: parsed.registry(),
            component: resolved.path,
            digest: resolved.pinned.component,
            signed_by: named(asked, &known, &resolved.signers),
        })
    }

    fn file(&self, path: &Path, asked: &[&packages::Signer]) -> Result<Package, String> {
        let bytes = read_component(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let inspection = Sandbox::inspect(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let known = signers(asked)?;
        let signed = signers_of_file(path, &bytes, &known);
        Ok(Package {
            reference: None,
            registry: "files".to_owned(),
            component: path.to_owned(),
            digest: inspection.digest,
            signed_by: named(asked, &known, &signed),
        })
    }

    fn kept(&self, digest: &str, asked: &[&packages::Signer]) -> Option<Package> {
        let store = store().ok()?;
        let component = store.component(digest).ok()??;
        let package = store.package_of(digest)?;
        let known = signers(asked).ok()?;
        let signed: Vec<Signer> = package.signers(&known, &component).into_iter().cloned().collect();
        Some(Package {
            registry: package.reference.parse::<Reference>().ok()?.registry(),
            reference: Some(package.reference),
            component: store.component_path(digest)?,
            digest: digest.to_owned(),
            signed_by: named(asked, &known, &signed),
        })
    }
}

/// Those whom policies name, to hold signatures against.
pub(crate) fn signers(asked: &[&packages::Signer]) -> Result<Vec<Signer>, String> {
    let signer = |signer: &&packages::Signer| match signer {
        packages::Signer::Key(pem) => {
            PublicKey::parse(pem).map(Signer::Key).map_err(|reason| format!("a policy's key: {reason}"))
        }
        packages::Signer::Identity(SignerIdentity { subject, issuer, trust_root }) => {
            let root = match trust_root {
                Some(text) => TrustRoot::parse(text),
                None => TrustRoot::public(),
            };
            let root = root.map_err(|error| format!("a policy's trust root: {error}"))?;
            Ok(Signer::Identity(Identity::new(subject, issuer, root)))
        }
    };
    asked.iter().map(signer).collect()
}

/// Those who signed, as they were asked for.
fn named(asked: &[&packages::Signer], known: &[Signer], signed: &[Signer]) -> Vec<packages::Signer> {
    let found = asked.iter().zip(known).filter(|(_, known)| signed.contains(known));
    found.map(|(asked, _)| (*asked).clone()).collect()
}
