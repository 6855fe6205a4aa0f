//! A new plugin's folder.

mod files;

use std::path::{Path, PathBuf};

use crate::Language;

/// The Rust SDK in the checkout that this program was built from, if it still lies there.
pub fn sdk_of_checkout() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/rust");
    std::fs::canonicalize(checkout).ok().filter(|path| path.join("Cargo.toml").is_file())
}

/// Why a folder could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// Not a name for a plugin.
    #[error(
        "{name:?} is no name for a plugin: use at most 64 lower-case letters, digits and single dashes, such as `{suggestion}`"
    )]
    Name {
        /// The name.
        name: String,
        /// One that would do.
        suggestion: String,
    },
    /// Something lies there.
    #[error("{path} is there already: choose another name", path = path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// There is no SDK in the folder.
    #[error("{path} holds no Rust SDK: name the folder `sdk/rust` of a Scorebox checkout with `--sdk`", path = path.display())]
    NoSdk {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Makes the folder `name` in `directory`: a small constraint in `language` that builds and passes its tests. `rust_sdk`
/// is the folder of the Rust SDK, which plugins in Rust refer to; the other SDKs are copied into the new folder.
///
/// # Errors
///
/// A name that no plugin can have, a folder that is there already, a Rust SDK that is not, or a file that cannot be
/// written; what was made of the folder until then is removed.
pub fn new_plugin(
    directory: &Path,
    name: &str,
    language: Language,
    rust_sdk: Option<&Path>,
) -> Result<PathBuf, ScaffoldError> {
    let suggestion = kebab(name);
    if suggestion != name {
        return Err(ScaffoldError::Name { name: name.to_owned(), suggestion });
    }
    let folder = directory.join(name);
    if folder.exists() {
        return Err(ScaffoldError::Exists { path: folder });
    }
    let mut sdk = String::new();
    if language == Language::Rust {
        let given = rust_sdk.unwrap_or(Path::new("sdk/rust"));
        let found = std::fs::canonicalize(given).ok().filter(|path| path.join("Cargo.toml").is_file());
        let found = found.ok_or_else(|| ScaffoldError::NoSdk { path: given.to_owned() })?;
        sdk = format!("{{ path = {:?} }}", found.display().to_string());
    }
    let written = write_all(&folder, name, language, &sdk);
    if written.is_err() {
        // The folder was not there before, so nothing in it is anybody's.
        let _ = std::fs::remove_dir_all(&folder);
    }
    written.map(|()| folder)
}

fn write_all(folder: &Path, name: &str, language: Language, sdk: &str) -> Result<(), ScaffoldError> {
    let filled = |content: &[u8]| {
        let text = String::from_utf8_lossy(content);
        let text = text.replace("{{name}}", name).replace("{{language}}", language.name());
        text.replace("{{source}}", language.source()).replace("{{sdk}}", sdk).into_bytes()
    };
    let template = files::template(language).into_iter().map(|file| (file.path, filled(file.content)));
    let copies = files::sdk(language).iter().map(|file| (file.path, file.content.to_vec()));
    for (path, content) in template.chain(copies) {
        let path = folder.join(path);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(&path, content)
        };
        write().map_err(|source| ScaffoldError::Write { path: path.clone(), source })?;
    }
    Ok(())
}

/// The nearest name that a plugin can have.
pub(crate) fn kebab(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    let name: String = name.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(64).collect();
    if name.is_empty() { "my-check".to_owned() } else { name.trim_end_matches('-').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::Project;

    fn new(directory: &Path, name: &str, language: Language) -> Result<PathBuf, ScaffoldError> {
        new_plugin(directory, name, language, Some(&sdk_of_checkout().unwrap()))
    }

    #[test]
    fn refuses_names_that_no_package_can_have() {
        let directory = tempfile::tempdir().unwrap();
        for (name, suggestion) in [
            ("No Shouting!", "no-shouting"),
            ("../evil", "evil"),
            ("", "my-check"),
            ("a--b", "a-b"),
            ("3d", "d"),
            ("\u{1f980}", "my-check"),
        ] {
            let error = new(directory.path(), name, Language::Python).unwrap_err().to_string();
            assert!(error.ends_with(&format!("such as `{suggestion}`")), "{error}");
        }
        new(directory.path(), "no-shouting", Language::Rust).unwrap();
        let error = new(directory.path(), "no-shouting", Language::C).unwrap_err();
        assert!(matches!(error, ScaffoldError::Exists { .. }));
    }

    #[test]
    fn fills_every_placeholder_in_every_language() {
        let directory = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            let name = format!("in-{language}");
            let folder = new(directory.path(), &name, language).unwrap();
            for file in files::template(language) {
                let content = std::fs::read_to_string(folder.join(file.path)).unwrap();
                for placeholder in ["{{name", "{{language", "{{source", "{{sdk", "{{extension"] {
                    assert!(!content.contains(placeholder), "{}", file.path);
                }
            }
            assert!(std::fs::read_to_string(folder.join("plugin.yaml")).unwrap().contains(&name));
            assert!(folder.join(language.source()).is_file());
            assert_eq!(Project::read(&folder).unwrap().language, language);
        }
    }

    /// What an author is told to try is what the SDKs consist of.
    #[test]
    fn no_file_of_an_sdk_is_forgotten() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk");
        for (language, folder) in [
            (Language::Python, "python"),
            (Language::Typescript, "javascript"),
            (Language::Go, "go"),
            (Language::C, "c"),
        ] {
            let mut there = Vec::new();
            list(&root.join(folder), "sdk", &mut there);
            let mut copied: Vec<String> =
                files::sdk(language).iter().map(|file| file.path.to_owned()).collect();
            there.sort();
            copied.sort();
            assert_eq!(copied, there, "{language}");
        }
    }

    /// The files that a published SDK has: neither its tests nor its template.
    fn list(folder: &Path, under: &str, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            let made = ["tests", "template", "build", "dist", "node_modules", "__pycache__"];
            let test = name.ends_with("_test.go") || name.starts_with('.') || name.ends_with(".egg-info");
            if test || made.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{under}/{name}");
            if entry.path().is_dir() {
                list(&entry.path(), &path, files);
            } else {
                files.push(path);
            }
        }
    }
}
