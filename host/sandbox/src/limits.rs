//! Every limit in one place: what one evaluation may use, what the host allows at most, and what nobody can change.
//!
//! [`Limits`] are those of one metric. A suite sets them, a host's policy puts a ceiling over them
//! ([`Limits::beyond`]), and [`Limits::MOST`] is the ceiling where there is no policy. The constants below hold for all
//! plugins alike, since they are properties of the engine or of reading a component.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Largest component that is looked at: 64 MiB. Python guests have 18. Checked before anything is parsed.
pub const MAX_COMPONENT_BYTES: usize = 64 << 20;
/// Bytes of stack of a guest: 512 KiB. Does not cover the guest's own stack in linear memory, which is memory.
pub const MAX_STACK_BYTES: usize = 512 << 10;
/// Core instances in one component: Python guests have several dozen.
pub const MAX_CORE_INSTANCES: u32 = 200;
/// Memories of one instance: QuickJS guests have three.
pub const MAX_MEMORIES: u32 = 16;
/// Tables of one instance.
pub const MAX_TABLES: u32 = 32;
/// Largest descriptor: 256 KiB.
pub const MAX_DESCRIPTOR_BYTES: usize = 256 << 10;
/// Shortest secret that a header may hold: 6 bytes. A shorter one stands in ordinary text, too, so that it could not be
/// taken out of what a server says. Does not cover how hard a secret is to guess.
pub const MIN_SECRET_BYTES: usize = 6;
/// Bytes of text in one score: its summary, the rules and messages of its findings, the names of its measures, each as JSON
/// writes it, since a record holds them so: 256 KiB. A control character takes up to six. Does not cover what stands around
/// them (up to 120 bytes for each of at most 10,000 findings), nor the log, which has a limit of its own.
pub const MAX_SCORE_TEXT_BYTES: usize = 256 << 10;
/// Bytes of random numbers in one call.
pub(crate) const MAX_RANDOM_BYTES: u64 = 64 << 10;
/// Fuel that a call of the host costs beside what it copies, so that host calls are no way around the budget.
pub(crate) const HOST_CALL_FUEL: u64 = 1_000;

/// What compiling one component may use. Compiling is untrusted work, so it is done by a process of its own, under the
/// operating system's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompileLimits {
    /// Wall-clock time, default 120 s; twice as much time of processors. A Python guest takes 10 s of a busy machine.
    #[serde(with = "millis", rename = "time_ms")]
    pub time: Duration,
    /// Bytes of memory, default 2 GiB. A Python guest takes 400 MB.
    pub memory: u64,
    /// Bytes of compiled code, default 256 MiB. A Python guest has 33 MB.
    pub code_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(120), memory: 2 << 30, code_bytes: 256 << 20 }
    }
}

