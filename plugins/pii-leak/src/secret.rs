//! Secrets: tokens that providers give a recognisable form, private keys, and values that are assigned to something
//! called a password or a key and look random enough to be one.

use std::ops::Range;

use regex_automata::meta::{BuildError, Regex};

use crate::leak::Leak;
use crate::settings::Kind;

/// A form of token: what it is, how many characters of it everybody's tokens share, and its pattern.
struct Form {
    what: &'static str,
    shown: usize,
    pattern: &'static str,
}

const FORMS: [Form; 14] = [
    Form {
        what: "an AWS access key",
        shown: 4,
        pattern: r"(?-u:\b)(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?-u:\b)",
    },
    Form { what: "an API key", shown: 3, pattern: r"(?-u:\b)sk-[A-Za-z0-9_-]{18,}" },
    Form { what: "a Stripe key", shown: 8, pattern: r"(?-u:\b)[rs]k_(?:live|test)_[A-Za-z0-9]{16,}" },
    Form { what: "a webhook secret", shown: 6, pattern: r"(?-u:\b)whsec_[A-Za-z0-9+/]{16,}=*" },
    Form { what: "a GitHub token", shown: 4, pattern: r"(?-u:\b)gh[pousr]_[A-Za-z0-9]{30,}" },
    Form { what: "a GitHub token", shown: 11, pattern: r"(?-u:\b)github_pat_[A-Za-z0-9_]{22,}" },
    Form { what: "a GitLab token", shown: 6, pattern: r"(?-u:\b)glpat-[A-Za-z0-9_-]{20,}" },
    Form { what: "a Slack token", shown: 5, pattern: r"(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}" },
    Form {
        what: "a Slack webhook",
        shown: 24,
        pattern: r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    },
    Form { what: "a Google API key", shown: 4, pattern: r"(?-u:\b)AIza[A-Za-z0-9_-]{35}" },
    Form { what: "a SendGrid key", shown: 3, pattern: r"(?-u:\b)SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}" },
    Form { what: "an access token", shown: 3, pattern: r"(?-u:\b)(?:npm|hf|dop_v1)_[A-Za-z0-9]{30,}" },
    Form {
        what: "a JSON Web Token",
        shown: 3,
        pattern: r"(?-u:\b)eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
    },
    Form {
        what: "a private key",
        shown: 0,
        pattern: r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    },
];

/// Bits of Shannon entropy per character from which an assigned value counts as random. English words stay below 3,
/// and a value of eight different characters just reaches it.
const RANDOM: f64 = 3.0;

/// The same for tokens, of which the form alone says much: it tells `sk-xxxxxxxx` from a key.
const RANDOM_TOKEN: f64 = 2.5;

/// Parts of values that stand for a secret instead of being one.
const PLACEHOLDERS: [&str; 12] = [
    "your",
    "example",
    "changeme",
    "change_me",
    "placeholder",
    "xxxx",
    "****",
    "redacted",
    "dummy",
    "insert",
    "process.env",
    "os.environ",
];

/// Texts that use most characters and words of an answer, with and without a secret.
const WARM_UP: [&str; 3] = [
    "The quick brown fox jumps over the lazy dog. Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich! (1234567890)",
    "Is your API key, token or password wrong? Password: Tr0ub4dor&3, api_key=\"4f9a8b7c6d5e\"; Authorization: Bearer 4f9a8b7c6d5e",
    "sk-4f9a8b7c6d5e4f3a2b1c AKIAIOSFODNN7QWERTYU ghp_4f9a8b7c6d5e4f3a2b1c4f9a8b7c6d5e https://user:secret1@acme.example/a-b_c?d=e",
];

/// Looks for secrets.
pub(crate) struct Secrets {
    forms: Regex,
    /// Each pattern has the secret in its only group.
    assignments: Regex,
}

impl Secrets {
    pub(crate) fn new() -> Result<Self, String> {
        let value = r#"([^ \t\r\n\u{a0}"'`,;<>(){}\[\]|]{8,256})"#;
        let name = "(?i-u:api[_ -]?key|(?:access|secret|private|account|encryption|signing)[_ -]?key|secret|token\
                    |password|passwd|passphrase|pwd|passwort|kennwort|mot de passe|contraseña)";
        let patterns = [
            format!(
                r#"{name}["'`*]{{0,4}}[ \t]*(?:=>|:=|==|[:=]| is | ist | lautet )["'`* \t]{{0,6}}{value}"#
            ),
            r"(?i-u:\bbearer) +([A-Za-z0-9._~+/-]{20,512}=*)".to_owned(),
            r"(?-u:\b)[A-Za-z][A-Za-z0-9+.-]{1,20}://[A-Za-z0-9._%+-]{0,64}:([^ \t\r\n/@]{3,256})@"
                .to_owned(),
        ];
        let say = |error: BuildError| format!("a built-in pattern is wrong: {error}");
        let forms = Regex::new_many(&FORMS.map(|form| form.pattern)).map_err(say)?;
        let assignments = Regex::new_many(&patterns).map_err(say)?;
        // Searching builds the automata piece by piece. What is built here, every sample starts with.
        for text in WARM_UP {
            forms.find_iter(text).count();
            assignments.captures_iter(text).count();
        }
        Ok(Self { forms, assignments })
    }

