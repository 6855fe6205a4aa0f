//! Every text format against a snapshot, and every format against a hostile record.

pub(crate) mod fixture;

use super::{Format, Options, write};
use fixture::Record;

pub(crate) fn render(format: Format, record: &Record, options: &Options) -> String {
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
    insta::assert_snapshot!(uncoloured(&snapshot(Format::Terminal)));
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

#[test]
fn html() {
    let page = snapshot(Format::Html);
    std::fs::write("/tmp/wt-report.html", &page).unwrap();
    std::fs::write("/tmp/wt-report-hostile.html", render(Format::Html, &fixture::hostile(), &Options::default())).unwrap();
}
