//! The contract as the languages' tools want it.

use std::path::{Path, PathBuf};

use wit_component::StringEncoding;

use super::LanguageError;

const CONTRACT: &str = include_str!("../../../../wit/0.1.0/plugin.wit");
/// A world without the model: Python and JavaScript import all that their world names, used or not.
const CHECK: &str = include_str!("check.wit");
/// A preview 1 of WASI that imports nothing, for compilers whose standard library asks for one.
const ADAPTER: &str = include_str!("null_adapter.wat");

/// Name of the world that plugins are built for.
pub(super) const WORLD: &str = "check";

/// Writes the contract into `folder`; the directory that holds it.
pub(super) fn write(folder: &Path) -> Result<PathBuf, LanguageError> {
    let wit = folder.join("wit");
    std::fs::create_dir_all(&wit).map_err(LanguageError::file(&wit))?;
    for (name, text) in [("plugin.wit", CONTRACT), ("check.wit", CHECK)] {
        let path = wit.join(name);
        std::fs::write(&path, text).map_err(LanguageError::file(&path))?;
    }
    Ok(wit)
}

/// Adds the contract to a core module whose compiler does not write it.
pub(super) fn embed(module: &mut Vec<u8>) -> Result<(), LanguageError> {
    let mut resolve = wit_parser::Resolve::default();
    let mut embed = || {
        let package = resolve.push_str("plugin.wit", CONTRACT)?;
        let world = resolve.select_world(&[package], Some("plugin"))?;
        wit_component::embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)
    };
    embed().map_err(|error| LanguageError::World(format!("{error:#}")))
}

/// The adapter's module.
pub(crate) fn adapter() -> Result<Vec<u8>, String> {
    wat::parse_str(ADAPTER).map_err(|error| error.to_string())
}
