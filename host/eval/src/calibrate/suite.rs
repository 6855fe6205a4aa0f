//! A metric that no suite uses, as if one did: so that policies, limits and messages are the same.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::suite::{Suite, parse_text};
use crate::yaml::FileError;

/// What messages call the suite that the command line makes.
const NAME: &str = "command line";

/// A suite with one metric: a built-in one by name, or a component by its path. `settings` is a JSON object; `dataset` is
/// any file that is there.
///
/// # Errors
///
/// As for a suite that a person wrote, each mistake drawn in the text of this one.
pub fn suite_for(metric: &str, settings: &Map<String, Value>, dataset: &Path) -> Result<Suite, FileError> {
    let path = Path::new(metric);
    let is_plugin = path.extension().is_some_and(|extension| extension == "wasm") || metric.contains('/');
    let (name, source) = if is_plugin {
        let stem = path.file_stem().map_or_else(|| metric.into(), |stem| stem.to_string_lossy());
        (stem.into_owned(), "plugin")
    } else {
        (metric.to_owned(), "builtin")
    };
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') { c } else { '-' })
        .take(64)
        .collect();
    let used = json!({ source: metric, "settings": settings });
    let suite =
        json!({ "name": "calibrate", "dataset": dataset.display().to_string(), "metrics": { name: used } });
    let text = serde_json::to_string_pretty(&suite).unwrap_or_default();
    parse_text(Path::new(NAME), &text)
}
