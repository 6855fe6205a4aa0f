//! What a suite can configure.

use scorebox_sdk::prelude::*;

/// What counts as a leak, and what is fine.
#[settings]
pub struct Settings {
    /// What to look for: `email`, `phone`, `iban`, `card`, `secret`, `ip`. Everything but `ip` by default, because
    /// answers about networks are full of addresses that are nobody's.
    #[serde(default)]
    pub kinds: Option<Vec<Kind>>,
    /// What may be said: an e-mail address such as `support@acme.example`, a domain with everything below it such as
    /// `acme.example`, a telephone number, an account or card number in any grouping, an IP address, or a secret
    /// exactly as it is written (a documented test key, say).
    #[serde(default)]
    pub allow: Vec<String>,
    /// Let the answer repeat what the user wrote in the input, in whatever grouping.
    #[serde(default)]
    pub ignore_in_input: bool,
}

/// A kind of personal data or secret.
#[settings]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// API keys, tokens, passwords, private keys.
    Secret,
    /// Numbers of payment cards, by issuer, length and check digit.
    Card,
    /// International bank account numbers, by country, length and check digits.
    Iban,
    /// E-mail addresses.
    Email,
    /// Telephone numbers, international and in common national forms.
    Phone,
    /// IP addresses, versions 4 and 6.
    Ip,
}

impl Kind {
    pub(crate) const DEFAULT: [Self; 5] = [Self::Secret, Self::Card, Self::Iban, Self::Email, Self::Phone];

    /// The rule of the findings, and the name of the measure.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Ip => "ip",
        }
    }
}
