//! From bytes to code: `describe` and `configure` run once, in unoptimised code; the memory that `configure` leaves is
//! snapshotted; and what comes out of that is compiled for all samples.
//!
//! All of it is work on a stranger's bytes, so it is a function from bytes to bytes that a process of its own can do.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::draft::{self, Draft};
use crate::fault::{Fault, FaultKind};
use crate::imports::Capability;
use crate::limits::Limits;
use crate::store::{self, Means, State};
use crate::v0_1::{self, PluginPre};
use crate::{Descriptor, snapshot, wasi};

/// What is to be compiled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request<'a> {
    pub(crate) settings: Cow<'a, str>,
    pub(crate) limits: Limits,
    pub(crate) capabilities: Vec<Capability>,
    /// Whether the state after `configure` may be snapshotted. What was granted (files, hosts, models) is not there
    /// where components are compiled, so a plugin with grants is configured in each instance.
    pub(crate) snapshot: bool,
    /// Whether to run `describe`, since the component does not say what it is.
    pub(crate) describe: bool,
}

/// What was made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compiled {
    /// What `describe` said, where it was asked for.
    pub(crate) descriptor: Option<Descriptor>,
    /// Why each instance is configured anew; `None` where the code starts from a snapshot.
    pub(crate) not_snapshotted: Option<String>,
    /// Machine code for [`crate::engine::engine`].
    #[serde(skip)]
    pub(crate) code: Vec<u8>,
}

impl Compiled {
    /// As an entry of the cache: the length of what is known beside the code, that as JSON, and the code.
    pub(crate) fn to_entry(&self) -> Vec<u8> {
        let known = serde_json::to_vec(self).unwrap_or_default();
        let length = u32::try_from(known.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&length[..], &known, &self.code].concat()
    }

    pub(crate) fn from_entry(mut entry: Vec<u8>) -> Option<Self> {
        let (length, rest) = entry.split_first_chunk()?;
        let (known, _) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let compiled: Self = serde_json::from_slice(known).ok()?;
        // Moved within its memory: an interpreter's code is as much again to allocate.
        let before = length.len() + known.len();
        entry.drain(..before);
        Some(Self { code: entry, ..compiled })
    }
}

/// Compiles `component`: `draft` for what runs once, `engine` for the samples.
pub(crate) fn compile(
    draft: &Draft,
    engine: &Engine,
    component: &[u8],
    request: &Request<'_>,
) -> Result<Compiled, Fault> {
    let descriptor = if request.describe { Some(describe(draft, component, request)?) } else { None };
    let snapshot = if request.snapshot {
        snapshot(draft, component, request)?
    } else {
        Err("a snapshot cannot hold what was granted to it".to_owned())
    };
    let (code, not_snapshotted) = match snapshot {
        Ok(snapshot) => (code(engine, &snapshot)?, None),
        Err(reason) => (code(engine, component)?, Some(reason)),
    };
    Ok(Compiled { descriptor, not_snapshotted, code })
}

/// Runs `describe`, and checks what it says.
pub(crate) fn describe(draft: &Draft, component: &[u8], request: &Request<'_>) -> Result<Descriptor, Fault> {
    let mut bytes = draft::bare(component);
    if draft.keeps()
        && let Ok((_, instrumented)) = snapshot::instrument(&bytes)
    {
        // What `configure` runs in will be asked for next, and says the same.
        bytes = instrumented;
    }
    let component = draft.compile(bytes).map_err(|error| refused(&error))?;
    let pre = link(&draft.engine, &component, &request.capabilities)?;
    let mut store = means(request).store(&draft.engine, 0)?;
    let budget = request.limits.budget(0);
    let described = instantiate(&pre, &mut store).and_then(|plugin| v0_1::describe(&plugin, &mut store));
    let descriptor = described.map_err(|error| store::fault(&error, store.data_mut(), budget))?;
    descriptor
        .and_then(|descriptor| descriptor.check().map(|()| descriptor))
        .map_err(|reason| Fault::new(FaultKind::InvalidReturn, format!("`describe`: {reason}")))
}

