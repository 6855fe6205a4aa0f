//! The state of one instance: its limits, what it may still ask of the host, and what it logged.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::{CallHook, Engine, Store, StoreContextMut};

use crate::Grants;
use crate::engine::ticks;
use crate::fault::{Fault, FaultKind};
use crate::http::{Hosts, Http, Route};
use crate::imports::Capability;
use crate::limiter::{Limiter, Refused};
use crate::limits::{HOST_CALL_FUEL, Limits};
use crate::model::{Model, ModelBudget};
use crate::score::json_length;
use crate::secrets::Secrets;
use crate::wasi::Wasi;
use crate::worker::Caller;

/// What the host keeps for one instance.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) log: Log,
    pub(crate) deadline: Instant,
    host_calls_left: u64,
    host_calls: u64,
    pub(crate) model: Option<Arc<dyn Model>>,
    pub(crate) model_budget: ModelBudget,
    wasi: Option<Box<Wasi>>,
    http: Option<Box<Http>>,
    limits: Limits,
    /// Whether the plugin's own code was reached.
    pub(crate) instantiated: bool,
}

/// What ended a call of the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    /// A limit of [`Limits`] other than fuel, memory and time.
    #[error("more than {ceiling} {what}: ask for less, or raise `limits.{limit}`")]
    Exceeded { limit: &'static str, what: &'static str, ceiling: u64 },
    /// An interface that nobody gets.
    #[error("the plugin called `{called}`, which no plugin may: build it without sockets")]
    Denied { called: String },
    /// It waited until the deadline.
    #[error("the deadline came while the plugin waited")]
    TimedOut,
}

impl State {
    /// The standard interfaces. They are made with the store of every component that imports any; what is made here,
    /// for one that does not, grants nothing.
    pub(crate) fn wasi(&mut self) -> &mut Wasi {
        let limits = &self.limits;
        self.wasi.get_or_insert_with(|| Box::new(Wasi::nothing(limits)))
    }

    /// The standard interfaces with that for requests. What is made here reaches nobody.
    pub(crate) fn wasi_and_http(&mut self) -> (&mut Wasi, &mut Http) {
        let (limits, deadline) = (&self.limits, self.deadline);
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Wasi::nothing(limits)));
        let http = self.http.get_or_insert_with(|| Box::new(Http::new(Route::default(), limits, deadline)));
        (wasi, http)
    }

    /// The fault, where requests reached a limit.
    pub(crate) fn http_fault(&self) -> Option<Fault> {
        self.http.as_ref().and_then(|http| http.requests.fault())
    }

    /// Whether the guest holds anything of the host's.
    pub(crate) fn is_held(&self) -> bool {
        self.wasi.as_ref().is_some_and(|wasi| wasi.is_held())
    }

    /// Takes what the guest printed, and what the host says of its requests, into its log.
    pub(crate) fn collect_output(&mut self) {
        for line in self.http.iter().flat_map(|http| http.requests.take_lines()) {
            self.log.say(&line);
        }
        let Some(wasi) = &self.wasi else { return };
        for (stream, lines) in [("stdout", wasi.stdout.take_lines()), ("stderr", wasi.stderr.take_lines())] {
            for line in lines {
                self.log.write(stream, &line);
            }
        }
    }

    fn count_host_call(&mut self) -> Result<(), HostError> {
        match self.host_calls_left.checked_sub(1) {
            Some(left) => {
                self.host_calls_left = left;
                Ok(())
            }
            None => Err(HostError::Exceeded {
                limit: "host_calls",
                what: "calls of the host",
                ceiling: self.host_calls,
            }),
        }
    }
}

/// A bounded log.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Vec<String>,
    left: u64,
    limit: u64,
    truncated: bool,
    /// The last line at level error: the panic message of a guest that then traps.
    pub(crate) last_error: Option<String>,
}

impl Log {
    fn new(limit: u64) -> Self {
        Self { lines: Vec::new(), left: limit, limit, truncated: false, last_error: None }
    }

    pub(crate) fn write(&mut self, level: &'static str, message: &str) {
        /// What a line costs beyond its text, so that empty lines end too.
        const LINE: u64 = 16;
        if self.truncated {
            return;
        }
        let cost = LINE + json_length(message) as u64;
        let Some(left) = self.left.checked_sub(cost) else {
            self.truncated = true;
            let mut part = message.to_owned();
            let room = usize::try_from(self.left.saturating_sub(LINE)).unwrap_or(0);
            cut(&mut part, fitting(message, room));
            self.lines.push(format!("{level}: {part}"));
            self.lines.push(format!("warn: the log was cut after {} bytes", self.limit));
            return;
        };
        self.left = left;
        if matches!(level, "error" | "stderr") && !message.trim().is_empty() {
            self.last_error = Some(message.to_owned());
        }
        self.lines.push(format!("{level}: {message}"));
    }

    /// A line of the host, which counts towards no limit of the guest.
    fn say(&mut self, line: &str) {
        self.lines.push(format!("host: {line}"));
    }

    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

/// How many bytes of `text` JSON writes in `room` bytes.
fn fitting(text: &str, room: usize) -> usize {
    let mut left = room;
    let mut buffer = [0; 4];
    let fits = |c: &char| {
        let length = json_length(c.encode_utf8(&mut buffer));
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    text.chars().take_while(fits).map(char::len_utf8).sum()
}

/// Shortens `text` to at most `limit` bytes, at a character's boundary.
pub(crate) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
}

/// What the stores of one plugin are made of.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    pub(crate) limits: Limits,
    grants: Grants,
    model: Option<Arc<dyn Model>>,
    /// Whether the plugin imports any of the standard interfaces.
    wasi: bool,
    /// How its requests leave, where it can send any.
    route: Option<Route>,
    pub(crate) secrets: Arc<Secrets>,
}

