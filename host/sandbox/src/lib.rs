//! Runs one plugin safely.

mod descriptor;
mod fault;
mod limits;
mod sample;
mod score;

pub use descriptor::{Descriptor, Kind, Need};
pub use fault::{Fault, FaultKind};
pub use limits::Limits;
pub use sample::{Field, Message, Role, Sample, ToolCall};
pub use score::{Finding, Score, Span, Verdict};
