//! What a suite can configure.

use scorebox_sdk::prelude::*;

/// What counts as internal. Give at least one term or pattern.
#[settings]
#[derive(Debug)]
pub struct Settings {
    /// Words and phrases, found as whole words: `stack` is not in `haystack`. Any white space matches the spaces of a
    /// phrase, so a line break does not hide it.
    #[serde(default)]
    pub terms: Vec<Term>,
    /// Regular expressions in the syntax of Rust's `regex`, such as `JIRA-\d+` or `\bsvc-[a-z-]+`. They tell upper from
    /// lower case unless they start with `(?i)`, and where they overlap with a term, the term is reported.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// Tell `IT` from `it` in the terms.
    #[serde(default)]
    pub case_sensitive: bool,
}

/// A word or a phrase, alone or with advice.
#[settings]
#[derive(Debug)]
#[serde(
    untagged,
    expecting = "write a word, or an object with `term` and, if you like, `instead` and `rule`"
)]
pub enum Term {
    /// Just the word or phrase.
    Plain(String),
    /// With what to write instead.
    Advised(AdvisedTerm),
}

/// A word or a phrase, with advice.
#[settings]
#[derive(Debug)]
pub struct AdvisedTerm {
    /// The word or phrase.
    pub term: String,
    /// What to write instead, shown with the finding.
    #[serde(default)]
    pub instead: Option<String>,
    /// Name that the finding is counted under, in kebab-case; `internal-term` by default.
    #[serde(default)]
    pub rule: Option<String>,
}

/// A regular expression, alone or with advice.
#[settings]
#[derive(Debug)]
#[serde(
    untagged,
    expecting = "write a pattern, or an object with `pattern` and, if you like, `instead` and `rule`"
)]
pub enum Pattern {
    /// Just the regular expression.
    Plain(String),
    /// With what to write instead.
    Advised(AdvisedPattern),
}

/// A regular expression, with advice.
#[settings]
#[derive(Debug)]
pub struct AdvisedPattern {
    /// The regular expression.
    pub pattern: String,
    /// What to write instead, shown with the finding.
    #[serde(default)]
    pub instead: Option<String>,
    /// Name that the finding is counted under, in kebab-case; `internal-identifier` by default.
    #[serde(default)]
    pub rule: Option<String>,
}

impl From<Term> for AdvisedTerm {
    fn from(term: Term) -> Self {
        match term {
            Term::Plain(term) => Self { term, instead: None, rule: None },
            Term::Advised(advised) => advised,
        }
    }
}

impl From<Pattern> for AdvisedPattern {
    fn from(pattern: Pattern) -> Self {
        match pattern {
            Pattern::Plain(pattern) => Self { pattern, instead: None, rule: None },
            Pattern::Advised(advised) => advised,
        }
    }
}
