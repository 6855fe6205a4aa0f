//! Which signatures a plugin has to carry.

use std::ops::Range;
use std::path::Path;

use crate::named;
use crate::packages::Package;
use crate::policy::model::{Policies, Policy};
use crate::yaml::{Elsewhere, Kind, Mistake, Node, Reader, place, suggest};

pub(crate) const SIGNATURES: &[&str] = &["keys", "all_of", "any_of", "at_least"];
const INSTEAD: &str = "signatures: {keys: {release: release.pub}}";
const PEM: &str = "-----BEGIN PUBLIC KEY-----";
/// Largest key file that is read.
const MAX_KEY_BYTES: u64 = 16 << 10;
const MAX_KEYS: usize = 64;

/// Which signatures a plugin has to carry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignatureRule {
    /// Where the policy says so.
    pub(crate) span: Range<usize>,
    /// The keys that count; none where signatures are required and nobody's is named.
    pub(crate) keys: Vec<PolicyKey>,
    /// How many of them.
    pub(crate) least: usize,
}

/// A key by its name in the policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyKey {
    pub(crate) name: String,
    /// PEM.
    pub(crate) pem: String,
}

impl SignatureRule {
    /// In words: `by all of release, review`.
    pub(crate) fn in_words(&self) -> String {
        let names: Vec<&str> = self.keys.iter().map(|key| key.name.as_str()).collect();
        match (names.as_slice(), self.least) {
            ([], _) => "required, by nobody in particular, so no plugin runs: name `keys`".to_owned(),
            ([one], _) => format!("by {one}"),
            (all, least) if least == all.len() => format!("by all of {}", all.join(", ")),
            (all, 1) => format!("by any of {}", all.join(", ")),
            (all, least) => format!("by at least {least} of {}", all.join(", ")),
        }
    }

    /// Whether it is satisfied by a component with this digest.
    fn allows(&self, digest: Option<&str>, package: Option<&Package>) -> bool {
        let Some(package) = package.filter(|package| digest.is_none_or(|digest| package.digest == digest))
        else {
            return false;
        };
        let signed = self.keys.iter().filter(|key| package.signed_by.contains(&key.pem)).count();
        !self.keys.is_empty() && signed >= self.least
    }
}

impl Policies {
    /// The public keys that policies name, as PEM texts; each once.
    pub fn signature_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for key in self.0.iter().filter_map(|policy| policy.signatures.as_ref()).flat_map(|rule| &rule.keys) {
            if !keys.contains(&key.pem.as_str()) {
                keys.push(&key.pem);
            }
        }
        keys
    }

    /// What a policy has against the signatures of a component, and the line that says so. With `digest`, the package has to
    /// be of that component.
    pub(super) fn signature(
        &self,
        digest: Option<&str>,
        package: Option<&Package>,
    ) -> Option<(&SignatureRule, Elsewhere)> {
        let rules = self.0.iter().filter_map(|policy: &Policy| Some((policy, policy.signatures.as_ref()?)));
        let (policy, rule) = rules.into_iter().find(|(_, rule)| !rule.allows(digest, package))?;
        Some((rule, policy.line(&rule.span, "signatures are required")))
    }
}

