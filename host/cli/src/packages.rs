//! Finds the plugins that suites name by reference: in the lock file beside the suite, and in this user's store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use scorebox_eval::packages::{Package, Packages};
use scorebox_eval::run::read_component;
use scorebox_registry::{Lock, PublicKey, Reference, Store, resolve, signers_of_file};
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
    fn find(&self, reference: &str, directory: &Path, keys: &[&str]) -> Result<Package, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let parsed: Reference = reference.parse().map_err(|error| words(&error))?;
        let lock = Lock::read(directory).map_err(|error| words(&error))?.unwrap_or_default();
        let store = store().map_err(|error| crate::exit::told(&error))?;
        let public = public(keys)?;
        let resolved = resolve(&parsed, &lock, directory, &store, &public).map_err(|error| words(&error))?;
        Ok(Package {
            reference: Some(reference.to_owned()),
            registry: parsed.registry(),
            component: resolved.path,
            digest: resolved.pinned.component,
            signed_by: named(keys, &public, &resolved.signers),
        })
    }

    fn file(&self, path: &Path, keys: &[&str]) -> Result<Package, String> {
        let bytes = read_component(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let inspection = Sandbox::inspect(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let public = public(keys)?;
        let signers = signers_of_file(path, &bytes, &public);
        Ok(Package {
            reference: None,
            registry: "files".to_owned(),
            component: path.to_owned(),
            digest: inspection.digest,
            signed_by: named(keys, &public, &signers),
        })
    }

    fn kept(&self, digest: &str, keys: &[&str]) -> Option<Package> {
        let store = store().ok()?;
        let component = store.component(digest).ok()??;
        let package = store.package_of(digest)?;
        let public = public(keys).ok()?;
        let signers: Vec<PublicKey> =
            public.iter().filter(|key| package.is_signed_by(key, &component)).cloned().collect();
        Some(Package {
            registry: package.reference.parse::<Reference>().ok()?.registry(),
            reference: Some(package.reference),
            component: store.component_path(digest)?,
            digest: digest.to_owned(),
            signed_by: named(keys, &public, &signers),
        })
    }
}

fn public(keys: &[&str]) -> Result<Vec<PublicKey>, String> {
    let parse = |pem: &&str| PublicKey::parse(pem).map_err(|reason| format!("a policy's key: {reason}"));
    keys.iter().map(parse).collect()
}

/// The keys of these signers, as they were given.
fn named(keys: &[&str], public: &[PublicKey], signers: &[PublicKey]) -> Vec<String> {
    let signed = keys.iter().zip(public).filter(|(_, key)| signers.contains(key));
    signed.map(|(pem, _)| (*pem).to_owned()).collect()
}
