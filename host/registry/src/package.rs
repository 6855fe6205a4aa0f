//! The bytes of a package: a component, and its descriptor in a custom section.

use scorebox_sandbox::Descriptor;
use wasm_encoder::{ComponentSection, CustomSection};

use crate::languages;

/// Why a module cannot be made a package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The compiler's output does not fit the contract.
    #[error("the compiled module cannot be made a component: {0}")]
    Encode(String),
    /// The descriptor cannot be written as JSON.
    #[error("the descriptor cannot be written: {0}")]
    Descriptor(serde_json::Error),
}

/// Makes a component of a core module that carries the contract in its custom section, as the SDKs write it. What it
/// imports of WASI preview 1 is answered within the component. One that is a component already stays as it is.
pub fn component(module: &[u8]) -> Result<Vec<u8>, PackageError> {
    if wasmparser::Parser::is_component(module) {
        return Ok(module.to_owned());
    }
    let adapter = languages::adapter().map_err(PackageError::Encode)?;
    let encode = || {
        let mut encoder = wit_component::ComponentEncoder::default();
        encoder.validate(true).module(module)?.adapter("wasi_snapshot_preview1", &adapter)?.encode()
    };
    encode().map_err(|error| PackageError::Encode(format!("{error:#}")))
}

/// Appends the descriptor to a component as its custom section.
pub fn embed_descriptor(mut component: Vec<u8>, descriptor: &Descriptor) -> Result<Vec<u8>, PackageError> {
    let data = serde_json::to_vec(descriptor).map_err(PackageError::Descriptor)?;
    let section = CustomSection { name: Descriptor::SECTION.into(), data: data.into() };
    section.append_to_component(&mut component);
    Ok(component)
}