/// Reads the section; relative paths of keys start at `directory`.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
) -> Option<SignatureRule> {
    if let Kind::Text(_) = node.kind {
        let words = [("required", true), ("optional", false)];
        let required = reader.word(node, at, "signatures", &words)?;
        return required.then(|| SignatureRule { span: node.place(at), keys: Vec::new(), least: 1 });
    }
    if let Kind::Map(entries) = &node.kind
        && let Some((key, _)) = entries.iter().find(|(key, _)| key.text == "identities")
    {
        let message = "signatures by identity cannot be verified by this Scorebox";
        reader.say(Mistake::at(key.span.clone(), message).help(format!("name keys: `{INSTEAD}`")));
        return None;
    }
    let fields = reader.fields(node, at, "signatures", SIGNATURES, INSTEAD)?;
    let Some(keys_node) = fields.get("keys") else {
        let message = "`signatures` names no `keys`";
        reader.say(Mistake::at(at.clone(), message).help(format!("write for example `{INSTEAD}`")));
        return None;
    };
    let keys_at = place(&fields, "keys");
    let entries = reader.map(keys_node, &keys_at, "keys", INSTEAD)?;
    if entries.is_empty() || entries.len() > MAX_KEYS {
        let message = format!("`keys` has {} entries, and has to have 1 to {MAX_KEYS}", entries.len());
        reader.say(Mistake::at(keys_at, message).help(format!("write for example `{INSTEAD}`")));
        return None;
    }
    let mut keys = Vec::new();
    for (name, node) in entries {
        let text = reader.text(node, &name.span, &name.text, "release: release.pub")?;
        match pem(text, directory) {
            Ok(pem) => keys.push(PolicyKey { name: name.text.clone(), pem }),
            Err(reason) => {
                let help = format!(
                    "write the path of a file that begins with `{PEM}`, or its text; `scorebox plugin keygen` makes keys"
                );
                let message = format!("the key `{}` cannot be used: {reason}", name.text);
                reader.say(Mistake::at(node.place(&name.span), message).help(help));
            }
        }
    }
    let how: Vec<&str> =
        SIGNATURES[1..].iter().copied().filter(|field| fields.get(field).is_some()).collect();
    if let [_, second, ..] = how[..] {
        let message = "`all_of`, `any_of` and `at_least` say the same in different words";
        reader.say(Mistake::at(place(&fields, second), message).help("keep one of them"));
        return None;
    }
    let names: Vec<String> = entries.iter().map(|(key, _)| key.text.clone()).collect();
    let least = match how.first().copied() {
        None => 1,
        Some("at_least") => {
            let node = fields.get("at_least")?;
            let most = keys.len() as u64 + 1;
            usize::try_from(reader.count(node, &place(&fields, "at_least"), "at_least", 1..most)?).ok()?
        }
        Some(field) => {
            let at = place(&fields, field);
            let Some(Node { kind: Kind::List(items), .. }) = fields.get(field) else {
                let message = format!("`{field}` is no list of keys");
                reader.say(
                    Mistake::at(at, message).help(format!("write for example `{field}: [{}]`", names[0])),
                );
                return None;
            };
            let mut chosen = Vec::new();
            for item in items {
                let name = reader.text(item, &at, field, &format!("{field}: [{}]", names[0]))?;
                match keys.iter().find(|key| key.name == name) {
                    Some(key) => chosen.push(key.clone()),
                    None => {
                        let known: Vec<&str> = names.iter().map(String::as_str).collect();
                        let message = format!("`keys` has no {name:.80?}");
                        reader.say(Mistake::at(item.place(&at), message).help(suggest(name, &known)));
                    }
                }
            }
            if chosen.is_empty() {
                reader.say(
                    Mistake::at(at, format!("`{field}` names no key"))
                        .help(format!("write for example `{field}: [{}]`", names[0])),
                );
                return None;
            }
            keys = chosen;
            if field == "all_of" { keys.len() } else { 1 }
        }
    };
    // One key under two names is one signer.
    let twice = |(index, key): (usize, &PolicyKey)| keys[..index].iter().any(|other| other.pem == key.pem);
    if keys.iter().enumerate().any(twice) {
        reader.say(Mistake::at(keys_at, "a key stands here twice").help("keep one of the two"));
        return None;
    }
    Some(SignatureRule { span: at.clone(), keys, least })
}

fn pem(text: &str, directory: &Path) -> Result<String, String> {
    if text.trim_start().starts_with("-----BEGIN") {
        return checked(text);
    }
    let path = directory.join(text);
    let bytes = named::read(&path, MAX_KEY_BYTES).map_err(|error| format!("{text}: {error}"))?;
    checked(&String::from_utf8_lossy(&bytes)).map_err(|reason| format!("{text}: {reason}"))
}

fn checked(pem: &str) -> Result<String, String> {
    let pem = pem.trim();
    if !pem.starts_with(PEM) || !pem.ends_with("-----END PUBLIC KEY-----") {
        return Err("this is no public key in PEM".to_owned());
    }
    Ok(pem.to_owned() + "\n")
}