/// What one evaluation may use. Every field says its unit, its default and what it does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Fuel for one call (`configure` with its instantiation, or `evaluate`), in wasmtime's units; default 200 million.
    /// The same program uses the same fuel on every machine. Does not cover time, since a unit is 0.03 to 0.4 ns, nor what
    /// the host does in a call beyond 1,000 units, nor compiling.
    pub fuel: u64,
    /// Further fuel for each byte of the sample (or of the settings), in the same units; default 10,000. Does not cover
    /// bytes that the plugin gets from files, hosts or the model: those it has to read within its budget.
    pub fuel_per_byte: u64,
    /// Bytes of all linear memories of an instance together, default 64 MiB. Does not cover the code of the component,
    /// nor what the host holds for it (see `returned_bytes`, `log_bytes`, `handles`), nor the other threads' instances.
    pub memory: u64,
    /// Elements of all tables of an instance together, a count; default 100,000. Does not cover the bytes
    /// that they take in the host, which are beside `memory`.
    pub table_elements: u64,
    /// Core instances that one evaluation may make, a count; default 200. Does not cover their memory.
    pub instances: u64,
    /// Handles to things in the host (streams, requests, files) that are open at once, a count; default 1,000. Does not
    /// cover what stands behind one, such as the 64 KiB that wait to be sent, nor how many are opened one after another.
    pub handles: u64,
    /// Wall-clock time of one call, default 10 s, with a grain of 10 ms. The backstop behind fuel. Does not cover the time
    /// that a sample waits for a thread, a slot or a worker, nor compiling.
    #[serde(with = "millis", rename = "deadline_ms")]
    pub deadline: Duration,
    /// Bytes that one crossing of the border may carry, default 4 MiB: what a call returns, or passes to one function of
    /// the host. Does not cover their sum over many calls of the host, which fuel and `host_calls` bound.
    pub returned_bytes: u64,
    /// Bytes of log that are kept of one call, standard output and standard error included, default 16 KiB; the rest is
    /// dropped and marked. Counted as JSON writes them, where a control character takes up to six; 16 bytes for each line.
    /// Does not cover findings and summaries, nor the host's own lines on refused requests.
    pub log_bytes: u64,
    /// Calls of the host in one evaluation, a count; default 10,000. Each costs 1,000 units of fuel as well. Does not
    /// cover how long one takes: see `deadline`.
    pub host_calls: u64,
    /// Bytes that one evaluation may send and receive over the network, default 4 MiB. Covers headers and encryption.
    /// Does not cover the look-up of names. Says nothing where no host is granted.
    pub http_bytes: u64,
    /// Requests that one evaluation may send, a count; default 20. Those that are refused count, too. Does not cover
    /// their size. Says nothing where no host is granted.
    pub http_requests: u64,
    /// Questions to the host's model in one evaluation, a count; default 10. Does not cover their size: see
    /// `model_tokens`. Says nothing where the model is not granted.
    pub model_calls: u64,
    /// Tokens of questions and answers together in one evaluation, default 20,000. A question with more than four bytes
    /// for each token that is left is not asked, and an answer is held to what is left. Does not cover by how much a
    /// tokenizer needs more than a token for four bytes: the last question may go that far beyond.
    pub model_tokens: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            fuel_per_byte: 10_000,
            memory: 64 << 20,
            table_elements: 100_000,
            instances: 200,
            handles: 1_000,
            deadline: Duration::from_secs(10),
            returned_bytes: 4 << 20,
            log_bytes: 16 << 10,
            host_calls: 10_000,
            http_bytes: 4 << 20,
            http_requests: 20,
            model_calls: 10,
            model_tokens: 20_000,
        }
    }
}

/// A limit that is beyond a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// The limit's name in suites and policies.
    pub limit: &'static str,
    /// What was asked for; milliseconds for the deadline.
    pub wanted: u64,
    /// What is allowed.
    pub ceiling: u64,
}

impl Limits {
    /// The most that any suite can ask for, whatever the policy says.
    pub const MOST: Self = Self {
        fuel: 1_000_000_000_000,
        fuel_per_byte: 1_000_000_000,
        memory: 1 << 30,
        table_elements: 100_000,
        instances: MAX_CORE_INSTANCES as u64,
        handles: 100_000,
        deadline: Duration::from_secs(3600),
        returned_bytes: 64 << 20,
        log_bytes: 1 << 20,
        host_calls: 10_000_000,
        http_bytes: 256 << 20,
        http_requests: 1_000,
        model_calls: 1_000,
        model_tokens: 10_000_000,
    };

    /// Fuel of a call that is given `input_bytes`.
    pub fn budget(&self, input_bytes: usize) -> u64 {
        self.fuel.saturating_add(self.fuel_per_byte.saturating_mul(input_bytes as u64))
    }

    /// Every limit by its name in suites and policies; the deadline in milliseconds.
    pub fn by_name(&self) -> [(&'static str, u64); 14] {
        [
            ("fuel", self.fuel),
            ("fuel_per_byte", self.fuel_per_byte),
            ("memory", self.memory),
            ("table_elements", self.table_elements),
            ("instances", self.instances),
            ("handles", self.handles),
            ("deadline", u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX)),
            ("returned_bytes", self.returned_bytes),
            ("log_bytes", self.log_bytes),
            ("host_calls", self.host_calls),
            ("http_bytes", self.http_bytes),
            ("http_requests", self.http_requests),
            ("model_calls", self.model_calls),
            ("model_tokens", self.model_tokens),
        ]
    }

