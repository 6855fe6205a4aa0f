//! What the commands that ask registries have in common.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use scorebox_eval::packages::{check_issuer, check_subject};
use scorebox_eval::policy::Places;
use scorebox_registry::{Identity, Network, PublicKey, Signer, TrustRoot};

use crate::packages::signers;

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
pub(crate) struct SignerArguments {
    /// A public key to hold signatures against, beside those of the policies; may be repeated
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Whom a certificate of sigstore has to name: jo@acme.example, or a workflow's address with its tag; one `*` stands for
    /// what is neither `/` nor `@`
    #[arg(long, value_name = "SUBJECT", requires = "issuer", value_parser = subject)]
    identity: Option<String>,
    /// Who has to have vouched for that identity: `https://token.actions.githubusercontent.com`
    #[arg(long, value_name = "ADDRESS", requires = "identity", value_parser = issuer)]
    issuer: Option<String>,
    /// The trusted_root.json that proves the identity [default: that of sigstore's public instance]
    #[arg(long, value_name = "FILE", requires = "identity")]
    trust_root: Option<PathBuf>,
}

fn subject(text: &str) -> Result<String, String> {
    check_subject(text).map(|()| text.to_owned()).map_err(|(message, help)| format!("{message}; {help}"))
}

fn issuer(text: &str) -> Result<String, String> {
    check_issuer(text).map(|()| text.to_owned()).map_err(|(message, help)| format!("{message}; {help}"))
}

impl SignerArguments {
    /// Those who were named, who have to be signers.
    pub(crate) fn named(&self) -> Result<Vec<Signer>> {
        let mut named = Vec::new();
        for path in &self.keys {
            named.push(Signer::Key(PublicKey::read(path)?));
        }
        if let Some((subject, issuer)) = self.identity.as_ref().zip(self.issuer.as_ref()) {
            named.push(Signer::Identity(Identity::new(subject, issuer, self.trust_root()?)));
        }
        Ok(named)
    }

    /// Those, and the ones of the policies that apply to suites in `directory`.
    pub(crate) fn all(&self, directory: &Path) -> Result<Vec<Signer>> {
        let mut all = self.named()?;
        let policies = Places::of(&directory.join("scorebox.yaml"), &[]).find()?;
        for signer in signers(&policies.signers()).map_err(anyhow::Error::msg)? {
            if !all.contains(&signer) {
                all.push(signer);
            }
        }
        Ok(all)
    }

    /// The trust root that was named, or the public one.
    pub(crate) fn trust_root(&self) -> Result<TrustRoot> {
        Ok(match &self.trust_root {
            Some(path) => TrustRoot::read(path)?,
            None => TrustRoot::public()?,
        })
    }
}

/// The password of an encrypted private key.
pub(crate) fn password() -> Option<String> {
    std::env::var("SCOREBOX_KEY_PASSWORD").ok().filter(|password| !password.is_empty())
}
