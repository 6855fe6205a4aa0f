//! Holds a suite to every policy.

use std::fmt;

use scorebox_sandbox::{FileGrant, HostGrant, Limits};

use crate::packages::Package;
use crate::policy::model::{GrantRules, HostRule, Policies, Policy};
use crate::policy::parse::FILES;
use crate::policy::signatures::SignatureRule;
use crate::suite::grants::{HeaderPlace, HostPlaces};
use crate::suite::limits::{self, SetLimit};
use crate::suite::{MetricUse, Subject, Suite, hosts};
use crate::yaml::{Elsewhere, FileError, Mistake};

const REMOVE: &str = "remove the grant, or ask whoever keeps the policy to allow it";

/// A plugin that a policy does not let run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    pub(crate) message: String,
    pub(crate) line: Elsewhere,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.line.source.place(&self.line.span))
    }
}

impl std::error::Error for Forbidden {}

impl Policies {
    /// Takes every limit that the suite leaves to its default down to the lowest ceiling, its isolation up to the
    /// strongest, and refuses what the suite itself asks for beyond a policy.
    ///
    /// # Errors
    ///
    /// Everything that goes beyond a policy, each with its place in the suite and the line of the policy.
    pub fn enforce(&self, suite: &mut Suite) -> Result<(), FileError> {
        let mut mistakes = Vec::new();
        mistakes.extend(self.unreachable(suite));
        mistakes.extend(self.subject(suite));
        mistakes.extend(self.isolated(suite));
        mistakes.extend(self.limits(&suite.places.limits));
        mistakes.extend(self.against_models(suite));
        for (used, places) in suite.metrics.iter().zip(&suite.places.metrics) {
            mistakes.extend(self.limits(&places.limits));
            if used.is_plugin() {
                let source = &places.source;
                let registry = registry_of(used.package.as_ref());
                mistakes.extend(self.source(registry).map(|line| {
                    let message = format!("{}: a policy allows no plugins {}", used.name, from(registry));
                    let help = format!(
                        "take the plugin from where the policy allows, or ask whoever keeps it to add `{registry}`"
                    );
                    Mistake::at(source.clone(), message).against(line).help(help)
                }));
                mistakes.extend(self.signature(None, used.package.as_ref()).map(|(rule, line)| {
                    let message = format!("{}: {}", used.name, unsigned(rule));
                    let help = if rule.signers.is_empty() {
                        "the policy names nobody, so under it no plugin runs: ask whoever keeps it to name `keys` or \
                         `identities`"
                    } else if rule.names_identities() {
                        "have it signed by whom the policy names, and fetch it again with `scorebox plugin update`; \
                         `scorebox plugin verify` says who signed it, and why a signature does not hold"
                    } else {
                        "have it signed with `scorebox plugin push --sign KEY`, fetch it again with `scorebox plugin \
                         update`, or ask whoever keeps the policy"
                    };
                    Mistake::at(source.clone(), message).against(line).help(help)
                }));
            }
            if let (true, Some(span)) = (used.grants.model, &places.grants.model) {
                mistakes.extend(self.model().map(|line| {
                    let message = format!("{}: a policy forbids to grant the model", used.name);
                    Mistake::at(span.clone(), message).against(line).help(REMOVE)
                }));
            }
            for (grant, span) in used.grants.files.iter().zip(&places.grants.files) {
                mistakes.extend(self.directory(grant).map(|line| {
                    let message = format!("{}: a policy forbids to grant {}", used.name, grant.dir.display());
                    Mistake::at(span.clone(), message).against(line).help(REMOVE)
                }));
            }
            for (grant, places) in used.grants.http.iter().zip(&places.grants.http) {
                mistakes.extend(self.host(used, grant, places));
            }
        }
        if !mistakes.is_empty() {
            return Err(FileError::of(suite.source.clone(), mistakes));
        }
        self.bound_spending(suite);
        suite.isolation = suite.isolation.max(self.isolation());
        for used in &mut suite.metrics {
            for (name, value) in used.limits.by_name() {
                if let Some((_, ceiling)) = self.ceiling(name) {
                    used.limits.set(name, value.min(ceiling.value));
                }
            }
        }
        Ok(())
    }