impl Means {
    pub(crate) fn new(
        limits: Limits,
        grants: Grants,
        model: Option<Arc<dyn Model>>,
        caller: Option<Caller>,
        capabilities: &[Capability],
    ) -> Self {
        let secrets = Arc::new(Secrets::of(&grants));
        let route = capabilities.contains(&Capability::Http).then(|| match caller {
            Some(caller) => Route::ByHost(caller),
            None => Route::Here(Arc::new(Hosts::new(&grants, Arc::clone(&secrets)))),
        });
        let wasi = capabilities.iter().any(|capability| capability.is_wasi());
        Self { limits, grants, model, wasi, route, secrets }
    }

    /// A store with everything that bounds one call; `input_bytes` is what the call is given.
    pub(crate) fn store(&self, engine: &Engine, input_bytes: usize) -> Result<Store<State>, Fault> {
        let limits = self.limits;
        let wasi = if self.wasi { Some(Box::new(Wasi::new(&limits, &self.grants)?)) } else { None };
        let deadline = Instant::now() + limits.deadline;
        let route = self.route.clone();
        let state = State {
            limiter: Limiter::new(&limits),
            log: Log::new(limits.log_bytes),
            deadline,
            host_calls_left: limits.host_calls,
            host_calls: limits.host_calls,
            model: self.model.clone(),
            model_budget: ModelBudget::new(&limits),
            wasi,
            http: route.map(|route| Box::new(Http::new(route, &limits, deadline))),
            limits,
            instantiated: false,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(ticks(limits.deadline));
        store.set_hostcall_fuel(usize::try_from(limits.returned_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        store.call_hook(charge);
        refuel(&mut store, &limits, input_bytes);
        Ok(store)
    }
}

/// Counts each call of the host, and lets it cost fuel.
fn charge(mut store: StoreContextMut<'_, State>, hook: CallHook) -> wasmtime::Result<()> {
    if matches!(hook, CallHook::CallingHost) {
        store.data_mut().count_host_call()?;
        let left = store.get_fuel()?.saturating_sub(HOST_CALL_FUEL);
        store.set_fuel(left)?;
    }
    Ok(())
}

/// Fills the budget up for a call that is given `input_bytes`.
pub(crate) fn refuel(store: &mut Store<State>, limits: &Limits, input_bytes: usize) {
    let fuel = limits.budget(input_bytes);
    // The engine counts fuel; that is the only way this can fail.
    let _ = store.set_fuel(fuel);
}

/// Fuel that is left.
pub(crate) fn fuel_left(store: &Store<State>) -> u64 {
    store.get_fuel().unwrap_or(0)
}

/// Names the error that ended a call.
pub(crate) fn fault(error: &wasmtime::Error, state: &mut State, budget: u64) -> Fault {
    use wasmtime::Trap;
    state.collect_output();
    if let Some(fault) = state.http_fault() {
        return fault;
    }
    let limits = &state.limits;
    let late = || {
        let ms = limits.deadline.as_millis();
        let message = format!("{ms} ms are over: raise `limits.deadline`, or do less for each sample");
        Fault::new(FaultKind::Deadline, message)
    };
    if let Some(error) = error.downcast_ref::<HostError>() {
        let kind = match error {
            HostError::Exceeded { .. } => FaultKind::OverBudget,
            HostError::Denied { .. } => FaultKind::Refused,
            HostError::TimedOut => return late(),
        };
        return Fault::new(kind, error.to_string());
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        let message =
            format!("the plugin ended itself with exit code {} instead of returning a score", exit.0);
        return Fault::new(FaultKind::Trap, message);
    }
    if let Some(wasmtime::component::ResourceTableError::Full) = error.downcast_ref() {
        let error = HostError::Exceeded {
            limit: "handles",
            what: "handles to things of the host at once",
            ceiling: limits.handles,
        };
        return Fault::new(FaultKind::OverBudget, error.to_string());
    }
    let trap = error.downcast_ref::<Trap>().copied();
    let (kind, message) = match trap {
        Some(Trap::OutOfFuel) => (
            FaultKind::OutOfFuel,
            format!(
                "the budget of {budget} units of fuel is spent ({} and {} for each byte that it was given): look for a \
                 loop without end, or raise `limits.fuel`",
                limits.fuel, limits.fuel_per_byte
            ),
        ),
        Some(Trap::Interrupt) => return late(),
        Some(Trap::StackOverflow) => {
            (FaultKind::StackOverflow, "the stack is full: look for a recursion without end".to_owned())
        }
        // An allocator that gets no more traps; a guest that goes on and then breaks a rule has done that.
        _ if let Some(refused) = state.limiter.refused.filter(|_| trap.is_some() || !state.instantiated) => {
            let (most, what, limit) = match refused {
                Refused::Memory => (limits.memory, "bytes of memory", "memory"),
                Refused::Elements => (limits.table_elements, "table elements", "table_elements"),
            };
            let message =
                format!("the plugin asked for more than {most} {what}: use less, or raise `limits.{limit}`");
            (FaultKind::OutOfMemory, message)
        }
        Some(trap) => {
            let message = match &state.log.last_error {
                Some(said) => format!("the plugin trapped ({trap}), and its last words were: {said}"),
                None => format!("the plugin trapped: {trap}"),
            };
            (FaultKind::Trap, message)
        }
        None if !state.instantiated => (
            FaultKind::Refused,
            format!("the component cannot be made an instance of: {}", error.root_cause()),
        ),
        None => (
            FaultKind::InvalidReturn,
            format!(
                "what the plugin returned, or passed to the host, does not follow the contract: {}",
                error.root_cause()
            ),
        ),
    };
    Fault::new(kind, message)
}
