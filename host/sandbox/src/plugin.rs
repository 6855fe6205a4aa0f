//! A plugin: loaded from bytes, configured once, and run in a fresh instance for every sample.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use crate::code_cache::CodeCache;
use crate::compile::{self, Compiled, Request};
use crate::fault::{Fault, FaultKind};
use crate::imports::Capability;
use crate::inspect::{self, Inspection, LoadError};
use crate::limits::Limits;
use crate::model::Model;
use crate::sample::Sample;
use crate::score::Score;
use crate::store::{self, Means, State, fuel_left};
use crate::v0_1::{self, PluginPre};
use crate::{Descriptor, Grants, engine};

/// How a sandbox is set up.
#[derive(Debug, Clone, Default)]
pub struct SandboxConfig {
    /// Directory of the cache of compiled code; `None` to compile every time.
    pub cache: Option<PathBuf>,
    /// Instances at once, 1 to 512; zero is one. Further calls wait.
    pub concurrent: usize,
    /// What answers the plugins that were granted the model; without one they are told that it is unavailable.
    pub model: Option<Arc<dyn Model>>,
}

/// Why the sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine refuses to start on this machine.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
}

/// Runs plugins. Cheap to clone; all clones share one engine, one pool of instances and one cache.
#[derive(Debug, Clone)]
pub struct Sandbox(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
    /// For what runs once.
    draft: Engine,
    model: Option<Arc<dyn Model>>,
    cache: Option<CodeCache>,
    warnings: Vec<String>,
    free: AtomicU32,
}

impl Sandbox {
    /// Starts the engine. A cache that cannot be used is left out, and [`Sandbox::warnings`] says so.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        // One more than asked for, so that a plugin can be configured while all others run.
        let concurrent = u32::try_from(config.concurrent.clamp(1, 512)).unwrap_or(512) + 1;
        let engine = engine::engine(concurrent)?;
        let draft = engine::draft_engine()?;
        let mut warnings = Vec::new();
        let cache = config.cache.and_then(|directory| {
            CodeCache::open(&directory)
                .map_err(|error| warnings.push(format!("plugins are compiled anew: {error}")))
                .ok()
        });
        let free = AtomicU32::new(concurrent);
        Ok(Self(Arc::new(Shared { engine, draft, model: config.model, cache, warnings, free })))
    }

    /// What does not work as it should, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.0.warnings.clone()
    }

    /// Says what a component is and asks for, without compiling or running it.
    pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
        inspect::inspect(bytes)
    }

    /// Takes a component in, if it is a plugin and asks for nothing beyond `grants`. Nothing is compiled yet.
    pub fn load(&self, bytes: &[u8], grants: &Grants) -> Result<Plugin, LoadError> {
        let inspection = inspect::inspect(bytes)?;
        let capabilities = inspect::check_imports(&inspection, grants)?;
        let grants = grants.clone();
        Ok(Plugin { sandbox: self.clone(), bytes: bytes.into(), inspection, capabilities, grants })
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Takes a slot of the pool, and waits where all are taken.
    fn slot(&self) -> Slot<'_> {
        let free = &self.0.free;
        loop {
            let taken = free.fetch_update(Ordering::Acquire, Ordering::Relaxed, |free| free.checked_sub(1));
            if taken.is_ok() {
                return Slot(free);
            }
            // Only callers beyond the configured concurrency come here; they trade latency for a lock-free path.
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// The name of compiled code in the cache: everything that it depends on.
    fn cache_name(&self, parts: &[&str]) -> String {
        struct Feed<'a>(&'a mut blake3::Hasher);
        impl Hasher for Feed<'_> {
            fn write(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }
            fn finish(&self) -> u64 {
                0
            }
        }
        let mut hasher = blake3::Hasher::new();
        self.engine().precompile_compatibility_hash().hash(&mut Feed(&mut hasher));
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

struct Slot<'a>(&'a AtomicU32);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// A plugin that was taken in, and neither compiled nor run.
#[derive(Debug, Clone)]
pub struct Plugin {
    sandbox: Sandbox,
    bytes: Arc<[u8]>,
    inspection: Inspection,
    capabilities: Vec<Capability>,
    grants: Grants,
}

impl Plugin {
    /// `sha256:` and 64 hexadecimal digits, over the component's bytes.
    pub fn digest(&self) -> &str {
        &self.inspection.digest
    }

    /// What the plugin says of itself in its custom section.
    pub fn descriptor(&self) -> Option<&Descriptor> {
        self.inspection.descriptor.as_ref()
    }

