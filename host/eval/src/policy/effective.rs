//! What all policies together come to, for people and scripts.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use scorebox_sandbox::CompileLimits;
use serde::Serialize;
use serde_json::{Value, json};

use crate::policy::model::{GrantRules, HostRule, Placed, Policies, Policy};
use crate::policy::parse::compile_limits;
use crate::run::PolicyStamp;
use crate::suite::hosts;
use crate::suite::limits::{self, Unit, written};

/// What all policies together allow. What has no line is bounded by no policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effective {
    /// The policies, all of which apply.
    pub policies: Vec<PolicyStamp>,
    /// One for each thing that a policy bounds.
    pub lines: Vec<Line>,
}

/// One thing that is bounded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// As in a policy: `limits.memory`, `grants.http`.
    pub key: String,
    /// What is left: the ceiling in bytes, milliseconds or a count; true or false; a list.
    pub value: Value,
    /// The same in words.
    #[serde(skip)]
    pub text: String,
    /// `path:line` of what bounds it.
    pub from: Vec<String>,
}

impl Policies {
    /// What all policies together come to.
    pub fn effective(&self) -> Effective {
        let mut lines = self.ceilings();
        lines.extend(self.compiling());
        lines.extend(self.grants());
        lines.extend(self.paths());
        lines.extend(self.model_lines());
        lines.extend(self.words("subjects", |policy| {
            let subjects = policy.subjects.as_ref()?;
            let names = subjects.value.iter().map(|&name| name.to_owned()).collect();
            Some((names, &subjects.span))
        }));
        lines.extend(self.isolation_floor().map(|(policy, floor)| Line {
            key: "isolation".to_owned(),
            value: json!(floor.value),
            text: format!("at least {}", floor.value.name()),
            from: vec![policy.place(&floor.span)],
        }));
        lines.extend(self.words("plugins.digests", |policy| {
            let plugins = policy.plugins.as_ref()?;
            Some((plugins.value.clone(), &plugins.span))
        }));
        lines.extend(self.words("registries", |policy| {
            let registries = policy.registries.as_ref()?;
            Some((registries.value.iter().cloned().collect(), &registries.span))
        }));
        let signed: Vec<_> =
            self.0.iter().filter_map(|policy| Some((policy, policy.signatures.as_ref()?))).collect();
        if !signed.is_empty() {
            let words: Vec<String> = signed.iter().map(|(_, rule)| rule.in_words()).collect();
            lines.push(Line {
                key: "signatures".to_owned(),
                value: json!(words),
                text: words.join(", and "),
                from: signed.iter().map(|(policy, rule)| policy.place(&rule.span)).collect(),
            });
        }
        Effective { policies: self.stamps(), lines }
    }

    fn ceilings(&self) -> Vec<Line> {
        let line = |&(name, unit, ..): &limits::Bounds| {
            let (policy, limit) = self.ceiling(name)?;
            let mut line = ceiling(format!("limits.{name}"), unit, limit.value, policy.place(&limit.span));
            if policy.implies(limit) {
                line.text += ", as by default, since `fuel` has a ceiling";
            }
            Some(line)
        };
        limits::known().iter().filter_map(line).collect()
    }

    fn compiling(&self) -> Vec<Line> {
        let CompileLimits { time, memory, code_bytes } = CompileLimits::default();
        let defaults = [u64::try_from(time.as_millis()).unwrap_or(u64::MAX), memory, code_bytes];
        let mut lines = Vec::new();
        for ((name, unit, ..), default) in compile_limits().into_iter().zip(defaults) {
            if let (value, Some((policy, limit))) = self.compile_limit(name, default) {
                lines.push(ceiling(format!("compile.{name}"), unit, value, policy.place(&limit.span)));
            }
        }
        lines
    }

    fn grants(&self) -> Vec<Line> {
        let rules: Vec<(&Policy, &GrantRules)> =
            self.0.iter().filter_map(|policy| Some((policy, policy.grants.as_ref()?))).collect();
        if rules.is_empty() {
            return Vec::new();
        }
        let from = |span: fn(&GrantRules) -> &Range<usize>| -> Vec<String> {
            rules.iter().map(|(policy, rules)| policy.place(span(rules))).collect()
        };
        let model = rules.iter().all(|(_, rules)| rules.model.value);
        let files = directories(rules.iter().map(|(_, rules)| rules.files.value.as_slice()));
        let hosts = allowed_hosts(&rules);
        let in_words =
            |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let host = |(rule, secrets): &(HostRule, Vec<String>)| {
            let private = if rule.host.private { ", private" } else { "" };
            let secrets =
                if secrets.is_empty() { String::new() } else { format!(", with {}", secrets.join(" and ")) };
            format!("{}{private}{secrets}", hosts::written(&rule.host))
        };
        vec![
            Line {
                key: "grants.model".to_owned(),
                value: json!(model),
                text: if model { "may be granted" } else { "forbidden" }.to_owned(),
                from: from(|rules| &rules.model.span),
            },
            Line {
                key: "grants.files".to_owned(),
                value: json!(files),
                text: in_words(files.iter().map(|dir| dir.display().to_string()).collect()),
                from: from(|rules| &rules.files.span),
            },
            Line {
                key: "grants.http".to_owned(),
                value: hosts
                    .iter()
                    .map(|(rule, secrets)| {
                        let host = hosts::written(&rule.host);
                        json!({"host": host, "private": rule.host.private, "secrets": secrets})
                    })
                    .collect(),
                text: in_words(hosts.iter().map(host).collect()),
                from: from(|rules| &rules.http.span),
            },
        ]
    }

