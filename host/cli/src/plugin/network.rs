//! What the commands that ask registries have in common.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use scorebox_eval::policy::Places;
use scorebox_registry::{Network, PublicKey};

/// How registries are talked to.
#[derive(Debug, Args)]
pub(crate) struct NetworkArguments {
    /// Talk to registries without encryption; on localhost that is so in any case
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// Seconds for each question to a registry with its whole answer
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
}

impl NetworkArguments {
    pub(crate) fn network(&self) -> Network {
        Network { plain: self.plain_http, timeout: Duration::from_secs(self.timeout) }
    }
}

/// Whose signatures count.
#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// A public key to hold signatures against, beside those of the policies; may be repeated
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
}

impl KeyArguments {
    /// The keys that were named, which have to be those of signers.
    pub(crate) fn named(&self) -> Result<Vec<PublicKey>> {
        Ok(self.keys.iter().map(|path| PublicKey::read(path)).collect::<Result<_, _>>()?)
    }

    /// Those, and the ones of the policies that apply to suites in `directory`.
    pub(crate) fn all(&self, directory: &Path) -> Result<Vec<PublicKey>> {
        let mut keys = self.named()?;
        let policies = Places::of(&directory.join("scorebox.yaml"), &[]).find()?;
        for pem in policies.signature_keys() {
            let key = PublicKey::parse(pem).map_err(anyhow::Error::msg).context("a policy's key")?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

/// The password of an encrypted private key.
pub(crate) fn password() -> Option<String> {
    std::env::var("SCOREBOX_KEY_PASSWORD").ok().filter(|password| !password.is_empty())
}
