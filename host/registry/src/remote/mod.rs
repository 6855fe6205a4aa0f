//! Asks a registry on the network, as the OCI distribution specification has it.
//!
//! A registry is a stranger. Whatever it sends has a cap in bytes and a deadline, and a digest that it is held against.
//! Where it sends to another address, that is followed only if it gives nothing away: not from https to http, not from
//! the internet into the network around this machine, never to where clouds keep their metadata, and without credentials.

mod challenge;
mod credentials;
mod transport;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Url};
use serde::Deserialize;

use crate::artifact::{self, INDEX_TYPE, Index, MANIFEST, MAX_MANIFEST_BYTES};
use crate::error::RegistryError;
use crate::remote::transport::Transport;

/// Largest list of tags, or index, that is read.
const MAX_LIST_BYTES: usize = 4 << 20;

/// How registries are talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Without encryption, also where the registry is not on this machine.
    pub plain: bool,
    /// Wall-clock time for one question with its whole answer.
    pub timeout: Duration,
}

impl Default for Network {
    /// Encrypted, 10 minutes.
    fn default() -> Self {
        Self { plain: false, timeout: Duration::from_secs(600) }
    }
}

/// One repository of one registry.
#[derive(Debug)]
pub(crate) struct Remote {
    transport: Transport,
    /// `https://ghcr.io/v2/acme/no-jargon/`.
    base: Url,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl Remote {
    pub(crate) fn new(host: &str, repository: &str, network: Network) -> Result<Self, RegistryError> {
        let name = host.split(':').next().unwrap_or_default();
        let here = name == "localhost" || name == "127.0.0.1";
        let scheme = if network.plain || here { "http" } else { "https" };
        // What people call Docker's registry is another machine.
        let address = if host == "docker.io" { "registry-1.docker.io" } else { host };
        let base = Url::parse(&format!("{scheme}://{address}/v2/{repository}/"));
        let base = base.map_err(|error| RegistryError::Internal(format!("{host}/{repository}: {error}")))?;
        let transport = Transport::new(host, repository, base.clone(), network)?;
        Ok(Self { transport, base })
    }

    fn url(&self, path: &str) -> Result<Url, RegistryError> {
        self.base.join(path).map_err(|error| RegistryError::Internal(format!("{path}: {error}")))
    }

    /// The bytes of a manifest, by tag or digest.
    pub(crate) fn manifest(&self, wanted: &str) -> Result<Vec<u8>, RegistryError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(MANIFEST));
        let url = self.url(&format!("manifests/{wanted}"))?;
        self.transport.get(url, headers, MAX_MANIFEST_BYTES)
    }

    /// The artifacts that refer to that with this digest: by the registry's own list, or where it keeps none, under the tag
    /// that is called after the digest.
    pub(crate) fn referrers(&self, digest: &str) -> Result<Index, RegistryError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(INDEX_TYPE));
        let get = |path: String| self.transport.get(self.url(&path)?, headers.clone(), MAX_LIST_BYTES);
        match get(format!("referrers/{digest}")) {
            // Whoever knows nothing of such lists may answer with anything.
            Ok(bytes) => {
                if let Ok(index) = artifact::index(&bytes) {
                    return Ok(index);
                }
            }
            Err(RegistryError::Status { status: 400 | 404 | 405 | 501, .. }) => {}
            Err(error) => return Err(error),
        }
        let tag = artifact::referrers_tag(digest);
        match get(format!("manifests/{tag}")) {
            Err(error) if error.is_not_found() => Ok(Index::default()),
            bytes => artifact::index(&bytes?)
                .map_err(|reason| RegistryError::NotAPlugin { reference: tag.clone(), reason }),
        }
    }

    /// The bytes of a blob of this size, which are not yet held against its digest.
    pub(crate) fn blob(&self, digest: &str, size: usize) -> Result<Vec<u8>, RegistryError> {
        let url = self.url(&format!("blobs/{digest}"))?;
        self.transport.get(url, HeaderMap::new(), size)
    }

    /// The repository's tags, as far as they come in one answer.
    pub(crate) fn tags(&self) -> Result<Vec<String>, RegistryError> {
        let url = self.url("tags/list")?;
        let body = self.transport.get(url.clone(), HeaderMap::new(), MAX_LIST_BYTES)?;
        let tags: Tags = serde_json::from_slice(&body).map_err(|error| RegistryError::Protocol {
            url: url.to_string(),
            reason: format!("its list of tags cannot be read: {error}"),
        })?;
        Ok(tags.tags.unwrap_or_default())
    }

    pub(crate) fn push_blob(&self, digest: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let url = self.url(&format!("blobs/{digest}"))?;
        match self.transport.send(Method::HEAD, url, HeaderMap::new(), None, 0) {
            Ok(_) => return Ok(()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        let start = self.url("blobs/uploads/")?;
        let answer =
            self.transport.send(Method::POST, start.clone(), HeaderMap::new(), None, MAX_LIST_BYTES)?;
        let protocol =
            |reason: &str| RegistryError::Protocol { url: start.to_string(), reason: reason.to_owned() };
        let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.ok_or_else(|| protocol("it does not say where to upload to"))?;
        let mut upload = start.join(location).map_err(|_| protocol("it names no address to upload to"))?;
        self.transport.check(&start, &upload)?;
        upload.query_pairs_mut().append_pair("digest", digest);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        self.transport.send(Method::PUT, upload, headers, Some(bytes), MAX_LIST_BYTES)?;
        Ok(())
    }

    pub(crate) fn push_manifest(&self, wanted: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MANIFEST));
        let url = self.url(&format!("manifests/{wanted}"))?;
        self.transport.send(Method::PUT, url, headers, Some(bytes), MAX_LIST_BYTES)?;
        Ok(())
    }
}

/// A file at an address, such as the index of a registry.
pub(crate) fn file(url: &Url, network: Network) -> Result<Vec<u8>, RegistryError> {
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let transport = Transport::new(&host, "", url.clone(), network)?;
    transport.get(url.clone(), HeaderMap::new(), MAX_LIST_BYTES)
}
