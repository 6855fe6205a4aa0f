//! Reads what a component is and what it asks for, without compiling or running any of it.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};
use wasmparser::{Encoding, Parser, Payload};

use crate::imports::Capability;
use crate::limits::{MAX_COMPONENT_BYTES, MAX_CORE_INSTANCES, MAX_DESCRIPTOR_BYTES};
use crate::{CONTRACT, Descriptor, Grants};

/// Deepest nesting of components and modules.
const MAX_DEPTH: usize = 8;
const PACKAGE: &str = "scorebox:plugin";
const VERSION: &str = "0.1.0";

/// What a component is and what it asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Bytes.
    pub size: usize,
    /// The contract that the component was built for.
    pub contract: String,
    /// What it says of itself in its custom section; absent where it has none.
    pub descriptor: Option<Descriptor>,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// What it exports beside the metric.
    pub other_exports: Vec<String>,
}

/// Why a file is no plugin that this host runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Not WebAssembly at all.
    #[error(
        "this is {what}, not a WebAssembly component: name the .wasm file that `scorebox plugin build` wrote"
    )]
    NotWasm {
        /// What it looks like.
        what: &'static str,
    },
    /// A core module, as compilers write it.
    #[error("this is a core WebAssembly module, not a component: `scorebox plugin build` makes one of it")]
    CoreModule,
    /// Cut short or damaged.
    #[error("the component is broken at byte {offset}: {reason}; build or fetch it again")]
    Broken {
        /// Where reading stopped.
        offset: u64,
        /// What the parser says.
        reason: String,
    },
    /// Larger than this host reads.
    #[error("the component has {size} bytes, more than the {MAX_COMPONENT_BYTES} that are allowed")]
    TooLarge {
        /// Bytes.
        size: usize,
    },
    /// More parts than this host reads.
    #[error("the component has more than {limit} {what}")]
    TooComplex {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// A component, but no plugin.
    #[error(
        "the component does not export `{PACKAGE}/metric@{VERSION}`, so it is no Scorebox plugin; it exports {exports}"
    )]
    NotAPlugin {
        /// What it exports instead.
        exports: String,
    },
    /// A plugin for another version of the contract.
    #[error("built for {PACKAGE}@{built_for}, this host runs {VERSION}: build it with a matching SDK")]
    OtherContract {
        /// The version that it was built for.
        built_for: String,
    },
    /// Imports that this host does not have.
    #[error(
        "the component imports {imports}, which this host does not offer: a plugin may import the contract's `log` and \
         `model`, and of WASI 0.2 clocks, random, cli, io, filesystem and http"
    )]
    UnknownImports {
        /// Their names, in backticks.
        imports: String,
    },
    /// Imports that have to be granted.
    #[error(
        "the component imports {imports}, which the suite does not grant: add `grants: {grant}` to the metric"
    )]
    NotGranted {
        /// One interface for each grant that is missing, in backticks.
        imports: String,
        /// The grants, as they are written in a suite.
        grant: String,
    },
    /// The descriptor section is not a descriptor.
    #[error("the custom section `{section}` is not a descriptor: {reason}; build the plugin again", section = Descriptor::SECTION)]
    Descriptor {
        /// Why.
        reason: String,
    },
}

/// Reads `bytes`, and refuses what is not a plugin.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    if bytes.len() > MAX_COMPONENT_BYTES {
        return Err(LoadError::TooLarge { size: bytes.len() });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(LoadError::NotWasm { what: looks_like(bytes) });
    }
    let parts = read(bytes)?;
    let metric = format!("{PACKAGE}/metric@");
    let Some(version) = parts.exports.iter().find_map(|export| export.strip_prefix(&metric)) else {
        return Err(LoadError::NotAPlugin { exports: in_backticks(&parts.exports) });
    };
    if version != VERSION {
        return Err(LoadError::OtherContract { built_for: version.to_owned() });
    }
    let descriptor = parts.descriptor.map(read_descriptor).transpose()?;
    let own = format!("{metric}{VERSION}");
    Ok(Inspection {
        digest: digest(bytes),
        size: bytes.len(),
        contract: CONTRACT.to_owned(),
        descriptor,
        imports: parts.imports,
        other_exports: parts.exports.into_iter().filter(|export| *export != own).collect(),
    })
}

/// Refuses imports beyond the contract and the grants; what the others let the plugin do.
pub(crate) fn check_imports(inspection: &Inspection, grants: &Grants) -> Result<Vec<Capability>, LoadError> {
    let capabilities = capabilities(inspection)?;
    let (mut missing, mut imports) = (Vec::new(), Vec::new());
    for import in &inspection.imports {
        if let Some(grant) = Capability::of(import).and_then(|capability| capability.missing_grant(grants))
            && !missing.contains(&grant)
        {
            missing.push(grant);
            imports.push(import.clone());
        }
    }
    if missing.is_empty() {
        return Ok(capabilities);
    }
    let grant = format!("{{{}}}", missing.join(", "));
    Err(LoadError::NotGranted { imports: in_backticks(&imports), grant })
}

