//! A plugin: loaded from bytes, configured once, and run in a fresh instance for every sample.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use crate::code_cache::CodeCache;
use crate::compile::{self, Compiled, Request};
use crate::draft::Draft;
use crate::fault::{Fault, FaultKind};
use crate::imports::Capability;
use crate::inspect::{self, Inspection, LoadError};
use crate::limits::Limits;
use crate::model::{Asked, Model};
use crate::sample::Sample;
use crate::score::Score;
use crate::secrets::Secrets;
use crate::store::{self, Means, State, fuel_left};
use crate::v0_1::{self, PluginPre};
use crate::worker::compile::Compilers;
use crate::worker::{Caller, WorkerCommand};
use crate::{CompileLimits, Descriptor, Grants, engine};

/// How a sandbox is set up.
#[derive(Debug, Clone, Default)]
pub struct SandboxConfig {
    /// Directory of the cache of compiled code; `None` to compile every time.
    pub cache: Option<PathBuf>,
    /// Instances at once, 1 to 512; zero is one. Further calls wait.
    pub concurrent: usize,
    /// What answers the plugins that were granted the model; without one they are told that it is unavailable.
    pub model: Option<Arc<dyn Model>>,
    /// How processes are started that compile and run plugins; `None` to compile in this process, where no limit holds
    /// against a component that is made to be compiled for ever.
    pub worker: Option<WorkerCommand>,
    /// What compiling a component may use, where it has a process of its own.
    pub compile: CompileLimits,
    /// Whether what is compiled after the first may use what was made for it: the functions that two builds of a plugin
    /// share, or one with two settings, are compiled once. Then one process compiles all, so a component that subverts it
    /// could change what it makes of the next: for the plugins of one author.
    pub one_author: bool,
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
pub struct Sandbox(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    compiler: Compiler,
    pub(crate) model: Option<Arc<dyn Model>>,
    /// The way to the host, in a process that has no other.
    caller: Option<Caller>,
    pub(crate) worker: Option<WorkerCommand>,
    /// Instances at once.
    pub(crate) concurrent: usize,
    cache: Option<CodeCache>,
    warnings: Mutex<Vec<String>>,
    free: AtomicU32,
}

/// Where components are compiled.
#[derive(Debug)]
enum Compiler {
    /// In this process.
    Here(Draft),
    /// In processes of their own.
    There(Box<Compilers>),
    /// Nowhere: what this process runs was compiled by another.
    None,
}

impl Sandbox {
    /// Starts the engine. A cache that cannot be used is left out, and [`Sandbox::warnings`] says so.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let concurrent = config.concurrent.clamp(1, 512);
        let functions = (config.one_author && config.worker.is_none()).then(Arc::default);
        let engine = engine::engine(slots(concurrent), functions.as_ref())?;
        engine::tick(&engine)?;
        let compiler = match &config.worker {
            Some(command) => {
                Compiler::There(Box::new(Compilers::new(command.clone(), config.compile, config.one_author)))
            }
            None => {
                let draft = Draft::new(functions.as_ref())?;
                engine::tick(&draft.engine)?;
                Compiler::Here(draft)
            }
        };
        let mut warnings = Vec::new();
        let cache = config.cache.and_then(|directory| {
            CodeCache::open(&directory)
                .map_err(|error| warnings.push(format!("plugins are compiled anew: {error}")))
                .ok()
        });
        Ok(Self(Arc::new(Shared {
            engine,
            compiler,
            model: config.model,
            caller: None,
            worker: config.worker,
            concurrent,
            cache,
            warnings: Mutex::new(warnings),
            free: AtomicU32::new(slots(concurrent)),
        })))
    }

    /// The sandbox of a process that runs what another one compiled, one instance at a time.
    pub(crate) fn of_worker(engine: Engine, caller: Caller, model: Option<Arc<dyn Model>>) -> Self {
        Self(Arc::new(Shared {
            engine,
            compiler: Compiler::None,
            model,
            caller: Some(caller),
            worker: None,
            concurrent: 1,
            cache: None,
            warnings: Mutex::default(),
            free: AtomicU32::new(slots(1)),
        }))
    }

