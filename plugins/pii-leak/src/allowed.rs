//! What may be said.

use std::collections::BTreeSet;

use scorebox_sdk::Failure;

use crate::leak::Leak;
use crate::settings::Kind;
use crate::{email, phone};

/// The values and domains that are no leak.
pub(crate) struct Allowed {
    /// As written: addresses in lower case, and secrets.
    exact: BTreeSet<String>,
    /// Letters and digits only, for what is written in groups.
    compact: BTreeSet<String>,
    /// In lower case, without an `@`.
    domains: BTreeSet<String>,
}

impl Allowed {
    /// # Errors
    /// [`Failure::Settings`] for an empty entry, which would allow nothing.
    pub(crate) fn new(entries: &[String]) -> Result<Self, Failure> {
        let mut allowed = Self { exact: BTreeSet::new(), compact: BTreeSet::new(), domains: BTreeSet::new() };
        for (at, entry) in entries.iter().enumerate() {
            let entry = entry.trim();
            if !entry.chars().any(char::is_alphanumeric) {
                return Err(Failure::settings(format!(
                    "allow[{at}]: write a value or a domain, not an empty text"
                )));
            }
            allowed.exact.insert(entry.to_owned());
            allowed.exact.insert(entry.to_lowercase());
            allowed.compact.insert(compact(entry));
            allowed.compact.insert(phone::canonical(entry));
            let domain = entry.strip_prefix('@').unwrap_or(entry);
            if !domain.contains('@') && domain.contains('.') {
                allowed.domains.insert(domain.to_lowercase());
            }
        }
        Ok(allowed)
    }

    pub(crate) fn covers(&self, leak: &Leak) -> bool {
        match leak.kind {
            Kind::Secret | Kind::Ip => self.exact.contains(&leak.value),
            Kind::Card | Kind::Iban | Kind::Phone => self.compact.contains(&leak.value),
            Kind::Email => self.exact.contains(&leak.value) || self.allows_domain(email::domain(&leak.value)),
        }
    }

    /// Whether `domain` or one above it is allowed.
    fn allows_domain(&self, domain: &str) -> bool {
        let mut rest = Some(domain);
        while let Some(domain) = rest {
            if self.domains.contains(domain) {
                return true;
            }
            rest = domain.split_once('.').map(|(_, above)| above);
        }
        false
    }
}

/// Letters in upper case and digits; nothing else.
pub(crate) fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
