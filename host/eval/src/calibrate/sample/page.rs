//! The page on which people label: self-contained, by keyboard, and what a model wrote stays text.

use std::io::{self, Write};

use serde::Serialize;

use super::Shown;
use super::table::FORMULA;
use crate::report::html::page::{html, write_open};
use crate::report::json_text;
use crate::run::Manifest;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const BODY: &str = include_str!("page.html");

/// What the script reads.
#[derive(Serialize)]
struct Data<'a> {
    /// Under which the browser remembers labels until they are saved.
    key: String,
    labels: &'static [&'static str],
    /// Signs that a cell of the saved table must not begin with.
    formula: String,
    samples: &'a [Shown],
}

pub(crate) fn write(
    manifest: &Manifest,
    metric: &str,
    grades: bool,
    samples: &[Shown],
    out: &mut dyn Write,
) -> io::Result<()> {
    let labels: &[&str] = if grades { &["1", "2", "3", "4", "5"] } else { &["pass", "fail"] };
    let key = format!("{} {metric} {}", manifest.run, manifest.samples_digest.as_deref().unwrap_or_default());
    let data = Data { key, labels, formula: FORMULA.iter().collect(), samples };
    write_open(&format!("Label: {}", html(metric)), STYLE, Some(SCRIPT), out)?;
    writeln!(
        out,
        "<header><h1>{}: {}</h1></header>\n{BODY}<script type=\"application/json\" id=\"data\">",
        html(&manifest.name),
        html(metric)
    )?;
    json_text::embedded(&data, out)?;
    writeln!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}