    /// Sets the limit `name`, in the unit of [`Limits::by_name`]; `false` where there is none of that name.
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let place = match name {
            "fuel" => &mut self.fuel,
            "fuel_per_byte" => &mut self.fuel_per_byte,
            "memory" => &mut self.memory,
            "table_elements" => &mut self.table_elements,
            "instances" => &mut self.instances,
            "handles" => &mut self.handles,
            "deadline" => {
                self.deadline = Duration::from_millis(value);
                return true;
            }
            "returned_bytes" => &mut self.returned_bytes,
            "log_bytes" => &mut self.log_bytes,
            "host_calls" => &mut self.host_calls,
            "http_bytes" => &mut self.http_bytes,
            "http_requests" => &mut self.http_requests,
            "model_calls" => &mut self.model_calls,
            "model_tokens" => &mut self.model_tokens,
            _ => return false,
        };
        *place = value;
        true
    }

    /// The limits that are higher than those of `ceiling`.
    pub fn beyond(&self, ceiling: &Self) -> Vec<Beyond> {
        let pairs = self.by_name().into_iter().zip(ceiling.by_name());
        pairs
            .filter(|((_, wanted), (_, ceiling))| wanted > ceiling)
            .map(|((limit, wanted), (_, ceiling))| Beyond { limit, wanted, ceiling })
            .collect()
    }

    /// Each limit, or that of `ceiling` where it is lower.
    #[must_use]
    pub fn at_most(&self, ceiling: &Self) -> Self {
        Self {
            fuel: self.fuel.min(ceiling.fuel),
            fuel_per_byte: self.fuel_per_byte.min(ceiling.fuel_per_byte),
            memory: self.memory.min(ceiling.memory),
            table_elements: self.table_elements.min(ceiling.table_elements),
            instances: self.instances.min(ceiling.instances),
            handles: self.handles.min(ceiling.handles),
            deadline: self.deadline.min(ceiling.deadline),
            returned_bytes: self.returned_bytes.min(ceiling.returned_bytes),
            log_bytes: self.log_bytes.min(ceiling.log_bytes),
            host_calls: self.host_calls.min(ceiling.host_calls),
            http_bytes: self.http_bytes.min(ceiling.http_bytes),
            http_requests: self.http_requests.min(ceiling.http_requests),
            model_calls: self.model_calls.min(ceiling.model_calls),
            model_tokens: self.model_tokens.min(ceiling.model_tokens),
        }
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_names_what_is_beyond_it_and_takes_it_down() {
        let wanted = Limits { fuel: 900, deadline: Duration::from_secs(9), ..Limits::default() };
        let ceiling = Limits { fuel: 800, deadline: Duration::from_secs(3), ..Limits::MOST };
        let beyond = wanted.beyond(&ceiling);
        assert_eq!(
            beyond,
            [
                Beyond { limit: "fuel", wanted: 900, ceiling: 800 },
                Beyond { limit: "deadline", wanted: 9000, ceiling: 3000 }
            ]
        );
        assert_eq!(wanted.at_most(&ceiling).beyond(&ceiling), []);
        assert_eq!(Limits::default().beyond(&Limits::MOST), []);
    }

    #[test]
    fn every_limit_can_be_set_by_its_name() {
        let mut limits = Limits::default();
        for (number, (name, _)) in (1..).zip(Limits::MOST.by_name()) {
            assert!(limits.set(name, number), "{name}");
        }
        let values = limits.by_name().map(|(_, value)| value);
        assert_eq!(values, std::array::from_fn(|index| index as u64 + 1));
        assert!(!limits.set("time", 1));
    }
}
