//! One hostile plugin, and what is expected of the host.

use std::time::Duration;

use scorebox_sandbox::{FaultKind, Grants, Limits, Sample};

use crate::guests;
use crate::stage::Stage;

/// A row of the suite's table, or one of several for a row.
pub(crate) struct Case {
    /// Number of the row in `README.md`.
    pub(crate) row: u8,
    /// What the plugin does.
    pub(crate) name: &'static str,
    pub(crate) what: What,
}

pub(crate) enum What {
    /// A plugin that is taken in, configured, and given samples.
    Guest(Box<Guest>),
    /// Something that takes more than that.
    Scene(fn(&Stage) -> Said),
    /// Something that cannot happen here, or that something else shows: why, or where.
    Note(&'static str, &'static str),
}

/// A plugin that is taken in, configured, and given samples.
pub(crate) struct Guest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) settings: String,
    pub(crate) limits: Limits,
    pub(crate) grants: Grants,
    pub(crate) sample: Sample,
    pub(crate) expected: Expected,
}

/// How a plugin is stopped, by the stable name; or that it scores, since it could do no harm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Expected {
    AtLoad,
    Fault(FaultKind),
    Score(f64),
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) outcome: Expected,
    /// All that a user reads of it.
    pub(crate) text: String,
    /// Fuel, where a plugin ran.
    pub(crate) fuel: Option<u64>,
    pub(crate) elapsed: Duration,
}

/// What every guest gets unless its case says otherwise: small, so that attacks are over soon.
pub(crate) fn limits() -> Limits {
    Limits { fuel: 2_000_000, memory: 4 << 20, deadline: Duration::from_secs(60), ..Limits::default() }
}

pub(crate) fn sample() -> Sample {
    Sample { id: "s".into(), input: "Tea?".into(), output: "Grüße".into(), ..Sample::default() }
}

impl Case {
    /// A plugin in core WebAssembly, completed to an ordinary one.
    pub(crate) fn guest(row: u8, name: &'static str, wat: &str) -> Self {
        Self::bytes(row, name, guests::completed(wat))
    }

    /// A plugin, or what pretends to be one.
    pub(crate) fn bytes(row: u8, name: &'static str, bytes: Vec<u8>) -> Self {
        let guest = Guest {
            bytes,
            settings: "{}".to_owned(),
            limits: limits(),
            grants: Grants::default(),
            sample: sample(),
            expected: Expected::AtLoad,
        };
        Self { row, name, what: What::Guest(Box::new(guest)) }
    }

    pub(crate) fn scene(row: u8, name: &'static str, play: fn(&Stage) -> Said) -> Self {
        Self { row, name, what: What::Scene(play) }
    }

    /// What is tried elsewhere.
    pub(crate) fn note(row: u8, name: &'static str, verdict: &'static str, text: &'static str) -> Self {
        Self { row, name, what: What::Note(verdict, text) }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Guest)) -> Self {
        if let What::Guest(guest) = &mut self.what {
            change(guest);
        }
        self
    }

    pub(crate) fn faults(self, kind: FaultKind) -> Self {
        self.with(|guest| guest.expected = Expected::Fault(kind))
    }

    pub(crate) fn scores(self, value: f64) -> Self {
        self.with(|guest| guest.expected = Expected::Score(value))
    }

    /// Row and name, as the table and the snapshots have it.
    pub(crate) fn label(&self) -> String {
        format!("{:02} {}", self.row, self.name)
    }
}

impl Expected {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtLoad => "refused at load",
            Self::Fault(kind) => kind.name(),
            Self::Score(_) => "none, it scores",
        }
    }
}
