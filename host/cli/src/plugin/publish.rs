//! `scorebox plugin push`, `keygen` and `verify`: what whoever publishes a plugin needs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{
    Entry, Fetched, Index, Place, PrivateKey, Proven, Reference, Signer, TrustRoot, fetch, keygen, push,
};

use super::network::{NetworkArguments, SignerArguments, password};
use crate::cache::size;
use crate::say::{self, say};
use crate::start::line;

#[derive(Debug, Args)]
pub(crate) struct PushArguments {
    /// The component
    file: PathBuf,
    /// Where to: ghcr.io/acme/no-jargon:1.2.0, dir:/srv/plugins#no-jargon:1.2.0, or file:no-jargon.wasm
    reference: Reference,
    /// Sign it with this private key; the password of an encrypted one is $SCOREBOX_KEY_PASSWORD
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Replace what lies under that version
    #[arg(long)]
    overwrite: bool,
    /// Also enter it into the index plugins.json in this directory, and into the page index.html for people
    #[arg(long, value_name = "DIR")]
    index: Option<PathBuf>,
    /// Print the entry for a registry's index as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// A reference, or a component's file with its signatures beside it as FILE.sig or FILE.sigstore.json
    plugin: String,
    #[command(flatten)]
    signers: SignerArguments,
    #[command(flatten)]
    network: NetworkArguments,
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArguments {
    /// Path of the new key, without ending: NAME.key is private, NAME.pub is for everybody
    name: PathBuf,
}

pub(crate) fn push_plugin(arguments: &PushArguments) -> Result<ExitCode> {
    let PushArguments { file, reference, sign, overwrite, index, json, network } = arguments;
    // The key first: nothing is published unsigned for want of one.
    let key = sign.as_ref().map(|path| PrivateKey::read(path, password().as_deref())).transpose()?;
    let component = read_component(file).with_context(|| format!("cannot read {}", file.display()))?;
    let pushed = push(&component, reference, key.as_ref(), *overwrite, network.network())?;
    if let Some(site) = index {
        Index::add(site, reference, pushed.manifest.clone(), &pushed.about)?;
    }
    if *json {
        say::json(&Entry::new(reference.to_string(), pushed.manifest, &pushed.about))?;
        return Ok(ExitCode::SUCCESS);
    }
    let verb = if pushed.was_there { "was there already" } else { "pushed" };
    let about = &pushed.about;
    say!("{verb} {}", escape_line(&reference.to_string()));
    say!("  {} {}: {}", escape_line(&about.name), escape_line(&about.version), escape_line(&about.summary));
    say!("  {}, asks for {}", size(about.inspection.size as u64), escape_line(&about.asked.to_string()));
    say!("  digest {}", pushed.manifest);
    if let Some(key) = key {
        say!("  signed by {}", key.public().fingerprint());
    }
    if reference.tag.as_ref().is_some_and(|tag| tag.trim_start_matches('v') != about.version) {
        say!("note: the plugin calls itself {}, which is not its tag", escape_line(&about.version));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn make_keys(arguments: &KeygenArguments) -> Result<ExitCode> {
    let password = password();
    let (private, public, key) = keygen(&arguments.name, password.as_deref())?;
    say!("made {}, which stays with you", line(&private));
    if password.is_none() {
        say!("  it is not encrypted: set $SCOREBOX_KEY_PASSWORD before `keygen` for one that is");
    }
    say!("made {}, for whoever checks your signatures", line(&public));
    say!("  {}", key.fingerprint());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn verify(arguments: &VerifyArguments) -> Result<ExitCode> {
    let text = &arguments.plugin;
    // What lies there under that name is the file that is meant.
    let reference = if Path::new(text).is_file() { Reference::file(text) } else { text.parse()? };
    let all = arguments.signers.all(Path::new(""))?;
    let fetched = fetch(&reference, Path::new(""), arguments.network.network())?;
    let signers = fetched.signers(&all);
    let name = escape_line(&reference.to_string());
    let digest = match reference.place {
        Place::File(_) => &fetched.about.inspection.digest,
        _ => &fetched.manifest,
    };
    say!("{name}\n  digest {digest}");
    for signer in signers.iter().filter(|signer| matches!(signer, Signer::Key(_))) {
        say!("  signed by {signer}");
    }
    tell_identities(&fetched, &trust_roots(&arguments.signers, &all)?);
    if all.is_empty() {
        bail!(
            "nobody to verify with: name a key with `--key FILE.pub`, an identity with `--identity` and `--issuer`, or \
             either in a policy under `signatures`"
        );
    }
    let named = arguments.signers.named()?;
    let missing: Vec<&Signer> = named.iter().filter(|signer| !signers.contains(signer)).collect();
    if signers.is_empty() || !missing.is_empty() {
        let by = if missing.is_empty() {
            "any of those whom the policies name".to_owned()
        } else {
            missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        // Where keys and identities would do, the latter are what a reason is known of.
        let identity = all.iter().find(|signer| matches!(signer, Signer::Identity(_)));
        let why = missing.first().copied().or(identity);
        let why = why.map_or_else(|| there(&fetched), |signer| why_not(&fetched, signer));
        bail!("{reference} is not signed by {by}{why}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The trust roots that signatures by identity are held against: those of whoever is asked for, else the one that was named.
fn trust_roots(arguments: &SignerArguments, asked: &[Signer]) -> Result<Vec<TrustRoot>> {
    let mut roots: Vec<TrustRoot> = Vec::new();
    for signer in asked {
        if let Signer::Identity(identity) = signer
            && !roots.contains(identity.root())
        {
            roots.push(identity.root().clone());
        }
    }
    if roots.is_empty() {
        roots.push(arguments.trust_root()?);
    }
    Ok(roots)
}

/// Says of each signature by identity whose it is, or why it is nobody's.
fn tell_identities(fetched: &Fetched, roots: &[TrustRoot]) {
    let proven: Vec<_> = roots.iter().map(|root| fetched.proven(root)).collect();
    for index in 0..fetched.bundles.len() {
        let mut found = proven.iter().map(|proven| &proven[index]);
        match found.clone().find_map(|found| found.as_ref().ok()) {
            Some(Proven { subject, issuer, time }) => {
                let (subject, issuer) = (escape_line(subject), escape_line(issuer));
                say!("  signed by {subject}\n    of {issuer}, at {time}");
            }
            None => {
                if let Some(Err(error)) = found.next() {
                    say!(
                        "  a signature by identity that does not count: {}",
                        escape_line(&error.to_string())
                    );
                }
            }
        }
    }
}

/// Why somebody is not among the signers, to stand behind that he is not.
pub(super) fn why_not(fetched: &Fetched, signer: &Signer) -> String {
    let Signer::Identity(identity) = signer else { return there(fetched) };
    let reasons = fetched.proven(identity.root()).into_iter().map(|proven| match proven {
        Ok(Proven { subject, issuer, .. }) => format!("it is by {subject} of {issuer}"),
        Err(error) => error.to_string(),
    });
    let reasons: Vec<String> = reasons.collect();
    match reasons.as_slice() {
        [] => ": it carries no signature by identity".to_owned(),
        [reason] => format!(": it carries one signature by identity, and {reason}"),
        many => format!(": of its signatures by identity, {}", many.join("; ")),
    }
}

/// What there is of signatures by keys.
fn there(fetched: &Fetched) -> String {
    match fetched.signatures.len() {
        0 => ": it carries no signature by a key".to_owned(),
        n => format!(": it carries {}, by others or of something else", count(n, "signature")),
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
