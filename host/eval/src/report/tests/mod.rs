//! Every text format against a snapshot, every format against a hostile record, and the page in a browser.

mod browser;
pub(crate) mod fixture;
mod hostile;
mod machines;
mod size;

use super::{Format, Options, write};
use fixture::Record;

fn render(format: Format, record: &Record, options: &Options) -> String {
    let mut out = Vec::new();
    write(format, &record.reader, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn snapshot(format: Format) -> String {
    render(format, &fixture::everything(), &Options::default())
}

/// The text without its colours.
fn uncoloured(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

#[test]
fn terminal() {
    let options = Options { html: Some("runs/report.html".into()), ..Options::default() };
    insta::assert_snapshot!(uncoloured(&render(Format::Terminal, &fixture::everything(), &options)));
}

#[test]
fn json() {
    insta::assert_snapshot!(snapshot(Format::Json));
}

#[test]
fn junit() {
    insta::assert_snapshot!(snapshot(Format::Junit));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(snapshot(Format::Sarif));
}

#[test]
fn github() {
    insta::assert_snapshot!(snapshot(Format::Github));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(snapshot(Format::Markdown));
}

/// What the page says before its style, script and data, which have tests of their own.
#[test]
fn html() {
    let page = snapshot(Format::Html);
    let body = page.split_once("<body>").unwrap().1;
    insta::assert_snapshot!(body.split_once("<script").unwrap().0);
}
