//! A program as the subject: long-lived processes that read samples as JSON lines and write answers as JSON lines.
//!
//! A process that dies, hangs or writes rubbish costs the sample that it was given: the sample faults, and the next one
//! finds a new process. A program that has never answered anything, and ends again and again, is given up.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scorebox_metrics::{Cancel, Fault, FaultKind, Role, Sample};
use serde::Serialize;

use crate::subject::recorded::Answer;

/// Longest answer: 32 MiB.
const MAX_LINE: u64 = 32 << 20;
/// What is kept of a process's standard error.
const STDERR_KEPT: usize = 2000;
/// Processes in a row that end before they have answered anything.
const MAX_FAILED_STARTS: u32 = 3;
/// How often a waiting thread looks whether it should stop.
const TICK: Duration = Duration::from_millis(50);

/// The processes of one command.
#[derive(Debug)]
pub(crate) struct Processes {
    command: Vec<String>,
    directory: PathBuf,
    timeout: Duration,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Debug)]
struct Pool {
    idle: Vec<Process>,
    /// Processes that may still be started or taken.
    free: usize,
    failed_starts: u32,
    /// Whether any process has ever answered: then the program works, and what fails are samples.
    answered: bool,
}

impl Pool {
    fn hopeless(&self) -> bool {
        !self.answered && self.failed_starts >= MAX_FAILED_STARTS
    }
}

/// What is asked of the program. It never sees the expected answer.
#[derive(Serialize)]
struct Request<'a> {
    id: &'a str,
    input: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    context: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversation: Vec<Turn<'a>>,
    metadata: Box<serde_json::value::RawValue>,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

impl Processes {
    pub(crate) fn new(command: &[String], directory: &Path, timeout: Duration, concurrency: usize) -> Self {
        Self {
            command: command.to_vec(),
            directory: directory.to_owned(),
            timeout,
            pool: Mutex::new(Pool { idle: Vec::new(), free: concurrency, failed_starts: 0, answered: false }),
            returned: Condvar::new(),
        }
    }

