//! Who signs, and who of those in question signed a plugin.

use std::fmt;

use crate::identity::{Bundle, Identity, Proven, TrustRoot, Unproven};
use crate::sign::{PublicKey, Signature};

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// Whoever holds the private half of this key.
    Key(PublicKey),
    /// Whoever an identity provider knows as this.
    Identity(Identity),
}

impl fmt::Display for Signer {
    /// A key's fingerprint, or subject and issuer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&key.fingerprint()),
            Self::Identity(identity) => identity.fmt(f),
        }
    }
}

/// Everything that came with a component and says who signed it.
pub(crate) struct Evidence<'e> {
    pub(crate) signatures: &'e [Signature],
    pub(crate) bundles: &'e [Bundle],
    /// `sha256:` of the artifact's manifest; empty where there is none.
    pub(crate) manifest: &'e str,
    pub(crate) component: &'e [u8],
}

impl Evidence<'_> {
    /// What each bundle proves under a trust root.
    pub(crate) fn proven(&self, root: &TrustRoot) -> Vec<Result<Proven, Unproven>> {
        self.bundles.iter().map(|bundle| bundle.proves(root, self.manifest, self.component)).collect()
    }

    /// Those of `asked` who signed it.
    pub(crate) fn signers<'s>(&self, asked: &'s [Signer]) -> Vec<&'s Signer> {
        // Many identities have one trust root, under which a bundle is verified once.
        let mut known: Vec<(&TrustRoot, Vec<Proven>)> = Vec::new();
        let mut signers = Vec::new();
        for signer in asked {
            let signed = match signer {
                Signer::Key(key) => {
                    let by = |signature: &Signature| signature.is_by(key, self.manifest, self.component);
                    self.signatures.iter().any(by)
                }
                Signer::Identity(identity) => {
                    let root = identity.root();
                    let at = known.iter().position(|(other, _)| *other == root).unwrap_or_else(|| {
                        known.push((root, self.proven(root).into_iter().flatten().collect()));
                        known.len() - 1
                    });
                    known[at].1.iter().any(|proven| identity.is(proven))
                }
            };
            if signed {
                signers.push(signer);
            }
        }
        signers
    }
}
