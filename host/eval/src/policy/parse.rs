//! From YAML to a [`Policy`].

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use scorebox_sandbox::Limits;

use crate::policy::model::{
    COMPILE_CODE, COMPILE_MEMORY, COMPILE_TIME, GrantRules, HostRule, Origin, Placed, Policy,
};
use crate::policy::models;
use crate::policy::signatures;
use crate::suite::limits::{self, Bounds, SetLimit, Unit};
use crate::suite::{Isolation, grants, hosts};
use crate::yaml::{self, Fields, FileError, Kind, Mistake, Node, Reader, Source, place, suggest};

pub(crate) const POLICY: &[&str] = &[
    "limits",
    "compile",
    "grants",
    "paths",
    "models",
    "subjects",
    "isolation",
    "plugins",
    "registries",
    "signatures",
];
pub(crate) const GRANTS: &[&str] = &["model", "files", "http", "secrets"];
pub(crate) const HOST: &[&str] = &["host", "private", "secrets"];
pub(crate) const SUBJECTS: &[&str] = &["dataset", "recorded", "command"];
pub(crate) const PLUGINS: &[&str] = &["digests"];
/// The source of plugins that a suite names by path.
pub(crate) const FILES: &str = "files";

/// Limits of compiling. The most are what a machine of today can spare for one component.
pub(crate) fn compile_limits() -> [Bounds; 3] {
    [
        (COMPILE_TIME, Unit::Time, 1, 3_600_000),
        (COMPILE_MEMORY, Unit::Bytes, 1, 64 << 30),
        (COMPILE_CODE, Unit::Bytes, 1, 4 << 30),
    ]
}

/// A ceiling over `fuel` alone would bound nothing, since a suite could ask for as much for each byte: `fuel_per_byte` is
/// then held to its default.
fn bound_fuel_of_bytes(ceilings: &mut Vec<SetLimit>) {
    let find = |name| ceilings.iter().find(|limit: &&SetLimit| limit.name == name);
    if let (Some(fuel), None) = (find("fuel"), find("fuel_per_byte")) {
        let value = Limits::default().fuel_per_byte;
        let implied = SetLimit { name: "fuel_per_byte", value, span: fuel.span.clone() };
        ceilings.push(implied);
    }
}

/// Reads the policy at `path`.
pub(crate) fn load(path: &Path, origin: Origin) -> Result<Policy, FileError> {
    let text = yaml::read(path, "policy", "")?;
    parse(path, origin, &text)
}

/// Reads the text of the policy at `path`.
pub(crate) fn parse(path: &Path, origin: Origin, text: &str) -> Result<Policy, FileError> {
    let source = Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    let root = yaml::tree(text, "policy").map_err(|mistake| FileError::of(source.clone(), vec![mistake]))?;
    let directory = crate::run::directory_of(path);
    // Links in the way to the policy are the business of whoever put it there; those in its paths are not followed.
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let mut parser = Parser { reader: Reader::new("policy"), directory };
    let policy = parser.policy(origin, &source, &root);
    match policy {
        Some(policy) if parser.reader.mistakes.is_empty() => Ok(policy),
        _ => Err(FileError::of(source, parser.reader.mistakes)),
    }
}

struct Parser {
    reader: Reader,
    directory: PathBuf,
}

