//! What is wrong with a suite, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// Everything that is wrong with one suite.
#[derive(Debug)]
pub struct SuiteError {
    path: PathBuf,
    text: String,
    mistakes: Vec<Mistake>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Bytes of the suite; `None` where the file itself is the trouble.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl Mistake {
    pub(crate) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl SuiteError {
    pub(crate) fn new(path: &Path, text: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.span.as_ref().map_or(0, |span| span.start));
        Self { path: path.to_owned(), text: text.to_owned(), mistakes }
    }

    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self::new(path, "", vec![Mistake { span: None, message: message.into(), help: None }])
    }

    /// How many mistakes there are.
    pub fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// The mistakes with the lines that they stand in, underlined; coloured.
    pub fn render(&self) -> String {
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
            .with_width(100)
            .with_context_lines(1);
        let mut out = String::new();
        for mistake in &self.mistakes {
            let diagnostic = Located { error: self, mistake, source: self.source() };
            // Writing to a string does not fail; a diagnostic that cannot be drawn is still said.
            if handler.render_report(&mut out, &diagnostic).is_err() {
                out.push_str(&mistake.message);
                out.push('\n');
            }
        }
        out
    }

    fn source(&self) -> NamedSource<String> {
        // What a hostile suite would do to the terminal, or to the direction of the text, takes one column each.
        let hides = |c: char| {
            (c.is_control() && c != '\n' && c != '\r')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let shown = |c: char| if hides(c) { replacement(c) } else { c };
        NamedSource::new(self.path.display().to_string(), self.text.chars().map(shown).collect())
    }

    fn place(&self, mistake: &Mistake) -> String {
        let Some(span) = &mistake.span else { return self.path.display().to_string() };
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.path.display())
    }
}

/// A character of the same length in UTF-8 that can be shown.
fn replacement(c: char) -> char {
    match c.len_utf8() {
        1 => ' ',
        2 => '\u{b7}',
        _ => '\u{fffd}',
    }
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let newline = if index > 0 { "\n" } else { "" };
            write!(f, "{newline}{}: {}", self.place(mistake), mistake.message)?;
            if let Some(help) = &mistake.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for SuiteError {}

#[derive(Debug)]
struct Located<'a> {
    error: &'a SuiteError,
    mistake: &'a Mistake,
    source: NamedSource<String>,
}

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mistake.span {
            Some(_) => f.write_str(&crate::report::escape(&self.mistake.message)),
            None => {
                write!(f, "{}: {}", self.error.path.display(), crate::report::escape(&self.mistake.message))
            }
        }
    }
}

impl std::error::Error for Located<'_> {}

impl Diagnostic for Located<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.mistake.help.as_ref()?;
        Some(Box::new(crate::report::escape(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.mistake.span.as_ref().map(|_| &self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.mistake.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}
