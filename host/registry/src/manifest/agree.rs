//! Whether a manifest says the same as the component that it is for.

use scorebox_sandbox::Descriptor;

use super::Manifest;

/// What the manifest and the component say differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// The descriptor has another value.
    #[error(
        "`{field}` is {manifest:?} in the manifest, and {descriptor:?} is what `describe` says: write the same in both"
    )]
    Field {
        /// `name`, `version` or `summary`.
        field: &'static str,
        /// The manifest's.
        manifest: String,
        /// The component's.
        descriptor: String,
    },
    /// It asks for what the component has no use for.
    #[error(
        "the manifest asks for `{grant}`, and the component imports nothing that would use it: remove it from `grants`"
    )]
    Unused {
        /// As it is written in `grants`.
        grant: &'static str,
    },
    /// It does not ask for what the component cannot be loaded without.
    #[error(
        "the component imports `{import}`, and the manifest does not ask for it: add `grants: {{{grant}}}`"
    )]
    NotAsked {
        /// The interface.
        import: String,
        /// As it is written in `grants`.
        grant: &'static str,
    },
}

/// Interfaces that a grant is for, as they begin; the grant as it is written; whether a component that imports one is
/// refused without it.
const GRANTS: [(&str, &str, bool); 3] = [
    ("scorebox:plugin/model@", "model: true", true),
    ("wasi:http/outgoing-handler@", "http: [HOST]", true),
    // Python and JavaScript guests import files whether they use them or not.
    ("wasi:filesystem/", "files: [{as: /DIR}]", false),
];

impl Manifest {
    /// Holds the manifest against what the component says and imports.
    ///
    /// # Errors
    ///
    /// The first thing that differs.
    pub fn agree(&self, descriptor: &Descriptor, imports: &[String]) -> Result<(), Disagreement> {
        for (field, manifest, descriptor) in [
            ("name", &self.name, &descriptor.name),
            ("version", &self.version, &descriptor.version),
            ("summary", &self.summary, &descriptor.summary),
        ] {
            if manifest != descriptor {
                let [manifest, descriptor] = [manifest, descriptor].map(Clone::clone);
                return Err(Disagreement::Field { field, manifest, descriptor });
            }
        }
        let asked = [self.grants.model, !self.grants.http.is_empty(), !self.grants.files.is_empty()];
        for ((start, grant, needed), asked) in GRANTS.into_iter().zip(asked) {
            match imports.iter().find(|import| import.starts_with(start)) {
                None if asked => return Err(Disagreement::Unused { grant }),
                Some(import) if needed && !asked => {
                    return Err(Disagreement::NotAsked { import: import.clone(), grant });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
