//! All kinds together.

use std::collections::BTreeSet;

use scorebox_sdk::Failure;

use crate::leak::Leak;
use crate::secret::Secrets;
use crate::settings::Kind;
use crate::{card, email, iban, ip, phone};

/// Looks for some kinds of data.
pub(crate) struct Detector {
    kinds: BTreeSet<Kind>,
    secrets: Secrets,
}

impl Detector {
    pub(crate) fn new(kinds: BTreeSet<Kind>) -> Result<Self, Failure> {
        Ok(Self { kinds, secrets: Secrets::new().map_err(Failure::failed)? })
    }

    pub(crate) fn kinds(&self) -> &BTreeSet<Kind> {
        &self.kinds
    }

    /// What `text` reveals, from left to right. No two overlap: where two kinds see the same characters, the one that
    /// can be surer wins, in the order of [`Kind`].
    pub(crate) fn leaks(&self, text: &str) -> Vec<Leak> {
        let mut leaks: Vec<Leak> = Vec::new();
        for kind in &self.kinds {
            let found = match kind {
                Kind::Secret => self.secrets.find(text),
                Kind::Card => card::find(text),
                Kind::Iban => iban::find(text),
                Kind::Email => email::find(text),
                Kind::Phone => phone::find(text),
                Kind::Ip => ip::find(text),
            };
            // Both lists are sorted and free of overlaps, so one look at the neighbour to the right is enough.
            let mut free: Vec<Leak> = Vec::new();
            for leak in found {
                let right = leaks.partition_point(|taken| taken.bytes.end <= leak.bytes.start);
                if leaks.get(right).is_none_or(|taken| taken.bytes.start >= leak.bytes.end) {
                    free.push(leak);
                }
            }
            leaks.extend(free);
            leaks.sort_by_key(|leak| leak.bytes.start);
        }
        leaks
    }
}