/// Refuses imports beyond the contract; what the others let the plugin do, where it is granted.
pub(crate) fn capabilities(inspection: &Inspection) -> Result<Vec<Capability>, LoadError> {
    let mut capabilities = Vec::new();
    let mut unknown = Vec::new();
    for import in &inspection.imports {
        match Capability::of(import) {
            None => unknown.push(import.clone()),
            Some(capability) => capabilities.push(capability),
        }
    }
    if !unknown.is_empty() {
        return Err(LoadError::UnknownImports { imports: in_backticks(&unknown) });
    }
    capabilities.sort_unstable();
    capabilities.dedup();
    Ok(capabilities)
}

struct Parts<'a> {
    imports: Vec<String>,
    exports: Vec<String>,
    descriptor: Option<&'a [u8]>,
}

fn read(bytes: &[u8]) -> Result<Parts<'_>, LoadError> {
    let mut parts = Parts { imports: Vec::new(), exports: Vec::new(), descriptor: None };
    let broken = |error: wasmparser::BinaryReaderError| LoadError::Broken {
        offset: error.offset(),
        reason: error.message().to_owned(),
    };
    let mut depth = 0_usize;
    let mut core_instances = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(broken)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(LoadError::CoreModule);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(LoadError::TooComplex {
                        what: "levels of nested components",
                        limit: MAX_DEPTH,
                    });
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::InstanceSection(section) => {
                // A count is a stranger's number as well.
                core_instances = core_instances.saturating_add(section.count());
                if core_instances > MAX_CORE_INSTANCES {
                    let limit = MAX_CORE_INSTANCES as usize;
                    return Err(LoadError::TooComplex { what: "core instances", limit });
                }
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    parts.imports.push(import.map_err(broken)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    parts.exports.push(export.map_err(broken)?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if depth == 0 && section.name() == Descriptor::SECTION => {
                let another = parts.descriptor.replace(section.data());
                if another.is_some() {
                    return Err(LoadError::Descriptor { reason: "there are two of them".to_owned() });
                }
            }
            _ => {}
        }
    }
    Ok(parts)
}

fn read_descriptor(data: &[u8]) -> Result<Descriptor, LoadError> {
    if data.len() > MAX_DESCRIPTOR_BYTES {
        return Err(LoadError::TooComplex { what: "bytes of descriptor", limit: MAX_DESCRIPTOR_BYTES });
    }
    let descriptor: Descriptor =
        serde_json::from_slice(data).map_err(|error| LoadError::Descriptor { reason: error.to_string() })?;
    descriptor.check().map_err(|reason| LoadError::Descriptor { reason })?;
    Ok(descriptor)
}

fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        [0x7f, b'E', b'L', b'F', ..] => "an ELF file (a native program or precompiled code)",
        [b'P', b'K', ..] => "a ZIP archive",
        [0x1f, 0x8b, ..] => "a gzip file",
        _ if std::str::from_utf8(bytes).is_ok() => "a text file",
        _ => "a file of unknown kind",
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    use fmt::Write;
    Sha256::digest(bytes).iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn in_backticks(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name:.200}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "nothing".to_owned(),
        1..=SHOWN => shown,
        more => format!("{shown} and {} more", more - SHOWN),
    }
}

/// A stranger's text that makes no lines of its own.
fn on_one_line(text: &str) -> String {
    let visible = |c: char| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(visible).collect()
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.descriptor {
            Some(descriptor) => {
                let kind = match descriptor.kind {
                    crate::Kind::Metric => "metric",
                    crate::Kind::Constraint => "constraint",
                };
                let [name, version, summary] = [&descriptor.name, &descriptor.version, &descriptor.summary]
                    .map(|text| on_one_line(text));
                writeln!(f, "{name} {version} ({kind}): {summary}")?;
            }
            None => writeln!(f, "no descriptor section: `scorebox plugin build` embeds one")?,
        }
        writeln!(f, "contract  {}", self.contract)?;
        writeln!(f, "digest    {}", self.digest)?;
        writeln!(f, "size      {} bytes", self.size)?;
        let mut said = Vec::new();
        for import in &self.imports {
            let words = match Capability::of(import) {
                Some(capability) => capability.in_words(),
                None => Some("unknown to this host"),
            };
            let Some(words) = words else { continue };
            writeln!(f, "imports   {}: {words}", on_one_line(import))?;
            said.extend(Capability::of(import));
        }
        for export in &self.other_exports {
            writeln!(f, "exports   {} (unused)", on_one_line(export))?;
        }
        let nothing = [
            (Capability::Model, "no model"),
            (Capability::Files, "no files"),
            (Capability::Http, "no network"),
            (Capability::Clocks, "no clock"),
            (Capability::Random, "no randomness"),
        ];
        let nothing: Vec<&str> = nothing
            .iter()
            .filter(|(capability, _)| !said.contains(capability))
            .map(|(_, words)| *words)
            .collect();
        if !nothing.is_empty() {
            writeln!(f, "asks for  {}, no environment", nothing.join(", "))?;
        }
        Ok(())
    }
}
