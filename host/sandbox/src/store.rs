//! The state of one instance: its limits, and what it logged.

use wasmtime::{Engine, Store};

use crate::engine::ticks;
use crate::fault::FaultKind;
use crate::limiter::Limiter;
use crate::limits::Limits;

/// What the host keeps for one instance.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) log: Log,
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
        let cost = LINE + message.len() as u64;
        let Some(left) = self.left.checked_sub(cost) else {
            self.truncated = true;
            let mut part = message.to_owned();
            cut(&mut part, usize::try_from(self.left.saturating_sub(LINE)).unwrap_or(0));
            self.lines.push(format!("{level}: {part}"));
            self.lines.push(format!("warn: the log was cut after {} bytes", self.limit));
            return;
        };
        self.left = left;
        if level == "error" {
            self.last_error = Some(message.to_owned());
        }
        self.lines.push(format!("{level}: {message}"));
    }

    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

/// Shortens `text` to at most `limit` bytes, at a character's boundary.
pub(crate) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
}

/// A store with everything that bounds one call; `input_bytes` is what the call is given.
pub(crate) fn store(engine: &Engine, limits: &Limits, input_bytes: usize) -> Store<State> {
    let state = State { limiter: Limiter::new(limits), log: Log::new(limits.log_bytes) };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_epoch_deadline(ticks(limits.deadline));
    let returned = usize::try_from(limits.returned_bytes).unwrap_or(usize::MAX);
    store.set_hostcall_fuel(returned);
    // No interface of the contract has a resource.
    store.set_max_component_handles(16);
    refuel(&mut store, limits, input_bytes);
    store
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
pub(crate) fn fault(error: &wasmtime::Error, state: &State, limits: &Limits, budget: u64) -> crate::Fault {
    use wasmtime::Trap;
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
        Some(Trap::Interrupt) => (
            FaultKind::Deadline,
            format!(
                "{} ms are over: raise `limits.deadline`, or do less for each sample",
                limits.deadline.as_millis()
            ),
        ),
        Some(Trap::StackOverflow) => {
            (FaultKind::StackOverflow, "the stack is full: look for a recursion without end".to_owned())
        }
        _ if state.limiter.refused => (
            FaultKind::OutOfMemory,
            format!(
                "the plugin asked for more than {} bytes of memory or {} table elements: use less, or raise `limits.memory`",
                limits.memory, limits.table_elements
            ),
        ),
        Some(trap) => {
            let message = match &state.log.last_error {
                Some(said) => format!("the plugin trapped ({trap}), and its last words were: {said}"),
                None => format!("the plugin trapped: {trap}"),
            };
            (FaultKind::Trap, message)
        }
        None => (
            FaultKind::InvalidReturn,
            format!("what the plugin returned does not follow the contract: {}", error.root_cause()),
        ),
    };
    crate::Fault::new(kind, message)
}
