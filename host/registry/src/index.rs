//! The index of a registry: one JSON file that says what there is, served by any web server or lying in a directory.

use std::path::Path;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::asked::{About, Asked};
use crate::error::RegistryError;
use crate::reference::{Place, Reference};
use crate::remote::{self, Network};
use crate::whole;

/// Name of the file; another one than `index.json`, which is that of an OCI image layout.
pub const INDEX_FILE: &str = "plugins.json";
const MAX_BYTES: usize = 4 << 20;
const VERSION: u32 = 1;
/// Name of the page for people, beside the index.
const PAGE: &str = "index.html";
/// Most cases of a plugin that the index shows.
const MAX_CASES: usize = 8;

/// What a registry has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// 1.
    #[serde(rename = "scorebox_index")]
    pub version: u32,
    /// Sorted by name.
    pub plugins: Vec<Entry>,
}

/// One plugin of a registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What `scorebox plugin add` takes.
    pub reference: String,
    /// Kebab-case.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// `constraint` or `metric`.
    pub kind: String,
    /// An SPDX expression.
    #[serde(default)]
    pub licence: Option<String>,
    /// What it asks for.
    #[serde(default)]
    pub grants: Asked,
    /// `sha256:` of the manifest.
    pub digest: String,
    /// Bytes of the component.
    pub size: usize,
    /// JSON Schema of the settings.
    pub settings_schema: serde_json::Value,
    /// Cases that show what it does, as in `plugin.yaml`.
    #[serde(default)]
    pub cases: Vec<serde_json::Value>,
}

impl Entry {
    /// The entry of a plugin that was published.
    pub fn new(reference: String, digest: String, about: &About) -> Self {
        let descriptor = about.inspection.descriptor.as_ref();
        let kind = descriptor.map_or("metric", |descriptor| match descriptor.kind {
            scorebox_sandbox::Kind::Constraint => "constraint",
            scorebox_sandbox::Kind::Metric => "metric",
        });
        Self {
            reference,
            name: about.name.clone(),
            version: about.version.clone(),
            summary: about.summary.clone(),
            kind: kind.to_owned(),
            licence: about.licence.clone(),
            grants: about.asked.clone(),
            digest,
            size: about.inspection.size,
            settings_schema: descriptor.map_or_else(Default::default, |of| of.settings_schema.clone()),
            cases: about.cases.iter().take(MAX_CASES).cloned().collect(),
        }
    }
}

impl Index {
    /// An index of these plugins.
    pub fn new(mut plugins: Vec<Entry>) -> Self {
        plugins.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Self { version: VERSION, plugins }
    }

    /// Reads the index at an address, in a file, or in a directory as `plugins.json`.
    ///
    /// # Errors
    ///
    /// What cannot be read, or is no index.
    pub fn read(place: &str, network: Network) -> Result<Self, RegistryError> {
        let wrong = |reason: String| RegistryError::Layout { path: place.into(), reason };
        let mut directory = None;
        let bytes = if place.starts_with("https://") || place.starts_with("http://") {
            let url = Url::parse(place).map_err(|error| wrong(format!("this is no address: {error}")))?;
            let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
            if url.scheme() == "http" && !here && !network.plain {
                return Err(wrong("http is not encrypted: write https, or `--plain-http`".to_owned()));
            }
            remote::file(&url, network)?
        } else {
            let path = Path::new(place);
            let path = if path.is_dir() { path.join(INDEX_FILE) } else { path.to_owned() };
            directory = path.parent().map(Path::to_owned);
            whole::read(&path, MAX_BYTES).map_err(RegistryError::file(path))?
        };
        let mut index: Self = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("this is no index of plugins: {error}")))?;
        if index.version != VERSION {
            return Err(wrong(format!(
                "the index has version {}, this Scorebox reads {VERSION}",
                index.version
            )));
        }
        // What lies beside the index is named from there.
        if let Some(directory) = directory {
            for entry in &mut index.plugins {
                if let Ok(reference) = entry.reference.parse::<Reference>() {
                    entry.reference = reference.from(&directory).to_string();
                }
            }
        }
        Ok(index)
    }

    /// Adds a plugin that was published to the index in `site`, in place of the same version of it, and writes the page for
    /// people anew.
    ///
    /// # Errors
    ///
    /// An index that is there and is none, and a directory that cannot be written.
    pub fn add(
        site: &Path,
        reference: &Reference,
        digest: String,
        about: &About,
    ) -> Result<(), RegistryError> {
        std::fs::create_dir_all(site).map_err(RegistryError::file(site))?;
        let path = site.join(".index-lock");
        let turn = std::fs::File::options().create(true).truncate(false).write(true).open(&path);
        let turn = turn.and_then(|file| file.lock().map(|()| file)).map_err(RegistryError::file(&path))?;
        let file = site.join(INDEX_FILE);
        let mut plugins = if file.exists() {
            let bytes = whole::read(&file, MAX_BYTES).map_err(RegistryError::file(&file))?;
            let wrong = |error: serde_json::Error| RegistryError::Layout {
                path: file.clone(),
                reason: format!("this is no index of plugins: {error}"),
            };
            serde_json::from_slice::<Self>(&bytes).map_err(wrong)?.plugins
        } else {
            Vec::new()
        };
        let mut reference = reference.clone();
        if let Place::Directory { directory, .. } = &mut reference.place
            && directory.canonicalize().ok() == site.canonicalize().ok()
        {
            *directory = ".".into();
        }
        let entry = Entry::new(reference.to_string(), digest, about);
        plugins.retain(|other| (&other.name, &other.version) != (&entry.name, &entry.version));
        plugins.push(entry);
        let index = Self::new(plugins);
        let json =
            serde_json::to_vec_pretty(&index).map_err(|error| RegistryError::Internal(error.to_string()))?;
        for (name, bytes) in [(INDEX_FILE, &json[..]), (PAGE, index.to_html().as_bytes())] {
            let path = site.join(name);
            whole::write(&path, bytes, 0o644).map_err(RegistryError::file(path))?;
        }
        drop(turn);
        Ok(())
    }

    /// The plugins that have every word of `text` in their name, summary or reference; those whose name has one come first.
    pub fn search(&self, text: &str) -> Vec<&Entry> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let holds = |entry: &&Entry| {
            let all = format!("{} {} {}", entry.name, entry.summary, entry.reference).to_lowercase();
            words.iter().all(|word| all.contains(word))
        };
        let mut found: Vec<&Entry> = self.plugins.iter().filter(holds).collect();
        found.sort_by_key(|entry| !words.iter().any(|word| entry.name.contains(word)));
        found
    }
}
