//! `scorebox.lock`: which plugins the suites of a directory use, to the byte.
//!
//! The file is JSON. Its part `plugins` pins for each reference the digests of the artifact and of its component, its
//! version, what it asks for, and who signed it; its other parts, such as the approved golden samples, stay as they are.
//! A run takes plugins from there and from the local store, and asks nobody. The part is written by `scorebox plugin
//! add`, `update` and `remove`, and read as strictly as a suite, since somebody can edit it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use serde_saphyr::{Location, Spanned};

use crate::asked::Asked;
use crate::identity::{Identity, TrustRoot};
use crate::reference::Reference;
use crate::sign::PublicKey;
use crate::signer::Signer;
use crate::{digest, whole};

/// Name of the file, beside the suites that it is for.
pub const LOCK_FILE: &str = "scorebox.lock";
const VERSION: u64 = 1;
/// The part of the file that this module keeps.
const PART: &str = "plugins";
/// Largest file, which holds golden samples as well: 256 MiB.
const MAX_BYTES: usize = 256 << 20;
/// Largest part with plugins.
const MAX_PART_BYTES: usize = 1 << 20;
const MAX_PLUGINS: usize = 1024;
const MAX_SIGNERS: usize = 32;
const MAX_TRUST_ROOTS: usize = 8;
const AGAIN: &str = "`scorebox plugin add` writes it anew";

/// What a directory's suites use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Sorted by reference, each of which is there once.
    plugins: Vec<Pinned>,
}

/// One plugin, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// As suites write it.
    pub reference: Reference,
    /// Kebab-case.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// `sha256:` of the artifact's manifest.
    pub manifest: String,
    /// `sha256:` of the component.
    pub component: String,
    /// What it asked for when it was pinned.
    pub asked: Asked,
    /// Whose signatures were checked when it was pinned; none where nobody's was.
    pub signers: Vec<Signer>,
}

