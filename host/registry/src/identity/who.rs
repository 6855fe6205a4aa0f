//! Whose signature counts.

use std::fmt;

use super::{Proven, TrustRoot};

/// Somebody whose signature counts: a subject, vouched for by an issuer.
///
/// The subject is exact, or has one `*` that stands for one or more characters which are neither `/` nor `@`, so that it
/// stays within one part of an address. The issuer is exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    subject: String,
    issuer: String,
    root: TrustRoot,
}

impl Identity {
    /// An identity that `root` has to prove. Of several `*` in the subject the first is one, and the others mean themselves.
    pub fn new(subject: impl Into<String>, issuer: impl Into<String>, root: TrustRoot) -> Self {
        Self { subject: subject.into(), issuer: issuer.into(), root }
    }

    /// Subject, maybe with a `*`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Address of the identity provider.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What proves it.
    pub fn root(&self) -> &TrustRoot {
        &self.root
    }

    /// Whether it is the identity that was proven.
    pub fn is(&self, proven: &Proven) -> bool {
        self.issuer == proven.issuer && covers(&self.subject, &proven.subject)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.subject, self.issuer)
    }
}

fn covers(pattern: &str, subject: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == subject };
    let between = subject.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    between.is_some_and(|between| !between.is_empty() && !between.contains(['/', '@']))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stays_within_one_part_of_an_address() {
        let tag = "https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v1.2.0";
        for (pattern, subject, expected) in [
            (tag, tag, true),
            (tag, "https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v1.2.01", false),
            ("https://github.com/acme/x/.github/workflows/release.yml@refs/tags/*", tag, true),
            ("https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v*", tag, true),
            ("https://github.com/acme/*/.github/workflows/release.yml@refs/tags/v1.2.0", tag, true),
            // Anchored at both ends, and never more than a part.
            ("https://github.com/acme/*", tag, false),
            ("*/release.yml@refs/tags/v1.2.0", tag, false),
            ("https://github.com/acme/x/.github/workflows/*@refs/tags/v1", tag, false),
            (
                "https://github.com/acme/x/.github/workflows/*.yml@refs/heads/main",
                "https://github.com/acme/x/.github/workflows/evil.yml@refs/heads/a.yml@refs/heads/main",
                false,
            ),
            ("*@acme.example", "jo@acme.example", true),
            ("*@acme.example", "@acme.example", false),
            ("*@acme.example", "jo@evil@acme.example", false),
            ("*@acme.example", "jo@acme.example.evil", false),
            ("a*a", "a", false),
            ("ab*b", "ab", false),
            ("a*b*", "axb*", true),
            ("a*b*", "axbx", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(covers(pattern, subject), expected, "{pattern} {subject}");
        }
    }
}
