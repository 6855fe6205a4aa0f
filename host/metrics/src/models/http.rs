//! One request and its reply: bounded in bytes and time, without redirects and proxies, and with errors that say what to do.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use serde_json::Value;

use super::{BaseUrl, retry};

/// Bytes of an error's body that are looked at.
const ERROR: usize = 64 << 10;
/// Characters of a server's own words that are shown.
const WORDS: usize = 400;
/// Time to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a request gave nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    /// For a person.
    pub(super) reason: String,
    /// Whether the same request may go better later.
    pub(super) passing: bool,
    /// When the server wants to be asked again.
    pub(super) after: Option<Duration>,
    /// Whether the server may have done, and charged for, what was asked.
    pub(super) charged: bool,
    /// Whether the server is asked too much.
    pub(super) crowded: bool,
}

impl Failure {
    /// Asking again is of no use.
    pub(super) fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), passing: false, after: None, charged: false, crowded: false }
    }

    /// Asking again may help, and this one may be charged.
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self { passing: true, charged: true, ..Self::lasting(reason) }
    }

    pub(super) fn charged(self) -> Self {
        Self { charged: true, ..self }
    }
}

/// A client for all APIs.
pub(super) fn client() -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| format!("{error}; name a file of root certificates in SSL_CERT_FILE"))?;
    let client = Client::builder()
        .tls_backend_preconfigured(tls.with_no_client_auth())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .user_agent(concat!("scorebox/", env!("CARGO_PKG_VERSION")))
        .build();
    client.map_err(|error| described(&error))
}

/// What is asked of whom, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) base: &'a BaseUrl,
    pub(super) model: &'a str,
    /// Where the key is kept, in words.
    pub(super) key: Option<&'a str>,
}

/// Posts `body`, and gives the reply's: at most `most` bytes, whole, before `timeout`.
pub(super) async fn post(
    client: &Client,
    (url, headers, body): (Url, HeaderMap, Vec<u8>),
    (timeout, most): (Duration, usize),
    target: Target<'_>,
) -> Result<Vec<u8>, Failure> {
    let exchange = async {
        let sent =
            client.post(url).headers(headers).header(CONTENT_TYPE, "application/json").body(body).send();
        let response = sent.await.map_err(|error| not_sent(&error, target))?;
        if response.status().is_success() {
            return body_of(response, most, target).await;
        }
        Err(refusal(response, target).await)
    };
    let late = || {
        let base = target.base;
        let seconds = timeout.as_secs_f64();
        Failure::passing(format!(
            "{base} gave no whole reply within {seconds} s; a slow model needs a longer `timeout`"
        ))
    };
    tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| Err(Failure { crowded: true, ..late() }))
}

async fn body_of(mut response: Response, most: usize, target: Target<'_>) -> Result<Vec<u8>, Failure> {
    let base = target.base;
    let too_long = || {
        let limit = most >> 20;
        Failure::lasting(format!("{base} replied with more than {limit} MiB, which is no answer")).charged()
    };
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > most => return Err(too_long()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => {
                let why = described(&error);
                return Err(Failure::passing(format!("{base} broke off in the middle of its reply: {why}")));
            }
        }
    }
}

/// The JSON of a reply.
pub(super) fn json(body: &[u8], target: Target<'_>) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let base = target.base;
        if looks_like_html(body) {
            return Failure::lasting(format!(
                "{base} replied with a web page: is this the API's base URL? it usually ends in /v1"
            ));
        }
        Failure::passing(format!("{base} replied with what is not JSON ({error}): {}", excerpt(body)))
    })
}

fn not_sent(error: &reqwest::Error, target: Target<'_>) -> Failure {
    let base = target.base;
    let why = described(error);
    if error.is_connect() {
        let hint = "is the server running, and the base URL right?";
        return Failure {
            charged: false,
            ..Failure::passing(format!("cannot connect to {base}: {why}; {hint}"))
        };
    }
    Failure::passing(format!("{base} gave no reply: {why}"))
}

/// What a reply that is no success says.
async fn refusal(mut response: Response, target: Target<'_>) -> Failure {
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ERROR {
            break;
        }
    }
    let Target { base, model, key } = target;
    let said = said(&body);
    let colon = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
    let words = colon(&said.message);
    let code = status.as_u16();
    match status {
        _ if status.is_redirection() => {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).map(|to| excerpt(to.as_bytes()));
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            Failure::lasting(format!(
                "{base} redirects{to} ({code}), which is not followed: write the base URL of the API itself, it usually ends in /v1"
            ))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let hint = match key {
                Some(key) => format!("is the key in {key} the right one?"),
                None => "the model has no `key`: write `key: {env: NAME}` with the variable that holds it"
                    .to_owned(),
            };
            Failure::lasting(format!("{base} refuses access ({code}){words}; {hint}"))
        }
        StatusCode::NOT_FOUND => Failure::lasting(format!(
            "{base} knows no such model or path (404){words}; is `{model}` a model there, and this the API's base URL? it \
             usually ends in /v1"
        )),
        StatusCode::TOO_MANY_REQUESTS if said.no_credit => {
            Failure::lasting(format!("{base} refuses: the account has no credit (429){words}"))
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Failure {
            after: after(&headers),
            charged: false,
            crowded: true,
            ..Failure::passing(format!("{base} is asked too much ({code}){words}"))
        },
        _ if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => Failure {
            after: after(&headers),
            charged: false,
            crowded: true,
            ..Failure::passing(format!("{base} has an error of its own ({code}){words}"))
        },
        _ => Failure::lasting(format!("{base} refuses the request ({code}){words}")),
    }
}

fn after(headers: &HeaderMap) -> Option<Duration> {
    retry::after(headers.get(RETRY_AFTER)?.to_str().ok()?, SystemTime::now())
}

/// What a server says of an error.
struct Said {
    message: String,
    no_credit: bool,
}

fn said(body: &[u8]) -> Said {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let message = if looks_like_html(body) { "a web page".to_owned() } else { excerpt(body) };
        return Said { message, no_credit: false };
    };
    let error = value.get("error").unwrap_or(&value);
    let message = [error.get("message"), Some(error), value.get("detail"), value.get("message")];
    let message = message.into_iter().flatten().find_map(Value::as_str).map(str::to_owned);
    let message = message.unwrap_or_else(|| error.to_string());
    let code = ["code", "type"].into_iter().filter_map(|name| error.get(name)?.as_str());
    let no_credit = code.into_iter().any(|code| code == "insufficient_quota");
    Said { message: excerpt(message.as_bytes()), no_credit }
}

fn looks_like_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    start.first() == Some(&b'<')
}

/// The beginning of a stranger's text, in one line.
pub(super) fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(8 * WORDS)]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// An error with its causes; the outermost of reqwest only repeats the URL.
fn described(error: &reqwest::Error) -> String {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let last = causes.by_ref().last();
    last.map_or_else(|| error.to_string(), ToString::to_string)
}
