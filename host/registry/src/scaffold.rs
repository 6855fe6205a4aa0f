//! A new plugin's folder.

use std::path::{Path, PathBuf};

const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../../sdk/rust/template/Cargo.toml.template")),
    ("src/lib.rs", include_str!("../../../sdk/rust/template/src/lib.rs")),
    ("README.md", include_str!("../../../sdk/rust/template/README.md")),
    (".gitignore", include_str!("../../../sdk/rust/template/gitignore.template")),
];

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

/// Makes the folder `name` in `directory`: a small constraint in Rust that builds and passes its tests. `sdk` is the
/// folder of the Rust SDK.
pub fn new_plugin(directory: &Path, name: &str, sdk: &Path) -> Result<PathBuf, ScaffoldError> {
    let suggestion = kebab(name);
    if suggestion != name {
        return Err(ScaffoldError::Name { name: name.to_owned(), suggestion });
    }
    let folder = directory.join(name);
    if folder.exists() {
        return Err(ScaffoldError::Exists { path: folder });
    }
    let found = std::fs::canonicalize(sdk).ok().filter(|path| path.join("Cargo.toml").is_file());
    let found = found.ok_or_else(|| ScaffoldError::NoSdk { path: sdk.to_owned() })?;
    let sdk = format!("{{ path = {:?} }}", found.display().to_string());
    for (file, template) in FILES {
        let path = folder.join(file);
        let content = template.replace("{{name}}", name).replace("{{sdk}}", &sdk);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            std::fs::write(&path, content)
        };
        write().map_err(|source| ScaffoldError::Write { path: path.clone(), source })?;
    }
    Ok(folder)
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

    #[test]
    fn refuses_names_that_no_package_can_have() {
        let directory = tempfile::tempdir().unwrap();
        for (name, suggestion) in [
            ("No Shouting!", "no-shouting"),
            ("../evil", "evil"),
            ("", "my-check"),
            ("a--b", "a-b"),
            ("3d", "d"),
        ] {
            let error =
                new_plugin(directory.path(), name, &sdk_of_checkout().unwrap()).unwrap_err().to_string();
            assert!(error.ends_with(&format!("such as `{suggestion}`")), "{error}");
        }
        new_plugin(directory.path(), "no-shouting", &sdk_of_checkout().unwrap()).unwrap();
        let error = new_plugin(directory.path(), "no-shouting", &sdk_of_checkout().unwrap()).unwrap_err();
        assert!(matches!(error, ScaffoldError::Exists { .. }));
    }

    #[test]
    fn fills_every_placeholder() {
        let directory = tempfile::tempdir().unwrap();
        let folder = new_plugin(directory.path(), "no-shouting", &sdk_of_checkout().unwrap()).unwrap();
        for (file, _) in FILES {
            let content = std::fs::read_to_string(folder.join(file)).unwrap();
            assert!(!content.contains("{{"), "{file}");
        }
        assert!(std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().contains("no-shouting"));
    }
}
