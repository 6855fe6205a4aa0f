//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
};

use crate::report::{escape, escape_line, is_hidden};

/// Everything that is wrong with a suite or a policy, or with one beside the other.
#[derive(Debug)]
pub struct FileError {
    files: Vec<(Arc<Source>, Vec<Mistake>)>,
}

/// A file that was read, for showing places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Bytes of the file; `None` where the file itself is the trouble.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) message: String,
    /// The place in another file that it contradicts.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// A place in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    pub(crate) source: Arc<Source>,
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
}

impl Mistake {
    pub(crate) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into(), elsewhere: None, help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn against(mut self, elsewhere: Elsewhere) -> Self {
        self.elsewhere = Some(elsewhere);
        self
    }
}

impl Source {
    /// `path:line:column`.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{}:{column}", self.path.display(), self.line(span))
    }

    /// The line of a place, from 1.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    fn to_draw(&self) -> NamedSource<String> {
        // What a hostile file would do to the terminal, or to the direction of the text, takes one character each, so
        // that places stay where they are.
        let mut text = String::with_capacity(self.text.len());
        let mut rest = self.text.chars().peekable();
        while let Some(c) = rest.next() {
            let line_end = c == '\r' && rest.peek() == Some(&'\n');
            text.push(if is_hidden(c) && !line_end || c == '\t' { replacement(c) } else { c });
        }
        NamedSource::new(escape_line(&self.path.display().to_string()), text)
    }
}

impl FileError {
    pub(crate) fn new(path: &Path, text: &str, mistakes: Vec<Mistake>) -> Self {
        Self::of(Arc::new(Source { path: path.to_owned(), text: text.to_owned() }), mistakes)
    }

    pub(crate) fn of(source: Arc<Source>, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.span.as_ref().map_or(0, |span| span.start));
        Self { files: vec![(source, mistakes)] }
    }

    /// A file that cannot be read.
    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        let mistake = Mistake { span: None, message: message.into(), elsewhere: None, help: None };
        Self::new(path, "", vec![mistake])
    }

    /// The errors of several files as one; `None` where there are none.
    pub(crate) fn all(errors: Vec<Self>) -> Option<Self> {
        let files: Vec<_> = errors.into_iter().flat_map(|error| error.files).collect();
        (!files.is_empty()).then_some(Self { files })
    }

    /// How many mistakes there are.
    pub fn count(&self) -> usize {
        self.files.iter().map(|(_, mistakes)| mistakes.len()).sum()
    }

    /// The mistakes with the lines that they stand in, underlined; coloured.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for (source, mistake) in self.mistakes() {
            for drawn in Drawn::all(source, mistake) {
                // Writing to a string does not fail; a mistake that cannot be drawn is still said.
                if handler().render_report(&mut out, &drawn).is_err() {
                    out.push_str(&drawn.message);
                    out.push('\n');
                }
            }
        }
        out
    }

    fn mistakes(&self) -> impl Iterator<Item = (&Arc<Source>, &Mistake)> {
        self.files.iter().flat_map(|(source, mistakes)| mistakes.iter().map(move |mistake| (source, mistake)))
    }
}

fn handler() -> GraphicalReportHandler {
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(100).with_context_lines(1)
}

/// A character of the same length in UTF-8 that can be shown.
fn replacement(c: char) -> char {
    match c.len_utf8() {
        1 => ' ',
        2 => '\u{b7}',
        3 => '\u{fffd}',
        _ => '\u{1f532}',
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (source, mistake)) in self.mistakes().enumerate() {
            let newline = if index > 0 { "\n" } else { "" };
            let place = match &mistake.span {
                Some(span) => source.place(span),
                None => source.path.display().to_string(),
            };
            write!(f, "{newline}{place}: {}", mistake.message)?;
            if let Some(elsewhere) = &mistake.elsewhere {
                write!(f, "\n  {}: {}", elsewhere.source.place(&elsewhere.span), elsewhere.message)?;
            }
            if let Some(help) = &mistake.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// One place as it is drawn.
#[derive(Debug)]
struct Drawn {
    message: String,
    severity: Severity,
    span: Option<Range<usize>>,
    source: NamedSource<String>,
    help: Option<String>,
}

impl Drawn {
    /// A mistake, and below it the place that it contradicts; the help stands at the end.
    fn all(source: &Source, mistake: &Mistake) -> Vec<Self> {
        let message = match &mistake.span {
            Some(_) => escape(&mistake.message),
            None => {
                format!("{}: {}", escape_line(&source.path.display().to_string()), escape(&mistake.message))
            }
        };
        let mut drawn = vec![Self {
            message,
            severity: Severity::Error,
            span: mistake.span.clone(),
            source: source.to_draw(),
            help: None,
        }];
        drawn.extend(mistake.elsewhere.as_ref().map(|elsewhere| Self {
            message: escape(&elsewhere.message),
            severity: Severity::Advice,
            span: Some(elsewhere.span.clone()),
            source: elsewhere.source.to_draw(),
            help: None,
        }));
        if let Some(last) = drawn.last_mut() {
            last.help = mistake.help.as_ref().map(|help| escape(help));
        }
        drawn
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.span.as_ref().map(|_| &self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}
