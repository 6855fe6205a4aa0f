//! Pages of which a part is made.

use std::path::Path;

use anyhow::{Context, Result};

/// Puts `text` between the lines `begin` and `end` of a page.
pub(crate) fn fill(path: &Path, begin: &str, text: &str, end: &str) -> Result<()> {
    let page = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let parts = page.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let (before, after) = parts.with_context(|| format!("{} has no place for it", path.display()))?;
    std::fs::write(path, format!("{before}{begin}\n{text}\n{end}{after}"))?;
    Ok(())
}
