//! Every limit in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one evaluation may use. Every field says its unit, its default and what it does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Fuel for one call (`configure` with its instantiation, or `evaluate`), in wasmtime's units; default 200 million.
    /// The same program uses the same fuel on every machine. It does not bound time: a unit is 0.03 to 0.4 ns.
    pub fuel: u64,
    /// Further fuel for each byte of the sample (or of the settings), default 10,000.
    pub fuel_per_byte: u64,
    /// Bytes of all linear memories of an instance together, default 64 MiB. Does not cover the code of the component.
    pub memory: u64,
    /// Elements of all tables of an instance together, default 100,000.
    pub table_elements: u64,
    /// Wall-clock time of one call, default 10 s, with a grain of 10 ms. The backstop behind fuel; covers the queue of
    /// no other call.
    #[serde(with = "millis", rename = "deadline_ms")]
    pub deadline: Duration,
    /// Bytes that one call may return or pass to the host, default 4 MiB.
    pub returned_bytes: u64,
    /// Bytes of log that are kept of one call, default 16 KiB; the rest is dropped and marked.
    pub log_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            fuel_per_byte: 10_000,
            memory: 64 << 20,
            table_elements: 100_000,
            deadline: Duration::from_secs(10),
            returned_bytes: 4 << 20,
            log_bytes: 16 << 10,
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

impl Limits {
    /// Fuel of a call that is given `input_bytes`.
    pub fn budget(&self, input_bytes: usize) -> u64 {
        self.fuel.saturating_add(self.fuel_per_byte.saturating_mul(input_bytes as u64))
    }
}