    /// What is known without running it.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Runs `describe`, and checks what it says.
    pub fn describe(&self, limits: &Limits) -> Result<Descriptor, Fault> {
        compile::describe(&self.sandbox.0.draft, &self.bytes, &self.request("{}", limits))
    }

    /// Configures the plugin once. What it leaves in memory is snapshotted, and every sample starts from there; a
    /// component that cannot be snapshotted is configured anew in each instance. Settings that the plugin refuses are
    /// an [`FaultKind::InvalidSettings`] fault.
    pub fn configure(&self, settings: &str, limits: &Limits) -> Result<Configured, Fault> {
        let compiled = self.compiled(settings, limits)?;
        let engine = self.sandbox.engine();
        // SAFETY: the code comes from `Engine::precompile_component`, in this process or by way of `CodeCache`, which
        // gives back only what this user's Scorebox wrote under this name (a keyed hash over name and content); the name
        // covers the engine's version and settings.
        #[expect(unsafe_code, reason = "code is kept between runs, and made by another process")]
        let component = unsafe { Component::deserialize(engine, &compiled.code) }.map_err(|error| {
            Fault::new(
                FaultKind::Internal,
                format!("the compiled code cannot be loaded: {}", error.root_cause()),
            )
        })?;
        let Some(descriptor) = compiled.descriptor.or_else(|| self.descriptor().cloned()) else {
            return Err(Fault::new(FaultKind::Internal, "nobody asked the component what it is"));
        };
        let model = self.sandbox.0.model.clone();
        let configured = Configured {
            sandbox: self.sandbox.clone(),
            pre: compile::link(engine, &component, &self.capabilities)?,
            means: Means::new(*limits, self.grants.clone(), model, &self.capabilities),
            descriptor,
            settings: compiled.not_snapshotted.as_ref().map(|_| settings.to_owned()),
            not_snapshotted: compiled.not_snapshotted,
        };
        // Settings that are refused are refused now, not at the first sample.
        configured.try_settings()?;
        Ok(configured)
    }

    fn request<'a>(&self, settings: &'a str, limits: &Limits) -> Request<'a> {
        Request {
            settings,
            limits: *limits,
            capabilities: self.capabilities.clone(),
            snapshot: self.grants.is_empty(),
            describe: self.descriptor().is_none(),
        }
    }

    /// The code, from the cache or made anew.
    fn compiled(&self, settings: &str, limits: &Limits) -> Result<Compiled, Fault> {
        let shared = &self.sandbox.0;
        let request = self.request(settings, limits);
        let depends_on = serde_json::to_string(&request).unwrap_or_default();
        let name = self.sandbox.cache_name(&[self.digest(), &depends_on]);
        let cache = shared.cache.as_ref();
        if let Some(compiled) =
            cache.and_then(|cache| cache.get(&name)).and_then(|entry| Compiled::from_entry(&entry))
        {
            return Ok(compiled);
        }
        let compiled = compile::compile(&shared.draft, &shared.engine, &self.bytes, &request)?;
        if let Some(cache) = cache {
            cache.put(&name, &compiled.to_entry());
        }
        Ok(compiled)
    }
}

/// A plugin with its settings, ready for samples. Shared between threads.
pub struct Configured {
    sandbox: Sandbox,
    pre: PluginPre<State>,
    means: Means,
    descriptor: Descriptor,
    /// The settings, where each instance has to be configured.
    settings: Option<String>,
    not_snapshotted: Option<String>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configured")
            .field("means", &self.means)
            .field("not_snapshotted", &self.not_snapshotted)
            .finish_non_exhaustive()
    }
}

/// What came of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The score, or why there is none.
    pub result: Result<Score, Fault>,
    /// Fuel that the instance used from its start.
    pub fuel: u64,
    /// Wall-clock time, the instance's start and end included.
    pub elapsed: Duration,
    /// What the plugin logged, as `level: message`.
    pub log: Vec<String>,
}

impl Configured {
    /// What the plugin is: as its custom section says, or `describe` where it has none.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Why each instance is configured anew; `None` where the plugin was snapshotted.
    pub fn not_snapshotted(&self) -> Option<&str> {
        self.not_snapshotted.as_deref()
    }

    /// Runs `configure` where each instance has to, so that settings that the plugin refuses are refused early.
    fn try_settings(&self) -> Result<(), Fault> {
        let Some(settings) = &self.settings else { return Ok(()) };
        let _slot = self.sandbox.slot();
        let budget = self.means.limits.budget(settings.len());
        let mut store = self.means.store(self.sandbox.engine(), settings.len())?;
        let configured = compile::instantiate(&self.pre, &mut store)
            .and_then(|plugin| v0_1::configure(&plugin, &mut store, settings));
        configured.map_err(|error| store::fault(&error, store.data_mut(), budget))?
    }