    /// From where suites may read.
    fn paths(&self) -> Option<Line> {
        let listed: Vec<_> =
            self.0.iter().filter_map(|policy| Some((policy, policy.paths.as_ref()?))).collect();
        let trusted = || self.0.iter().filter(|policy| policy.origin.is_trusted());
        let silent = trusted().all(|policy| policy.paths.is_none());
        if silent && let Some(policy) = trusted().next() {
            let text = "the suite's repository".to_owned();
            let value = json!([]);
            return Some(Line { key: "paths".to_owned(), value, text, from: vec![policy.place(&(0..0))] });
        }
        let left = directories(listed.iter().map(|(_, paths)| paths.value.as_slice()));
        let names = left.iter().map(|dir| dir.display().to_string());
        let text =
            std::iter::once("the suite's repository".to_owned()).chain(names).collect::<Vec<_>>().join(", ");
        let from: Vec<_> = listed.iter().map(|(policy, paths)| policy.place(&paths.span)).collect();
        (!from.is_empty()).then(|| Line { key: "paths".to_owned(), value: json!(left), text, from })
    }

    /// What is in every list that a policy has.
    pub(crate) fn words<'a>(
        &'a self,
        key: &str,
        list: impl Fn(&'a Policy) -> Option<(BTreeSet<String>, &'a Range<usize>)>,
    ) -> Option<Line> {
        let lists = self.0.iter().filter_map(|policy| Some((policy, list(policy)?)));
        let mut left: Option<BTreeSet<String>> = None;
        let mut from = Vec::new();
        for (policy, (names, span)) in lists {
            left = Some(match left {
                Some(left) => left.intersection(&names).cloned().collect(),
                None => names,
            });
            from.push(policy.place(span));
        }
        let left = left?;
        let text = match left.len() {
            0 => "none".to_owned(),
            1..=10 => left.iter().cloned().collect::<Vec<_>>().join(", "),
            many => format!("{many} of them"),
        };
        Some(Line { key: key.to_owned(), value: json!(left), text, from })
    }
}

fn ceiling(key: String, unit: Unit, value: u64, from: String) -> Line {
    Line { key, value: json!(value), text: format!("at most {}", written(unit, value)), from: vec![from] }
}

/// The directories that lie in one of each list.
fn directories<'a>(lists: impl Iterator<Item = &'a [Placed<PathBuf>]>) -> Vec<PathBuf> {
    let lists = lists.map(|list| list.iter().map(|dir| dir.value.clone()).collect::<Vec<_>>());
    let deeper = |left: Vec<PathBuf>, list: Vec<PathBuf>| {
        let pairs = left.iter().flat_map(|one| list.iter().map(move |other| (one, other)));
        let inner = pairs.filter_map(|(one, other)| {
            if one.starts_with(other) {
                Some(one.clone())
            } else {
                other.starts_with(one).then(|| other.clone())
            }
        });
        inner.collect::<BTreeSet<_>>().into_iter().collect()
    };
    lists.reduce(deeper).unwrap_or_default()
}

/// The hosts that each policy allows, and the secrets that each policy lets go there.
fn allowed_hosts(rules: &[(&Policy, &GrantRules)]) -> Vec<(HostRule, Vec<String>)> {
    let Some(((_, first), rest)) = rules.split_first() else { return Vec::new() };
    let mut allowed = Vec::new();
    for rule in &first.http.value {
        let mut left = rule.clone();
        let mut secrets: Vec<String> = rule.secrets.as_ref().unwrap_or(&first.secrets.value).clone();
        let everywhere = rest.iter().all(|(_, rules)| {
            let Some(other) = rules.http.value.iter().find(|other| hosts::same(&other.host, &rule.host))
            else {
                return false;
            };
            left.host.private &= other.host.private;
            let names = other.secrets.as_ref().unwrap_or(&rules.secrets.value);
            secrets.retain(|name| names.contains(name));
            true
        });
        if everywhere {
            allowed.push((left, secrets));
        }
    }
    allowed
}