    /// Whether a component may run at all. Of a component without a package nothing is known but that it is a file.
    ///
    /// # Errors
    ///
    /// Where it comes from, that it is not signed as it has to be, or its digest, with the line of the policy.
    pub fn allows_plugin(&self, component: &[u8], package: Option<&Package>) -> Result<(), Forbidden> {
        let registry = registry_of(package);
        if let Some(line) = self.source(registry) {
            return Err(Forbidden {
                message: format!("a policy allows no plugins {}", from(registry)),
                line,
            });
        }
        let digest = crate::digest::bytes(component);
        if let Some((rule, line)) = self.signature(Some(&digest), package) {
            return Err(Forbidden { message: unsigned(rule), line });
        }
        let pinned = self.0.iter().filter_map(|policy| Some((policy, policy.plugins.as_ref()?)));
        for (policy, digests) in pinned {
            if !digests.value.contains(&digest) {
                return Err(Forbidden {
                    message: format!("a policy does not let {digest} run"),
                    line: policy.line(&digests.span, "only these plugins may run"),
                });
            }
        }
        Ok(())
    }

    /// Whether limits that no suite sets, such as those of a record, are within every ceiling.
    pub(crate) fn allows_limits(&self, limits: &Limits) -> Result<(), Forbidden> {
        for (name, value) in limits.by_name() {
            if let Some((policy, ceiling)) = self.ceiling(name).filter(|(_, ceiling)| value > ceiling.value) {
                let [wanted, most] = [value, ceiling.value].map(|value| limits::in_words(name, value));
                return Err(Forbidden {
                    message: format!(
                        "`limits.{name}` is {wanted}, more than the {most} that a policy allows"
                    ),
                    line: policy.line(&ceiling.span, policy.ceiling_in_words(ceiling)),
                });
            }
        }
        Ok(())
    }

    fn limits(&self, set: &[SetLimit]) -> Vec<Mistake> {
        let beyond = |limit: &SetLimit| {
            let (policy, ceiling) = self.ceiling(limit.name)?;
            if limit.value <= ceiling.value {
                return None;
            }
            let [wanted, most] =
                [limit.value, ceiling.value].map(|value| limits::in_words(limit.name, value));
            let message = format!("`{}` is {wanted}, more than the {most} that a policy allows", limit.name);
            let help = format!("write `{}: {most}` or less, or ask whoever keeps the policy", limit.name);
            let line = policy.line(&ceiling.span, policy.ceiling_in_words(ceiling));
            Some(Mistake::at(limit.span.clone(), message).against(line).help(help))
        };
        set.iter().filter_map(beyond).collect()
    }

    fn subject(&self, suite: &Suite) -> Option<Mistake> {
        let kind = match suite.subject {
            Subject::Dataset => "dataset",
            Subject::Recorded(_) => "recorded",
            Subject::Command { .. } => "command",
        };
        let (policy, subjects) = self
            .0
            .iter()
            .filter_map(|policy| Some((policy, policy.subjects.as_ref()?)))
            .find(|(_, subjects)| !subjects.value.contains(&kind))?;
        let subject = match kind {
            "dataset" => "the answers in the dataset",
            "recorded" => "recorded answers",
            _ => "a command as the subject",
        };
        let message = format!("a policy forbids {subject}");
        let line = policy.line(&subjects.span, "these subjects are allowed");
        let help = match subjects.value.first() {
            Some(first) => {
                format!("take one that is allowed, such as `{first}`, or ask whoever keeps the policy")
            }
            None => "ask whoever keeps the policy: it allows no subject at all".to_owned(),
        };
        Some(Mistake::at(suite.places.subject.clone(), message).against(line).help(help))
    }

    /// What is said against an isolation that the suite itself asks for.
    fn isolated(&self, suite: &Suite) -> Option<Mistake> {
        let span = suite.places.isolation.as_ref()?;
        let (policy, floor) = self.isolation_floor().filter(|(_, floor)| suite.isolation < floor.value)?;
        let (wanted, floor_name) = (suite.isolation.name(), floor.value.name());
        let message =
            format!("`isolation` is `{wanted}`, less than the `{floor_name}` that a policy asks for");
        let line = policy.line(&floor.span, "the least");
        let help = format!("write `isolation: {floor_name}`, or leave it out");
        Some(Mistake::at(span.clone(), message).against(line).help(help))
    }