impl Parser {
    fn policy(&mut self, origin: Origin, source: &Arc<Source>, root: &Node) -> Option<Policy> {
        let top = 0..source.text.lines().next().unwrap_or_default().len();
        if root.kind == Kind::Null {
            // What forbids nothing is more likely to be a file that was cut off.
            let help = "write what it bounds, for example `limits: {memory: 256MiB}`, or remove the file";
            self.reader.say(Mistake::at(top, "the policy is empty").help(help));
            return None;
        }
        let fields = self.reader.fields(root, &top, "", POLICY, "limits: {memory: 256MiB}")?;
        let mut limits = |field: &str, known: &[Bounds], instead: &str| match fields.get(field) {
            Some(node) => limits::read(&mut self.reader, node, &place(&fields, field), field, known, instead),
            None => Vec::new(),
        };
        let mut ceilings = limits("limits", &limits::known(), "limits: {memory: 256MiB, deadline: 30s}");
        bound_fuel_of_bytes(&mut ceilings);
        let compile = limits("compile", &compile_limits(), "compile: {time: 60s, memory: 1GiB}");
        let grants = match fields.get("grants") {
            Some(node) => Some(self.grants(node, &place(&fields, "grants"))?),
            None => None,
        };
        let paths = fields.get("paths").is_some().then(|| {
            let value = self.directories(&fields, "paths", "paths: [/srv/datasets]");
            Placed { value, span: place(&fields, "paths") }
        });
        let models = match fields.get("models") {
            Some(node) => Some(models::read(&mut self.reader, node, &place(&fields, "models"))?),
            None => None,
        };
        let subjects = fields.get("subjects").map(|node| {
            let words: Vec<_> = SUBJECTS.iter().map(|&name| (name, name)).collect();
            let at = place(&fields, "subjects");
            let items = self.list(node, &at, "subjects", "subjects: [dataset, recorded]");
            let value = items.filter_map(|item| self.reader.word(item, &at, "subjects", &words)).collect();
            Placed { value, span: at }
        });
        let isolation = fields.get("isolation").and_then(|node| {
            let at = place(&fields, "isolation");
            let words = [Isolation::Process, Isolation::Instance].map(|word| (word.name(), word));
            let value = self.reader.word(node, &at, "isolation", &words)?;
            Some(Placed { value, span: node.place(&at) })
        });
        let plugins = match fields.get("plugins") {
            Some(node) => Some(self.plugins(node, &place(&fields, "plugins"))?),
            None => None,
        };
        let registries = fields.get("registries").map(|node| {
            let at = place(&fields, "registries");
            let items = self.list(node, &at, "registries", "registries: [files, \"ghcr.io/acme\"]");
            let value = items.filter_map(|item| self.registry(item, &at)).collect();
            Placed { value, span: at }
        });
        let signatures = fields.get("signatures").and_then(|node| {
            let at = place(&fields, "signatures");
            signatures::read(&mut self.reader, node, &at, &self.directory)
        });
        Some(Policy {
            path: source.path.clone(),
            origin,
            digest: crate::digest::bytes(source.text.as_bytes()),
            source: source.clone(),
            limits: ceilings,
            compile,
            grants,
            paths,
            models,
            subjects,
            isolation,
            plugins,
            registries,
            signatures,
        })
    }