    /// Asks for one answer, and waits for it.
    pub(crate) fn answer(&self, sample: &Sample, cancel: &Cancel) -> Result<String, Fault> {
        let request = request(sample)?;
        let idle = self.take(cancel)?;
        let fresh = idle.is_none();
        let asked = match idle {
            Some(process) => Ok(process),
            None => self.start(),
        };
        let asked = asked.and_then(|mut process| {
            let answered = process.ask(&request, &sample.id, self.timeout, cancel);
            answered.map(|answer| (process, answer)).map_err(|trouble| trouble.into_fault(&self.name()))
        });
        let mut pool = self.pool();
        pool.free += 1;
        self.returned.notify_one();
        match asked {
            Ok((process, answer)) => {
                pool.answered = true;
                pool.idle.push(process);
                drop(pool);
                answer.into_output()
            }
            Err(fault) => {
                pool.failed_starts += u32::from(fresh && fault.kind != FaultKind::Cancelled);
                Err(fault)
            }
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        // The pool is counters and processes: a panic elsewhere leaves it as sound as it was.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the command is not started any more.
    pub(crate) fn given_up(&self) -> Option<String> {
        self.pool().hopeless().then(|| {
            format!(
                "{} ended {MAX_FAILED_STARTS} times in a row without an answer, and was not started again: run it by \
                 hand on one line of JSON",
                self.name()
            )
        })
    }

    /// An idle process, or the right to start one.
    fn take(&self, cancel: &Cancel) -> Result<Option<Process>, Fault> {
        let mut pool = self.pool();
        loop {
            if cancel.is_cancelled() {
                return Err(cancelled());
            }
            if pool.hopeless() {
                drop(pool);
                return Err(Fault::new(FaultKind::Subject, self.given_up().unwrap_or_default()));
            }
            if pool.free > 0 {
                pool.free -= 1;
                return Ok(pool.idle.pop());
            }
            let (guard, _) = self.returned.wait_timeout(pool, TICK).unwrap_or_else(PoisonError::into_inner);
            pool = guard;
        }
    }

    fn start(&self) -> Result<Process, Fault> {
        let [program, arguments @ ..] = self.command.as_slice() else {
            return Err(Fault::new(FaultKind::Subject, "the command is empty"));
        };
        let spawned = Command::new(program)
            .args(arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own: Ctrl-C reaches this program alone, which then ends the group with all its children.
            .process_group(0)
            .spawn();
        let child = spawned.map_err(|error| {
            Fault::new(
                FaultKind::Subject,
                format!(
                    "cannot start {}: {error}; commands run in {}",
                    self.name(),
                    self.directory.display()
                ),
            )
        })?;
        Process::new(child).ok_or_else(|| Fault::new(FaultKind::Internal, "a pipe of the command is missing"))
    }

    fn name(&self) -> String {
        format!("`{}`", self.command.join(" "))
    }
}

/// Why a process gave no answer.
enum Trouble {
    Cancelled,
    TimedOut(Duration),
    Ended { how: String, stderr: String },
    NotJson { line: String, reason: String },
    OtherSample { id: String },
    TooLong,
}

impl Trouble {
    fn into_fault(self, command: &str) -> Fault {
        let message = match self {
            Self::Cancelled => return cancelled(),
            Self::TimedOut(after) => format!(
                "{command} gave no answer within {after:?} and was ended: raise the subject's `timeout`, or find out what \
                 it waits for (a program has to flush after each line)"
            ),
            Self::Ended { how, stderr } if stderr.is_empty() => {
                format!("{command} {how} instead of answering")
            }
            Self::Ended { how, stderr } => {
                format!("{command} {how} instead of answering; it last wrote: {stderr}")
            }
            Self::NotJson { line, reason } => format!(
                "{command} wrote {line:?}, which is no answer ({reason}): write one line {{\"id\": …, \"output\": …}} for \
                 each sample, and everything else to standard error"
            ),
            Self::OtherSample { id } => format!(
                "{command} answered sample `{id}` instead of this one: answer in the order of the questions, with their ids"
            ),
            Self::TooLong => format!("{command} wrote a line of more than {MAX_LINE} bytes"),
        };
        Fault::new(FaultKind::Subject, message)
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "the run was stopped before this sample was answered")
}

#[derive(Debug)]
struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<std::io::Result<Vec<u8>>>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
}

impl Process {
    fn new(mut child: Child) -> Option<Self> {
        let (stdin, stdout, errors) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
        let (sender, lines) = sync_channel(1);
        // Both threads end when the process closes its end of the pipe.
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            loop {
                let mut line = Vec::new();
                let read = stdout.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line).map(|_| line);
                let last = !matches!(&read, Ok(line) if line.ends_with(b"\n"));
                if sender.send(read).is_err() || last {
                    return;
                }
            }
        });
        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&stderr);
        std::thread::spawn(move || {
            let mut errors = errors;
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = errors.read(&mut buffer) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&buffer[..read]);
                let excess = kept.len().saturating_sub(STDERR_KEPT);
                kept.drain(..excess);
            }
        });
        Some(Self { child, stdin, lines, stderr })
    }

    /// Sends a question and waits for its answer. After any trouble the process is of no further use.
    fn ask(
        &mut self,
        request: &[u8],
        id: &str,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Result<Answer, Trouble> {
        let deadline = Instant::now() + timeout;
        if self.stdin.write_all(request).and_then(|()| self.stdin.flush()).is_err() {
            return Err(self.ended());
        }
        let line = loop {
            if cancel.is_cancelled() {
                return Err(Trouble::Cancelled);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::TimedOut(timeout));
            }
            match self.lines.recv_timeout(left.min(TICK)) {
                Ok(Ok(line)) if line.is_empty() => return Err(self.ended()),
                Ok(Ok(line)) if line.len() as u64 > MAX_LINE => return Err(Trouble::TooLong),
                // Blank lines between answers say nothing.
                Ok(Ok(line)) if line.trim_ascii().is_empty() => {}
                Ok(Ok(line)) => break line,
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let answer: Answer = serde_json::from_slice(&line).map_err(|error| {
            let text = String::from_utf8_lossy(&line);
            let line: String = text.trim_end().chars().take(80).collect();
            let reason = error.to_string();
            Trouble::NotJson { line, reason: reason.split(" at line ").next().unwrap_or_default().to_owned() }
        })?;
        match answer.id() {
            Some(answered) if answered != id => {
                Err(Trouble::OtherSample { id: answered.chars().take(80).collect() })
            }
            _ => Ok(answer),
        }
    }

    fn ended(&mut self) -> Trouble {
        // The pipe closed, so the process is ending or does not want to talk; it gets a moment to say how.
        let patience = Instant::now() + Duration::from_secs(1);
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(5)),
                _ => break None,
            }
        };
        let how = match status {
            Some(status) => format!("ended ({status})"),
            None => "closed its standard output".to_owned(),
        };
        // The thread that reads standard error may be a moment behind.
        std::thread::sleep(Duration::from_millis(20));
        let kept: Vec<u8> =
            self.stderr.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let stderr = String::from_utf8_lossy(&kept).trim().to_owned();
        let last: Vec<&str> = stderr.lines().rev().take(3).collect();
        let stderr = last.into_iter().rev().map(str::trim).collect::<Vec<_>>().join(" | ");
        Trouble::Ended { how, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // It may have ended by itself; then there is nobody left to tell.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(sample: &Sample) -> Result<Vec<u8>, Fault> {
    let internal =
        |error: serde_json::Error| Fault::new(FaultKind::Internal, format!("the sample is no JSON: {error}"));
    let metadata = if sample.metadata.is_empty() { "{}" } else { &sample.metadata };
    let request = Request {
        id: &sample.id,
        input: &sample.input,
        context: &sample.context,
        conversation: sample
            .conversation
            .iter()
            .map(|message| Turn {
                role: match message.role {
                    Role::System => "system",
                    Role::User => "user",
                    Role::Assistant => "assistant",
                    Role::Tool => "tool",
                },
                content: &message.content,
            })
            .collect(),
        metadata: serde_json::value::RawValue::from_string(metadata.to_owned()).map_err(internal)?,
    };
    let mut line = serde_json::to_vec(&request).map_err(internal)?;
    // Metadata from a dataset is JSON text, which may hold line breaks between its tokens.
    line.retain(|&byte| byte != b'\n');
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes(script: &str, timeout: Duration, concurrency: usize) -> Processes {
        let command = ["python3", "-u", "-c", script].map(str::to_owned);
        Processes::new(&command, Path::new("."), timeout, concurrency)
    }

    fn ask(processes: &Processes, id: &str) -> Result<String, String> {
        let sample = Sample { id: id.into(), input: format!("question {id}"), ..Sample::default() };
        processes.answer(&sample, &Cancel::default()).map_err(|fault| {
            assert_eq!(fault.kind, FaultKind::Subject);
            fault.message.replace(&processes.name(), "it")
        })
    }

    const ECHO: &str = "import sys, json
for line in sys.stdin:
    s = json.loads(line)
    if s['id'] == 'die': print('out of luck', file=sys.stderr); sys.exit(7)
    if s['id'] == 'hang': import time; time.sleep(60)
    if s['id'] == 'rubbish': print('Loading model...'); continue
    if s['id'] == 'other': print(json.dumps({'id': 'x', 'output': 'y'})); continue
    if s['id'] == 'error': print(json.dumps({'id': s['id'], 'error': 'no quota'})); continue
    print(json.dumps({'id': s['id'], 'output': s['input'].upper()}))
";

    #[test]
    fn every_trouble_is_a_fault_of_its_sample_alone() {
        let processes = processes(ECHO, Duration::from_millis(1500), 1);
        for (id, message) in [
            ("die", "it ended (exit status: 7) instead of answering; it last wrote: out of luck"),
            ("hang", "it gave no answer within 1.5s and was ended: raise the subject's `timeout`"),
            ("rubbish", "it wrote \"Loading model...\", which is no answer (expected value): write one line"),
            ("other", "it answered sample `x` instead of this one"),
            ("error", "the subject reports: no quota"),
        ] {
            assert_eq!(ask(&processes, "one").unwrap(), "QUESTION ONE");
            let error = ask(&processes, id).unwrap_err();
            assert!(error.starts_with(message), "{id}: {error}");
        }
        assert_eq!(ask(&processes, "two").unwrap(), "QUESTION TWO");
    }

    #[test]
    fn a_program_that_never_answers_is_given_up() {
        let processes = processes("import sys; sys.exit('no key')", Duration::from_secs(20), 1);
        for _ in 0..MAX_FAILED_STARTS {
            assert!(ask(&processes, "a").unwrap_err().contains("no key"));
        }
        assert!(ask(&processes, "a").unwrap_err().contains("ended 3 times in a row without an answer"));
        let nowhere =
            Processes::new(&["/nowhere/at/all".to_owned()], Path::new("."), Duration::from_secs(1), 1);
        assert!(ask(&nowhere, "a").unwrap_err().starts_with("cannot start it: No such file"));
    }

    #[test]
    fn a_cancelled_wait_ends_soon() {
        let processes = processes(ECHO, Duration::from_secs(60), 1);
        let cancel = Cancel::default();
        let sample = Sample { id: "hang".into(), ..Sample::default() };
        let fault = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| processes.answer(&sample, &cancel));
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
            waiting.join().unwrap().unwrap_err()
        });
        assert_eq!(fault.kind, FaultKind::Cancelled);
    }
}
