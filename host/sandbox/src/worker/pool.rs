//! Evaluating in processes: `isolation: process`.
//!
//! A process holds all plugins of a run and evaluates one sample at a time, in fresh instances as always. A sample goes
//! over once for all its plugins, since the way there and back is what this isolation costs.

use std::borrow::Cow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use super::child::WorkerError;
use super::desk::{self, Account, Desk};
use super::host_calls::{Caller, DistantModel, Line, Said, lock};
use super::process::{Process, Task, WorkerCommand};
use super::protocol::{Channel, ChannelError};
use crate::confine::{Confinement, no_more_images};
use crate::fault::{Fault, FaultKind};
use crate::limits::MAX_DESCRIPTOR_BYTES;
use crate::model::Model;
use crate::plugin::{Configured, Evaluation, Loading, Prepared, Sandbox};
use crate::sample::Sample;

/// How much longer than its plugins' deadlines a process may take. The engine in it keeps the deadlines; this is for a
/// process that keeps none.
const GRACE: Duration = Duration::from_secs(5);
/// Time to start, and to load code.
const START: Duration = Duration::from_secs(60);
/// A plugin that ended this many processes gets no further one.
const MOST_CRASHES: u32 = 20;
/// What a process needs beside code and instances: its heap, the stacks of its threads, the tables of the pool.
const SLACK: u64 = 512 << 20;
/// Bytes of a sample.
const SAMPLE: usize = 1 << 30;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load<'a> {
    /// The code of each follows as bytes.
    plugins: Vec<Cow<'a, Loading>>,
    /// Whether the host has a model.
    model: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ready {
    /// What the kernel lacks to confine it.
    lacking: Vec<String>,
    /// The plugins that cannot be used.
    faults: Vec<(usize, Fault)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluate<'a> {
    plugins: Cow<'a, [usize]>,
    sample: Cow<'a, Sample>,
}

/// Why plugins cannot be run in processes.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// The sandbox was not told how to start a process.
    #[error("this program does not say how its processes are started, so plugins can only run in it")]
    NoCommand,
    /// The first process did not start.
    #[error("the process for plugins does not start: {0}")]
    Start(String),
    /// It started, and some plugins cannot be used: by their position, and why.
    #[error("{} plugins cannot be used", .0.len())]
    Plugins(Vec<(usize, Fault)>),
}

/// Processes that evaluate, one for each thread that asks.
#[derive(Debug)]
pub struct Workers {
    accounts: Vec<Account>,
    crashes: Vec<AtomicU32>,
    command: WorkerCommand,
    confinement: Confinement,
    lacking: Vec<String>,
    idle: Mutex<Idle>,
    freed: Condvar,
    most: usize,
}

#[derive(Debug)]
struct Idle {
    free: Vec<Worker>,
    started: usize,
}

#[derive(Debug)]
struct Worker {
    process: Process,
    channel: Channel,
}

/// What became of a process instead of an answer.
enum Failure {
    /// There was none to begin with.
    Start(String),
    /// It ended, or said what no process of the host says.
    Crash(String),
    /// It did not answer.
    Late,
}

impl Workers {
    /// Starts the first process with `plugins`, which are named by their positions from here on; others follow when they
    /// are needed.
    pub fn start(sandbox: &Sandbox, plugins: Vec<Prepared>) -> Result<Self, WorkersError> {
        let command = sandbox.0.worker.clone().ok_or(WorkersError::NoCommand)?;
        let waiting = plugins.iter().any(Prepared::waits);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut workers = Self {
            crashes: plugins.iter().map(|_| AtomicU32::new(0)).collect(),
            confinement: confinement(&plugins, processors),
            accounts: plugins.into_iter().map(Account::new).collect(),
            command,
            lacking: Vec::new(),
            idle: Mutex::new(Idle { free: Vec::new(), started: 1 }),
            freed: Condvar::new(),
            // More than processors help only where some wait for the world outside.
            most: if waiting { sandbox.0.concurrent } else { sandbox.0.concurrent.min(processors) },
        };
        let (worker, ready) = workers.launch().map_err(|failure| match failure {
            Failure::Start(why) => WorkersError::Start(why),
            Failure::Crash(why) => WorkersError::Start(format!("it {why}")),
            Failure::Late => WorkersError::Start(format!("it took more than {} s", START.as_secs())),
        })?;
        if !ready.faults.is_empty() {
            return Err(WorkersError::Plugins(ready.faults));
        }
        sandbox.warn(ready.lacking.iter().map(|lacking| format!("isolation: {lacking}")));
        workers.lacking = ready.lacking;
        workers.idle().free.push(worker);
        Ok(workers)
    }

