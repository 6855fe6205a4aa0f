//! Writes a plugin into a suite without touching the rest of the file.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use scorebox_registry::{About, Pinned};

/// The lines of a metric.
pub(crate) fn entry(pinned: &Pinned, about: &About) -> String {
    let mut lines = format!("  {}:\n    plugin: {}\n", pinned.name, quoted(&pinned.reference.to_string()));
    let schema = about.inspection.descriptor.as_ref().map(|descriptor| &descriptor.settings_schema);
    let names = |of: &str| -> Vec<String> {
        let required = schema.and_then(|schema| schema.get(of)).and_then(serde_json::Value::as_array);
        required.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let required = names("required");
    if !required.is_empty() {
        lines.push_str("    settings:\n");
        for name in required {
            lines.push_str(&format!("      {}: # required\n", quoted(&name)));
        }
    }
    if !about.asked.is_empty() {
        lines.push_str(&format!("    # asks for grants: {}\n", quoted_comment(&about.asked.to_string())));
    }
    if !about.limits.is_empty() {
        lines.push_str(&format!("    # asks for limits: {}\n", about.limits));
    }
    lines
}

/// Plain where YAML takes it for a text, in quotes where not.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-:@#".contains(&byte);
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(plain) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn quoted_comment(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Puts the lines below `metrics:` of the suite, and leaves everything else as it is.
pub(crate) fn insert(suite: &Path, name: &str, entry: &str) -> Result<()> {
    let text = std::fs::read_to_string(suite).with_context(|| format!("cannot read {}", suite.display()))?;
    let by_hand =
        |why: &str| format!("{}: {why}; put this into it by hand:\n\nmetrics:\n{entry}", suite.display());
    let Some(at) = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .find(|(_, line)| line.trim_end() == "metrics:")
        .map(|(start, line)| start + line.len())
    else {
        bail!(by_hand("it has no line `metrics:` to write below"));
    };
    if text.lines().any(|line| line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')) == Some(name))
    {
        bail!(by_hand(&format!("it has a metric `{name}` already")));
    }
    let next = text[at..].lines().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
    let indent = next.map_or(2, |line| line.len() - line.trim_start().len());
    if indent != 2 {
        bail!(by_hand("its metrics are not indented by two spaces"));
    }
    let text = format!("{}{entry}{}", &text[..at], &text[at..]);
    let directory = suite.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".scorebox-").tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(std::fs::metadata(suite)?.permissions())?;
        file.persist(suite).map_err(|error| error.error)?;
        Ok::<(), std::io::Error>(())
    };
    write().with_context(|| format!("cannot write {}", suite.display()))
}
