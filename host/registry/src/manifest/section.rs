//! The manifest in a component: a custom section next to the descriptor's.

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

use super::error::ManifestError;
use super::{Manifest, check};

/// Bytes of a manifest in a component: 256 KiB. Of more cases than that, the first ones are embedded.
pub const MAX_MANIFEST_BYTES: usize = 256 << 10;

/// Appends the manifest to a component as its custom section.
///
/// # Errors
///
/// A manifest that is too large without its cases.
pub fn embed_manifest(mut component: Vec<u8>, manifest: &Manifest) -> Result<Vec<u8>, ManifestError> {
    let mut manifest = manifest.clone();
    let data = loop {
        let data = serde_json::to_vec(&manifest).map_err(|error| wrong(error.to_string()))?;
        if data.len() <= MAX_MANIFEST_BYTES {
            break data;
        }
        if manifest.cases.is_empty() {
            return Err(wrong(format!("it has {} bytes, more than {MAX_MANIFEST_BYTES}", data.len())));
        }
        let kept = manifest.cases.len() / 2;
        manifest.cases_left_out += manifest.cases.len() - kept;
        manifest.cases.truncate(kept);
    };
    let section = CustomSection { name: Manifest::SECTION.into(), data: data.into() };
    section.append_to_component(&mut component);
    Ok(component)
}

/// Reads the manifest of a component, which is not run; `None` where it has none.
///
/// # Errors
///
/// A component that is broken, a section that is no manifest, and two of them.
pub fn read_manifest(component: &[u8]) -> Result<Option<Manifest>, ManifestError> {
    let Some(data) = section(component).map_err(wrong)? else { return Ok(None) };
    let manifest: Manifest = serde_json::from_slice(data).map_err(|error| wrong(error.to_string()))?;
    match check::check(&manifest, &|_| 0).first() {
        Some(mistake) => Err(wrong(mistake.to_string())),
        None => Ok(Some(manifest)),
    }
}

/// The bytes of the section, which are not read yet; or why there are none that could be.
pub(crate) fn section(component: &[u8]) -> Result<Option<&[u8]>, String> {
    let mut found: Option<&[u8]> = None;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| format!("the component is broken: {error}"))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // The first one is taken, and a second one refused.
            Payload::CustomSection(section)
                if depth == 0
                    && section.name() == Manifest::SECTION
                    && found.replace(section.data()).is_some() =>
            {
                return Err("there are two of them".to_owned());
            }
            _ => {}
        }
    }
    match found {
        Some(data) if data.len() > MAX_MANIFEST_BYTES => {
            Err(format!("it has {} bytes, more than {MAX_MANIFEST_BYTES}", data.len()))
        }
        found => Ok(found),
    }
}

fn wrong(reason: impl Into<String>) -> ManifestError {
    ManifestError::Section { reason: reason.into() }
}
