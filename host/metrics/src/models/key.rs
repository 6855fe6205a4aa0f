//! The key of an API, from where it is kept to the header that carries it.

use std::fmt;
use std::path::PathBuf;

use reqwest::header::HeaderValue;

/// Where a key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a variable of the environment.
    Env(String),
    /// Alone in a file; blanks around it do not count.
    File(PathBuf),
}

/// Bytes of a key's file.
const MOST: u64 = 16 << 10;

impl KeySource {
    /// Reads the key.
    ///
    /// # Errors
    ///
    /// What is missing or wrong, without the key.
    pub fn read(&self) -> Result<ApiKey, String> {
        let text = match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(text) => text,
                Err(std::env::VarError::NotPresent) => {
                    return Err(format!("the variable `{name}` is not set"));
                }
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(format!("the variable `{name}` holds no text"));
                }
            },
            Self::File(path) => {
                let shown = path.display();
                let about = std::fs::metadata(path)
                    .map_err(|error| format!("cannot read the key in {shown}: {error}"))?;
                if !about.is_file() || about.len() > MOST {
                    return Err(format!("{shown} holds no key: it is no file, or a larger one than any key"));
                }
                std::fs::read_to_string(path)
                    .map_err(|error| format!("cannot read the key in {shown}: {error}"))?
            }
        };
        ApiKey::new(&text).ok_or_else(|| {
            format!("{self} holds no key: it is empty, or has characters that no header can carry")
        })
    }

    /// Whether there is one at all: a variable that is set, a file that is there.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Env(name) => std::env::var_os(name).is_some_and(|value| !value.is_empty()),
            Self::File(path) => path.exists(),
        }
    }
}

/// `$OPENAI_API_KEY`, or the file's path.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "${name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A key, which nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key in `text`, unless no header could carry it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let sound = !text.is_empty() && text.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        sound.then(|| Self(text.to_owned()))
    }

    /// The text itself, for taking it out of what is shown.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// A header's value with the key behind `scheme`.
    pub(super) fn header(&self, scheme: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{scheme}{}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, "  sk-live-1234\n").unwrap();
        let key = KeySource::File(path.clone()).read().unwrap();
        assert_eq!(key.secret(), "sk-live-1234");
        assert_eq!(format!("{key:?}"), "[redacted]");
        assert!(!format!("{:?}", key.header("Bearer ").unwrap()).contains("live"));
        std::fs::write(&path, "sk live\u{7f}").unwrap();
        let message = KeySource::File(path).read().unwrap_err();
        assert!(message.contains("holds no key") && !message.contains("live"), "{message}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = KeySource::Env("SCOREBOX_NO_SUCH_KEY".to_owned()).read().unwrap_err();
        assert_eq!(message, "the variable `SCOREBOX_NO_SUCH_KEY` is not set");
        assert!(!KeySource::Env("SCOREBOX_NO_SUCH_KEY".to_owned()).is_there());
        let message = KeySource::File("/no/such/key".into()).read().unwrap_err();
        assert!(message.contains("/no/such/key"), "{message}");
        assert!(KeySource::File("/dev/zero".into()).read().is_err(), "what has no end is not read");
    }
}
