//! Files over HTTP: bounded in bytes and time, and never redirected to where they would travel in the clear.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::runtime::Runtime;

use super::StoreError;

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(20);
/// The longest pause in what a server sends.
const PAUSE: Duration = Duration::from_secs(60);
/// For one file.
const WHOLE: Duration = Duration::from_secs(3600);

/// Fetches files, one at a time.
#[derive(Debug)]
pub(super) struct Downloads {
    client: Client,
    runtime: Runtime,
}

/// What came of asking for a file.
#[derive(Debug)]
pub(super) enum Fetched {
    /// It is whole.
    Whole {
        /// What the server says beside it.
        headers: HeaderMap,
    },
    /// The server has no such file.
    Missing,
}

impl Downloads {
    pub(super) fn new() -> Result<Self, StoreError> {
        let broken = |reason: String| StoreError::Unreachable { url: "HTTP".to_owned(), reason };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| broken(format!("{error}; name a file of root certificates in SSL_CERT_FILE")))?;
        let follow = redirect::Policy::custom(|attempt| {
            let was_secret = attempt.previous().first().is_some_and(|url| url.scheme() == "https");
            if attempt.previous().len() > 5 {
                attempt.error("more than five redirects")
            } else if was_secret && attempt.url().scheme() != "https" {
                attempt.error("a redirect away from https")
            } else {
                attempt.follow()
            }
        });
        let client = Client::builder()
            .tls_backend_preconfigured(tls.with_no_client_auth())
            .redirect(follow)
            .connect_timeout(CONNECT)
            .read_timeout(PAUSE)
            .timeout(WHOLE)
            .user_agent(concat!("scorebox/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| broken(described(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| broken(error.to_string()))?;
        Ok(Self { client, runtime })
    }

    /// Writes what is at `url`, at most `most` bytes, into `sink`.
    pub(super) fn fetch(
        &self,
        url: &Url,
        accept: Option<&str>,
        most: u64,
        sink: &mut dyn Write,
    ) -> Result<Fetched, StoreError> {
        self.runtime.block_on(async {
            let mut request = self.client.get(url.clone());
            if let Some(accept) = accept {
                request = request.header(ACCEPT, accept);
            }
            let failed = |reason: String| StoreError::Unreachable { url: url.to_string(), reason };
            let response = request.send().await.map_err(|error| failed(described(&error)))?;
            match response.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Ok(Fetched::Missing),
                status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                    let reason = format!(
                        "access is refused ({}): is the name right, and the model open to all?",
                        status.as_u16()
                    );
                    return Err(failed(reason));
                }
                status => return Err(failed(format!("the server says {status}"))),
            }
            let headers = response.headers().clone();
            copy(response, most, sink).await.map_err(failed)?;
            Ok(Fetched::Whole { headers })
        })
    }
}

async fn copy(mut response: Response, most: u64, sink: &mut dyn Write) -> Result<(), String> {
    let too_long = || format!("it is longer than the {most} bytes that it may have");
    let announced = response.content_length();
    if announced.is_some_and(|length| length > most) {
        return Err(too_long());
    }
    let mut length = 0;
    while let Some(chunk) = response.chunk().await.map_err(|error| described(&error))? {
        length += chunk.len() as u64;
        if length > most {
            return Err(too_long());
        }
        sink.write_all(&chunk).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// An error with its innermost cause; the outermost only repeats the URL.
fn described(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}
