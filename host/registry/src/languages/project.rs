//! A plugin's folder in any language but Rust.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Language, LanguageError};

/// Bytes of a manifest that are read.
const MAX_MANIFEST: u64 = 4 << 20;

/// A plugin's folder.
pub(crate) struct Project {
    /// Absolute.
    pub(crate) folder: PathBuf,
    pub(crate) language: Language,
    pub(crate) name: String,
    pub(crate) version: String,
}

/// What building needs of `plugin.yaml`.
#[derive(Deserialize)]
struct Head {
    name: Option<String>,
    version: Option<String>,
    language: Option<String>,
}

impl Project {
    pub(super) fn read(folder: &Path, language: Language) -> Result<Self, LanguageError> {
        let path = folder.join("plugin.yaml");
        let wrong = |reason: &str| LanguageError::Manifest { path: path.clone(), reason: reason.to_owned() };
        let head = head(folder)?.ok_or_else(|| {
            wrong("there is no such file: write `name: my-check`, `version: 0.1.0` and `language: …` into it")
        })?;
        let name = head.name.ok_or_else(|| wrong("it has no `name`: write `name: my-check`"))?;
        if name.is_empty() || crate::scaffold::kebab(&name) != name {
            return Err(wrong(&format!(
                "{name:?} is no name for a plugin: use at most 64 lower-case letters, digits and single dashes, such as \
                 `{}`",
                crate::scaffold::kebab(&name)
            )));
        }
        let version = head.version.ok_or_else(|| wrong("it has no `version`: write `version: 0.1.0`"))?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ".+-".contains(letter);
        if version.is_empty() || version.len() > 64 || !version.chars().all(plain) {
            return Err(wrong(&format!("{version:?} is no version: write one such as `version: 0.1.0`")));
        }
        let folder = std::fs::canonicalize(folder).map_err(LanguageError::file(folder))?;
        Ok(Self { folder, language, name, version })
    }

    /// A directory in the folder for what is made on the way.
    pub(super) fn work(&self) -> Result<PathBuf, LanguageError> {
        let work = self.folder.join("build");
        std::fs::create_dir_all(&work).map_err(LanguageError::file(&work))?;
        Ok(work)
    }
}

/// The language that the folder's manifest names; `None` where it has none or names none.
pub(super) fn written_language(folder: &Path) -> Result<Option<Language>, LanguageError> {
    let Some(written) = head(folder)?.and_then(|head| head.language) else { return Ok(None) };
    let language = Language::ALL.into_iter().find(|language| language.name() == written);
    language.map(Some).ok_or_else(|| LanguageError::Manifest {
        path: folder.join("plugin.yaml"),
        reason: format!(
            "there are no plugins in {written:?}: write one of {}",
            Language::ALL.map(Language::name).join(", ")
        ),
    })
}

fn head(folder: &Path) -> Result<Option<Head>, LanguageError> {
    let path = folder.join("plugin.yaml");
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() > MAX_MANIFEST => {
            let reason = format!("it has more than {MAX_MANIFEST} bytes");
            return Err(LanguageError::Manifest { path, reason });
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LanguageError::File { path, source }),
    }
    let text = std::fs::read_to_string(&path).map_err(LanguageError::file(&path))?;
    serde_saphyr::from_str(&text)
        .map(Some)
        .map_err(|error| LanguageError::Manifest { path, reason: error.to_string() })
}
