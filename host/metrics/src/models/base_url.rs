//! Where an API is asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// The base URL of an API, such as `https://api.openai.com/v1`: what stands before `/chat/completions`. A query, which
/// some gateways want, is sent with each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Paths of the APIs' requests, which people copy with the base.
const PATHS: [&str; 4] = ["/chat/completions", "/completions", "/embeddings", "/messages"];

impl BaseUrl {
    /// The URL of one request.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// Whether the requests stay on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let name = host == "localhost" || host.ends_with(".localhost");
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        name || address.is_ok_and(|address| address.is_loopback())
    }

    /// The host's name, without its port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether what is sent can be read on its way.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    /// Says of a wrong one what to write instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| {
            format!("`{text}` is no URL ({error}): write for example `https://api.openai.com/v1`")
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(format!("`{text}` starts with neither `https://` nor `http://` and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL holds a user: write the key as `key: {env: NAME}`".to_owned());
        }
        if url.fragment().is_some() {
            return Err(format!("`{text}` has a `#`, which no API's base URL has"));
        }
        let path = url.path().trim_end_matches('/');
        if let Some(base) = PATHS.iter().find_map(|end| path.strip_suffix(end)) {
            let mut instead = url.clone();
            instead.set_path(base);
            return Err(format!("`{text}` is the URL of a request: write its base, `{instead}`"));
        }
        let mut base = url.clone();
        base.set_path(path);
        Ok(Self(base))
    }
}

/// As a person writes it, without a slash at its end.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_below_the_base() {
        for (base, url) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions"),
            ("http://localhost:8080", "http://localhost:8080/chat/completions"),
            ("https://x.example/a?api-version=3", "https://x.example/a/chat/completions?api-version=3"),
        ] {
            let parsed: BaseUrl = base.parse().unwrap();
            assert_eq!(parsed.join("/chat/completions").as_str(), url);
        }
        assert_eq!(
            "https://api.openai.com/v1/".parse::<BaseUrl>().unwrap().to_string(),
            "https://api.openai.com/v1"
        );
        assert_eq!("http://localhost:8080".parse::<BaseUrl>().unwrap().to_string(), "http://localhost:8080");
    }

    #[test]
    fn wrong_ones_are_refused_with_what_to_write() {
        for (text, part) in [
            ("api.openai.com/v1", "is no URL"),
            ("ftp://example.com", "starts with neither"),
            ("file:///etc/passwd", "starts with neither"),
            ("https://sk-live@api.openai.com/v1", "write the key as"),
            ("https://api.openai.com/v1#x", "has a `#`"),
            ("https://api.openai.com/v1/chat/completions", "its base, `https://api.openai.com/v1`"),
            ("https://api.anthropic.com/v1/messages/", "its base, `https://api.anthropic.com/v1`"),
        ] {
            let message = text.parse::<BaseUrl>().unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        let secret = "https://:sk-live-1234@api.openai.com".parse::<BaseUrl>().unwrap_err();
        assert!(!secret.contains("sk-live"), "{secret}");
    }

    #[test]
    fn loopback_is_this_machine() {
        for (text, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("http://local.example", false),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().is_loopback(), loopback, "{text}");
        }
    }
}
