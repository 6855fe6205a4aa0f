//! What a suite grants a plugin: the host's model, directories to read, hosts to send requests to.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use scorebox_sandbox::{FileGrant, Grants, HostGrant, Reach, SecretHeader};

use crate::suite::hosts;
use crate::suite::secrets::Template;
use crate::yaml::{Fields, Kind, Mistake, Node, Reader, place};

pub(crate) const GRANTS: &[&str] = &["model", "files", "http"];
pub(crate) const FILE: &[&str] = &["dir", "as"];
pub(crate) const HOST: &[&str] = &["host", "private", "headers"];

const FILES_EXAMPLE: &str = "files: [{dir: reference, as: /reference}]";
const HTTP_EXAMPLE: &str = "http: [api.example.com]";
const HEADERS_EXAMPLE: &str = "headers: {authorization: \"Bearer ${API_TOKEN}\"}";

/// Headers that say how a message is sent, or to whom, and are therefore not for a suite to set.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Where the grants of a metric stand, in the order of the grants.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GrantPlaces {
    /// The key `grants`.
    pub(crate) at: Option<Range<usize>>,
    pub(crate) model: Option<Range<usize>>,
    pub(crate) files: Vec<Range<usize>>,
    pub(crate) http: Vec<HostPlaces>,
}

/// Where a granted host stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostPlaces {
    pub(crate) host: Range<usize>,
    /// `private: true`, else the host.
    pub(crate) private: Range<usize>,
    pub(crate) headers: Vec<HeaderPlace>,
}

/// Where a header stands, and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeaderPlace {
    pub(crate) span: Range<usize>,
    pub(crate) template: Template,
}

/// Reads the grants of one metric; `directory` is the suite's. The values of headers stay empty until the run starts.
pub(crate) fn read(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
) -> (Grants, GrantPlaces) {
    let mut grants = Grants::default();
    let mut places = GrantPlaces { at: Some(at.clone()), ..GrantPlaces::default() };
    let Some(fields) = reader.fields(node, at, "grants", GRANTS, "grants: {model: true}") else {
        return (grants, places);
    };
    if let Some(node) = fields.get("model") {
        let at = place(&fields, "model");
        grants.model = reader.boolean(node, &at, "model").unwrap_or_default();
        places.model = Some(at);
    }
    for (node, at) in items(reader, &fields, "files", FILES_EXAMPLE) {
        if let Some((grant, span)) = directory_grant(reader, node, &at, directory) {
            if grants.files.iter().any(|other| other.name == grant.name) {
                let message = format!("two directories are granted as `{}`", grant.name);
                reader.say(Mistake::at(span, message).help("give each a path of its own with `as`"));
                continue;
            }
            grants.files.push(grant);
            places.files.push(span);
        }
    }
    for (node, at) in items(reader, &fields, "http", HTTP_EXAMPLE) {
        if let Some((grant, host)) = host_grant(reader, node, &at) {
            if grants.http.iter().any(|other| hosts::same(other, &grant)) {
                let message = format!("`{}` is granted twice", hosts::written(&grant));
                reader.say(Mistake::at(host.host, message).help("keep one of the two"));
                continue;
            }
            grants.http.push(grant);
            places.http.push(host);
        }
    }
    (grants, places)
}

/// The items of the list `field`, each with its place.
fn items<'n>(
    reader: &mut Reader,
    fields: &Fields<'n>,
    field: &str,
    instead: &str,
) -> Vec<(&'n Node, Range<usize>)> {
    let at = place(fields, field);
    match fields.get(field).map(|node| (&node.kind, node)) {
        None => Vec::new(),
        Some((Kind::List(items), _)) => items.iter().map(|item| (item, item.place(&at))).collect(),
        Some((_, node)) => {
            reader.wrong(node, &at, field, "a list", instead);
            Vec::new()
        }
    }
}

fn directory_grant(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
) -> Option<(FileGrant, Range<usize>)> {
    let fields = reader.fields(node, at, "files", FILE, FILES_EXAMPLE)?;
    let mut required = |field: &str| match fields.get(field) {
        Some(node) => reader
            .text(node, &place(&fields, field), field, FILES_EXAMPLE)
            .map(|text| (text, node.place(&place(&fields, field)))),
        None => {
            let message = format!("a granted directory has no `{field}`");
            let help = format!("write for example `{FILES_EXAMPLE}`");
            reader.say(Mistake::at(at.clone(), message).help(help));
            None
        }
    };
    let (dir, name) = (required("dir"), required("as"));
    let ((dir, dir_span), (name, name_span)) = (dir?, name?);
    let shown = directory.join(dir);
    // Links are followed here and now, so that what a policy allows, what the record says and what is opened are one.
    let trouble = match shown.canonicalize() {
        Ok(found) if !found.is_dir() => "it is no directory".to_owned(),
        Ok(found) if found.to_str().is_none() => "its path is not UTF-8".to_owned(),
        Ok(found) => {
            check_name(reader, name, &name_span)?;
            return Some((FileGrant { dir: found, name: name.to_owned() }, dir_span));
        }
        Err(error) => error.to_string(),
    };
    let message = format!("cannot grant the directory {}: {trouble}", shown.display());
    reader.say(Mistake::at(dir_span, message).help("paths start at the suite's directory"));
    check_name(reader, name, &name_span);
    None
}