    /// The line that forbids plugins of this registry.
    fn source(&self, registry: &str) -> Option<Elsewhere> {
        // `ghcr.io/acme` allows `ghcr.io/acme/x`, and not `ghcr.io/acme-too/x`.
        let within = |allowed: &String| {
            registry
                .strip_prefix(allowed.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().find_map(|policy| {
            let registries = policy.registries.as_ref()?;
            let forbidden = !registries.value.iter().any(within);
            forbidden.then(|| policy.line(&registries.span, "plugins may come from here"))
        })
    }

    fn rules(&self) -> impl Iterator<Item = (&Policy, &GrantRules)> {
        self.0.iter().filter_map(|policy| Some((policy, policy.grants.as_ref()?)))
    }

    /// The line that forbids the model.
    fn model(&self) -> Option<Elsewhere> {
        let (policy, rules) = self.rules().find(|(_, rules)| !rules.model.value)?;
        Some(policy.line(&rules.model.span, "the model is not among what may be granted"))
    }

    /// The line that forbids a directory, whose links were followed when the suite was read.
    fn directory(&self, grant: &FileGrant) -> Option<Elsewhere> {
        let inside =
            |rules: &GrantRules| rules.files.value.iter().any(|dir| grant.dir.starts_with(&dir.value));
        let (policy, rules) = self.rules().find(|(_, rules)| !inside(rules))?;
        let message = if rules.files.value.is_empty() {
            "no directory may be granted"
        } else {
            "these directories may be granted, with what lies in them"
        };
        Some(policy.line(&rules.files.span, message))
    }

    /// What policies have against a granted host and its headers.
    fn host(&self, used: &MetricUse, grant: &HostGrant, places: &HostPlaces) -> Vec<Mistake> {
        let name = hosts::written(grant);
        let mut mistakes = Vec::new();
        let mut private = None;
        for (policy, rules) in self.rules() {
            let Some(rule) = rules.http.value.iter().find(|rule| hosts::same(&rule.host, grant)) else {
                let message = if rules.http.value.is_empty() {
                    "no host may be granted"
                } else {
                    "these hosts may be granted, with their ports"
                };
                let line = policy.line(&rules.http.span, message);
                let message = format!("{}: a policy forbids to grant `{name}`", used.name);
                return vec![Mistake::at(places.host.clone(), message).against(line).help(REMOVE)];
            };
            if grant.private && !rule.host.private {
                private = private.or_else(|| {
                    let line = policy.line(&rule.span, "without `private: true`");
                    let message = format!("{}: a policy forbids a private address for `{name}`", used.name);
                    Some(Mistake::at(places.private.clone(), message).against(line).help(REMOVE))
                });
            }
            for header in &places.headers {
                mistakes.extend(secret(policy, rules, rule, header).map(|(variable, line)| {
                    let message = format!("{}: a policy forbids to send `{variable}` to `{name}`", used.name);
                    Mistake::at(header.span.clone(), message).against(line).help(REMOVE)
                }));
            }
        }
        private.into_iter().chain(mistakes).collect()
    }
}

fn registry_of(package: Option<&Package>) -> &str {
    package.map_or(FILES, |package| &package.registry)
}

/// In words that follow `plugins`.
fn from(registry: &str) -> String {
    if registry == FILES { "that are files".to_owned() } else { format!("from {registry}") }
}

fn unsigned(rule: &SignatureRule) -> String {
    match rule.signers.as_slice() {
        [] => "a policy lets only signed plugins run, and names nobody, so no plugin runs".to_owned(),
        _ => format!(
            "a policy lets only signed plugins run, and this one is not signed as it has to be: {}",
            rule.in_words()
        ),
    }
}

/// A variable in a header that a policy does not let go to this host, and the line that says so.
fn secret<'h>(
    policy: &Policy,
    rules: &GrantRules,
    rule: &HostRule,
    header: &'h HeaderPlace,
) -> Option<(&'h str, Elsewhere)> {
    let (allowed, span) = match &rule.secrets {
        Some(names) => (names, &rule.span),
        None => (&rules.secrets.value, &rules.secrets.span),
    };
    let variable = header.template.variables().find(|name| !allowed.iter().any(|allowed| allowed == name))?;
    let message = if allowed.is_empty() { "no secret may be sent" } else { "these secrets may be sent" };
    Some((variable, policy.line(span, message)))
}