/// Why a lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}:{line}:{column}: {message}", path = path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
        /// What, and what to write instead.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: Spanned<u64>,
    pinned: Vec<RawPlugin>,
    /// Those of identities that are not of sigstore's public instance, by digest.
    #[serde(default)]
    trust_roots: BTreeMap<String, Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlugin {
    reference: Spanned<String>,
    name: Spanned<String>,
    version: Spanned<String>,
    manifest: Spanned<String>,
    component: Spanned<String>,
    #[serde(default)]
    grants: Asked,
    #[serde(default)]
    signers: Vec<RawSigner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSigner {
    #[serde(default)]
    fingerprint: Option<Spanned<String>>,
    #[serde(default)]
    key: Option<Spanned<String>>,
    #[serde(default)]
    subject: Option<Spanned<String>>,
    #[serde(default)]
    issuer: Option<Spanned<String>>,
    #[serde(default)]
    trust_root: Option<Spanned<String>>,
}

/// What is wrong, and where.
type Mistake = (Option<Location>, String);

impl Lock {
    /// Reads the lock file in `directory`; `None` where there is none.
    pub fn read(directory: &Path) -> Result<Option<Self>, LockError> {
        let path = directory.join(LOCK_FILE);
        let bytes = match whole::read(&path, MAX_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|source| LockError::File { path: path.clone(), source })?,
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let source = std::io::Error::other(format!("it is not UTF-8: {error}"));
            LockError::File { path: path.clone(), source }
        })?;
        Self::parse(&text, &path).map(Some)
    }

    /// Reads the text of a lock file that lies at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LockError> {
        #[derive(Deserialize)]
        struct File<'t> {
            #[serde(borrow, default)]
            plugins: Option<&'t RawValue>,
        }
        let wrong = |line: u64, column: u64, message: String| LockError::Wrong {
            path: path.to_owned(),
            line,
            column,
            message,
        };
        let file: File<'_> = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            wrong(
                error.line() as u64,
                error.column() as u64,
                format!("this is no JSON: {message}; take the version before it was edited"),
            )
        })?;
        let Some(part) = file.plugins.map(RawValue::get) else { return Ok(Self::default()) };
        // The part is a piece of the text, which says where in the file it begins.
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        let before = &text[..start];
        let line = before.matches('\n').count() as u64;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64;
        let at = |location: Location| match location.line() {
            1 => (line + 1, location.column() + column),
            below => (line + below, location.column()),
        };
        if part.len() > MAX_PART_BYTES {
            return Err(wrong(
                line + 1,
                column + 1,
                format!("`{PART}` has more than {MAX_PART_BYTES} bytes"),
            ));
        }
        // JSON is YAML, whose reader tells where each value stands.
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let raw: Result<Raw, _> = serde_saphyr::from_str_with_options(part, options);
        let result = raw
            .map_err(|error| (error.location(), format!("{}; {AGAIN}", in_words(&error.to_string()))))
            .and_then(Self::check);
        result.map_err(|(location, message)| {
            let (line, column) = location.map_or((line + 1, column + 1), at);
            wrong(line, column, message)
        })
    }

    fn check(raw: Raw) -> Result<Self, Mistake> {
        if raw.version.value != VERSION {
            let message = format!(
                "`version` is {}, this Scorebox reads {VERSION}: the file is from another Scorebox; take the one that wrote it",
                raw.version.value
            );
            return Err((Some(raw.version.referenced), message));
        }
        if raw.pinned.len() > MAX_PLUGINS {
            return Err((None, format!("there are more than {MAX_PLUGINS} plugins")));
        }
        if raw.trust_roots.len() > MAX_TRUST_ROOTS {
            return Err((None, format!("there are more than {MAX_TRUST_ROOTS} trust roots")));
        }
        let mut roots = Vec::new();
        for (named, value) in raw.trust_roots {
            let at = Some(value.referenced);
            let root = TrustRoot::parse(&value.value.to_string())
                .map_err(|error| (at, format!("`trust_roots`: {error}; {AGAIN}")))?;
            if root.digest() != named {
                let message =
                    format!("the trust root {named:.80?} has the digest {}; {AGAIN}", root.digest());
                return Err((at, message));
            }
            roots.push(root);
        }
        let mut lock = Self::default();
        for raw in raw.pinned {
            let at = raw.reference.referenced;
            let pinned = raw.check(&roots)?;
            if lock.get(&pinned.reference).is_some() {
                return Err((
                    Some(at),
                    format!("`{}` stands here twice: keep one of the two", pinned.reference),
                ));
            }
            lock.put(pinned);
        }
        Ok(lock)
    }

    /// Writes the plugins into the lock file of `directory`, as a whole; what else stands there stays.
    pub fn write(&self, directory: &Path) -> Result<(), LockError> {
        let path = directory.join(LOCK_FILE);
        let file = |source| LockError::File { path: path.clone(), source };
        let mut parts: Map<String, Value> = match whole::read(&path, MAX_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Map::new(),
            bytes => serde_json::from_slice(&bytes.map_err(file)?).map_err(|error| file(error.into()))?,
        };
        if self.plugins.is_empty() {
            parts.shift_remove(PART);
        } else {
            parts.insert(PART.to_owned(), self.to_json());
        }
        let text = serde_json::to_string_pretty(&parts).map_err(|error| file(error.into()))? + "\n";
        whole::write(&path, text.as_bytes(), 0o644).map_err(file)
    }

    fn to_json(&self) -> Value {
        let mut roots = Map::new();
        let mut signer = |signer: &Signer| match signer {
            Signer::Key(key) => json!({"fingerprint": key.fingerprint(), "key": key.to_line()}),
            Signer::Identity(identity) => {
                let mut signer = json!({"subject": identity.subject(), "issuer": identity.issuer()});
                let root = identity.root();
                // That of the public instance is in the program, which knows the keys of today.
                if !root.is_public() {
                    signer["trust_root"] = root.digest().into();
                    let text = serde_json::from_str(root.text()).unwrap_or_default();
                    roots.insert(root.digest().to_owned(), text);
                }
                signer
            }
        };
        let pinned: Vec<Value> = self
            .plugins
            .iter()
            .map(|pinned| {
                json!({
                    "reference": pinned.reference.to_string(),
                    "name": pinned.name,
                    "version": pinned.version,
                    "manifest": pinned.manifest,
                    "component": pinned.component,
                    "grants": pinned.asked,
                    "signers": pinned.signers.iter().map(&mut signer).collect::<Vec<_>>(),
                })
            })
            .collect();
        let mut part = json!({"version": VERSION, "pinned": pinned});
        if !roots.is_empty() {
            part["trust_roots"] = roots.into();
        }
        part
    }

    /// All of them, sorted by reference.
    pub fn plugins(&self) -> &[Pinned] {
        &self.plugins
    }

    /// The plugin that is pinned for a reference.
    pub fn get(&self, reference: &Reference) -> Option<&Pinned> {
        self.plugins.iter().find(|pinned| pinned.reference == *reference)
    }

    /// Pins a plugin, in place of the one that was pinned for its reference.
    pub fn put(&mut self, pinned: Pinned) {
        self.remove(&pinned.reference);
        let place = self.plugins.partition_point(|other| other.reference < pinned.reference);
        self.plugins.insert(place, pinned);
    }

    /// Removes what is pinned for a reference, and says whether anything was.
    pub fn remove(&mut self, reference: &Reference) -> bool {
        let before = self.plugins.len();
        self.plugins.retain(|pinned| pinned.reference != *reference);
        self.plugins.len() < before
    }
}

