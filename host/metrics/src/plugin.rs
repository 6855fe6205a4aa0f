//! A plugin as a metric.

use futures::future::{BoxFuture, FutureExt};
use scorebox_sandbox::{
    CONTRACT, Configured, Descriptor, Fault, FaultKind, Limits, Plugin, Sample, WASMTIME_VERSION,
};

use crate::{Cancel, Identity, Metric, Outcome, Work};

/// A sandboxed plugin with its settings. Every sample is scored in an instance of its own.
#[derive(Debug)]
pub struct PluginMetric {
    identity: Identity,
    deterministic: bool,
    configured: Configured,
}

impl PluginMetric {
    /// Configures `plugin` with `settings`, a JSON object.
    ///
    /// # Errors
    ///
    /// What the plugin says of its settings as [`FaultKind::InvalidSettings`]; any fault of `describe`, which runs
    /// where the component carries no descriptor, and of `configure`.
    pub fn new(plugin: &Plugin, settings: &serde_json::Value, limits: &Limits) -> Result<Self, Fault> {
        let configured = plugin.configure(&settings.to_string(), limits)?;
        // Fuel is part of an outcome, so the engine that counts it is part of the identity.
        let limits = serde_json::to_string(limits).unwrap_or_default();
        let grants = serde_json::to_string(plugin.grants()).unwrap_or_default();
        let rest = format!("{CONTRACT} wasmtime {WASMTIME_VERSION} {limits} {grants}");
        let identity = Identity::new(plugin.digest(), settings, &rest);
        Ok(Self { identity, deterministic: plugin.grants().is_deterministic(), configured })
    }

    /// Why each instance is configured anew; `None` where the plugin was snapshotted.
    pub fn not_snapshotted(&self) -> Option<&str> {
        self.configured.not_snapshotted()
    }
}

impl Metric for PluginMetric {
    fn descriptor(&self) -> &Descriptor {
        self.configured.descriptor()
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn is_deterministic(&self) -> bool {
        self.deterministic
    }

    fn work(&self) -> Work {
        if self.configured.waits() { Work::Block } else { Work::Compute }
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        if cancel.is_cancelled() {
            let fault = Fault::new(FaultKind::Cancelled, "the run was stopped before this sample was scored");
            return std::future::ready(Outcome::from(Err(fault))).boxed();
        }
        let evaluation = self.configured.evaluate(sample);
        let outcome = Outcome { result: evaluation.result, fuel: Some(evaluation.fuel), log: evaluation.log };
        std::future::ready(outcome).boxed()
    }
}