/// Links what `capabilities` name, and resolves everything that an instance needs.
pub(crate) fn link(
    engine: &Engine,
    component: &Component,
    capabilities: &[Capability],
) -> Result<PluginPre<State>, Fault> {
    let mut linker = Linker::new(engine);
    let linked = v0_1::link(&mut linker, capabilities).and_then(|()| {
        if capabilities.iter().any(|capability| capability.is_wasi()) {
            wasi::link(&mut linker, engine, component, capabilities)?;
        }
        PluginPre::new(linker.instantiate_pre(component)?)
    });
    linked.map_err(|error| {
        Fault::new(
            FaultKind::Refused,
            format!("the component does not fit the contract: {}", error.root_cause()),
        )
    })
}

/// Makes an instance.
pub(crate) fn instantiate(
    pre: &PluginPre<State>,
    store: &mut Store<State>,
) -> wasmtime::Result<v0_1::Plugin> {
    let plugin = pre.instantiate(&mut *store)?;
    store.data_mut().instantiated = true;
    Ok(plugin)
}

/// While something is compiled, nothing is granted.
fn means(request: &Request<'_>) -> Means {
    Means::new(request.limits, crate::Grants::default(), None, None, &request.capabilities)
}

fn code(engine: &Engine, component: &[u8]) -> Result<Vec<u8>, Fault> {
    engine.precompile_component(component).map_err(|error| refused(&error))
}

fn refused(error: &wasmtime::Error) -> Fault {
    let kind = if lacks_memory(error) { FaultKind::CompileLimit } else { FaultKind::Refused };
    Fault::new(kind, format!("the component does not compile: {}", error.root_cause()))
}

/// Whether the operating system gave no more memory: the component's doing, where a limit was set for compiling it.
fn lacks_memory(error: &wasmtime::Error) -> bool {
    let code = error.chain().find_map(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error);
        io.or_else(|| cause.downcast_ref::<rustix::io::Errno>().map(|errno| errno.raw_os_error()))
    });
    code == Some(rustix::io::Errno::NOMEM.raw_os_error())
}

/// The component as `configure` leaves it, or why there can be none.
fn snapshot(
    draft: &Draft,
    component: &[u8],
    request: &Request<'_>,
) -> Result<Result<Vec<u8>, String>, Fault> {
    let bare = draft::bare(component);
    let (context, instrumented) = match snapshot::instrument(&bare) {
        Ok(instrumented) => instrumented,
        Err(reason) => return Ok(Err(reason)),
    };
    let component = match draft.compile(instrumented) {
        Ok(component) => component,
        Err(error) => return Ok(Err(error.root_cause().to_string())),
    };
    let pre = match link(&draft.engine, &component, &request.capabilities) {
        Ok(pre) => pre,
        Err(fault) => return Ok(Err(fault.message)),
    };
    let settings = request.settings.as_ref();
    let mut store = means(request).store(&draft.engine, settings.len())?;
    let budget = request.limits.budget(settings.len());
    let mut configure = || {
        let instance = pre.instance_pre().instantiate(&mut store)?;
        store.data_mut().instantiated = true;
        let plugin = v0_1::Plugin::new(&mut store, &instance)?;
        let configured = v0_1::configure(&plugin, &mut store, settings)?;
        Ok((instance, configured))
    };
    let (instance, answer) =
        configure().map_err(|error: wasmtime::Error| store::fault(&error, store.data_mut(), budget))?;
    answer?;
    if store.data().is_held() {
        return Ok(Err("it holds handles of the host after `configure`".to_owned()));
    }
    store::refuel(&mut store, &Limits { fuel: u64::MAX, ..request.limits }, 0);
    Ok(snapshot::take(&context, &mut store, instance))
}