impl RawPlugin {
    fn check(self, roots: &[TrustRoot]) -> Result<Pinned, Mistake> {
        let wrong =
            |at: &Spanned<String>, message: String| (Some(at.referenced), format!("{message}; {AGAIN}"));
        let reference = self.reference.value.parse::<Reference>();
        let reference = reference.map_err(|error| (Some(self.reference.referenced), error.to_string()))?;
        for (name, digest) in [("manifest", &self.manifest), ("component", &self.component)] {
            if digest::hex(&digest.value).is_none() {
                let message =
                    format!("`{name}` is {:.100?}, and has to be `sha256:` and 64 digits", digest.value);
                return Err(wrong(digest, message));
            }
        }
        if reference.digest.as_ref().is_some_and(|digest| *digest != self.manifest.value) {
            let message = "`manifest` is another digest than that of the reference".to_owned();
            return Err(wrong(&self.manifest, message));
        }
        if semver::Version::parse(&self.version.value).is_err() {
            let message = format!("`version` is {:.100?}, and has to be such as 1.2.0", self.version.value);
            return Err(wrong(&self.version, message));
        }
        let kebab = |name: &str| {
            !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !kebab(&self.name.value) {
            return Err(wrong(
                &self.name,
                format!("`name` is {:.100?}, which no plugin is called", self.name.value),
            ));
        }
        if self.signers.len() > MAX_SIGNERS {
            return Err((None, format!("there are more than {MAX_SIGNERS} signers")));
        }
        let at = self.reference.referenced;
        let signers = self.signers.into_iter().map(|raw| raw.check(at, roots)).collect::<Result<_, _>>()?;
        Ok(Pinned {
            reference,
            name: self.name.value,
            version: self.version.value,
            manifest: self.manifest.value,
            component: self.component.value,
            asked: self.grants,
            signers,
        })
    }
}

impl RawSigner {
    /// `at` is the place of the plugin.
    fn check(self, at: Location, roots: &[TrustRoot]) -> Result<Signer, Mistake> {
        let wrong = |at: Location, message: String| (Some(at), format!("{message}; {AGAIN}"));
        match self {
            Self {
                fingerprint: Some(fingerprint),
                key: Some(line),
                subject: None,
                issuer: None,
                trust_root: None,
            } => {
                let key = PublicKey::from_line(&line.value)
                    .ok_or_else(|| wrong(line.referenced, "`key` is no public key on P-256".to_owned()))?;
                if key.fingerprint() != fingerprint.value {
                    let message =
                        format!("`fingerprint` is not that of the key, which is {}", key.fingerprint());
                    return Err(wrong(fingerprint.referenced, message));
                }
                Ok(Signer::Key(key))
            }
            Self {
                fingerprint: None,
                key: None,
                subject: Some(subject),
                issuer: Some(issuer),
                trust_root,
            } => {
                let root = match trust_root {
                    None => TrustRoot::public().map_err(|error| wrong(at, error.to_string()))?,
                    Some(named) => {
                        let root = roots.iter().find(|root| root.digest() == named.value);
                        root.cloned().ok_or_else(|| {
                            wrong(named.referenced, format!("`trust_roots` has no {:.80?}", named.value))
                        })?
                    }
                };
                Ok(Signer::Identity(Identity::new(subject.value, issuer.value, root)))
            }
            _ => {
                let message = "a signer has either `fingerprint` and `key`, or `subject` and `issuer`";
                Err(wrong(at, message.to_owned()))
            }
        }
    }
}

/// The library's message without the place, which stands before it.
fn in_words(message: &str) -> &str {
    let message = message.lines().next().unwrap_or_default();
    let message =
        message.split_once("column ").and_then(|(_, rest)| rest.split_once(": ")).map_or(message, |(_, m)| m);
    message.trim_start_matches("error: ").split(" at line ").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sigstore_verify::trust_root::SIGSTORE_STAGING_TRUSTED_ROOT;

    use super::*;

    fn pinned(reference: &str) -> Pinned {
        Pinned {
            reference: reference.parse().unwrap(),
            name: "no-jargon".to_owned(),
            version: "1.2.0".to_owned(),
            manifest: digest::of(b"manifest"),
            component: digest::of(b"component"),
            asked: Asked {
                model: true,
                http: vec!["a.example.com".into(), "b.example.com".into()],
                files: vec![],
            },
            signers: Vec::new(),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let directory = tempfile::tempdir().unwrap();
        let key = crate::sign::keygen(&directory.path().join("k"), None).unwrap().2;
        let mut lock = Lock::default();
        let identity =
            |root| Signer::Identity(Identity::new("https://a.example/*", "https://b.example", root));
        let own = SIGSTORE_STAGING_TRUSTED_ROOT;
        let signers = vec![
            Signer::Key(key),
            identity(TrustRoot::public().unwrap()),
            identity(TrustRoot::parse(own).unwrap()),
        ];
        lock.put(Pinned { signers, ..pinned("ghcr.io/b/x:1") });
        lock.put(pinned("dir:../plugins#team/x:1.0.0"));
        lock.put(Pinned { asked: Asked::default(), ..pinned("file:a \"b.wasm".replace(' ', "").as_str()) });
        assert_eq!(Lock::read(directory.path()).unwrap(), None);
        lock.write(directory.path()).unwrap();
        assert_eq!(Lock::read(directory.path()).unwrap(), Some(lock.clone()));
        assert!(lock.remove(&"ghcr.io/b/x:1".parse().unwrap()));
        assert!(!lock.remove(&"ghcr.io/b/x:1".parse().unwrap()));
    }

    #[test]
    fn what_else_stands_in_the_file_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(LOCK_FILE);
        let golden =
            "{\n  \"golden\": {\n    \"d.jsonl\": {\n      \"z\": 1,\n      \"a\": 2\n    }\n  }\n}\n";
        std::fs::write(&file, golden).unwrap();
        assert_eq!(Lock::read(directory.path()).unwrap(), Some(Lock::default()));
        let mut lock = Lock::default();
        lock.put(pinned("ghcr.io/b/x:1"));
        lock.write(directory.path()).unwrap();
        assert_eq!(Lock::read(directory.path()).unwrap(), Some(lock));
        assert!(
            std::fs::read_to_string(&file).unwrap().starts_with(golden.trim_end().trim_end_matches("\n}"))
        );
        Lock::default().write(directory.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), golden);
    }

