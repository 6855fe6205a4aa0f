//! The process's side: it closes what it inherited, makes its engine, confines itself, and serves.

use std::ffi::OsString;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use super::process::{Task, WORKER};
use super::protocol::{Channel, ChannelError};
use super::{compile, pool};
use crate::confine::{ConfineError, Confinement, close_inherited, confine};
use crate::draft::Draft;
use crate::{SandboxError, engine};

/// Serves the host, if this process was started for that; `None` where it was started for anything else.
///
/// A program that starts a sandbox with a [`WorkerCommand`](crate::WorkerCommand) calls this first, before it has threads
/// or has read anything.
pub fn worker_main() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != WORKER {
        return None;
    }
    let served = serve(arguments.collect());
    Some(served.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    }))
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WorkerError {
    #[error("this command is what scorebox starts its own processes with; it is of no use to anybody else")]
    NotForYou,
    #[error(transparent)]
    Engine(#[from] SandboxError),
    #[error(transparent)]
    Confine(#[from] ConfineError),
    #[error(transparent)]
    Channel(#[from] ChannelError),
    #[error("no thread: {0}")]
    Thread(std::io::Error),
}

fn serve(arguments: Vec<OsString>) -> Result<ExitCode, WorkerError> {
    let (task, confinement) = parse(arguments).ok_or(WorkerError::NotForYou)?;
    let inherited = close_inherited();
    let socket = std::io::stdout().as_fd().try_clone_to_owned().map(UnixStream::from);
    let socket = socket.ok().filter(|socket| socket.peer_addr().is_ok()).ok_or(WorkerError::NotForYou)?;
    let channel = Channel::patient(socket);
    match task {
        Task::Compile | Task::CompileTogether => {
            let functions = (task == Task::CompileTogether).then(Arc::default);
            // Made before the process is confined.
            let draft = Draft::new(functions.as_ref())?;
            let engine = engine::engine(1, functions.as_ref())?;
            let lacking: Vec<_> = inherited.into_iter().chain(confine(&confinement)?).collect();
            engine::tick(&draft.engine)?;
            end_with_the_host()?;
            Ok(compile::serve(channel, &draft, &engine, &lacking)?)
        }
        Task::Evaluate => {
            let engine = engine::engine(1, None)?;
            let lacking = inherited.into_iter().chain(confine(&confinement)?).collect();
            engine::tick(&engine)?;
            end_with_the_host()?;
            pool::serve(channel, engine, lacking)
        }
    }
}

fn parse(arguments: Vec<OsString>) -> Option<(Task, Confinement)> {
    let [task, confinement]: [OsString; 2] = arguments.try_into().ok()?;
    let task = Task::ALL.into_iter().find(|known| *known.name() == *task)?;
    Some((task, serde_json::from_str(confinement.to_str()?).ok()?))
}

/// Ends this process when the host closes its end of standard input, as it does by ending itself, in whatever way.
fn end_with_the_host() -> Result<(), WorkerError> {
    let watch = || {
        let _ = std::io::stdin().lock().read(&mut [0]);
        std::process::exit(1);
    };
    std::thread::Builder::new()
        .name("scorebox-lifeline".to_owned())
        .stack_size(256 << 10)
        .spawn(watch)
        .map(drop)
        .map_err(WorkerError::Thread)
}
