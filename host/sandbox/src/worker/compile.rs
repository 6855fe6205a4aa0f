//! Compiling in a process of its own. The host's side hands over bytes and takes code; the process's side reads bytes,
//! runs `describe` and `configure`, and writes code.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use super::desk::of_plugin;
use super::process::{End, Process, Task, WorkerCommand};
use super::protocol::{Channel, ChannelError};
use crate::Descriptor;
use crate::compile::{self, Compiled, Request};
use crate::confine::Confinement;
use crate::draft::Draft;
use crate::fault::{Fault, FaultKind};
use crate::limits::{CompileLimits, MAX_COMPONENT_BYTES, MAX_DESCRIPTOR_BYTES};

/// Bytes of a message without the component or its code: settings and what `describe` says stand in it.
const MESSAGE: usize = MAX_DESCRIPTOR_BYTES * 8;
const SETTINGS: usize = 64 << 20;
/// Bytes of what the kernel lacks.
const LACKING: usize = 64 << 10;

#[derive(Debug, Serialize, Deserialize)]
enum Ask<'a> {
    Describe(Request<'a>),
    Compile(Request<'a>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Described(Descriptor),
    /// The code follows as bytes.
    Compiled(Compiled),
    Fault(Fault),
}

/// Compiles by processes, a few at a time.
#[derive(Debug)]
pub(crate) struct Compilers {
    command: WorkerCommand,
    limits: CompileLimits,
    turns: Turns,
    /// The process that compiles everything, where all is of one author; `None` in it until it is needed.
    together: Option<Mutex<Option<(Process, Channel)>>>,
    /// What took more than it may, by digest: it would take as long with any other settings.
    beyond: Mutex<HashMap<String, Fault>>,
    /// What the kernel lacks to confine the processes. All of them find the same.
    lacking: OnceLock<Vec<String>>,
}

impl Compilers {
    pub(crate) fn new(command: WorkerCommand, limits: CompileLimits, one_author: bool) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Turns { free: Mutex::new(processors), freed: Condvar::new() };
        let together = one_author.then(Mutex::default);
        Self { command, limits, turns, together, beyond: Mutex::default(), lacking: OnceLock::new() }
    }

    /// What the kernel lacks to confine a process that compiles, in sentences; nothing as long as none did.
    pub(crate) fn lacking(&self) -> &[String] {
        self.lacking.get().map_or(&[], Vec::as_slice)
    }

    /// Runs `describe` of the component with this digest.
    pub(crate) fn describe(
        &self,
        digest: &str,
        component: &[u8],
        request: Request<'_>,
    ) -> Result<Descriptor, Fault> {
        self.in_turn(digest, || {
            self.ask(component, &Ask::Describe(request), |answer, _| match answer {
                Answer::Described(descriptor) => Some(Ok(descriptor)),
                Answer::Fault(fault) => Some(Err(fault)),
                Answer::Compiled(_) => None,
            })
        })
    }

    /// Compiles the component with this digest.
    pub(crate) fn compile(
        &self,
        digest: &str,
        component: &[u8],
        request: Request<'_>,
    ) -> Result<Compiled, Fault> {
        self.in_turn(digest, || self.compile_now(component, request))
    }

    /// Does `work` when it has its turn, unless a component of this digest took more than it may before: then the fault is
    /// the same, at once.
    fn in_turn<T>(&self, digest: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let beyond = || locked(&self.beyond);
        let _turn = self.turns.take();
        if let Some(fault) = beyond().get(digest) {
            return Err(fault.clone());
        }
        work().inspect_err(|fault| {
            if fault.kind == FaultKind::CompileLimit {
                beyond().insert(digest.to_owned(), fault.clone());
            }
        })
    }

    fn compile_now(&self, component: &[u8], request: Request<'_>) -> Result<Compiled, Fault> {
        let described = request.describe;
        let most = usize::try_from(self.limits.code_bytes).unwrap_or(usize::MAX);
        let ask = Ask::Compile(request);
        let compiled = self.ask(component, &ask, |answer, channel| match answer {
            Answer::Compiled(compiled) if compiled.descriptor.is_some() == described => {
                Some(Ok(channel.receive_bytes(most).map(|code| Compiled { code, ..compiled })))
            }
            Answer::Fault(fault) => Some(Err(fault)),
            _ => None,
        })?;
        if compiled.is_err()
            && let Some(together) = &self.together
        {
            // What it still says would be taken for the answer to what comes next.
            *locked(together) = None;
        }
        match compiled {
            Ok(mut compiled) => {
                if let Some(reason) = &mut compiled.not_snapshotted {
                    crate::store::cut(reason, 4096);
                }
                Ok(compiled)
            }
            Err(ChannelError::TooLarge { .. }) => Err(self.too_much_code()),
            Err(error) => Err(crashed(&error.to_string())),
        }
    }

    fn ask<T>(
        &self,
        component: &[u8],
        ask: &Ask<'_>,
        take: impl FnOnce(Answer, &mut Channel) -> Option<Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let mut together = self.together.as_ref().map(locked);
        let kept = together.as_mut().and_then(|kept| kept.take());
        let is_new = kept.is_none();
        let (process, mut channel) = kept.map_or_else(|| self.start(), Ok)?;
        channel.set_deadline(Instant::now() + self.limits.time);
        let ready = if is_new {
            // A process says what it lacks before it reads anything of the component's, so that is its own word.
            channel.receive::<Vec<String>>(LACKING).map(|lacking| drop(self.lacking.set(lacking)))
        } else {
            Ok(())
        };
        let answer = ready
            .and_then(|()| channel.send(ask))
            .and_then(|()| channel.send_bytes(component))
            .and_then(|()| channel.receive::<Answer>(MESSAGE));
        match answer {
            Ok(answer) => {
                let answer = match take(answer, &mut channel) {
                    Some(Ok(taken)) => Ok(taken),
                    Some(Err(fault)) if fault.kind == FaultKind::CompileLimit => {
                        return Err(self.out_of_memory());
                    }
                    Some(Err(fault)) => Err(of_plugin(fault).map_err(|error| crashed(&error.to_string()))?),
                    None => return Err(crashed("it answered something else than it was asked for")),
                };
                if let Some(kept) = &mut together {
                    **kept = Some((process, channel));
                }
                answer
            }
            Err(ChannelError::Late) => Err(self.out_of_time()),
            Err(ChannelError::Closed | ChannelError::Io(_)) => Err(self.ended(&process.end())),
            Err(error) => Err(crashed(&error.to_string())),
        }
    }

    fn start(&self) -> Result<(Process, Channel), Fault> {
        let confinement = Confinement::with_memory(self.limits.memory);
        let (task, confinement) = match self.together {
            // Its end comes with the host's; and each component has its deadline.
            Some(_) => (Task::CompileTogether, confinement),
            None => (Task::Compile, confinement.with_end_after(self.limits.time)),
        };
        Process::start(&self.command, task, &confinement)
            .map_err(|error| Fault::new(FaultKind::Internal, format!("no process to compile in: {error}")))
    }

    fn ended(&self, end: &End) -> Fault {
        // The words of the standard library, and those of the system's.
        let memory = ["memory allocation of", "Cannot allocate memory"];
        if end.signal() == Some(Signal::XCPU) {
            self.out_of_time()
        } else if memory.iter().any(|words| end.said.contains(words)) {
            self.out_of_memory()
        } else {
            crashed(&format!("it {end}"))
        }
    }

    fn out_of_time(&self) -> Fault {
        beyond("time", &format!("{} s", self.limits.time.as_secs_f64()))
    }

    fn out_of_memory(&self) -> Fault {
        beyond("memory", &format!("{} of memory", size(self.limits.memory)))
    }

    fn too_much_code(&self) -> Fault {
        beyond("code_bytes", &format!("{} of code", size(self.limits.code_bytes)))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn beyond(limit: &str, most: &str) -> Fault {
    let message = format!(
        "compiling the component took more than {most}, which is its limit: make the component smaller, or raise \
         `compile.{limit}` in the policy"
    );
    Fault::new(FaultKind::CompileLimit, message)
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

fn crashed(why: &str) -> Fault {
    let message = format!(
        "the process that compiled the component failed: {why}; try again, and if it happens again, do not use the \
         component and report it"
    );
    Fault::new(FaultKind::Crashed, message)
}

/// Lets so many at once.
#[derive(Debug)]
struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

struct Turn<'a>(&'a Turns);

impl Turns {
    fn take(&self) -> Turn<'_> {
        let free = locked(&self.free);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *locked(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

/// The process's side, after it was confined.
pub(super) fn serve(
    mut channel: Channel,
    draft: &Draft,
    engine: &Engine,
    lacking: &[String],
) -> Result<ExitCode, ChannelError> {
    channel.send(&lacking)?;
    loop {
        let ask = match channel.receive::<Ask<'static>>(SETTINGS) {
            Err(ChannelError::Closed) => return Ok(ExitCode::SUCCESS),
            ask => ask?,
        };
        let component = channel.receive_bytes(MAX_COMPONENT_BYTES)?;
        let answer = match &ask {
            Ask::Describe(request) => compile::describe(draft, &component, request).map(Answer::Described),
            Ask::Compile(request) => {
                compile::compile(draft, engine, &component, request).map(Answer::Compiled)
            }
        };
        let answer = answer.unwrap_or_else(Answer::Fault);
        channel.send(&answer)?;
        if let Answer::Compiled(compiled) = &answer {
            channel.send_bytes(&compiled.code)?;
        }
    }
}
