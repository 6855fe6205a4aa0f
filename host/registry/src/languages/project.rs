//! A plugin's folder, as the tools of its language see it.

use std::path::{Path, PathBuf};

use super::LanguageError;
use crate::build::BuildError;
use crate::manifest::{Language, Manifest};

/// A plugin's folder.
pub(crate) struct Project {
    /// Absolute.
    pub(crate) folder: PathBuf,
    pub(crate) language: Language,
    /// The component's file is called so. In Rust, that of `Cargo.toml`, else that of `plugin.yaml`.
    pub(crate) name: String,
    /// Only in Rust is there none.
    pub(crate) manifest: Option<Manifest>,
}

impl Project {
    /// Reads what `folder` says of itself; nothing is run.
    pub(crate) fn read(folder: &Path) -> Result<Self, BuildError> {
        let manifest = Manifest::read(folder)?;
        let absolute = std::fs::canonicalize(folder).map_err(LanguageError::file(folder))?;
        let named = manifest.as_ref().and_then(|manifest| manifest.language);
        let language = named.or_else(|| shown(folder));
        let language = language.ok_or_else(|| LanguageError::Unknown { folder: folder.to_owned() })?;
        let name = match &manifest {
            Some(manifest) => manifest.name.clone(),
            None if language == Language::Rust => String::new(),
            None => return Err(LanguageError::NoManifest { folder: folder.to_owned(), language }.into()),
        };
        Ok(Self { folder: absolute, language, name, manifest })
    }

    /// The version that the plugin has to say it has; not known in Rust.
    pub(super) fn version(&self) -> &str {
        self.manifest.as_ref().map_or("", |manifest| &manifest.version)
    }

    /// A directory in the folder for what is made on the way.
    pub(super) fn work(&self) -> Result<PathBuf, LanguageError> {
        let work = self.folder.join("build");
        std::fs::create_dir_all(&work).map_err(LanguageError::file(&work))?;
        Ok(work)
    }
}

/// The language that the files of a folder show.
fn shown(folder: &Path) -> Option<Language> {
    // A crate's library lies where its manifest says.
    if folder.join("Cargo.toml").is_file() {
        return Some(Language::Rust);
    }
    Language::ALL.into_iter().find(|language| folder.join(language.source()).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_its_language_by_its_manifest_or_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let said = || {
            Project::read(folder.path()).map(|project| project.language).map_err(|error| error.to_string())
        };
        assert!(said().unwrap_err().contains("is no plugin"));
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/check.py"), "").unwrap();
        assert!(said().unwrap_err().contains("plugin.yaml"), "Python needs a manifest");
        let manifest = "name: a-check\nversion: 1.0.0\nsummary: It checks.\nlicence: MIT\n";
        std::fs::write(Manifest::path(folder.path()), manifest).unwrap();
        assert_eq!(said(), Ok(Language::Python));
        std::fs::write(Manifest::path(folder.path()), format!("{manifest}language: javascript\n")).unwrap();
        assert_eq!(said(), Ok(Language::Javascript));
        std::fs::remove_file(Manifest::path(folder.path())).unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        assert_eq!(said(), Ok(Language::Rust));
    }
}
