//! References: which plugin, in which version, from where.
//!
//! ```text
//! ghcr.io/acme/no-jargon:1.2.0              a registry, by version
//! ghcr.io/acme/no-jargon@sha256:…           the same, by digest, which no tag can move
//! dir:/srv/plugins#no-jargon:1.2.0          an OCI image layout, which is a plain directory
//! file:vendor/no-jargon.wasm                a component's file
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::digest;

/// Most bytes of a reference.
const MAX_BYTES: usize = 1024;
const EXAMPLES: &str = "write for example `ghcr.io/acme/no-jargon:1.2.0`, `dir:/srv/plugins#no-jargon:1.2.0` or `file:no-jargon.wasm`";

/// Which plugin, in which version, from where. Two references are the same if they are written the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Where from.
    pub place: Place,
    /// The version, or another name that can be moved.
    pub tag: Option<String>,
    /// `sha256:` of the manifest, which cannot.
    pub digest: Option<String>,
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A registry on the network.
    Remote {
        /// Name and, where it has one, port: `ghcr.io`, `localhost:5000`.
        host: String,
        /// `acme/no-jargon`.
        repository: String,
    },
    /// An OCI image layout.
    Directory {
        /// The directory that holds `oci-layout`.
        directory: PathBuf,
        /// What the plugin is called in there.
        name: String,
    },
    /// A component's file.
    File(PathBuf),
}

/// Not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no reference of a plugin: {reason}; {EXAMPLES}")]
pub struct ReferenceError {
    text: String,
    reason: String,
}

impl Reference {
    /// The tag or digest that a registry is asked for; of two, the digest.
    pub(crate) fn wanted(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or_default()
    }

    /// A component's file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(path.into()), tag: None, digest: None }
    }

    /// The registry, with what of it is meant: `ghcr.io/acme/no-jargon`; `files` for directories and files.
    pub fn registry(&self) -> String {
        match &self.place {
            Place::Remote { host, repository } => format!("{host}/{repository}"),
            Place::Directory { .. } | Place::File(_) => "files".to_owned(),
        }
    }

    /// What a file or directory that is named relative to `base` is called from here.
    #[must_use]
    pub(crate) fn from(&self, base: &Path) -> Self {
        let mut reference = self.clone();
        match &mut reference.place {
            Place::Remote { .. } => {}
            Place::Directory { directory: path, .. } | Place::File(path) => {
                *path = if path == Path::new(".") { base.to_owned() } else { base.join(&*path) };
            }
        }
        reference
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let error = |reason: &str| ReferenceError {
            text: text[..text.floor_char_boundary(200)].to_owned(),
            reason: reason.to_owned(),
        };
        if text.len() > MAX_BYTES {
            return Err(error("it has more than 1,024 bytes"));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(error("it holds a space or a control character"));
        }
        if let Some(path) = text.strip_prefix("file:") {
            if path.is_empty() {
                return Err(error("it names no file"));
            }
            return Ok(Self { place: Place::File(path.into()), tag: None, digest: None });
        }
        let (rest, digest) = match text.rsplit_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| digest::hex(digest).is_none()) {
            return Err(error("behind `@` stands no digest, which is `sha256:` and 64 digits"));
        }
        let (place, tag) = match rest.strip_prefix("dir:") {
            Some(rest) => {
                let (directory, name) =
                    rest.split_once('#').ok_or_else(|| error("a directory needs `#` and a plugin's name"))?;
                let (name, tag) = split_tag(name);
                if directory.is_empty() {
                    return Err(error("it names no directory"));
                }
                let name = repository(name).map_err(|reason| error(&reason))?;
                (Place::Directory { directory: directory.into(), name }, tag)
            }
            None => {
                let (host, path) = rest
                    .split_once('/')
                    .ok_or_else(|| error("a registry needs `/` and a plugin's name behind it"))?;
                let (path, tag) = split_tag(path);
                let repository = repository(path).map_err(|reason| error(&reason))?;
                let host = registry_host(host).map_err(|reason| error(&reason))?;
                (Place::Remote { host, repository }, tag)
            }
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(error(
                "the tag behind `:` may have 128 letters, digits, dots, dashes and underscores",
            ));
        }
        if tag.is_none() && digest.is_none() {
            return Err(error("it names neither a version nor a digest"));
        }
        Ok(Self { place, tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
    }
}

fn split_tag(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (path, None),
    }
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && tag.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A path as the distribution specification has them.
fn repository(path: &str) -> Result<String, String> {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| {
        part.bytes().next().is_some_and(lower)
            && part.bytes().last().is_some_and(lower)
            && !part.contains("..")
            && part.bytes().all(|byte| lower(byte) || b"._-".contains(&byte))
    };
    if path.len() <= 255 && path.split('/').all(part) {
        return Ok(path.to_owned());
    }
    Err(format!(
        "{path:.80?} is no name: it may have lower-case letters, digits, and single `/`, `.`, `_` and `-` between"
    ))
}

fn registry_host(host: &str) -> Result<String, String> {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let parts =
        name.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'));
    let port_is_sound = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let known = name == "localhost" || name.contains('.') || port.is_some();
    if name.len() <= 253 && letters && parts && port_is_sound && known {
        return Ok(host.to_ascii_lowercase());
    }
    Err(format!("{host:.80?} is no registry's host, such as `ghcr.io` or `localhost:5000`"))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Remote { host, repository } => write!(f, "{host}/{repository}")?,
            Place::Directory { directory, name } => write!(f, "dir:{}#{name}", directory.display())?,
            Place::File(path) => write!(f, "file:{}", path.display())?,
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for text in [
            "ghcr.io/acme/no-jargon:1.2.0".to_owned(),
            "localhost:5000/a/b-c/d.e:latest".to_owned(),
            format!("127.0.0.1:5000/x@{digest}"),
            format!("ghcr.io/x:1@{digest}"),
            "dir:/srv/plugins#no-jargon:1.2.0".to_owned(),
            "dir:../plugins#team/no-jargon:v1".to_owned(),
            "file:vendor/no-jargon.wasm".to_owned(),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_none_and_says_why() {
        for (text, reason) in [
            ("ghcr.io/acme/no-jargon", "neither a version nor a digest"),
            ("no-jargon:1.2.0", "needs `/`"),
            ("acme/no-jargon:1", "no registry's host"),
            ("ghcr.io/Acme/x:1", "is no name"),
            ("ghcr.io/../x:1", "is no name"),
            ("ghcr.io/a//x:1", "is no name"),
            ("ghcr.io/a/x:", "tag behind"),
            ("ghcr.io/a/x:a/b", "tag behind"),
            ("ghcr.io/a/x@sha256:12", "no digest"),
            ("ghcr.io:99999/a/x:1", "no registry's host"),
            ("user@ghcr.io/a/x:1", "no digest"),
            ("dir:/srv:1", "`#`"),
            ("file:", "no file"),
            ("ghcr.io/a/x :1", "space"),
            ("", "needs `/`"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("write for example"), "{text}: {error}");
        }
    }
}
