//! Why a metric could not score. A fault is never a fail.

use serde::{Deserialize, Serialize};

/// A metric that could not score one sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct Fault {
    /// What happened, by its stable name.
    pub kind: FaultKind,
    /// What the author of the metric, suite or dataset can do about it.
    pub message: String,
}

impl Fault {
    /// A fault of `kind` with a message for the person who can mend it.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The fault as it may be shown, where it comes from a process that is not believed.
    pub(crate) fn shortened(mut self) -> Self {
        /// The longest words that a plugin can have logged, with some around them.
        const MOST: usize = crate::Limits::MOST.log_bytes as usize + (16 << 10);
        crate::store::cut(&mut self.message, MOST);
        self
    }
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// The stable names of faults. Names are never reused for another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum FaultKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl FaultKind {
            /// The stable name, in kebab-case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fault_kinds! {
    /// The fuel budget is spent.
    OutOfFuel => "out-of-fuel",
    /// The memory cap was reached and the plugin trapped.
    OutOfMemory => "out-of-memory",
    /// The wall-clock backstop fired, which another machine may not repeat.
    Deadline => "deadline",
    /// Recursion without end.
    StackOverflow => "stack-overflow",
    /// The guest trapped: a panic, an out-of-bounds access, `unreachable`.
    Trap => "trap",
    /// What the guest returned does not follow the canonical ABI: bad pointer, UTF-8 or discriminant, too many bytes.
    InvalidReturn => "invalid-return",
    /// The score breaks the contract: NaN, out of the declared range, a span outside its text.
    InvalidScore => "invalid-score",
    /// The plugin says that its settings are wrong.
    InvalidSettings => "invalid-settings",
    /// The sample lacks what the metric needs.
    InvalidSample => "invalid-sample",
    /// The plugin gave up, in its own words.
    Failed => "failed",
    /// The host would not do what the plugin needs.
    Refused => "refused",
    /// Compiling the component took more time or memory than it may.
    CompileLimit => "compile-limit",
    /// The process that compiled or ran the plugin ended; the others went on.
    Crashed => "crashed",
    /// A budget of host calls, model calls or tokens is spent.
    OverBudget => "over-budget",
    /// A model did not answer, or not in the form asked for.
    ModelUnavailable => "model-unavailable",
    /// The subject gave no output for this sample.
    Subject => "subject",
    /// The run was cancelled before this score was made.
    Cancelled => "cancelled",
    /// The host itself failed; a defect worth a report.
    Internal => "internal",
}

impl FaultKind {
    /// Whether a plugin can cause this fault by itself, so that a process that only runs it can say so. The others are the
    /// host's to say: that it was stopped, or what became of its processes, model and subject.
    pub(crate) fn is_of_plugins(self) -> bool {
        match self {
            Self::OutOfFuel
            | Self::OutOfMemory
            | Self::Deadline
            | Self::StackOverflow
            | Self::Trap
            | Self::InvalidReturn
            | Self::InvalidScore
            | Self::InvalidSettings
            | Self::InvalidSample
            | Self::Failed
            | Self::Refused
            | Self::OverBudget => true,
            Self::CompileLimit
            | Self::Crashed
            | Self::ModelUnavailable
            | Self::Subject
            | Self::Cancelled
            | Self::Internal => false,
        }
    }

    /// Whether the same component, settings and sample give this fault on every machine.
    pub fn is_deterministic(self) -> bool {
        !matches!(
            self,
            Self::Deadline
                | Self::CompileLimit
                | Self::Crashed
                | Self::ModelUnavailable
                | Self::Subject
                | Self::Cancelled
                | Self::Internal
        )
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
