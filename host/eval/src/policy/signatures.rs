//! Which signatures a plugin has to carry.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::named;
use crate::packages::{Package, Signer, SignerIdentity, check_issuer, check_subject};
use crate::policy::model::{Policies, Policy};
use crate::yaml::{Elsewhere, Fields, Key, Kind, Mistake, Node, Reader, place, suggest};

pub(crate) const SIGNATURES: &[&str] = &["keys", "identities", "trust_root", "all_of", "any_of", "at_least"];
pub(crate) const IDENTITY: &[&str] = &["subject", "issuer"];
const INSTEAD: &str = "signatures: {keys: {release: release.pub}}";
const IDENTITY_INSTEAD: &str = "release: {subject: jo@acme.example, issuer: \"https://accounts.google.com\"}";
const PEM: &str = "-----BEGIN PUBLIC KEY-----";
/// Largest key file that is read.
const MAX_KEY_BYTES: u64 = 16 << 10;
/// Largest trust root that is read.
const MAX_ROOT_BYTES: u64 = 256 << 10;
const ROOT_TYPE: &str = "application/vnd.dev.sigstore.trustedroot";
const MAX_SIGNERS: usize = 64;

/// Which signatures a plugin has to carry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignatureRule {
    /// Where the policy says so.
    pub(crate) span: Range<usize>,
    /// Those who count; none where signatures are required and nobody is named.
    pub(crate) signers: Vec<PolicySigner>,
    /// How many of them.
    pub(crate) least: usize,
}

/// A signer by his name in the policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicySigner {
    pub(crate) name: String,
    pub(crate) signer: Signer,
}

impl SignatureRule {
    /// In words: `by all of release, review`.
    pub(crate) fn in_words(&self) -> String {
        let names: Vec<&str> = self.signers.iter().map(|signer| signer.name.as_str()).collect();
        match (names.as_slice(), self.least) {
            ([], _) => {
                "required, by nobody in particular, so no plugin runs: name `keys` or `identities`".to_owned()
            }
            ([one], _) => format!("by {one}"),
            (all, least) if least == all.len() => format!("by all of {}", all.join(", ")),
            (all, 1) => format!("by any of {}", all.join(", ")),
            (all, least) => format!("by at least {least} of {}", all.join(", ")),
        }
    }

    pub(crate) fn names_identities(&self) -> bool {
        self.signers.iter().any(|signer| matches!(signer.signer, Signer::Identity(_)))
    }

    /// Whether it is satisfied by a component with this digest.
    fn allows(&self, digest: Option<&str>, package: Option<&Package>) -> bool {
        let Some(package) = package.filter(|package| digest.is_none_or(|digest| package.digest == digest))
        else {
            return false;
        };
        let signed = self.signers.iter().filter(|signer| package.signed_by.contains(&signer.signer)).count();
        !self.signers.is_empty() && signed >= self.least
    }
}