    /// The secrets in `text`, from left to right; none overlap.
    pub(crate) fn find(&self, text: &str) -> Vec<Leak> {
        let mut leaks = self.tokens(text);
        let tokens = leaks.len();
        for (bytes, what) in self.assigned(text) {
            if leaks[..tokens]
                .iter()
                .all(|leak| leak.bytes.end <= bytes.start || bytes.end <= leak.bytes.start)
            {
                leaks.push(leak(text, bytes, what, 0));
            }
        }
        leaks.sort_by_key(|leak| leak.bytes.start);
        leaks
    }

    fn tokens(&self, text: &str) -> Vec<Leak> {
        let mut leaks = Vec::new();
        let mut from = 0;
        while let Some(found) = self.forms.find_iter(&text[from..]).next() {
            let form = &FORMS[found.pattern().as_usize()];
            let mut bytes = from + found.start()..from + found.end();
            let is_key_block = form.shown == 0;
            if is_key_block {
                bytes.end = key_block_end(text, bytes.end);
            }
            from = bytes.end;
            let token = text[bytes.clone()].trim_end_matches(['-', '_']);
            bytes.end = bytes.start + if is_key_block { bytes.len() } else { token.len() };
            if is_key_block
                || (entropy(&token[form.shown.min(token.len())..]) >= RANDOM_TOKEN && has_digit(token))
            {
                leaks.push(leak(text, bytes, form.what, form.shown));
            }
        }
        leaks
    }

    fn assigned<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, &'static str)> + 'a {
        self.assignments.captures_iter(text).filter_map(move |found| {
            let mut bytes = found.get_group(1)?.range();
            let (what, is_secret) = match found.pattern()?.as_usize() {
                0 => {
                    bytes.end =
                        bytes.start + text[bytes.clone()].trim_end_matches(['.', '*', ':', '?', '_']).len();
                    ("a password or key", looks_random(&text[bytes.clone()]))
                }
                1 => ("a bearer token", looks_random(&text[bytes.clone()])),
                _ => ("a password in a URL", !is_placeholder(&text[bytes.clone()])),
            };
            is_secret.then_some((bytes, what))
        })
    }
}

fn leak(text: &str, bytes: Range<usize>, what: &'static str, shown: usize) -> Leak {
    let value = &text[bytes.clone()];
    // Three of sixteen characters help to recognise a key, and nobody to guess it; a password shows nothing.
    let tail = if shown > 0 { value.len() - 3 } else { value.len() };
    let mask = format!("{}…{}", &value[..shown], &value[tail..]);
    Leak { kind: Kind::Secret, bytes, what, mask, value: value.to_owned() }
}

/// Where the block ends whose first line ends at byte `at`: behind its last line, or with the text that can belong to it.
fn key_block_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    // Only the next dashes count, so that a text full of first lines is not searched to its end for each of them.
    if let Some(dashes) = rest.find("-----") {
        let line = &rest[dashes..];
        if let Some(end) = line.strip_prefix("-----END ").and_then(|name| name.find("-----")) {
            return at + dashes + "-----END ".len() + end + "-----".len();
        }
    }
    let in_body = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=' | '\n' | '\r' | '\\')
    };
    at + rest.find(|character| !in_body(character)).unwrap_or(rest.len())
}

fn looks_random(value: &str) -> bool {
    let has_letter = value.chars().any(char::is_alphabetic);
    value.chars().count() >= 8
        && has_letter
        && has_digit(value)
        && entropy(value) >= RANDOM
        && !is_placeholder(value)
}

fn has_digit(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    PLACEHOLDERS.iter().any(|part| lower.contains(part))
        || lower.starts_with(['$', '%', '{', '<'])
        || lower.starts_with("http:")
        || lower.starts_with("https:")
        || lower.contains(['…', '•'])
}

/// Shannon entropy of the bytes of `value`, in bits per byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = value.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}
