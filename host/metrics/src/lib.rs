//! The trait that every metric implements, and the metrics that are built in.

mod builtin;
mod grounding;
mod metric;
mod plugin;
mod settings;
mod text;

pub use builtin::{BuiltinError, builtin, builtins};
pub use metric::{Cancel, Identity, Metric, Outcome, Work};
pub use plugin::{Isolated, PluginMetric};
pub use scorebox_sandbox::{
    Descriptor, Fault, FaultKind, Field, Finding, Kind, Message, Need, Role, Sample, Score, Span, ToolCall,
    Verdict,
};
