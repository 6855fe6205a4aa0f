//! Makes a component of a core module that a compiler of another language wrote: `scorebox-guests MODULE COMPONENT`.

use std::path::Path;

use anyhow::{Result, bail};
use wit_component::{ComponentEncoder, StringEncoding};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, component] = &arguments[..] else { bail!("usage: scorebox-guests MODULE COMPONENT") };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut module = std::fs::read(module)?;
    // C carries the contract from its bindings; Go does not. Twice the same is no mistake.
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(folder.join("../../wit/0.1.0"))?;
    let world = resolve.select_world(&[package], Some("plugin"))?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    let adapter = wat::parse_file(folder.join("../../host/registry/src/languages/null_adapter.wat"))?;
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .adapter("wasi_snapshot_preview1", &adapter)?
        .encode()?;
    std::fs::write(component, bytes)?;
    Ok(())
}