/// A path of a guest: absolute, with one spelling.
fn check_name(reader: &mut Reader, name: &str, span: &Range<usize>) -> Option<()> {
    let inner = name.strip_prefix('/').unwrap_or(name);
    let parts: Vec<&str> = inner.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let usual = format!("/{}", parts.join("/"));
    if name == usual && name.len() <= 255 && !name.chars().any(char::is_control) {
        return Some(());
    }
    let message = format!("`as` is {name:.300?}, and has to be an absolute path in its shortest form");
    let help = if usual.len() <= 255 && !usual.chars().any(char::is_control) && usual != "/" {
        format!("write `as: {usual}`")
    } else {
        "write for example `as: /reference`".to_owned()
    };
    reader.say(Mistake::at(span.clone(), message).help(help));
    None
}

fn host_grant(reader: &mut Reader, node: &Node, at: &Range<usize>) -> Option<(HostGrant, HostPlaces)> {
    let Kind::Map(_) = &node.kind else {
        let text = reader.text(node, at, "http", HTTP_EXAMPLE)?;
        let grant = host(reader, text, at)?;
        check_reach(reader, &grant, at)?;
        let places = HostPlaces { host: at.clone(), private: at.clone(), headers: Vec::new() };
        return Some((grant, places));
    };
    let instead = "http: [{host: api.example.com, private: true}]";
    let fields = reader.fields(node, at, "http", HOST, instead)?;
    let Some(name) = fields.get("host") else {
        let help = format!("write for example `{instead}`");
        reader.say(Mistake::at(at.clone(), "a granted host has no `host`").help(help));
        return None;
    };
    let span = name.place(&place(&fields, "host"));
    let text = reader.text(name, &span, "host", "host: api.example.com");
    let grant = text.and_then(|text| host(reader, text, &span));
    let private = fields.get("private").and_then(|node| {
        let at = place(&fields, "private");
        reader.boolean(node, &at, "private")
    });
    let (headers, places) = headers(reader, &fields);
    let mut grant = grant?;
    grant.private = private.unwrap_or_default();
    grant.headers = headers;
    check_reach(reader, &grant, &span)?;
    let private = fields.key("private").map_or_else(|| span.clone(), |key| key.span.clone());
    Some((grant, HostPlaces { host: span, private, headers: places }))
}

/// Reads a host, of a suite or a policy.
pub(crate) fn host(reader: &mut Reader, text: &str, at: &Range<usize>) -> Option<HostGrant> {
    hosts::parse(text)
        .map_err(|wrong| reader.say(Mistake::at(at.clone(), wrong.message).help(wrong.help)))
        .ok()
}

/// A grant that no request could use is a mistake now, not a fault of every sample.
fn check_reach(reader: &mut Reader, grant: &HostGrant, at: &Range<usize>) -> Option<()> {
    let host = hosts::written(grant);
    match grant.reach() {
        Reach::Public => return Some(()),
        Reach::Private if grant.private => return Some(()),
        Reach::Private => {
            let message =
                format!("`{host}` is a private address, which a plugin reaches only where that is said");
            let help = format!("write `{{host: \"{host}\", private: true}}` if you mean it");
            reader.say(Mistake::at(at.clone(), message).help(help));
        }
        Reach::Never => {
            let message = format!(
                "`{host}` is an address that no plugin reaches: link-local, reserved or a cloud's metadata"
            );
            reader.say(Mistake::at(at.clone(), message).help("remove it"));
        }
    }
    None
}

fn headers(reader: &mut Reader, fields: &Fields<'_>) -> (Vec<SecretHeader>, Vec<HeaderPlace>) {
    let Some(node) = fields.get("headers") else { return (Vec::new(), Vec::new()) };
    let Some(entries) = reader.map(node, &place(fields, "headers"), "headers", HEADERS_EXAMPLE) else {
        return (Vec::new(), Vec::new());
    };
    let mut names = BTreeSet::new();
    let mut read = Vec::new();
    for (key, node) in entries {
        let name = key.text.to_ascii_lowercase();
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let trouble = if name.is_empty() || name.len() > 100 || !name.chars().all(token) {
            Some("is no name of a header")
        } else if RESERVED.contains(&name.as_str()) {
            Some("is a header that the host sets by itself")
        } else if !names.insert(name.clone()) {
            Some("stands here twice")
        } else {
            None
        };
        if let Some(trouble) = trouble {
            let message = format!("`{:.100}` {trouble}", key.text);
            reader.say(
                Mistake::at(key.span.clone(), message).help(format!("write for example `{HEADERS_EXAMPLE}`")),
            );
            continue;
        }
        let Some(text) = reader.text(node, &key.span, &name, HEADERS_EXAMPLE) else { continue };
        let span = node.place(&key.span);
        match Template::parse(text) {
            Ok(template) => {
                read.push((
                    SecretHeader { name, value: String::new(), secrets: Vec::new() },
                    HeaderPlace { span, template },
                ));
            }
            Err(wrong) => {
                reader.say(
                    Mistake::at(span, format!("the value of `{name}` {wrong}"))
                        .help(format!("write for example `{HEADERS_EXAMPLE}`")),
                );
            }
        }
    }
    read.into_iter().unzip()
}
