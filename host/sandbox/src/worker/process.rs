//! Starting one of the host's own processes, and what is left of it.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::Signal;

use super::protocol::Channel;
use crate::confine::Confinement;

/// The argument by which a program knows that it is a process of the host.
pub(crate) const WORKER: &str = "sandbox-worker";
/// How long a process that closed its connection may take to end.
const ENDING: Duration = Duration::from_secs(2);
/// Characters of a process's last words that are shown.
const LAST_WORDS: usize = 400;

/// How the host starts processes that compile and run plugins. The program has to call [`worker_main`](crate::worker_main)
/// before it does anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// What it is called with; the host adds further arguments.
    pub arguments: Vec<String>,
}

impl WorkerCommand {
    /// `program`, which calls [`worker_main`](crate::worker_main).
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: vec![WORKER.to_owned()] }
    }

    /// The program that is running, even where its file was replaced since.
    pub fn this_program() -> std::io::Result<Self> {
        let running = PathBuf::from("/proc/self/exe");
        let program = if running.exists() { running } else { std::env::current_exe()? };
        Ok(Self::new(program))
    }
}

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Compile,
    /// One component after another, all of one author.
    CompileTogether,
    Evaluate,
}

impl Task {
    pub(crate) const ALL: [Self; 3] = [Self::Compile, Self::CompileTogether, Self::Evaluate];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::CompileTogether => "compile-together",
            Self::Evaluate => "evaluate",
        }
    }
}

/// A process of the host. It ends with this value, and with the host.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Open as long as the host lives.
    _lifeline: Option<ChildStdin>,
    errors: File,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) status: Option<ExitStatus>,
    /// What it wrote to standard error, shortened.
    pub(crate) said: String,
}

impl Process {
    pub(crate) fn start(
        command: &WorkerCommand,
        task: Task,
        confinement: &Confinement,
    ) -> std::io::Result<(Self, Channel)> {
        let (here, there) = UnixStream::pair()?;
        // A pipe holds 64 KiB. Without waiting for room, the rest of what a process says is dropped.
        let (errors, said) = std::io::pipe()?;
        let errors = File::from(OwnedFd::from(errors));
        fcntl_setfl(&errors, fcntl_getfl(&errors)? | OFlags::NONBLOCK)?;
        fcntl_setfl(&said, fcntl_getfl(&said)? | OFlags::NONBLOCK)?;
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .arg(task.name())
            .arg(serde_json::to_string(confinement)?)
            .env_clear()
            .current_dir("/")
            // A Ctrl-C is for the host, which ends its processes when their work is done.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(OwnedFd::from(there))
            .stderr(said)
            .spawn()?;
        let lifeline = child.stdin.take();
        let process = Self { child, _lifeline: lifeline, errors };
        Ok((process, Channel::punctual(here)?))
    }

    /// How the process ended, once it is known that it does; one that lingers is killed.
    pub(crate) fn end(mut self) -> End {
        let until = Instant::now() + ENDING;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) | Err(_) => break self.kill(),
            }
        };
        End { status, said: self.said() }
    }

    fn kill(&mut self) -> Option<ExitStatus> {
        // One that has ended already cannot be killed, which is as good.
        let _ = self.child.kill();
        self.child.wait().ok()
    }

    fn said(&mut self) -> String {
        let mut said = Vec::new();
        // Ends with an error where another process still holds the pipe; what came before it counts.
        let _ = (&self.errors).take(64 << 10).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let mut words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        crate::store::cut(&mut words, LAST_WORDS);
        words
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl End {
    /// The signal that ended it.
    pub(crate) fn signal(&self) -> Option<Signal> {
        self.status.and_then(|status| status.signal()).and_then(Signal::from_named_raw)
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.as_ref();
        match (status.and_then(ExitStatus::code), status.and_then(ExitStatus::signal)) {
            (Some(code), _) => write!(f, "ended with exit code {code}")?,
            (None, Some(signal)) => match signal_name(signal) {
                Some(name) => write!(f, "was ended by signal {signal} ({name})")?,
                None => write!(f, "was ended by signal {signal}")?,
            },
            (None, None) => f.write_str("ended")?,
        }
        if self.said.is_empty() { Ok(()) } else { write!(f, ", and its last words were: {}", self.said) }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    let names = [
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    names.into_iter().find(|(known, _)| known.as_raw() == signal).map(|(_, name)| name)
}