    fn list<'n>(
        &mut self,
        node: &'n Node,
        at: &Range<usize>,
        field: &str,
        instead: &str,
    ) -> std::slice::Iter<'n, Node> {
        match &node.kind {
            Kind::List(items) => items.iter(),
            _ => {
                self.reader.wrong(node, at, field, "a list", instead);
                [].iter()
            }
        }
    }

    fn texts(&mut self, fields: &Fields<'_>, field: &str, instead: &str) -> Option<Vec<Placed<String>>> {
        let node = fields.get(field)?;
        let at = place(fields, field);
        let items = self.list(node, &at, field, instead);
        let text = |item: &Node| {
            let text = self.reader.text(item, &at, field, instead)?;
            Some(Placed { value: text.to_owned(), span: item.place(&at) })
        };
        Some(items.filter_map(text).collect())
    }

    fn directories(&mut self, fields: &Fields<'_>, field: &str, instead: &str) -> Vec<Placed<PathBuf>> {
        let listed = self.texts(fields, field, instead).unwrap_or_default();
        let whole =
            |Placed { value, span }| Placed { value: normal(&self.directory.join::<String>(value)), span };
        listed.into_iter().map(whole).collect()
    }

    fn grants(&mut self, node: &Node, at: &Range<usize>) -> Option<GrantRules> {
        let instead = "grants: {model: true, http: [api.example.com]}";
        let fields = self.reader.fields(node, at, "grants", GRANTS, instead)?;
        let span = |field: &str| fields.key(field).map_or_else(|| at.clone(), |key| key.span.clone());
        let model = match fields.get("model") {
            Some(node) => self.reader.boolean(node, &span("model"), "model").unwrap_or_default(),
            None => false,
        };
        let files = self.directories(&fields, "files", "files: [/srv/reference]");
        let http = match fields.get("http") {
            Some(node) => {
                let at = span("http");
                let items = self.list(node, &at, "http", "http: [api.example.com]");
                items.filter_map(|item| self.host(item, &item.place(&at))).collect()
            }
            None => Vec::new(),
        };
        let secrets = self.variables(&fields).unwrap_or_default();
        Some(GrantRules {
            model: Placed { value: model, span: span("model") },
            files: Placed { value: files, span: span("files") },
            http: Placed { value: http, span: span("http") },
            secrets: Placed { value: secrets, span: span("secrets") },
        })
    }

    fn variables(&mut self, fields: &Fields<'_>) -> Option<Vec<String>> {
        let instead = "secrets: [API_TOKEN]";
        let names = self.texts(fields, "secrets", instead)?;
        for Placed { value, span } in &names {
            let sound = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !sound {
                let message = format!("{value:?} is no name of a variable");
                self.reader
                    .say(Mistake::at(span.clone(), message).help(format!("write for example `{instead}`")));
            }
        }
        Some(names.into_iter().map(|name| name.value).collect())
    }

    fn host(&mut self, node: &Node, at: &Range<usize>) -> Option<HostRule> {
        let Kind::Map(_) = &node.kind else {
            let text = self.reader.text(node, at, "http", "http: [api.example.com]")?;
            let host = grants::host(&mut self.reader, text, at)?;
            return Some(HostRule { host, secrets: None, span: at.clone() });
        };
        let instead = "http: [{host: api.example.com, secrets: [API_TOKEN]}]";
        let fields = self.reader.fields(node, at, "http", HOST, instead)?;
        let Some(name) = fields.get("host") else {
            let help = format!("write for example `{instead}`");
            self.reader.say(Mistake::at(at.clone(), "an allowed host has no `host`").help(help));
            return None;
        };
        let span = name.place(&place(&fields, "host"));
        let text = self.reader.text(name, &span, "host", "host: api.example.com");
        let host = text.and_then(|text| grants::host(&mut self.reader, text, &span));
        let private = fields
            .get("private")
            .and_then(|node| self.reader.boolean(node, &place(&fields, "private"), "private"));
        let secrets = self.variables(&fields);
        let mut host = host?;
        host.private = private.unwrap_or_default();
        Some(HostRule { host, secrets, span })
    }

    fn plugins(&mut self, node: &Node, at: &Range<usize>) -> Option<Placed<BTreeSet<String>>> {
        let instead = "plugins: {digests: [\"sha256:…\"]}";
        let fields = self.reader.fields(node, at, "plugins", PLUGINS, instead)?;
        let Some(digests) = self.texts(&fields, "digests", instead) else {
            let help = format!("write for example `{instead}`");
            self.reader.say(Mistake::at(at.clone(), "`plugins` names no `digests`").help(help));
            return None;
        };
        for Placed { value, span } in &digests {
            let hex = value.strip_prefix("sha256:").unwrap_or_default();
            if hex.len() != 64 || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                let message = format!("{value:.200?} is no digest");
                let help = "write `sha256:` and 64 digits, as `scorebox plugin inspect` prints them";
                self.reader.say(Mistake::at(span.clone(), message).help(help));
            }
        }
        let value = digests.into_iter().map(|digest| digest.value).collect();
        Some(Placed { value, span: place(&fields, "digests") })
    }

    /// `files`, or a registry with what of it is allowed: `ghcr.io/acme`.
    fn registry(&mut self, node: &Node, at: &Range<usize>) -> Option<String> {
        let text = self.reader.text(node, at, "registries", "registries: [files]")?;
        let host = text.split('/').next().unwrap_or_default();
        let path = text.split('/').skip(1);
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
        };
        let known = host == "localhost" || host.contains(['.', ':']);
        let sound = known && hosts::parse(host).is_ok_and(|read| !read.plain) && path.into_iter().all(part);
        if text == FILES || sound {
            return Some(text.to_owned());
        }
        let help = match suggest(text, &[FILES]) {
            near if near.starts_with("did you mean") => near,
            _ => "write `files` for plugins that a suite names by path, or a registry such as `ghcr.io/acme`"
                .to_owned(),
        };
        self.reader.say(Mistake::at(node.place(at), format!("{text:.200?} is no registry")).help(help));
        None
    }
}

/// The path without `.` and `..`, which are taken by their letters: no link is followed.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
