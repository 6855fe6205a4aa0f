//! The standard interfaces, linked one by one: what a guest finds there says nothing about this machine.
//!
//! Clocks stand still, random numbers are seeded, there are no arguments and no environment, output goes into the log,
//! files are those that were granted, and sockets are names without anything behind them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasData, Linker, ResourceTable, ResourceType};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::p2::bindings::{cli, clocks, random, sync};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::add_only_http_to_linker_sync;
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::clock::{Clock, ClockView, HasClock};
use crate::fault::{Fault, FaultKind};
use crate::imports::Capability;
use crate::limits::{Limits, MAX_RANDOM_BYTES};
use crate::stdio::Printed;
use crate::store::{HostError, State};
use crate::waiting::{HasWaiting, waiting};
use crate::{Grants, files};

/// What the standard interfaces of one instance are made of.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    pub(crate) table: ResourceTable,
    clock: Clock,
    pub(crate) stdout: Printed,
    pub(crate) stderr: Printed,
}

impl std::fmt::Debug for Wasi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wasi").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Wasi {
    /// What a guest with `grants` sees. The error is a granted directory that cannot be opened.
    pub(crate) fn new(limits: &Limits, grants: &Grants) -> Result<Self, Fault> {
        let mut builder = WasiCtx::builder();
        // Reading a granted file takes no time worth a thread of its own. Directories remember what was said before them.
        builder.allow_blocking_current_thread(true);
        for grant in &grants.files {
            builder.preopened_dir(&grant.dir, &grant.name, FsPerms::ReadOnly).map_err(|error| {
                let reason = error.root_cause().to_string();
                Fault::new(
                    FaultKind::Refused,
                    format!("the granted directory {} cannot be opened: {reason}", grant.dir.display()),
                )
            })?;
        }
        Ok(Self::with(limits, builder))
    }

    fn with(limits: &Limits, mut builder: WasiCtxBuilder) -> Self {
        let log_bytes = usize::try_from(limits.log_bytes).unwrap_or(usize::MAX);
        let (stdout, stderr) = (Printed::new(log_bytes), Printed::new(log_bytes));
        builder
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .secure_random(ChaCha8Rng::seed_from_u64(0))
            .insecure_random(ChaCha8Rng::seed_from_u64(1))
            .insecure_random_seed(2)
            .max_random_size(MAX_RANDOM_BYTES)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        Self { ctx: builder.build(), table, clock: Clock::default(), stdout, stderr }
    }

    /// What a guest without grants sees.
    pub(crate) fn nothing(limits: &Limits) -> Self {
        Self::with(limits, WasiCtx::builder())
    }

    /// Whether the guest holds anything of the host's. A snapshot of its memory would then hold names of things that no
    /// other instance has.
    pub(crate) fn is_held(&self) -> bool {
        !self.table.is_empty()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let (wasi, http) = self.wasi_and_http();
        WasiHttpCtxView { ctx: &mut http.ctx, table: &mut wasi.table, hooks: &mut *http.requests }
    }
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

fn clock(state: &mut State) -> ClockView<'_> {
    let wasi = state.wasi();
    ClockView { clock: &mut wasi.clock, table: &mut wasi.table }
}

/// Links the interfaces of `capabilities`, and no others.
pub(crate) fn link(
    linker: &mut Linker<State>,
    engine: &Engine,
    component: &Component,
    capabilities: &[Capability],
) -> wasmtime::Result<()> {
    // Streams and pollables have no authority, and the others return them.
    wasmtime_wasi::p2::bindings::io::error::add_to_linker::<State, HasTable>(linker, |state| {
        state.ctx().table
    })?;
    sync::io::poll::add_to_linker::<State, HasWaiting>(linker, waiting)?;
    sync::io::streams::add_to_linker::<State, HasWaiting>(linker, waiting)?;
    for capability in capabilities {
        match capability {
            Capability::Clocks => {
                clocks::wall_clock::add_to_linker::<State, HasClock>(linker, clock)?;
                clocks::monotonic_clock::add_to_linker::<State, HasClock>(linker, clock)?;
            }
            Capability::Random => {
                random::random::add_to_linker::<State, WasiRandom>(linker, State::random)?;
                random::insecure::add_to_linker::<State, WasiRandom>(linker, State::random)?;
                random::insecure_seed::add_to_linker::<State, WasiRandom>(linker, State::random)?;
            }
            Capability::Cli => {
                cli::environment::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::exit::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::terminal_input::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::terminal_output::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::terminal_stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::terminal_stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
                cli::terminal_stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
            }
            Capability::Files => files::link(linker)?,
            Capability::Sockets => no_sockets(linker, engine, component)?,
            Capability::Http => add_only_http_to_linker_sync(linker)?,
            Capability::Types | Capability::Log | Capability::Model | Capability::Io => {}
        }
    }
    Ok(())
}

/// Gives the interfaces of sockets their names, so that Python guests load, and nothing behind them.
fn no_sockets(linker: &mut Linker<State>, engine: &Engine, component: &Component) -> wasmtime::Result<()> {
    for (name, import) in component.component_type().imports(engine) {
        let (ComponentItem::ComponentInstance(instance), Some(Capability::Sockets)) =
            (import.ty, Capability::of(name))
        else {
            continue;
        };
        let mut linker = linker.instance(name)?;
        for (export, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    let called = format!("{name}#{export}");
                    linker.func_new(export, move |_, _, _, _| {
                        Err(HostError::Denied { called: called.clone() }.into())
                    })?;
                }
                ComponentItem::Resource(_) => {
                    let resource = match export {
                        "pollable" => ResourceType::host::<DynPollable>(),
                        "input-stream" => ResourceType::host::<DynInputStream>(),
                        "output-stream" => ResourceType::host::<DynOutputStream>(),
                        "error" => ResourceType::host::<wasmtime_wasi::p2::IoError>(),
                        _ => ResourceType::host::<()>(),
                    };
                    linker.resource(export, resource, |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}
