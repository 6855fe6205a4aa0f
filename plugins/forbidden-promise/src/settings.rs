//! What a suite can set.

use scorebox_sdk::prelude::*;

/// What counts as a promise, and what policy covers.
#[settings]
pub struct Settings {
    /// The groups of built-in rules to apply; all of them when left out. The rules are for English.
    pub rules: Option<Vec<Group>>,
    /// Rules of your own.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// Phrases that policy covers, such as `30-day money-back guarantee`. A promise that overlaps one is fine.
    #[serde(default)]
    pub allowed: Vec<String>,
}

/// A group of built-in rules.
#[settings]
#[serde(rename_all = "kebab-case")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// "We guarantee", "risk-free", "you have my word".
    Guarantee,
    /// "We will refund", "a full refund", "your money back".
    Refund,
    /// "99.99% uptime", "zero downtime", "never goes down".
    Uptime,
    /// "Will arrive by Friday", "delivered within 2 days".
    DeliveryDate,
    /// "Your price is locked", "the rate will never go up", "for life".
    PriceLock,
    /// "We accept full liability", "legally binding", "100% compliant".
    Legal,
}

impl Group {
    pub(crate) const ALL: [Self; 6] =
        [Self::Guarantee, Self::Refund, Self::Uptime, Self::DeliveryDate, Self::PriceLock, Self::Legal];

    /// The rule's name in findings.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Guarantee => "guarantee",
            Self::Refund => "refund",
            Self::Uptime => "uptime",
            Self::DeliveryDate => "delivery-date",
            Self::PriceLock => "price-lock",
            Self::Legal => "legal",
        }
    }

    /// What the answer does where a rule of the group applies.
    pub(crate) fn act(self) -> &'static str {
        match self {
            Self::Guarantee => "gives a guarantee",
            Self::Refund => "promises a refund",
            Self::Uptime => "promises availability",
            Self::DeliveryDate => "promises a date of delivery",
            Self::PriceLock => "promises a price",
            Self::Legal => "makes a legal commitment",
        }
    }
}

/// A rule of the suite's own.
#[settings]
pub struct Pattern {
    /// Name for the findings, in kebab-case.
    pub rule: String,
    /// A regular expression, matched in any case against the answer as it was written. `(?-i)` makes case matter.
    pub pattern: String,
    /// What the finding says; the quote when left out.
    pub message: Option<String>,
}