impl Policies {
    /// Those whom policies name; each once.
    pub fn signers(&self) -> Vec<&Signer> {
        let mut signers: Vec<&Signer> = Vec::new();
        let rules = self.0.iter().filter_map(|policy| policy.signatures.as_ref());
        for named in rules.flat_map(|rule| &rule.signers) {
            if !signers.contains(&&named.signer) {
                signers.push(&named.signer);
            }
        }
        signers
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

/// Reads the section; relative paths of keys and trust root start at `directory`.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
) -> Option<SignatureRule> {
    if let Kind::Text(_) = node.kind {
        let words = [("required", true), ("optional", false)];
        let required = reader.word(node, at, "signatures", &words)?;
        return required.then(|| SignatureRule { span: node.place(at), signers: Vec::new(), least: 1 });
    }
    let fields = reader.fields(node, at, "signatures", SIGNATURES, INSTEAD)?;
    if fields.get("keys").is_none() && fields.get("identities").is_none() {
        let message = "`signatures` names neither `keys` nor `identities`";
        reader.say(Mistake::at(at.clone(), message).help(format!("write for example `{INSTEAD}`")));
        return None;
    }
    let keys = entries(reader, &fields, "keys", INSTEAD)?;
    let identities = entries(reader, &fields, "identities", &format!("identities: {{{IDENTITY_INSTEAD}}}"))?;
    let trust_root = trust_root(reader, &fields, directory);
    let mut signers = Vec::new();
    for (name, node) in keys {
        let text = reader.text(node, &name.span, &name.text, "release: release.pub")?;
        match pem(text, directory) {
            Ok(pem) => signers.push(PolicySigner { name: name.text.clone(), signer: Signer::Key(pem) }),
            Err(reason) => {
                let help = format!(
                    "write the path of a file that begins with `{PEM}`, or its text; `scorebox plugin keygen` makes keys"
                );
                let message = format!("the key `{}` cannot be used: {reason}", name.text);
                reader.say(Mistake::at(node.place(&name.span), message).help(help));
            }
        }
    }
    for (name, node) in identities {
        if keys.iter().any(|(key, _)| key.text == name.text) {
            let message = format!("`{}` is a key and an identity", name.text);
            reader.say(Mistake::at(name.span.clone(), message).help("call one of them otherwise"));
        }
        if let Some(identity) = identity(reader, name, node, trust_root.clone()) {
            signers.push(PolicySigner { name: name.text.clone(), signer: Signer::Identity(identity) });
        }
    }
    let how: Vec<&str> =
        SIGNATURES[3..].iter().copied().filter(|field| fields.get(field).is_some()).collect();
    if let [_, second, ..] = how[..] {
        let message = "`all_of`, `any_of` and `at_least` say the same in different words";
        reader.say(Mistake::at(place(&fields, second), message).help("keep one of them"));
        return None;
    }
    let names: Vec<&str> = keys.iter().chain(identities).map(|(key, _)| key.text.as_str()).collect();
    let least = match how.first().copied() {
        None => 1,
        Some("at_least") => {
            let node = fields.get("at_least")?;
            let most = signers.len() as u64 + 1;
            usize::try_from(reader.count(node, &place(&fields, "at_least"), "at_least", 1..most)?).ok()?
        }
        Some(field) => {
            signers = chosen(reader, &fields, field, &signers, &names)?;
            if field == "all_of" { signers.len() } else { 1 }
        }
    };
    for (index, one) in signers.iter().enumerate() {
        for other in &signers[..index] {
            // One key under two names is one signer.
            if one.signer == other.signer {
                let (field, what) = match one.signer {
                    Signer::Key(_) => ("keys", "a key"),
                    Signer::Identity(_) => ("identities", "an identity"),
                };
                let message = format!("{what} stands here twice");
                reader.say(Mistake::at(place(&fields, field), message).help("keep one of the two"));
                return None;
            }
            // Nobody counts for two.
            if least > 1 && overlap(&one.signer, &other.signer) {
                let message = format!(
                    "`{}` and `{}` can be the same signer, who would count twice",
                    other.name, one.name
                );
                let help = "write their subjects so that nobody is both";
                reader.say(Mistake::at(place(&fields, "identities"), message).help(help));
                return None;
            }
        }
    }
    Some(SignatureRule { span: at.clone(), signers, least })
}

/// The entries of `keys` or `identities`; none where the field is not there.
fn entries<'n>(
    reader: &mut Reader,
    fields: &Fields<'n>,
    field: &str,
    instead: &str,
) -> Option<&'n [(Key, Node)]> {
    let Some(node) = fields.get(field) else { return Some(&[]) };
    let at = place(fields, field);
    let entries = reader.map(node, &at, field, instead)?;
    if entries.is_empty() || entries.len() > MAX_SIGNERS {
        let message = format!("`{field}` has {} entries, and has to have 1 to {MAX_SIGNERS}", entries.len());
        reader.say(Mistake::at(at, message).help(format!("write for example `{instead}`")));
        return None;
    }
    Some(entries)
}

