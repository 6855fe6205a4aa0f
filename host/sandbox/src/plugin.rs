//! A plugin: loaded from bytes, configured once, and run in a fresh instance for every sample.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::code_cache::CodeCache;
use crate::engine;
use crate::fault::{Fault, FaultKind};
use crate::inspect::{self, Inspection, LoadError};
use crate::limits::Limits;
use crate::sample::Sample;
use crate::score::Score;
use crate::store::{self, State, fuel_left};
use crate::v0_1::{self, PluginPre};
use crate::{Descriptor, Grants, snapshot};

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Directory of the cache of compiled code; `None` to compile every time.
    pub cache: Option<PathBuf>,
    /// Instances at once, 1 to 512. Further calls wait.
    pub concurrent: usize,
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
    linker: LinkerOf,
    /// For what runs once.
    draft: Engine,
    draft_linker: LinkerOf,
    cache: Option<CodeCache>,
    warnings: Vec<String>,
    free: AtomicU32,
}

struct LinkerOf(Linker<State>);

impl std::fmt::Debug for LinkerOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Linker")
    }
}

fn linker(engine: &Engine) -> Result<LinkerOf, SandboxError> {
    let mut linker = Linker::new(engine);
    v0_1::link(&mut linker).map_err(|error| SandboxError::Engine(error.to_string()))?;
    Ok(LinkerOf(linker))
}

impl Sandbox {
    /// Starts the engine. A cache that cannot be used is left out, and [`Sandbox::warnings`] says so.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        // One more than asked for, so that a plugin can be configured while all others run.
        let concurrent = u32::try_from(config.concurrent.clamp(1, 512)).unwrap_or(512) + 1;
        let engine = engine::engine(concurrent)?;
        let draft = engine::draft_engine()?;
        let (linker, draft_linker) = (linker(&engine)?, linker(&draft)?);
        let mut warnings = Vec::new();
        let cache = config.cache.and_then(|directory| {
            CodeCache::open(&directory)
                .map_err(|error| warnings.push(format!("plugins are compiled anew: {error}")))
                .ok()
        });
        let free = AtomicU32::new(concurrent);
        Ok(Self(Arc::new(Shared { engine, linker, draft, draft_linker, cache, warnings, free })))
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
        inspect::check_imports(&inspection, grants)?;
        Ok(Plugin { sandbox: self.clone(), bytes: bytes.into(), inspection })
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

    fn compile(&self, engine: &Engine, component: &[u8]) -> Result<Component, Fault> {
        Component::from_binary(engine, component).map_err(|error| {
            Fault::new(FaultKind::Refused, format!("the component does not compile: {}", error.root_cause()))
        })
    }

    fn prepare(&self, component: &Component) -> Result<PluginPre<State>, Fault> {
        self.prepare_with(&self.0.linker, component)
    }

    fn prepare_with(&self, linker: &LinkerOf, component: &Component) -> Result<PluginPre<State>, Fault> {
        linker.0.instantiate_pre(component).and_then(PluginPre::new).map_err(|error| {
            Fault::new(
                FaultKind::Refused,
                format!("the component does not fit the contract: {}", error.root_cause()),
            )
        })
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
        let shared = &self.sandbox.0;
        let component = self.sandbox.compile(&shared.draft, &self.bytes)?;
        let pre = self.sandbox.prepare_with(&shared.draft_linker, &component)?;
        let mut store = store::store(&shared.draft, limits, 0);
        let budget = limits.budget(0);
        let described = pre.instantiate(&mut store).and_then(|plugin| v0_1::describe(&plugin, &mut store));
        let descriptor = described.map_err(|error| store::fault(&error, store.data(), limits, budget))?;
        descriptor
            .and_then(|descriptor| descriptor.check().map(|()| descriptor))
            .map_err(|reason| Fault::new(FaultKind::InvalidReturn, format!("`describe`: {reason}")))
    }

    /// Configures the plugin once. What it leaves in memory is snapshotted, and every sample starts from there; a
    /// component that cannot be snapshotted is configured anew in each instance. Settings that the plugin refuses are
    /// an [`FaultKind::InvalidSettings`] fault.
    pub fn configure(&self, settings: &str, limits: &Limits) -> Result<Configured, Fault> {
        let limits_text = serde_json::to_string(limits).unwrap_or_default();
        let name = self.sandbox.cache_name(&[self.digest(), settings, &limits_text]);
        let descriptor = match self.descriptor() {
            Some(descriptor) => descriptor.clone(),
            None => self.describe(limits)?,
        };
        let configured = |component: &Component, not_snapshotted: Option<String>| {
            let settings = not_snapshotted.as_ref().map(|_| settings.to_owned());
            Ok(Configured {
                sandbox: self.sandbox.clone(),
                pre: self.sandbox.prepare(component)?,
                limits: *limits,
                descriptor: descriptor.clone(),
                settings,
                not_snapshotted,
            })
        };
        let cache = self.sandbox.0.cache.as_ref();
        if let Some(entry) = cache.and_then(|cache| cache.get(&name))
            && let Some((reason, code)) = split_entry(&entry)
        {
            // SAFETY: `CodeCache` gives back only what this user's Scorebox wrote under this name (a keyed hash over
            // name and content), the name covers the engine's version and settings, and `put` below is only ever given
            // what `Component::serialize` returned.
            #[expect(unsafe_code, reason = "loading compiled code is how a warm start is fast")]
            let component = unsafe { Component::deserialize(self.sandbox.engine(), code) };
            if let Ok(component) = component {
                return configured(&component, reason);
            }
        }
        let (component, reason) = match self.snapshot(settings, limits)? {
            Ok(snapshot) => (self.sandbox.compile(self.sandbox.engine(), &snapshot)?, None),
            Err(reason) => {
                let component = self.sandbox.compile(self.sandbox.engine(), &self.bytes)?;
                // Settings that are refused are refused now, not at the first sample.
                let pre = self.sandbox.prepare(&component)?;
                self.run_configure(&pre, settings, limits)?;
                (component, Some(reason))
            }
        };
        if let Some(cache) = cache
            && let Ok(code) = component.serialize()
        {
            cache.put(&name, &entry(reason.as_deref(), &code));
        }
        configured(&component, reason)
    }

