//! A plugin put to the test, in the sandbox: the cases of its manifest, what every plugin has to keep, and what it costs.
//!
//! ```text
//! component ─► Trial ─► case: sample, settings ─► score or fault ─► differences from what is expected ─► bless
//!                   ├─► properties: nasty texts, twice, and texts that double
//!                   └─► bench: time, fuel and memory by size
//! ```
//!
//! Everything runs as in a run: a fresh instance for each sample, and no grants. The limits are the defaults, or what the
//! manifest asks for beyond them. So a case is repeated on every machine, and trying a stranger's plugin gives it nothing.

mod bench;
mod bless;
mod case;
mod growth;
mod nasty;
mod properties;

use std::collections::HashMap;
use std::sync::Arc;

use scorebox_sandbox::{Configured, Fault, Limits, LoadError, Plugin, Sandbox};
use serde_json::{Map, Value};

pub use bench::{BENCH_SIZES, Measured};
pub use bless::{Blessed, bless};
pub use case::{CaseDifference, CaseReport};
pub use growth::Growth;
pub use properties::{Property, PropertyState};

use crate::manifest::{Case, read_manifest};

/// A plugin that is tried. What it was configured with is kept, so that cases share it.
#[derive(Debug)]
pub struct Trial {
    plugin: Plugin,
    limits: Limits,
    configured: HashMap<String, Result<Arc<Configured>, Fault>>,
}

impl Trial {
    /// Takes a component in. It gets no grants, whatever it imports.
    ///
    /// # Errors
    ///
    /// Bytes that are no plugin.
    pub fn new(sandbox: &Sandbox, component: &[u8]) -> Result<Self, LoadError> {
        let plugin = sandbox.load_without_grants(component)?;
        // One whose manifest is none has asked for nothing.
        let manifest = read_manifest(component).ok().flatten();
        let limits = manifest.map(|manifest| manifest.limits).unwrap_or_default().limits();
        Ok(Self { plugin, limits, configured: HashMap::new() })
    }

    /// The plugin.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The plugin with these settings.
    ///
    /// # Errors
    ///
    /// What the plugin says of its settings, and any fault of `configure`.
    pub fn configured(&mut self, settings: &Map<String, Value>) -> Result<Arc<Configured>, Fault> {
        let settings = Value::Object(settings.clone()).to_string();
        if let Some(known) = self.configured.get(&settings) {
            return known.clone();
        }
        let configured = self.plugin.configure(&settings, &self.limits).map(Arc::new);
        self.configured.insert(settings, configured.clone());
        configured
    }

    /// The first of `cases` whose settings the plugin takes, with the plugin so configured.
    fn first_that_scores<'c>(&mut self, cases: &'c [Case]) -> Option<(&'c Case, Arc<Configured>)> {
        let scored = cases.iter().filter(|case| case.expect.failure.is_none());
        let mut all = scored.chain(cases.iter().filter(|case| case.expect.failure.is_some()));
        all.find_map(|case| Some((case, self.configured(&case.settings).ok()?)))
    }
}

#[cfg(test)]
mod tests;