/// Those whom `all_of` or `any_of` names.
fn chosen(
    reader: &mut Reader,
    fields: &Fields<'_>,
    field: &str,
    signers: &[PolicySigner],
    names: &[&str],
) -> Option<Vec<PolicySigner>> {
    let at = place(fields, field);
    let instead = format!("{field}: [{}]", names.first().copied().unwrap_or("release"));
    let Some(Node { kind: Kind::List(items), .. }) = fields.get(field) else {
        let message = format!("`{field}` is no list of keys and identities");
        reader.say(Mistake::at(at, message).help(format!("write for example `{instead}`")));
        return None;
    };
    let mut chosen = Vec::new();
    for item in items {
        let name = reader.text(item, &at, field, &instead)?;
        match signers.iter().find(|signer| signer.name == name) {
            Some(signer) => chosen.push(signer.clone()),
            // One whose entry is wrong was told there.
            None if names.contains(&name) => {}
            None => {
                let message = format!("neither `keys` nor `identities` have {name:.80?}");
                reader.say(Mistake::at(item.place(&at), message).help(suggest(name, names)));
            }
        }
    }
    if items.is_empty() {
        reader.say(
            Mistake::at(at, format!("`{field}` names nobody")).help(format!("write for example `{instead}`")),
        );
    }
    (!chosen.is_empty()).then_some(chosen)
}

fn identity(
    reader: &mut Reader,
    name: &Key,
    node: &Node,
    trust_root: Option<Arc<str>>,
) -> Option<SignerIdentity> {
    let fields = reader.fields(node, &name.span, &name.text, IDENTITY, IDENTITY_INSTEAD)?;
    let mut part = |field: &'static str, check: fn(&str) -> Result<(), (String, &'static str)>| {
        let Some(node) = fields.get(field) else {
            let message = format!("the identity `{}` has no `{field}`", name.text);
            let help = format!("write for example `{IDENTITY_INSTEAD}`");
            reader.say(Mistake::at(name.span.clone(), message).help(help));
            return None;
        };
        let at = place(&fields, field);
        let text = reader.text(node, &at, field, IDENTITY_INSTEAD)?;
        match check(text) {
            Ok(()) => Some(text.to_owned()),
            Err((message, help)) => {
                reader.say(Mistake::at(node.place(&at), message).help(help));
                None
            }
        }
    };
    let (subject, issuer) = (part("subject", check_subject), part("issuer", check_issuer));
    Some(SignerIdentity { subject: subject?, issuer: issuer?, trust_root })
}

/// The text of the trust root that the section names.
fn trust_root(reader: &mut Reader, fields: &Fields<'_>, directory: &Path) -> Option<Arc<str>> {
    let node = fields.get("trust_root")?;
    let at = place(fields, "trust_root");
    if fields.get("identities").is_none() {
        let message = "`trust_root` is there for `identities`, and there are none";
        reader.say(
            Mistake::at(at, message).help(format!("write for example `identities: {{{IDENTITY_INSTEAD}}}`")),
        );
        return None;
    }
    let name = reader.text(node, &at, "trust_root", "trust_root: trusted_root.json")?;
    let read = || {
        let bytes = named::read(&directory.join(name), MAX_ROOT_BYTES).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("this is no JSON: {error}"))?;
        let kind = json["mediaType"].as_str().unwrap_or_default();
        if kind.starts_with(ROOT_TYPE) {
            Ok(text)
        } else {
            Err(format!("its `mediaType` is not {ROOT_TYPE}"))
        }
    };
    match read() {
        Ok(text) => Some(text.into()),
        Err(reason) => {
            let message = format!("the trust root cannot be used: {name}: {reason}");
            let help = "write the path of the `trusted_root.json` of your instance of sigstore; without one, that of \
                        the public instance counts";
            reader.say(Mistake::at(node.place(&at), message).help(help));
            None
        }
    }
}

/// Whether one signature could be by both.
fn overlap(one: &Signer, other: &Signer) -> bool {
    let (Signer::Identity(one), Signer::Identity(other)) = (one, other) else { return false };
    if one.issuer != other.issuer {
        return false;
    }
    let parts = |subject: &'_ str| subject.split_once('*').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let within = |subject: &str, (before, after): (String, String)| {
        subject.len() >= before.len() + after.len()
            && subject.starts_with(&before)
            && subject.ends_with(&after)
    };
    match (parts(&one.subject), parts(&other.subject)) {
        (None, None) => one.subject == other.subject,
        (None, Some(pattern)) => within(&one.subject, pattern),
        (Some(pattern), None) => within(&other.subject, pattern),
        // Said of some that nobody could be both of, too; never the other way round.
        (Some((before, after)), Some((other_before, other_after))) => {
            (before.starts_with(&other_before) || other_before.starts_with(&before))
                && (after.ends_with(&other_after) || other_after.ends_with(&after))
        }
    }
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