    /// The component as `configure` leaves it, or why there can be none.
    fn snapshot(&self, settings: &str, limits: &Limits) -> Result<Result<Vec<u8>, String>, Fault> {
        let (context, instrumented) = match snapshot::instrument(&self.bytes) {
            Ok(instrumented) => instrumented,
            Err(reason) => return Ok(Err(reason)),
        };
        let shared = &self.sandbox.0;
        let component = match Component::from_binary(&shared.draft, &instrumented) {
            Ok(component) => component,
            Err(error) => return Ok(Err(error.root_cause().to_string())),
        };
        let instance_pre = match shared.draft_linker.0.instantiate_pre(&component) {
            Ok(instance_pre) => instance_pre,
            Err(error) => return Ok(Err(error.root_cause().to_string())),
        };
        let mut store = store::store(&shared.draft, limits, settings.len());
        let budget = limits.budget(settings.len());
        let mut configure = || {
            let instance = instance_pre.instantiate(&mut store)?;
            let plugin = v0_1::Plugin::new(&mut store, &instance)?;
            let configured = v0_1::configure(&plugin, &mut store, settings)?;
            Ok((instance, configured))
        };
        let (instance, answer) = configure()
            .map_err(|error: wasmtime::Error| store::fault(&error, store.data(), limits, budget))?;
        answer?;
        store::refuel(&mut store, &Limits { fuel: u64::MAX, ..*limits }, 0);
        Ok(snapshot::take(&context, &mut store, instance))
    }

    fn run_configure(&self, pre: &PluginPre<State>, settings: &str, limits: &Limits) -> Result<(), Fault> {
        let _slot = self.sandbox.slot();
        let mut store = store::store(self.sandbox.engine(), limits, settings.len());
        let budget = limits.budget(settings.len());
        let configured =
            pre.instantiate(&mut store).and_then(|plugin| v0_1::configure(&plugin, &mut store, settings));
        configured.map_err(|error| store::fault(&error, store.data(), limits, budget))?
    }
}

/// An entry of the cache: why the plugin could not be snapshotted, and the compiled code.
fn entry(reason: Option<&str>, code: &[u8]) -> Vec<u8> {
    let reason_bytes = reason.unwrap_or_default().as_bytes();
    let length = reason.map_or(u32::MAX, |_| u32::try_from(reason_bytes.len()).unwrap_or(u32::MAX - 1));
    [&length.to_le_bytes()[..], reason_bytes, code].concat()
}

fn split_entry(entry: &[u8]) -> Option<(Option<String>, &[u8])> {
    let (length, rest) = entry.split_first_chunk()?;
    match u32::from_le_bytes(*length) {
        u32::MAX => Some((None, rest)),
        length => {
            let (reason, code) = rest.split_at_checked(length as usize)?;
            Some((Some(String::from_utf8(reason.to_vec()).ok()?), code))
        }
    }
}

/// A plugin with its settings, ready for samples. Shared between threads.
pub struct Configured {
    sandbox: Sandbox,
    pre: PluginPre<State>,
    limits: Limits,
    descriptor: Descriptor,
    /// The settings, where each instance has to be configured.
    settings: Option<String>,
    not_snapshotted: Option<String>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configured")
            .field("limits", &self.limits)
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

    /// Scores `sample` in an instance of its own.
    pub fn evaluate(&self, sample: &Sample) -> Evaluation {
        let start = Instant::now();
        let size = size(sample) + self.settings.as_ref().map_or(0, String::len);
        let budget = self.limits.budget(size);
        let _slot = self.sandbox.slot();
        let mut store = store::store(self.sandbox.engine(), &self.limits, size);
        let called = self.call(&mut store, sample);
        let result = match called {
            Ok(answer) => answer.and_then(|score| self.check(score, sample)),
            Err(error) => Err(store::fault(&error, store.data(), &self.limits, budget)),
        };
        let fuel = budget - fuel_left(&store).min(budget);
        let log = store.data_mut().log.take();
        drop(store);
        Evaluation { result, fuel, elapsed: start.elapsed(), log }
    }

    fn call(&self, store: &mut Store<State>, sample: &Sample) -> wasmtime::Result<Result<Score, Fault>> {
        let plugin = self.pre.instantiate(&mut *store)?;
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
        let mut store = store::store(self.sandbox.engine(), &self.limits, 0);
        let instantiated = self.pre.instantiate(&mut store);
        let plugin = instantiated.map_err(|error| store::fault(&error, store.data(), &self.limits, 0))?;
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
    /// Scores `sample` in the instance that scored the samples before.
    pub fn evaluate(&mut self, sample: &Sample) -> Result<Score, Fault> {
        let limits = &self.configured.limits;
        let budget = limits.budget(size(sample));
        store::refuel(&mut self.store, limits, size(sample));
        self.store.set_epoch_deadline(engine::ticks(limits.deadline));
        match v0_1::evaluate(&self.plugin, &mut self.store, sample) {
            Ok(answer) => answer.and_then(|score| self.configured.check(score, sample)),
            Err(error) => Err(store::fault(&error, self.store.data(), limits, budget)),
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