    /// What does not work as it should, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.0.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Compiler::There(compilers) = &self.0.compiler {
            warnings.extend(compilers.lacking().iter().map(|lacking| format!("compiling: {lacking}")));
        }
        warnings
    }

    pub(crate) fn warn(&self, warnings: impl Iterator<Item = String>) {
        self.0.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
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

    /// Takes a component in whatever it asks for, to learn what it is: it gets nothing.
    pub fn load_without_grants(&self, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let inspection = inspect::inspect(bytes)?;
        let capabilities = inspect::capabilities(&inspection)?;
        let grants = Grants::default();
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

/// Slots of the pool: one more than asked for, so that a plugin can be configured while all others run.
fn slots(concurrent: usize) -> u32 {
    u32::try_from(concurrent).unwrap_or(512) + 1
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

    /// What it may do beyond computing.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// What is known without running it.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Runs `describe`, and checks what it says.
    pub fn describe(&self, limits: &Limits) -> Result<Descriptor, Fault> {
        let request = self.request("{}", limits);
        match &self.sandbox.0.compiler {
            Compiler::Here(draft) => compile::describe(draft, &self.bytes, &request),
            Compiler::There(compilers) => {
                let descriptor = compilers.describe(self.digest(), &self.bytes, request)?;
                descriptor.check().map_err(|reason| Fault::new(FaultKind::InvalidReturn, reason))?;
                Ok(descriptor)
            }
            Compiler::None => Err(no_compiler()),
        }
    }

    /// Compiles the plugin with its settings, or takes its code from the cache. What `configure` leaves in memory is
    /// snapshotted, and every sample starts from there; a component that cannot be snapshotted is configured anew in each
    /// instance. Settings that the plugin refuses are an [`FaultKind::InvalidSettings`] fault.
    pub fn prepare(&self, settings: &str, limits: &Limits) -> Result<Prepared, Fault> {
        let compiled = self.compiled(settings, limits)?;
        let Some(descriptor) = compiled.descriptor.clone().or_else(|| self.descriptor().cloned()) else {
            return Err(Fault::new(FaultKind::Internal, "nobody asked the component what it is"));
        };
        Ok(Prepared {
            loading: Loading {
                settings: compiled.not_snapshotted.as_ref().map(|_| settings.to_owned()),
                not_snapshotted: compiled.not_snapshotted,
                limits: *limits,
                capabilities: self.capabilities.clone(),
                grants: self.grants.clone(),
                descriptor,
            },
            code: Arc::new(compiled.code),
            sandbox: self.sandbox.clone(),
        })
    }

    /// Prepares the plugin and makes it ready in this process.
    pub fn configure(&self, settings: &str, limits: &Limits) -> Result<Configured, Fault> {
        self.prepare(settings, limits)?.here()
    }

    fn request<'a>(&self, settings: &'a str, limits: &Limits) -> Request<'a> {
        Request {
            settings: Cow::Borrowed(settings),
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
        if let Some(compiled) = cache.and_then(|cache| cache.get(&name)).and_then(Compiled::from_entry) {
            return Ok(compiled);
        }
        let compiled = match &shared.compiler {
            Compiler::Here(draft) => compile::compile(draft, &shared.engine, &self.bytes, &request)?,
            Compiler::There(compilers) => {
                let compiled = compilers.compile(self.digest(), &self.bytes, request)?;
                if let Some(descriptor) = &compiled.descriptor {
                    let reason = descriptor.check();
                    reason.map_err(|reason| Fault::new(FaultKind::InvalidReturn, reason))?;
                }
                compiled
            }
            Compiler::None => return Err(no_compiler()),
        };
        if let Some(cache) = cache {
            cache.put(&name, &compiled.to_entry());
        }
        Ok(compiled)
    }
}

fn no_compiler() -> Fault {
    Fault::new(FaultKind::Internal, "this process compiles nothing")
}

/// A plugin that was compiled with its settings, and has not run in this process.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) loading: Loading,
    pub(crate) code: Arc<Vec<u8>>,
    pub(crate) sandbox: Sandbox,
}

/// Everything about a prepared plugin beside its code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Loading {
    /// The settings, where each instance has to be configured.
    settings: Option<String>,
    not_snapshotted: Option<String>,
    pub(crate) limits: Limits,
    capabilities: Vec<Capability>,
    pub(crate) grants: Grants,
    pub(crate) descriptor: Descriptor,
}

impl Loading {
    /// Fuel of an evaluation of `sample`, and of `configure` where each instance has to be configured.
    pub(crate) fn budget(&self, sample: &Sample) -> u64 {
        self.limits.budget(size(sample) + self.settings.as_ref().map_or(0, String::len))
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("loading", &self.loading).finish_non_exhaustive()
    }
}

impl Prepared {
    /// What the plugin is: as its custom section says, or `describe` where it has none.
    pub fn descriptor(&self) -> &Descriptor {
        &self.loading.descriptor
    }

    /// Why each instance is configured anew; `None` where the plugin was snapshotted.
    pub fn not_snapshotted(&self) -> Option<&str> {
        self.loading.not_snapshotted.as_deref()
    }

    /// Whether an evaluation may wait for something outside this process.
    pub fn waits(&self) -> bool {
        self.loading.grants.wait()
    }

    /// Makes the plugin ready in this process.
    pub fn here(self) -> Result<Configured, Fault> {
        let component = self.load()?;
        self.ready(&component)
    }

