//! `scorebox plugin push`, `keygen` and `verify`: what whoever publishes a plugin needs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use scorebox_eval::report::escape_line;
use scorebox_eval::run::read_component;
use scorebox_registry::{Entry, Index, Place, PrivateKey, PublicKey, Reference, fetch, keygen, push};

use super::network::{KeyArguments, NetworkArguments, password};
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
    /// A reference, or a component's file with its signature beside it as FILE.sig
    plugin: String,
    #[command(flatten)]
    keys: KeyArguments,
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
    let keys = arguments.keys.all(Path::new(""))?;
    if keys.is_empty() {
        bail!("no key to verify with: name one with `--key FILE.pub`, or in a policy under `signatures`");
    }
    let fetched = fetch(&reference, Path::new(""), arguments.network.network())?;
    let signers = fetched.signers(&keys);
    let missing: Vec<&PublicKey> = keys.iter().filter(|key| !signers.contains(key)).collect();
    let name = escape_line(&reference.to_string());
    let digest = match reference.place {
        Place::File(_) => &fetched.about.inspection.digest,
        _ => &fetched.manifest,
    };
    say!("{name}\n  digest {digest}");
    for key in &signers {
        say!("  signed by {}", key.fingerprint());
    }
    if fetched.keyless > 0 {
        say!("  {} by identity, which this Scorebox does not check", count(fetched.keyless, "signature"));
    }
    let named = arguments.keys.named()?;
    let required: Vec<String> =
        missing.iter().filter(|key| named.contains(key)).map(|key| key.fingerprint()).collect();
    if signers.is_empty() || !required.is_empty() {
        let by =
            if required.is_empty() { "any of the policies' keys".to_owned() } else { required.join(", ") };
        let there = match fetched.signatures.len() {
            0 => "it carries no signature by a key".to_owned(),
            n => format!("it carries {}, by others or of something else", count(n, "signature")),
        };
        bail!("{reference} is not signed by {by}: {there}");
    }
    Ok(ExitCode::SUCCESS)
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