    /// What the kernel lacks to confine the processes, in sentences.
    pub fn lacking(&self) -> &[String] {
        &self.lacking
    }

    /// The plugin at `position`.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn plugin(&self, position: usize) -> &Prepared {
        &self.accounts[position].plugin
    }

    /// Scores `sample` with the plugins at these positions, in their order. A plugin whose process ends has a
    /// [`FaultKind::Crashed`] fault, and the others do not notice.
    pub fn evaluate(&self, sample: &Sample, plugins: &[usize]) -> Vec<Evaluation> {
        let start = Instant::now();
        let evaluated = match plugins {
            [plugin] => match self.crashes_of(*plugin) {
                crashes if crashes < MOST_CRASHES => self.together(sample, plugins),
                crashes => Err(Failure::Start(format!("this plugin ended {crashes} of them"))),
            },
            _ if plugins.iter().any(|plugin| self.crashes_of(*plugin) > 0) => {
                return self.singly(sample, plugins);
            }
            _ => self.together(sample, plugins),
        };
        let fault = match evaluated {
            Ok(evaluations) => return evaluations,
            // One of them ended it, and nobody knows which.
            Err(Failure::Crash(_) | Failure::Late) if plugins.len() > 1 => {
                return self.singly(sample, plugins);
            }
            Err(failure) => self.fault(plugins, failure),
        };
        plugins.iter().map(|_| Evaluation::none(fault.clone(), start.elapsed())).collect()
    }

    fn singly(&self, sample: &Sample, plugins: &[usize]) -> Vec<Evaluation> {
        plugins.iter().flat_map(|plugin| self.evaluate(sample, &[*plugin])).collect()
    }

    fn loading(&self, plugin: usize) -> &Loading {
        &self.accounts[plugin].plugin.loading
    }

    fn crashes_of(&self, plugin: usize) -> u32 {
        self.crashes[plugin].load(Ordering::Relaxed)
    }

    fn fault(&self, plugins: &[usize], failure: Failure) -> Fault {
        if let ([plugin], Failure::Crash(_) | Failure::Late) = (plugins, &failure) {
            self.crashes[*plugin].fetch_add(1, Ordering::Relaxed);
        }
        match failure {
            Failure::Start(why) => {
                Fault::new(FaultKind::Crashed, format!("no process to run the plugin in: {why}"))
            }
            Failure::Crash(why) => Fault::new(
                FaultKind::Crashed,
                format!(
                    "the process that ran the plugin {why}; run the sample again, and if it happens again, do not use \
                     the plugin and report it"
                ),
            ),
            Failure::Late => Fault::new(
                FaultKind::Deadline,
                format!(
                    "the process that ran the plugin gave no answer within {} ms and was ended: report the plugin, whose \
                     deadline should have come first",
                    (self.patience(plugins)).as_millis()
                ),
            ),
        }
    }

    /// How long a process may take for these plugins.
    fn patience(&self, plugins: &[usize]) -> Duration {
        plugins.iter().map(|plugin| self.loading(*plugin).limits.deadline).sum::<Duration>() + GRACE
    }

    fn together(&self, sample: &Sample, plugins: &[usize]) -> Result<Vec<Evaluation>, Failure> {
        let mut worker = self.take()?;
        match self.ask(&mut worker.channel, sample, plugins) {
            Ok(evaluations) => {
                self.give(Some(worker));
                Ok(evaluations)
            }
            Err(error) => {
                let failure = worker.failure(&error);
                self.give(None);
                Err(failure)
            }
        }
    }

    fn ask(
        &self,
        channel: &mut Channel,
        sample: &Sample,
        plugins: &[usize],
    ) -> Result<Vec<Evaluation>, ChannelError> {
        let start = Instant::now();
        let until = start + self.patience(plugins);
        channel.set_deadline(until);
        channel.send(&Evaluate { plugins: Cow::Borrowed(plugins), sample: Cow::Borrowed(sample) })?;
        let (evaluations, desks): (Vec<Evaluation>, _) = self.listen(channel, plugins, until)?;
        if evaluations.len() != plugins.len() {
            return Err(ChannelError::Garbled("it has scores of other plugins than asked for".to_owned()));
        }
        let evaluations = evaluations.into_iter().zip(desks);
        evaluations.map(|(evaluation, desk)| desk.close(evaluation, sample, start.elapsed())).collect()
    }

    /// Answers what the process asks for these plugins, until it is done.
    fn listen<T: DeserializeOwned>(
        &self,
        channel: &mut Channel,
        plugins: &[usize],
        until: Instant,
    ) -> Result<(T, Vec<Desk<'_>>), ChannelError> {
        let most = plugins.iter().map(|plugin| self.loading(*plugin).message_bytes()).sum();
        let desk = |plugin: &usize| Desk::new(*plugin, &self.accounts[*plugin], until);
        let mut desks: Vec<Desk<'_>> = plugins.iter().map(desk).collect();
        loop {
            match channel.receive(most)? {
                Said::Done(done) => return Ok((done, desks)),
                Said::Ask(call) => desk::answer(&mut desks, call, channel)?,
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process that is free, or a new one, or the next one that is given back.
    fn take(&self) -> Result<Worker, Failure> {
        let idle = self.idle();
        let full = |idle: &mut Idle| idle.free.is_empty() && idle.started >= self.most;
        let mut idle = self.freed.wait_while(idle, full).unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = idle.free.pop() {
            return Ok(worker);
        }
        idle.started += 1;
        drop(idle);
        self.launch().map(|(worker, _)| worker).inspect_err(|_| self.give(None))
    }

    /// Gives a process back, or says that it is gone.
    fn give(&self, worker: Option<Worker>) {
        let mut idle = self.idle();
        match worker {
            Some(worker) => idle.free.push(worker),
            None => idle.started -= 1,
        }
        drop(idle);
        self.freed.notify_one();
    }

    fn launch(&self) -> Result<(Worker, Ready), Failure> {
        let (process, channel) = Process::start(&self.command, Task::Evaluate, &self.confinement)
            .map_err(|error| Failure::Start(error.to_string()))?;
        let mut worker = Worker { process, channel };
        match self.load(&mut worker.channel) {
            Ok(ready) => Ok((worker, ready)),
            Err(error) => Err(worker.failure(&error)),
        }
    }

    fn load(&self, channel: &mut Channel) -> Result<Ready, ChannelError> {
        let all: Vec<usize> = (0..self.accounts.len()).collect();
        let until = Instant::now() + START + self.patience(&all);
        channel.set_deadline(until);
        let plugins = self.accounts.iter().map(|account| Cow::Borrowed(&account.plugin.loading)).collect();
        let model = self.accounts.first().is_some_and(|account| account.plugin.sandbox.0.model.is_some());
        channel.send(&Load { plugins, model })?;
        for account in &self.accounts {
            channel.send_bytes(&account.plugin.code)?;
        }
        let (Ready { lacking, faults }, desks) = self.listen(channel, &all, until)?;
        let closed = faults.into_iter().map(|(plugin, fault)| match desks.get(plugin) {
            Some(desk) => Ok((plugin, desk.close_fault(fault)?)),
            None => Err(ChannelError::Garbled(format!("there is no plugin {plugin}"))),
        });
        Ok(Ready { lacking, faults: closed.collect::<Result<_, _>>()? })
    }
}

impl Worker {
    fn failure(self, error: &ChannelError) -> Failure {
        match error {
            ChannelError::Late => Failure::Late,
            ChannelError::Closed | ChannelError::Io(_) => Failure::Crash(self.process.end().to_string()),
            ChannelError::TooLarge { .. } | ChannelError::Garbled(_) => {
                Failure::Crash(format!("was ended, because it does not keep to the protocol: {error}"))
            }
        }
    }
}

impl Loading {
    /// The longest honest message about this plugin: what it may return and log, with every byte escaped.
    fn message_bytes(&self) -> usize {
        let bytes = self.limits.returned_bytes.saturating_add(self.limits.log_bytes.saturating_mul(2));
        usize::try_from(bytes.saturating_mul(6)).unwrap_or(usize::MAX / 1024) + (64 << 10)
    }
}

fn confinement(plugins: &[Prepared], processors: usize) -> Confinement {
    let sum = |of: fn(&Prepared) -> u64| plugins.iter().map(of).fold(0_u64, u64::saturating_add);
    // Code is there twice while it is loaded, and what an instance returns is there as text as well.
    let memory = sum(|plugin| plugin.loading.limits.memory)
        .saturating_add(2 * sum(|plugin| plugin.code.len() as u64))
        .saturating_add(sum(|plugin| plugin.loading.limits.returned_bytes).saturating_mul(8))
        .saturating_add(SLACK + (processors as u64) * (4 << 20));
    let read_dirs: Vec<_> = plugins
        .iter()
        .flat_map(|plugin| &plugin.loading.grants.files)
        .map(|grant| grant.dir.clone())
        .collect();
    let handles = if read_dirs.is_empty() { 0 } else { sum(|plugin| plugin.loading.limits.handles) };
    let mut confinement = Confinement::with_memory(memory);
    // A memory image for each memory of a plugin, and what guests may open.
    confinement.open_files += 32 * plugins.len() as u64 + handles;
    confinement.memory_images = true;
    confinement.read_dirs = read_dirs;
    confinement
}

/// The process's side, after it was confined.
pub(super) fn serve(
    mut channel: Channel,
    engine: Engine,
    lacking: Vec<String>,
) -> Result<ExitCode, WorkerError> {
    let load: Load<'static> = channel.receive(SAMPLE + MAX_DESCRIPTOR_BYTES)?;
    let mut code = Vec::with_capacity(load.plugins.len());
    for _ in &load.plugins {
        code.push(channel.receive_bytes(u32::MAX as usize)?);
    }
    let line: Line = Arc::new(Mutex::new(channel));
    let prepared = load.plugins.into_iter().zip(code).enumerate().map(|(number, (loading, code))| {
        let caller = Caller::new(number, line.clone());
        let model = load.model.then(|| Arc::new(DistantModel(caller.clone())) as Arc<dyn Model>);
        let sandbox = Sandbox::of_worker(engine.clone(), caller, model);
        Prepared { loading: loading.into_owned(), code: code.into(), sandbox }
    });
    let loaded: Vec<_> = prepared.map(|plugin| plugin.load().map(|component| (plugin, component))).collect();
    // Nothing of a plugin has run so far.
    no_more_images()?;
    let mut configured: Vec<Configured> = Vec::with_capacity(loaded.len());
    let mut faults = Vec::new();
    for (number, loaded) in loaded.into_iter().enumerate() {
        match loaded.and_then(|(plugin, component)| plugin.ready(&component)) {
            Ok(plugin) => configured.push(plugin),
            Err(fault) => faults.push((number, fault)),
        }
    }
    drop(engine);
    lock(&line).send(&Said::Done(Ready { lacking, faults }))?;
    loop {
        let asked = lock(&line).receive::<Evaluate<'static>>(SAMPLE);
        let Evaluate { plugins, sample } = match asked {
            Ok(asked) => asked,
            Err(ChannelError::Closed) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error.into()),
        };
        let evaluations: Option<Vec<Evaluation>> = plugins
            .iter()
            .map(|plugin| configured.get(*plugin).map(|plugin| plugin.evaluate(&sample)))
            .collect();
        let Some(evaluations) = evaluations else {
            return Err(ChannelError::Garbled("there is no such plugin".to_owned()).into());
        };
        lock(&line).send(&Said::Done(evaluations))?;
    }
}