    /// Whether an evaluation may wait for something outside this process.
    pub fn waits(&self) -> bool {
        self.means.waits()
    }

    /// Scores `sample` in an instance of its own.
    pub fn evaluate(&self, sample: &Sample) -> Evaluation {
        let start = Instant::now();
        let size = size(sample) + self.settings.as_ref().map_or(0, String::len);
        let budget = self.means.limits.budget(size);
        let _slot = self.sandbox.slot();
        let mut store = match self.means.store(self.sandbox.engine(), size) {
            Ok(store) => store,
            Err(fault) => {
                return Evaluation { result: Err(fault), fuel: 0, elapsed: start.elapsed(), log: Vec::new() };
            }
        };
        let called = self.call(&mut store, sample);
        let result = match called {
            Ok(answer) => answer.and_then(|score| self.check(score, sample)),
            Err(error) => Err(store::fault(&error, store.data_mut(), budget)),
        };
        let fuel = budget - fuel_left(&store).min(budget);
        store.data_mut().collect_output();
        let log = store.data_mut().log.take();
        drop(store);
        Evaluation { result, fuel, elapsed: start.elapsed(), log }
    }

    fn call(&self, store: &mut Store<State>, sample: &Sample) -> wasmtime::Result<Result<Score, Fault>> {
        let plugin = compile::instantiate(&self.pre, store)?;
        if let Some(settings) = &self.settings
            && let Err(fault) = v0_1::configure(&plugin, store, settings)?
        {
            return Ok(Err(fault));
        }
        v0_1::evaluate(&plugin, store, sample)
    }

    fn check(&self, score: Score, sample: &Sample) -> Result<Score, Fault> {
        match score.check(sample, self.descriptor.range) {
            Ok(()) => Ok(score),
            Err(reason) => Err(Fault::new(FaultKind::InvalidScore, reason)),
        }
    }

    /// One instance for many samples, as a measure of what fresh instances cost. Samples can see each other's traces,
    /// so nothing but a benchmark should use it.
    #[doc(hidden)]
    pub fn reused(&self) -> Result<Reused<'_>, Fault> {
        let mut store = self.means.store(self.sandbox.engine(), 0)?;
        let instantiated = compile::instantiate(&self.pre, &mut store);
        let plugin = instantiated.map_err(|error| store::fault(&error, store.data_mut(), 0))?;
        Ok(Reused { configured: self, store, plugin, _slot: self.sandbox.slot() })
    }
}

/// One instance for many samples.
#[doc(hidden)]
pub struct Reused<'a> {
    configured: &'a Configured,
    store: Store<State>,
    plugin: v0_1::Plugin,
    _slot: Slot<'a>,
}

impl Reused<'_> {
    /// Configures the instance, for a plugin that was not snapshotted.
    pub fn configure(&mut self, settings: &str) -> Result<(), Fault> {
        let limits = &self.configured.means.limits;
        store::refuel(&mut self.store, limits, settings.len());
        match v0_1::configure(&self.plugin, &mut self.store, settings) {
            Ok(answer) => answer,
            Err(error) => Err(store::fault(&error, self.store.data_mut(), limits.budget(settings.len()))),
        }
    }

    /// Scores `sample` in the instance that scored the samples before.
    pub fn evaluate(&mut self, sample: &Sample) -> Result<Score, Fault> {
        let limits = &self.configured.means.limits;
        let budget = limits.budget(size(sample));
        store::refuel(&mut self.store, limits, size(sample));
        self.store.set_epoch_deadline(engine::ticks(limits.deadline));
        match v0_1::evaluate(&self.plugin, &mut self.store, sample) {
            Ok(answer) => answer.and_then(|score| self.configured.check(score, sample)),
            Err(error) => Err(store::fault(&error, self.store.data_mut(), budget)),
        }
    }
}

/// Bytes that a plugin is given.
fn size(sample: &Sample) -> usize {
    let conversation = sample.conversation.iter().map(|message| {
        let calls =
            message.tool_calls.iter().map(|call| call.id.len() + call.name.len() + call.arguments.len());
        message.content.len() + calls.sum::<usize>()
    });
    sample.id.len()
        + sample.input.len()
        + sample.output.len()
        + sample.expected.as_ref().map_or(0, String::len)
        + sample.context.iter().map(String::len).sum::<usize>()
        + conversation.sum::<usize>()
        + sample.metadata.len()
}
