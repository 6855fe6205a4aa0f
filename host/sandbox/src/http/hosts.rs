//! The hosts that were granted, and which of them a request is for.

use std::net::IpAddr;
use std::sync::Arc;

use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use rustls::pki_types::ServerName;
use wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;

use super::addresses::{Reach, reach};
use super::connect::{Lookup, Tls};
use crate::secrets::Secrets;
use crate::{Grants, HostGrant};

/// Everything that the requests of one plugin are sent with.
pub(crate) struct Hosts {
    granted: Vec<Arc<Host>>,
    pub(super) tls: Tls,
    pub(super) lookup: Lookup,
    pub(crate) secrets: Arc<Secrets>,
}

/// One host that was granted.
#[derive(Debug)]
pub(crate) struct Host {
    name: Name,
    port: u16,
    plain: bool,
    private: bool,
    /// The `Host` header.
    authority: HeaderValue,
    headers: HeaderMap,
    /// The name of a header that cannot be sent, so that no request can.
    broken: Option<String>,
    /// Scheme, host and port, for messages.
    pub(super) shown: String,
}

/// A host as requests name it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// In lower case, without a final dot.
    Dns(String),
    Address(IpAddr),
}

/// A request that is not for a granted host, and what the log says of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

/// Headers with which a plugin could have an echo of a secret in a form or in pieces that are not recognised.
const REWRITING: &[&str] =
    &["a-im", "accept-charset", "accept-encoding", "if-range", "range", "request-range", "x-range"];

/// What is said of addresses that nobody is granted.
const NEVER: &str = "no plugin reaches an address that is link-local, reserved or a cloud's metadata";

impl Default for Hosts {
    /// Nobody.
    fn default() -> Self {
        Self::new(&Grants::default(), Arc::default())
    }
}

impl Hosts {
    /// Reads the grants, and the system's root certificates where one of them needs any.
    pub(crate) fn new(grants: &Grants, secrets: Arc<Secrets>) -> Self {
        let encrypted = grants.http.iter().any(|grant| !grant.plain);
        Self {
            granted: grants.http.iter().filter_map(Host::new).map(Arc::new).collect(),
            tls: if encrypted { Tls::of_the_system() } else { Tls::none() },
            lookup: Lookup::OfTheSystem,
            secrets,
        }
    }

    /// The granted host that `uri` is for.
    pub(super) fn find(&self, uri: &Uri) -> Result<Arc<Host>, Refusal> {
        let scheme = uri.scheme().map_or("", Scheme::as_str);
        let authority = uri.authority().map_or("", Authority::as_str);
        let plain = match scheme {
            "http" => true,
            "https" => false,
            _ => return Err(Refusal(format!("refused {scheme}://{authority}/: neither http nor https"))),
        };
        let Some((name, port)) = uri.authority().and_then(|authority| split(authority, plain)) else {
            return Err(Refusal(format!(
                "refused {scheme}://{authority}/: write a host as it is granted and at most a port; no user, no final \
                 dot, and addresses in their usual form"
            )));
        };
        let granted = self
            .granted
            .iter()
            .find(|host| host.name == name && host.port == port && host.plain == plain)
            .cloned();
        let granted = granted.ok_or_else(|| {
            let shown = shown(&name, port, plain);
            let reach = reach_of(&name.to_string());
            let entry = match (plain, port) {
                (false, 443) => name.to_string(),
                (false, _) => format!("{name}:{port}"),
                (true, 80) => format!("http://{name}"),
                (true, _) => shown.clone(),
            };
            let entry = match reach {
                Reach::Public => entry,
                Reach::Private => format!("{{host: \"{entry}\", private: true}}"),
                Reach::Never => return Refusal(format!("refused {shown}/: {NEVER}")),
            };
            Refusal(format!("refused {shown}/: not granted; add `{entry}` to `grants.http` of the metric"))
        })?;
        match &granted.broken {
            None => Ok(granted),
            Some(header) => Err(Refusal(format!(
                "refused {}/: the header `{header}` of its grant has a name that the host sets itself, or a value that no \
                 header may have",
                granted.shown
            ))),
        }
    }
}

impl Host {
    /// `None` where no request can name the host, which a suite with such a name does not get past its parser.
    fn new(grant: &HostGrant) -> Option<Self> {
        let name = Name::of_grant(&grant.host)?;
        let default = if grant.plain { 80 } else { 443 };
        let authority = match grant.port {
            port if port == default => name.to_string(),
            port => format!("{name}:{port}"),
        };
        let mut headers = HeaderMap::new();
        let mut broken = None;
        for secret in &grant.headers {
            let name = HeaderName::from_bytes(secret.name.as_bytes()).ok();
            let name = name.filter(|name| !is_own(name));
            if let (Some(name), Ok(mut value)) = (name, HeaderValue::from_str(&secret.value)) {
                value.set_sensitive(true);
                headers.append(name, value);
            } else {
                broken = Some(secret.name.clone());
            }
        }
        Some(Self {
            shown: shown(&name, grant.port, grant.plain),
            authority: HeaderValue::from_str(&authority).ok()?,
            name,
            port: grant.port,
            plain: grant.plain,
            private: grant.private,
            headers,
            broken,
        })
    }

