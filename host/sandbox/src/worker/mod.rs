//! Processes that compile and run strangers' code, under the operating system's limits.
//!
//! Both are this very program, started with a hidden argument, an empty environment and three streams: standard input,
//! which only tells it by its end that the host is gone; standard output, a socket that carries the frames of
//! [`protocol`]; and standard error, of which the host keeps the last words. Such a process first closes whatever else it
//! inherited, then makes its engine, then [confines](crate::confine) itself, and only then does it read anything.
//!
//! - *Compiling* ([`compile`]) takes one process a component. It costs what [`CompileLimits`](crate::CompileLimits) say
//!   at most: a component that takes longer, or more memory, is a clear fault, and the host goes on.
//! - *Evaluating* ([`Workers`]) is the second boundary around plugins, for those who ask for it: one process for each
//!   thread that scores, with all plugins of the run. It may crash; what it held is a fault, and another takes its place.
//!
//! What comes back is as untrusted as the component: its size is capped, it is decoded strictly, it is waited for no
//! longer than until a deadline, and a score is checked again.

pub(crate) mod child;
pub(crate) mod compile;
mod desk;
mod host_calls;
mod pool;
mod process;
pub(crate) mod protocol;
mod requests;
mod wire;

pub use child::worker_main;
pub(crate) use host_calls::Caller;
pub use pool::{Workers, WorkersError};
pub use process::WorkerCommand;
pub(crate) use requests::DistantRequests;