    #[test]
    fn a_file_edited_by_hand_says_where_it_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let mut lock = Lock::default();
        lock.put(pinned("ghcr.io/b/x:1"));
        lock.write(directory.path()).unwrap();
        let text = std::fs::read_to_string(directory.path().join(LOCK_FILE)).unwrap();
        let manifest = digest::of(b"manifest");
        for (from, to, expected) in [
            (
                "\"version\": 1,",
                "\"version\": 2,",
                "scorebox.lock:3:16: `version` is 2, this Scorebox reads 1",
            ),
            ("\"name\"", "\"nam\"", "scorebox.lock:7:9: unknown field"),
            (manifest.as_str(), "sha256:12", "scorebox.lock:9:21: `manifest` is \"sha256:12\""),
            ("\"1.2.0\"", "\"one\"", "scorebox.lock:8:20: `version` is \"one\""),
            ("no-jargon", "No Jargon", "scorebox.lock:7:17: `name` is"),
            ("ghcr.io/b/x:1", "ghcr.io/b/x", "scorebox.lock:6:22: \"ghcr.io/b/x\" is no reference"),
            ("\"model\": true", "\"modle\": true", "scorebox.lock:12:"),
            (
                "\"signers\": []",
                "\"signers\": [{\"fingerprint\": \"x\", \"key\": \"y\"}]",
                "scorebox.lock:18:",
            ),
            ("\"pinned\": [", "\"pinned\": [[", "scorebox.lock:"),
        ] {
            assert!(text.contains(from), "{from}");
            let broken = text.replacen(from, to, 1);
            let error = Lock::parse(&broken, Path::new("scorebox.lock")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{from} → {to}: {error}");
        }
        let entry = &text[text.find("      {").unwrap()..text.rfind("    ]").unwrap()];
        let twice = text.replacen(entry, &format!("{},\n{entry}", entry.trim_end()), 1);
        let error = Lock::parse(&twice, Path::new("scorebox.lock")).unwrap_err().to_string();
        assert!(error.starts_with("scorebox.lock:21:22: `ghcr.io/b/x:1` stands here twice"), "{error}");
    }
}