    /// Loads the code, and makes the images of memory that instances start from.
    pub(crate) fn load(&self) -> Result<Component, Fault> {
        let engine = self.sandbox.engine();
        // SAFETY: the code comes from `Engine::precompile_component`, in this process or by way of the host's own processes
        // and `CodeCache`, which gives back only what this user's Scorebox wrote under this name (a keyed hash over name and
        // content); the name covers the engine's version and settings. A compiler's process that was subverted breaks this;
        // whoever reckons with that loads code in a worker alone (`isolation: process`), as the threat model says.
        #[expect(unsafe_code, reason = "code is kept between runs, and made by another process")]
        let loaded = unsafe { Component::deserialize(engine, self.code.as_slice()) };
        let loaded =
            loaded.and_then(|component| component.initialize_copy_on_write_image().map(|()| component));
        loaded.map_err(|error| {
            // Its name covers the engine, so what is left is a component that does not fit into the pool.
            Fault::new(
                FaultKind::Refused,
                format!("the component needs more than an instance gets: {}", error.root_cause()),
            )
        })
    }

    /// Makes what was loaded ready for samples.
    pub(crate) fn ready(self, component: &Component) -> Result<Configured, Fault> {
        let Loading { settings, not_snapshotted, limits, capabilities, grants, descriptor } = self.loading;
        let model = self.sandbox.0.model.clone();
        let configured = Configured {
            pre: compile::link(self.sandbox.engine(), component, &capabilities)?,
            means: Means::new(limits, grants, model, self.sandbox.0.caller.clone(), &capabilities),
            descriptor,
            settings,
            not_snapshotted,
            sandbox: self.sandbox,
        };
        // Settings that are refused are refused now, not at the first sample.
        configured.try_settings()?;
        Ok(configured)
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The score, or why there is none.
    pub result: Result<Score, Fault>,
    /// Fuel that the instance used from its start.
    pub fuel: u64,
    /// Bytes of all memories of the instance at its end, which is when they are largest.
    pub memory: u64,
    /// Wall-clock time, the instance's start and end included.
    pub elapsed: Duration,
    /// What the plugin logged, as `level: message`.
    pub log: Vec<String>,
    /// What it asked of the host's models; `None` where it asked nothing.
    pub asked: Option<Asked>,
}

impl Evaluation {
    /// That of a plugin which did not run.
    pub(crate) fn none(fault: Fault, elapsed: Duration) -> Self {
        Self { result: Err(fault), fuel: 0, memory: 0, elapsed, log: Vec::new(), asked: None }
    }
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
        let answer = configured.unwrap_or_else(|error| Err(store::fault(&error, store.data_mut(), budget)));
        store.data().http_fault().map_or(answer, Err).map_err(|mut fault| {
            self.means.secrets.redact(&mut fault.message);
            fault
        })
    }

    /// Scores `sample` in an instance of its own.
    pub fn evaluate(&self, sample: &Sample) -> Evaluation {
        let start = Instant::now();
        let size = size(sample) + self.settings.as_ref().map_or(0, String::len);
        let budget = self.means.limits.budget(size);
        let _slot = self.sandbox.slot();
        let mut store = match self.means.store(self.sandbox.engine(), size) {
            Ok(store) => store,
            Err(fault) => return Evaluation::none(fault, start.elapsed()),
        };
        let called = self.call(&mut store, sample);
        let result = match called {
            Ok(answer) => match store.data().http_fault() {
                Some(fault) => Err(fault),
                None => answer.and_then(|score| self.check(score, sample)),
            },
            Err(error) => Err(store::fault(&error, store.data_mut(), budget)),
        };
        let result = result.map_err(|fault| store.data().model_budget.blame(fault));
        let asked = store.data().model_budget.asked();
        let fuel = budget - fuel_left(&store).min(budget);
        store.data_mut().collect_output();
        let log = store.data_mut().log.take();
        let memory = store.data().limiter.memory as u64;
        drop(store);
        let mut evaluation = Evaluation { result, fuel, memory, elapsed: start.elapsed(), log, asked };
        redact(&self.means.secrets, &mut evaluation);
        evaluation
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
        check(score, sample, &self.descriptor)
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

/// Takes the secrets of a plugin's grants out of everything that it said.
pub(crate) fn redact(secrets: &Secrets, evaluation: &mut Evaluation) {
    if secrets.is_empty() {
        return;
    }
    evaluation.log.iter_mut().for_each(|line| secrets.redact(line));
    match &mut evaluation.result {
        Ok(score) => score.texts_mut().for_each(|text| secrets.redact(text)),
        Err(fault) => secrets.redact(&mut fault.message),
    }
}

/// A score that keeps the contract, or the fault that it is none.
pub(crate) fn check(score: Score, sample: &Sample, descriptor: &Descriptor) -> Result<Score, Fault> {
    match score.check(sample, descriptor.range) {
        Ok(()) => Ok(score),
        Err(reason) => Err(Fault::new(FaultKind::InvalidScore, reason)),
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
