//! A process gives up what it does not need: memory, files, the network, other processes, its user.
//!
//! The engine is the first boundary around a stranger's code, and this is the second one: what a process that compiles
//! or runs it can still do if the first one has a hole. It is done by the process itself, while it has one thread and
//! has read nothing from a stranger. What the process opened before stays open, so whatever needs a file (the engine's
//! view of its own memory) comes first.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod syscalls;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a process may still use of the operating system. What does not stand here, it may not use at all: no network,
/// no other files, no other processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confinement {
    /// Bytes of data: the heap, stacks of threads, and the memories of guests. Reserved addresses do not count. Memory that
    /// would not count either cannot be had: none that is shared, and no stack that grows by itself.
    pub memory: u64,
    /// Whether it may keep memory in files without a name, as the engine does with what instances start from, until
    /// [`no_more_images`] says that all are made. Nothing counts these together.
    pub memory_images: bool,
    /// Time of processors, in seconds; `None` for a process that works as long as it is asked to.
    pub cpu_seconds: Option<u64>,
    /// Files that are open at once.
    pub open_files: u64,
    /// Directories that it may read.
    pub read_dirs: Vec<PathBuf>,
}

impl Confinement {
    /// `memory`, and nothing else.
    pub fn with_memory(memory: u64) -> Self {
        Self {
            memory,
            memory_images: false,
            cpu_seconds: None,
            open_files: OPEN_FILES,
            read_dirs: Vec::new(),
        }
    }

    /// With an end by the kernel for a process that should be done after `time`, should nobody be left to end it: more
    /// than all processors can spend in that time, so that whoever watches the clock is always the first.
    pub(crate) fn with_end_after(self, time: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let seconds = time.as_secs().saturating_add(2).saturating_mul(processors);
        Self { cpu_seconds: Some(seconds), ..self }
    }
}

/// Addresses that a process may take beyond those of its engine: 256 GiB. Sixteen memories of 4 GiB with their guards, and
/// stacks and heaps for the threads of a large machine. Reserved addresses cost nothing, but to look at each page of them
/// costs its entry in a table of the kernel, that is half a gigabyte for all of these.
#[cfg(target_os = "linux")]
const ADDRESSES: u64 = 256 << 30;
/// Threads of all processes of plugins together, where those have a user of their own.
#[cfg(target_os = "linux")]
const THREADS: u64 = 8192;
/// Files that a process has open for itself: its streams, its own memory, memory images of components.
const OPEN_FILES: u64 = 256;

/// Why a process is not confined. It must not go on.
#[derive(Debug, thiserror::Error)]
#[error("the process cannot give up {what}: {why}")]
pub struct ConfineError {
    what: &'static str,
    why: String,
}

/// Closes what this process inherited beside its three streams: whoever started the host may have left files open that
/// neither the host nor a plugin knows of. Comes before the process opens anything itself. What this kernel lacks for that
/// comes back as a sentence.
#[cfg(target_os = "linux")]
pub(crate) fn close_inherited() -> Option<String> {
    linux::close_inherited()
}

/// Closes nothing, which [`confine`] says.
#[cfg(not(target_os = "linux"))]
pub(crate) fn close_inherited() -> Option<String> {
    None
}

/// Confines this process, for good. What this kernel lacks for that comes back in sentences; everything else that does
/// not work is an error.
#[cfg(target_os = "linux")]
pub fn confine(confinement: &Confinement) -> Result<Vec<String>, ConfineError> {
    linux::confine(confinement)
}

/// Confines nothing, and says so.
#[cfg(not(target_os = "linux"))]
pub fn confine(_: &Confinement) -> Result<Vec<String>, ConfineError> {
    Ok(vec![
        "this system has neither Landlock nor seccomp: processes of plugins see its files and its network, as their \
         user does, and what was open when scorebox was started"
            .to_owned(),
    ])
}

/// From here on nothing keeps memory in files without a name. For a process that may do that until all its plugins are
/// loaded, and before it runs the first of them.
#[cfg(target_os = "linux")]
pub fn no_more_images() -> Result<(), ConfineError> {
    syscalls::deny_images()
}

/// Denies nothing, which [`confine`] says.
#[cfg(not(target_os = "linux"))]
pub fn no_more_images() -> Result<(), ConfineError> {
    Ok(())
}
