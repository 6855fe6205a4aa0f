//! `scorebox plugin add`, `pull`, `update`, `list` and `remove`: what whoever uses plugins of others needs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use scorebox_eval::report::escape_line;
use scorebox_registry::{Difference, Fetched, LOCK_FILE, Lock, Pinned, Reference, Signer, Store, fetch};
use serde::Serialize;

use super::network::{NetworkArguments, SignerArguments};
use super::publish::why_not;
use super::suite_text;
use crate::exit;
use crate::packages::store;
use crate::say::{self, say};
use crate::start::line;

/// Which lock file.
#[derive(Debug, Args)]
pub(crate) struct LockArguments {
    /// Directory of the suites, which holds scorebox.lock
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

impl LockArguments {
    fn read(&self) -> Result<Option<Lock>> {
        Ok(Lock::read(&self.directory)?)
    }

    fn existing(&self) -> Result<Lock> {
        self.read()?.with_context(|| {
            format!(
                "there is no {}: `scorebox plugin add REFERENCE` begins one",
                self.directory.join(LOCK_FILE).display()
            )
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// Which plugin: ghcr.io/acme/no-jargon:1.2.0, dir:/srv/plugins#no-jargon:1.2.0, or file:no-jargon.wasm
    reference: Reference,
    /// Also write it into this suite; its directory is that of the lock file
    #[arg(long, value_name = "SUITE", conflicts_with = "directory")]
    suite: Option<PathBuf>,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    signers: SignerArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PullArguments {
    /// Which plugins [default: all that scorebox.lock pins]
    references: Vec<Reference>,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// Which plugins [default: all that scorebox.lock pins]
    references: Vec<Reference>,
    /// Accept that plugins ask for more than before
    #[arg(long)]
    accept_grants: bool,
    /// Accept plugins that the former signer did not sign
    #[arg(long)]
    accept_signer: bool,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    signers: SignerArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    lock: LockArguments,
    /// What the local store holds, whoever uses it
    #[arg(long)]
    store: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// Which plugin
    reference: Reference,
    /// Remove it from the local store as well, where other suites may use it
    #[arg(long)]
    store: bool,
    #[command(flatten)]
    lock: LockArguments,
}

pub(crate) fn add(arguments: &AddArguments) -> Result<ExitCode> {
    let AddArguments { reference, suite, lock: place, signers, network } = arguments;
    let beside = suite.as_ref().map(|suite| match suite.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    });
    let place = LockArguments { directory: beside.unwrap_or_else(|| place.directory.clone()) };
    let mut lock = place.read()?.unwrap_or_default();
    let all = signers.all(&place.directory)?;
    let fetched = fetch(reference, &place.directory, network.network())?;
    signed_by(&fetched, &signers.named()?)?;
    if let Some(pinned) = lock.get(reference) {
        let difference = pinned.against(&fetched);
        if !difference.is_empty() {
            bail!(changed(pinned, &difference, &place));
        }
    }
    store()?.keep(&fetched)?;
    let pinned = Pinned::of(&fetched, &all);
    lock.put(pinned.clone());
    lock.write(&place.directory)?;
    tell("added", &pinned, &fetched);
    let entry = suite_text::entry(&pinned, &fetched.about);
    match suite {
        Some(suite) => {
            suite_text::insert(suite, &pinned.name, &entry)?;
            say!(
                "wrote `{}` into {}; its settings are yours to fill in",
                escape_line(&pinned.name),
                line(suite)
            );
        }
        None => say!(
            "pinned in {}; put it into the suite:\n\nmetrics:\n{entry}",
            line(&place.directory.join(LOCK_FILE))
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever was named has to have signed it.
fn signed_by(fetched: &Fetched, named: &[Signer]) -> Result<()> {
    let signers = fetched.signers(named);
    match named.iter().find(|signer| !signers.contains(signer)) {
        None => Ok(()),
        Some(signer) => bail!(
            "{} is not signed by {signer}, so it is not used{}",
            fetched.reference,
            why_not(fetched, signer)
        ),
    }
}

fn tell(verb: &str, pinned: &Pinned, fetched: &Fetched) {
    say!("{verb} {}", escape_line(&pinned.reference.to_string()));
    say!(
        "  {} {}, asks for {}",
        escape_line(&pinned.name),
        escape_line(&pinned.version),
        escape_line(&pinned.asked.to_string())
    );
    say!("  digest {}", pinned.manifest);
    for signer in &pinned.signers {
        say!("  signed by {}", escape_line(&signer.to_string()));
    }
    if pinned.signers.is_empty() {
        let signed = fetched.signatures.len() + fetched.bundles.len();
        say!(
            "  {}",
            if signed == 0 {
                "not signed"
            } else {
                "signed, by nobody who is known here: name a signer with `--key`, or with `--identity` and `--issuer`"
            }
        );
    }
}

fn changed(pinned: &Pinned, difference: &Difference, place: &LockArguments) -> String {
    let at = place.directory.join(LOCK_FILE);
    let directory = if place.directory == Path::new(".") {
        String::new()
    } else {
        format!(" -C {}", place.directory.display())
    };
    format!(
        "{} is not what {} pins:\n{difference}\nif that is meant, `scorebox plugin update {}{}{directory}` accepts it",
        pinned.reference,
        at.display(),
        pinned.reference,
        difference.accepting(),
    )
}

pub(crate) fn pull(arguments: &PullArguments) -> Result<ExitCode> {
    let PullArguments { references, lock: place, network } = arguments;
    let lock = if references.is_empty() { place.existing()? } else { place.read()?.unwrap_or_default() };
    let pinned = lock.plugins().iter().map(|pinned| &pinned.reference);
    let wanted: Vec<&Reference> =
        if references.is_empty() { pinned.collect() } else { references.iter().collect() };
    let store = store()?;
    let mut errors = Vec::new();
    for reference in wanted {
        if let Err(error) = pull_one(reference, &lock, place, network, &store) {
            errors.push(exit::told(&error));
        }
    }
    if !errors.is_empty() {
        bail!(errors.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn pull_one(
    reference: &Reference,
    lock: &Lock,
    place: &LockArguments,
    network: &NetworkArguments,
    store: &Store,
) -> Result<()> {
    let fetched = fetch(reference, &place.directory, network.network())?;
    if let Some(pinned) = lock.get(reference) {
        let difference = pinned.against(&fetched);
        if !difference.is_empty() {
            bail!(changed(pinned, &difference, place));
        }
    }
    store.keep(&fetched)?;
    say!("pulled {}\n  digest {}", escape_line(&reference.to_string()), fetched.manifest);
    Ok(())
}

pub(crate) fn update(arguments: &UpdateArguments) -> Result<ExitCode> {
    let UpdateArguments { references, accept_grants, accept_signer, lock: place, signers, network } =
        arguments;
    let mut lock = place.existing()?;
    let all: Vec<Reference> = lock.plugins().iter().map(|pinned| pinned.reference.clone()).collect();
    for reference in references {
        if lock.get(reference).is_none() {
            let known = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            bail!("{} does not pin {reference}: it has {known}", place.directory.join(LOCK_FILE).display());
        }
    }
    let signers = signers.all(&place.directory)?;
    let store = store()?;
    let mut refused = Vec::new();
    for reference in if references.is_empty() { &all } else { references } {
        let Some(pinned) = lock.get(reference) else { continue };
        let fetched = fetch(reference, &place.directory, network.network())?;
        let difference = pinned.against(&fetched);
        if (!difference.wider.is_empty() && !accept_grants)
            || (!difference.unsigned.is_empty() && !accept_signer)
        {
            refused.push(changed(pinned, &difference, place));
            continue;
        }
        // The signer that was pinned stays one, also where he is known from the lock file alone.
        let mut known = signers.clone();
        known.extend(pinned.signers.iter().cloned());
        store.keep(&fetched)?;
        let now = Pinned::of(&fetched, &known);
        if *pinned == now {
            say!("{} is as it was", escape_line(&reference.to_string()));
            continue;
        }
        tell("updated", &now, &fetched);
        if !difference.is_empty() {
            say!("{}", escape_lines(&difference.to_string()));
        }
        lock.put(now);
        lock.write(&place.directory)?;
    }
    if !refused.is_empty() {
        bail!(refused.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn escape_lines(text: &str) -> String {
    text.lines().map(escape_line).collect::<Vec<_>>().join("\n")
}

/// One plugin, as `list --json` has it.
#[derive(Serialize)]
struct Listed {
    reference: String,
    name: String,
    version: String,
    manifest: String,
    component: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asks_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signers: Option<Vec<String>>,
    /// Whether a run could take it.
    fetched: bool,
}

pub(crate) fn list(arguments: &ListArguments) -> Result<ExitCode> {
    let store = store()?;
    let listed: Vec<Listed> = if arguments.store {
        let listed = store.packages().into_iter().map(|package| Listed {
            fetched: matches!(store.component(&package.component), Ok(Some(_))),
            reference: package.reference,
            name: package.name,
            version: package.version,
            manifest: package.manifest,
            component: package.component,
            asks_for: None,
            signers: None,
        });
        listed.collect()
    } else {
        let lock = arguments.lock.existing()?;
        let listed = lock.plugins().iter().map(|pinned| Listed {
            reference: pinned.reference.to_string(),
            name: pinned.name.clone(),
            version: pinned.version.clone(),
            manifest: pinned.manifest.clone(),
            component: pinned.component.clone(),
            asks_for: Some(pinned.asked.to_string()),
            signers: Some(pinned.signers.iter().map(ToString::to_string).collect()),
            fetched: matches!(store.component(&pinned.component), Ok(Some(_))),
        });
        listed.collect()
    };
    if arguments.json {
        say::json(&listed)?;
        return Ok(ExitCode::SUCCESS);
    }
    for plugin in &listed {
        let missing = if plugin.fetched { "" } else { "; not here, `scorebox plugin pull` fetches it" };
        say!("{}{missing}", escape_line(&plugin.reference));
        let asks = plugin.asks_for.as_ref().map(|asked| format!(", asks for {asked}")).unwrap_or_default();
        say!("  {} {}{}", escape_line(&plugin.name), escape_line(&plugin.version), escape_line(&asks));
        say!("  digest {}", plugin.manifest);
        for signer in plugin.signers.iter().flatten() {
            say!("  signed by {}", escape_line(signer));
        }
    }
    if listed.is_empty() {
        say!("there are none: `scorebox plugin add REFERENCE` adds one");
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn remove(arguments: &RemoveArguments) -> Result<ExitCode> {
    let RemoveArguments { reference, store: also, lock: place } = arguments;
    let mut lock = place.existing()?;
    let manifest = lock.get(reference).map(|pinned| pinned.manifest.clone());
    let Some(manifest) = manifest else {
        bail!("{} does not pin {reference}", place.directory.join(LOCK_FILE).display());
    };
    lock.remove(reference);
    lock.write(&place.directory)?;
    say!("removed {} from {}", escape_line(&reference.to_string()), line(&place.directory.join(LOCK_FILE)));
    if *also {
        let store = store()?;
        if let Some(package) = store.package(&manifest)? {
            store.forget(&package)?;
            say!("removed it from {}", line(store.directory()));
        }
    }
    say!("a suite that names it no longer runs: remove it there as well");
    Ok(ExitCode::SUCCESS)
}
