//! Requests with their caps, deadlines and checks.

use std::cell::RefCell;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Client, Method, StatusCode, Url};
use scorebox_sandbox::{HostGrant, Reach};
use serde::Deserialize;

use super::Network;
use super::challenge::Challenge;
use super::credentials::{Credentials, credentials};
use crate::error::RegistryError;

const CONNECT: Duration = Duration::from_secs(20);
/// Most redirects that are followed.
const MAX_HOPS: usize = 5;
/// Most bytes of an error's text, and of a token.
const MAX_WORDS: usize = 64 << 10;

/// Sends requests to one repository.
pub(super) struct Transport {
    client: Client,
    runtime: tokio::runtime::Runtime,
    host: String,
    repository: String,
    base: Url,
    timeout: Duration,
    /// The header that the registry accepted.
    authorization: RefCell<Option<HeaderValue>>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transport({})", self.base)
    }
}

/// An answer that says yes.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Transport {
    pub(super) fn new(
        host: &str,
        repository: &str,
        base: Url,
        network: Network,
    ) -> Result<Self, RegistryError> {
        let internal = |error: String| RegistryError::Internal(format!("cannot talk to registries: {error}"));
        // It fails where another part of this program has set one, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("scorebox/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT.min(network.timeout));
        if base.scheme() == "http" {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| internal(reason(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| internal(error.to_string()))?;
        Ok(Self {
            client,
            runtime,
            host: host.to_owned(),
            repository: repository.to_owned(),
            base,
            timeout: network.timeout,
            authorization: RefCell::default(),
        })
    }

    /// The body of an answer, which may have `most` bytes.
    pub(super) fn get(&self, url: Url, headers: HeaderMap, most: usize) -> Result<Vec<u8>, RegistryError> {
        self.send(Method::GET, url, headers, None, most).map(|answer| answer.body)
    }

    /// Sends a request, with credentials where the registry wants them, and follows it where it is sent.
    pub(super) fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Option<&[u8]>,
        most: usize,
    ) -> Result<Answer, RegistryError> {
        let shown = shown(&url);
        let work = self.follow(method, url, headers, body, most);
        self.runtime.block_on(async {
            tokio::time::timeout(self.timeout, work)
                .await
                .unwrap_or_else(|_| Err(RegistryError::TooSlow { url: shown, after: self.timeout }))
        })
    }

    async fn follow(
        &self,
        method: Method,
        mut url: Url,
        headers: HeaderMap,
        body: Option<&[u8]>,
        most: usize,
    ) -> Result<Answer, RegistryError> {
        let mut asked = false;
        let mut hops = 0;
        loop {
            let mut request = self.client.request(method.clone(), url.clone()).headers(headers.clone());
            let own = url.origin() == self.base.origin();
            let authorization = self.authorization.borrow().clone();
            if let (true, Some(authorization)) = (own, authorization) {
                request = request.header(AUTHORIZATION, authorization);
            }
            if let Some(body) = body {
                request = request.body(body.to_vec());
            }
            let response = request.send().await.map_err(|error| unreachable(&url, &error))?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && own && !asked {
                asked = true;
                let challenge = response.headers().get_all(WWW_AUTHENTICATE).iter();
                let challenge = challenge.filter_map(|header| Challenge::parse(header.to_str().ok()?)).next();
                let authorization = self.authorize(challenge, &method).await?;
                if let Some(authorization) = authorization {
                    *self.authorization.borrow_mut() = Some(authorization);
                    continue;
                }
            }
            if status.is_redirection() {
                let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                let to = to.and_then(|to| url.join(to).ok()).ok_or_else(|| RegistryError::Protocol {
                    url: shown(&url),
                    reason: format!("it answers {status} and says not where to go"),
                })?;
                hops += 1;
                let refuse = |reason| RegistryError::Redirect { url: shown(&url), to: shown(&to), reason };
                if hops > MAX_HOPS {
                    return Err(refuse("that is one redirect too many"));
                }
                if method != Method::GET && method != Method::HEAD {
                    return Err(refuse("what is published goes to the registry that was named"));
                }
                self.check(&url, &to)?;
                url = to;
                continue;
            }
            let answer_headers = response.headers().clone();
            if !status.is_success() {
                let said = body_of(response, &url, MAX_WORDS).await.unwrap_or_default();
                return Err(self.refused(&url, status, &said, asked));
            }
            let body = body_of(response, &url, most).await?;
            return Ok(Answer { headers: answer_headers, body });
        }
    }

    /// Whether this registry may send on from one address to another.
    pub(super) fn check(&self, from: &Url, to: &Url) -> Result<(), RegistryError> {
        let refuse = |reason| RegistryError::Redirect { url: shown(from), to: shown(to), reason };
        if to.scheme() != "https" && (to.scheme() != "http" || from.scheme() == "https") {
            return Err(refuse("it would leave https"));
        }
        if !to.username().is_empty() || to.password().is_some() {
            return Err(refuse("the address holds a user's name"));
        }
        if to.origin() == self.base.origin() {
            return Ok(());
        }
        match (reach(to), reach(&self.base)) {
            (Reach::Never, _) => Err(refuse("nobody has any business at that address")),
            (Reach::Private, Reach::Public) => Err(refuse("it leads into the network around this machine")),
            _ => Ok(()),
        }
    }

    /// What is to stand in `Authorization`; `None` where nothing is known that would help.
    async fn authorize(
        &self,
        challenge: Option<Challenge>,
        method: &Method,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let credentials = credentials(&self.host)?;
        let basic =
            |name: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
        let value = match (challenge, credentials) {
            (Some(Challenge::Basic), Credentials::Password(name, password)) => basic(&name, &password),
            (Some(Challenge::Bearer { realm, service, scope }), credentials) => {
                let protocol = |reason: String| RegistryError::Protocol { url: shown(&self.base), reason };
                let mut url = Url::parse(&realm)
                    .map_err(|error| protocol(format!("it asks for a token of {realm:.200?}: {error}")))?;
                self.check(&self.base, &url)?;
                let right =
                    if *method == Method::GET || *method == Method::HEAD { "pull" } else { "pull,push" };
                let scope = scope.unwrap_or_else(|| format!("repository:{}:{right}", self.repository));
                let request = match &credentials {
                    Credentials::Token(token) => {
                        let mut form =
                            Url::parse("http://form/").map_err(|error| protocol(error.to_string()))?;
                        form.query_pairs_mut()
                            .append_pair("grant_type", "refresh_token")
                            .append_pair("service", service.as_deref().unwrap_or_default())
                            .append_pair("client_id", "scorebox")
                            .append_pair("scope", &scope)
                            .append_pair("refresh_token", token);
                        self.client
                            .post(url.clone())
                            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                            .body(form.query().unwrap_or_default().to_owned())
                    }
                    credentials => {
                        if let Some(service) = &service {
                            url.query_pairs_mut().append_pair("service", service);
                        }
                        url.query_pairs_mut().append_pair("scope", &scope);
                        let request = self.client.get(url.clone());
                        match credentials {
                            Credentials::Password(name, password) => {
                                request.header(AUTHORIZATION, sensitive(&basic(name, password))?)
                            }
                            _ => request,
                        }
                    }
                };
                let response = request.send().await.map_err(|error| unreachable(&url, &error))?;
                let status = response.status();
                let body = body_of(response, &url, MAX_WORDS).await?;
                if !status.is_success() {
                    return Err(self.refused(&url, status, &body, true));
                }
                let token: Token = serde_json::from_slice(&body)
                    .map_err(|_| protocol(format!("{} answers with no token", shown(&url))))?;
                format!("Bearer {}", token.token)
            }
            _ => return Ok(None),
        };
        sensitive(&value).map(Some)
    }

    fn refused(&self, url: &Url, status: StatusCode, body: &[u8], asked: bool) -> RegistryError {
        let said: String = match serde_json::from_slice::<Errors>(body) {
            Ok(said) => said
                .errors
                .first()
                .map(|said| format!(", {}: {}", clip(&said.code), clip(&said.message)))
                .unwrap_or_default(),
            Err(_) => String::new(),
        };
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if asked => {
                format!("; `docker login {}` gives it credentials that it takes", self.host)
            }
            status if status.is_server_error() => {
                "; the trouble is the registry's, so try again later".to_owned()
            }
            _ => String::new(),
        };
        RegistryError::Status { url: shown(url), status: status.as_u16(), said, hint }
    }
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(200)]
}

fn sensitive(value: &str) -> Result<HeaderValue, RegistryError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| RegistryError::Internal("the credentials hold what no header can".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Who is reached at an address, as far as its name says.
fn reach(url: &Url) -> Reach {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    HostGrant { host, port: 443, plain: false, private: false, headers: Vec::new() }.reach()
}

/// An address without what could be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // An address that has neither stays as it is.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

async fn body_of(mut response: reqwest::Response, url: &Url, most: usize) -> Result<Vec<u8>, RegistryError> {
    let mut body = Vec::with_capacity(most.min(1 << 20));
    while let Some(chunk) = response.chunk().await.map_err(|error| RegistryError::Protocol {
        url: shown(url),
        reason: format!("the answer ends before it is whole: {}", reason(&error)),
    })? {
        if body.len() + chunk.len() > most {
            return Err(RegistryError::TooLarge { url: shown(url), limit: most as u64 });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreachable(url: &Url, error: &reqwest::Error) -> RegistryError {
    let hint = match url.scheme() {
        "https" => " A registry without encryption needs `--plain-http`.",
        _ => "",
    };
    RegistryError::Unreachable { url: shown(url), reason: reason(error), hint }
}

/// The innermost reason, which says most.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
