//! Keeps the secrets of a plugin's grants out of everything that the plugin says, and out of what servers tell it.

use std::fmt::Write;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::Grants;
use crate::limits::MIN_SECRET_BYTES;

/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Secrets in the spellings that they are known in: as they are, percent-encoded, and as a part of something in base64.
#[derive(Debug, Default)]
pub struct Secrets(Option<Spellings>);

struct Spellings {
    all: Vec<Vec<u8>>,
    finder: AhoCorasick,
}

impl Secrets {
    pub(crate) fn of(grants: &Grants) -> Self {
        let headers = grants.http.iter().flat_map(|grant| &grant.headers);
        Self::new(headers.flat_map(|header| &header.secrets).map(String::as_str))
    }

    /// Those of these texts that are long enough to be told from ordinary words.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut all: Vec<Vec<u8>> = secrets
            .map(str::trim)
            .filter(|secret| secret.len() >= MIN_SECRET_BYTES)
            .flat_map(spellings)
            .collect();
        all.sort_unstable();
        all.dedup();
        if all.is_empty() {
            return Self(None);
        }
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&all);
        // Only more secrets than memory holds fail to build.
        Self(finder.ok().map(|finder| Spellings { all, finder }))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Replaces the secrets in a text that leaves the sandbox.
    pub fn redact(&self, text: &mut String) {
        if let Some(known) = &self.0
            && known.finder.is_match(text.as_str())
        {
            let mut redacted = String::with_capacity(text.len());
            known.finder.replace_all_with(text, &mut redacted, |_, _, out| {
                out.push_str(REDACTED);
                true
            });
            *text = redacted;
        }
    }

    /// Replaces the secrets in what a plugin is told, without changing its length, which may have been announced.
    pub(crate) fn mask(&self, bytes: &mut [u8]) {
        let Some(known) = &self.0 else { return };
        let found: Vec<_> = known.finder.find_iter(&*bytes).map(|found| found.range()).collect();
        for range in found {
            bytes[range].fill(b'*');
        }
    }

    /// How many bytes at the end of `bytes` may be the beginning of a secret.
    pub(crate) fn begun(&self, bytes: &[u8]) -> usize {
        let all = self.0.as_ref().map_or(&[][..], |known| &known.all);
        let begun = |secret: &Vec<u8>| {
            let most = bytes.len().min(secret.len() - 1);
            (1..=most).rev().find(|&length| bytes.ends_with(&secret[..length]))
        };
        all.iter().filter_map(begun).max().unwrap_or(0)
    }
}

fn spellings(secret: &str) -> impl Iterator<Item = Vec<u8>> {
    let percent = [true, false].map(|upper| {
        secret.bytes().fold(String::new(), |mut text, byte| {
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let _ = match (plain, upper) {
                (true, _) => write!(text, "{}", char::from(byte)),
                (false, true) => write!(text, "%{byte:02X}"),
                (false, false) => write!(text, "%{byte:02x}"),
            };
            text
        })
    });
    let encoded = (0..3).flat_map(|offset| [BASE64, BASE64_URL].map(|digits| base64(secret, offset, digits)));
    let plain = std::iter::once(secret.as_bytes().to_vec());
    plain.chain(percent.map(String::into_bytes)).chain(encoded.collect::<Vec<_>>())
}

/// The digits that `secret` alone decides, where it stands `offset` bytes into what is encoded.
fn base64(secret: &str, offset: usize, digits: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| secret.as_bytes()[at / 8] >> (7 - at % 8) & 1;
    let before = offset * 8;
    (before.div_ceil(6)..(before + secret.len() * 8) / 6)
        .map(|digit| (0..6).fold(0, |value, place| value << 1 | usize::from(bit(digit * 6 + place - before))))
        .map(|value| digits[value])
        .collect()
}

impl std::fmt::Debug for Spellings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sk-live/4f+9Z==";

    fn redacted(text: &str) -> String {
        let mut text = text.to_owned();
        Secrets::new([SECRET, "short"].into_iter()).redact(&mut text);
        text
    }

    #[test]
    fn every_spelling_is_redacted_wherever_it_stands() {
        for text in [
            SECRET,
            "sk-live%2F4f%2B9Z%3D%3D",
            "sk-live%2f4f%2b9Z%3d%3d",
            // base64 of "", "a", "ab" and "abc", each with the secret and "!" behind it.
            "c2stbGl2ZS80Zis5Wj09IQ==",
            "YXNrLWxpdmUvNGYrOVo9PSE=",
            "YWJzay1saXZlLzRmKzlaPT0h",
            "YWJjc2stbGl2ZS80Zis5Wj09IQ==",
        ] {
            let left = redacted(&format!("It says {text}, no?")).replace(REDACTED, "");
            // Of base64, the digits at both ends are decided by the neighbours as well.
            assert!(left.len() <= "It says , no?".len() + 8, "{left}");
        }
        assert_eq!(redacted("a short secret, sk-live/4f+9Z="), "a short secret, sk-live/4f+9Z=");
        assert_eq!(redacted(&SECRET.repeat(2)), REDACTED.repeat(2));
    }

    #[test]
    fn what_a_server_echoes_keeps_its_length() {
        let secrets = Secrets::new([SECRET].into_iter());
        let mut echo = format!("got {SECRET}!").into_bytes();
        secrets.mask(&mut echo);
        assert_eq!(echo, b"got ***************!");
    }

    #[test]
    fn a_secret_that_is_cut_is_held_back_to_its_first_byte() {
        let secrets = Secrets::new([SECRET].into_iter());
        for cut in 1..SECRET.len() {
            assert_eq!(secrets.begun(format!("got {}", &SECRET[..cut]).as_bytes()), cut);
        }
        assert_eq!(secrets.begun(b"got nothing"), 0);
        assert_eq!(Secrets::default().begun(b"sk"), 0);
    }

    #[test]
    fn nothing_shows_a_secret() {
        assert!(!format!("{:?}", Secrets::new([SECRET].into_iter())).contains("live"));
    }
}
