//! What policies say, once they are known to be sound.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use scorebox_sandbox::{CompileLimits, HostGrant};
use serde::{Deserialize, Serialize};

use crate::policy::models::ModelRules;
use crate::policy::signatures::SignatureRule;
use crate::run::PolicyStamp;
use crate::suite::Isolation;
use crate::suite::limits::SetLimit;
use crate::yaml::{Elsewhere, Source};

/// Every policy that a command is held to; all of them apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies(pub(crate) Vec<Policy>);

/// One policy file.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Where it lies.
    pub path: PathBuf,
    /// How it was found.
    pub origin: Origin,
    /// `sha256:` of the file's bytes.
    pub digest: String,
    pub(crate) source: Arc<Source>,
    /// Ceilings.
    pub(crate) limits: Vec<SetLimit>,
    pub(crate) compile: Vec<SetLimit>,
    pub(crate) grants: Option<GrantRules>,
    /// Directories from which suites may read, beside their own repository.
    pub(crate) paths: Option<Placed<Vec<Placed<PathBuf>>>>,
    /// Models that a suite may ask.
    pub(crate) models: Option<ModelRules>,
    /// Kinds of subjects that a suite may have.
    pub(crate) subjects: Option<Placed<Vec<&'static str>>>,
    /// The weakest isolation that a suite may have.
    pub(crate) isolation: Option<Placed<Isolation>>,
    /// Digests of components that may run.
    pub(crate) plugins: Option<Placed<BTreeSet<String>>>,
    /// Where plugins may come from.
    pub(crate) registries: Option<Placed<Vec<String>>>,
    /// The signatures that plugins have to carry.
    pub(crate) signatures: Option<SignatureRule>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// What may be granted; what has no entry may not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GrantRules {
    /// Each with the place that speaks for what is not named: its key, else that of `grants`.
    pub(crate) model: Placed<bool>,
    pub(crate) files: Placed<Vec<Placed<PathBuf>>>,
    pub(crate) http: Placed<Vec<HostRule>>,
    pub(crate) secrets: Placed<Vec<String>>,
}

/// A host that may be granted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostRule {
    /// `private` says whether it may be granted as such; it has no headers.
    pub(crate) host: HostGrant,
    /// Variables that its headers may hold; `None` for all that the policy names.
    pub(crate) secrets: Option<Vec<String>>,
    pub(crate) span: Range<usize>,
}

/// How a policy was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// `--policy` named it.
    Argument,
    /// `$SCOREBOX_POLICY` named it.
    Environment,
    /// `/etc/scorebox/policy.yaml`.
    System,
    /// `scorebox/policy.yaml` in the user's configuration directory.
    User,
    /// `scorebox.policy.yaml` beside the suite, or above it in the repository. A pull request can change it.
    Checkout,
}

impl Origin {
    /// In words: `named by --policy`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Argument => "named by --policy",
            Self::Environment => "named by $SCOREBOX_POLICY",
            Self::System => "of this machine",
            Self::User => "of this user",
            Self::Checkout => "in the checkout",
        }
    }

    /// Whether it is out of reach of whoever wrote the suite.
    pub(crate) fn is_trusted(self) -> bool {
        self != Self::Checkout
    }
}

/// Limits of compiling, as policies write them: name, and the most that one may set.
pub(crate) const COMPILE_TIME: &str = "time";
pub(crate) const COMPILE_MEMORY: &str = "memory";
pub(crate) const COMPILE_CODE: &str = "code_bytes";

impl Policies {
    /// The policies, in the order in which they are looked for.
    pub fn all(&self) -> &[Policy] {
        &self.0
    }

    /// What a run record says of them.
    pub fn stamps(&self) -> Vec<PolicyStamp> {
        let stamp = |policy: &Policy| PolicyStamp {
            path: policy.path.display().to_string(),
            origin: policy.origin,
            digest: policy.digest.clone(),
        };
        self.0.iter().map(stamp).collect()
    }

    /// What compiling one component may use. Policies out of a pull request's reach may raise the defaults; those in
    /// the checkout only lower.
    pub fn compile_limits(&self) -> CompileLimits {
        let default = CompileLimits::default();
        let millis = u64::try_from(default.time.as_millis()).unwrap_or(u64::MAX);
        CompileLimits {
            time: std::time::Duration::from_millis(self.compile_limit(COMPILE_TIME, millis).0),
            memory: self.compile_limit(COMPILE_MEMORY, default.memory).0,
            code_bytes: self.compile_limit(COMPILE_CODE, default.code_bytes).0,
        }
    }

    /// One limit of compiling, and what sets it where that is a policy.
    pub(crate) fn compile_limit(&self, name: &str, default: u64) -> (u64, Option<(&Policy, &SetLimit)>) {
        let least = |trusted: bool| {
            let policies = self.0.iter().filter(move |policy| policy.origin.is_trusted() == trusted);
            let set = policies.flat_map(|policy| policy.compile.iter().map(move |limit| (policy, limit)));
            set.filter(|(_, limit)| limit.name == name).min_by_key(|(_, limit)| limit.value)
        };
        let base = least(true);
        let most = base.map_or(default, |(_, limit)| limit.value);
        match least(false).filter(|(_, limit)| limit.value < most) {
            Some(lower) => (lower.1.value, Some(lower)),
            None => (most, base),
        }
    }

    /// The weakest isolation that plugins may have.
    pub fn isolation(&self) -> Isolation {
        self.isolation_floor().map_or(Isolation::default(), |(_, floor)| floor.value)
    }

    /// The strongest isolation that a policy asks for.
    pub(crate) fn isolation_floor(&self) -> Option<(&Policy, &Placed<Isolation>)> {
        let floors = self.0.iter().filter_map(|policy| Some((policy, policy.isolation.as_ref()?)));
        floors.rev().max_by_key(|(_, floor)| floor.value)
    }

    /// The lowest ceiling over a limit of [`scorebox_sandbox::Limits`].
    pub(crate) fn ceiling(&self, name: &str) -> Option<(&Policy, &SetLimit)> {
        let set = self.0.iter().flat_map(|policy| policy.limits.iter().map(move |limit| (policy, limit)));
        set.filter(|(_, limit)| limit.name == name).min_by_key(|(_, limit)| limit.value)
    }
}

impl Policy {
    /// Whether one of its ceilings is there because of that over `fuel`, whose place it then has.
    pub(crate) fn implies(&self, limit: &SetLimit) -> bool {
        self.limits
            .iter()
            .any(|other| other.name == "fuel" && other.name != limit.name && other.span == limit.span)
    }

    /// What is said of one of its ceilings.
    pub(crate) fn ceiling_in_words(&self, limit: &SetLimit) -> &'static str {
        if self.implies(limit) {
            "a ceiling over `fuel` holds `fuel_per_byte` to its default, unless it has one of its own"
        } else {
            "the ceiling"
        }
    }

    /// A line of the policy, to stand below a mistake.
    pub(crate) fn line(&self, span: &Range<usize>, message: impl Into<String>) -> Elsewhere {
        Elsewhere { source: self.source.clone(), span: span.clone(), message: message.into() }
    }

    /// `path:line`.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        format!("{}:{}", self.path.display(), self.source.line(span))
    }
}
