//! The names of the formats.

use std::fmt;
use std::str::FromStr;

/// A form that a report can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A table and failing samples, for a person at a terminal.
    Terminal,
    /// One object, for scripts.
    Json,
    /// JUnit XML, for the test views of CI systems.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that become annotations on GitHub.
    Github,
    /// Markdown, for step summaries and comments.
    Markdown,
    /// One self-contained page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] =
        [Self::Terminal, Self::Json, Self::Junit, Self::Sarif, Self::Github, Self::Markdown, Self::Html];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no report format: write one of terminal, json, junit, sarif, github, markdown, html")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(super::escape(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name_and_named_in_the_error() {
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert!(error.contains(format.name()));
        }
        assert_eq!("\x1b[2J".parse::<Format>(), Err(UnknownFormat(r"\u{1b}[2J".into())));
    }
}