    /// Says to whom the request goes and what the host adds; neither is the plugin's to say.
    pub(super) fn address(&self, headers: &mut HeaderMap) {
        // An honest instance has had most of these refused; a process that was subverted has not.
        OF_CONNECTIONS.iter().chain(&DEFAULT_FORBIDDEN_HEADERS).for_each(|name| {
            headers.remove(name);
        });
        headers.insert(header::HOST, self.authority.clone());
        if self.headers.is_empty() {
            return;
        }
        for name in self.headers.keys() {
            headers.remove(name);
        }
        headers.extend(self.headers.clone());
        // What comes back is searched for the secrets, answer by answer, which compression, another character set, or
        // a part of an answer at a time would hide.
        for name in REWRITING {
            headers.remove(*name);
        }
    }

    /// Why no connection to `address` is made; `None` where one may be.
    pub(super) fn forbids(&self, address: IpAddr) -> Option<String> {
        match reach(address) {
            Reach::Public => None,
            Reach::Private if self.private => None,
            Reach::Private => Some(format!(
                "its address {address} is private; write `private: true` beside the host, if the plugin may reach it"
            )),
            Reach::Never => Some(format!("at {address}: {NEVER}")),
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The address, where the grant is one.
    pub(super) fn literal(&self) -> Option<IpAddr> {
        match self.name {
            Name::Address(address) => Some(address),
            Name::Dns(_) => None,
        }
    }

    /// The name to look up.
    pub(super) fn dns_name(&self) -> &str {
        match &self.name {
            Name::Dns(name) => name,
            Name::Address(_) => "",
        }
    }

    /// The name that the server's certificate has to have.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        match &self.name {
            Name::Dns(name) => ServerName::try_from(name.clone()).ok(),
            Name::Address(address) => Some(ServerName::from(*address)),
        }
    }
}

impl Name {
    /// A host as a suite grants it: IPv6 addresses with or without brackets.
    fn of_grant(host: &str) -> Option<Self> {
        host.parse::<IpAddr>().ok().map(Self::Address).or_else(|| Self::parse(host))
    }

    /// A host as a request names it. Anything that a resolver could take for an address in another spelling is none.
    fn parse(host: &str) -> Option<Self> {
        if let Some(inner) = host.strip_prefix('[') {
            let address = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address)));
        }
        if let Ok(address) = host.parse() {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(letter);
        let last = host.rsplit('.').next()?.to_ascii_lowercase();
        let digits = last.strip_prefix("0x");
        let number = digits.map_or_else(
            || last.bytes().all(|byte| byte.is_ascii_digit()),
            |digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        );
        let name = host.len() <= 253 && host.split('.').all(label) && !number;
        name.then(|| Self::Dns(host.to_ascii_lowercase()))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// What is about the connection as well, beside what no guest may set.
const OF_CONNECTIONS: [HeaderName; 3] = [header::EXPECT, header::TE, header::TRAILER];

/// Whether a header is about the connection, which is the host's.
fn is_own(name: &HeaderName) -> bool {
    *name == header::CONTENT_LENGTH
        || OF_CONNECTIONS.contains(name)
        || DEFAULT_FORBIDDEN_HEADERS.contains(name)
}

/// Host and port, where `authority` is nothing else.
fn split(authority: &Authority, plain: bool) -> Option<(Name, u16)> {
    let host = authority.host();
    let port = match authority.as_str().strip_prefix(host)? {
        "" if plain => 80,
        "" => 443,
        port => {
            let digits = port.strip_prefix(':')?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??
        }
    };
    Some((Name::parse(host)?, port))
}

/// Who is reached at `host`, as far as its name says.
pub(crate) fn reach_of(host: &str) -> Reach {
    match Name::of_grant(host) {
        Some(Name::Address(address)) => reach(address),
        Some(Name::Dns(name)) if name == "localhost" || name.ends_with(".localhost") => Reach::Private,
        _ => Reach::Public,
    }
}

fn shown(name: &Name, port: u16, plain: bool) -> String {
    format!("{}://{name}:{port}", if plain { "http" } else { "https" })
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosts").field("granted", &self.granted).finish_non_exhaustive()
    }
}
