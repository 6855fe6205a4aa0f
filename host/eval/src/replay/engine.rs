//! The replay: record in, differences out. One thread reads the lines, workers score and compare them, and the calling
//! thread gathers what comes back in the record's order; see [`pipeline`].

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use scorebox_sandbox::{CONTRACT, Sandbox, WASMTIME_VERSION};

use crate::digest::Growing;
use crate::models::RunModels;
use crate::packages::Packages;
use crate::policy::Policies;
use crate::replay::compare::Step;
use crate::replay::line::{Against, Checked, Looked};
use crate::replay::metrics::{self, Recorded, manifest_differences};
use crate::replay::{Difference, Replay, ReplayError, ReplayedMetric};
use crate::run::pipeline::{self, Parts, Weigh};
use crate::run::{
    CHUNK, CHUNK_BYTES, Lines, MANIFEST, Manifest, PART_BYTES, Progress, RawLine, RecordError, RunReader,
    RunState, SAMPLES, Summary, Tally, window,
};

/// How to replay.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// What runs the plugins.
    pub sandbox: &'a Sandbox,
    /// Directories with components, which are found there by digest.
    pub plugins: &'a [PathBuf],
    /// Finds components that were fetched, and says who signed them.
    pub packages: &'a dyn Packages,
    /// Run components that are not those of the record all the same.
    pub anyway: bool,
    /// What the record may ask for at most.
    pub policies: &'a Policies,
    /// The models of the record, which the sandbox was given as well.
    pub models: &'a RunModels,
    /// Threads that score.
    pub jobs: usize,
    /// Differences to keep; the rest is counted.
    pub keep: usize,
}

/// First format whose records hold all that a replay needs.
const FIRST_FORMAT: u32 = 2;

/// Replays `run`.
///
/// # Errors
///
/// What cannot be read, or cannot be run: the record, a component, a built-in metric that is no longer there.
pub fn replay(
    run: &RunReader,
    options: &Options<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Replay, ReplayError> {
    let manifest = run.manifest();
    let path = run.directory().join(MANIFEST);
    if manifest.format < FIRST_FORMAT {
        return Err(ReplayError::Older { path, format: manifest.format });
    }
    let text =
        std::fs::read_to_string(&path).map_err(|source| RecordError::Read { path: path.clone(), source })?;
    let same_fuel = manifest.versions.wasmtime == WASMTIME_VERSION && manifest.versions.contract == CONTRACT;
    let mut metrics = metrics::prepare(run, &text, options, same_fuel)?;
    let samples = run.directory().join(SAMPLES).display().to_string();

    let mut gathering = Gathering::new(run, options.keep);
    for metric in &mut metrics {
        metric.differences.drain(..).for_each(|difference| gathering.difference(difference));
    }
    let against = Against { file: &samples, metrics: &metrics, same_fuel };
    let lines = run.lines()?;
    gathering.progress.total_bytes = lines.total();
    let mut digest = Growing::default();
    let chunks = Chunks { lines, unfinished: manifest.state != RunState::Finished, digest: &mut digest };
    let worker = move |chunk: Chunk, parts: &mut Parts<'_, Done>| {
        let empty = || Done { checked: Vec::new(), bytes: 0, bytes_read: chunk.bytes_read, error: None };
        let mut done = empty();
        for line in &chunk.lines {
            let checked = against.check(line);
            done.bytes += checked.bytes();
            done.checked.push(checked);
            if done.bytes >= PART_BYTES {
                parts.send(std::mem::replace(&mut done, empty()));
            }
        }
        Done { error: chunk.error, ..done }
    };
    let jobs = options.jobs.max(1);
    let ended = pipeline::in_order(chunks, vec![worker; jobs], window(jobs), |done| {
        let taken = gathering.take(done);
        progress(gathering.progress);
        taken
    });
    if let ControlFlow::Break(error) = ended {
        return Err(error.into());
    }
    gathering.digest(&samples, &path, &text, &digest.digest());
    gathering.summary(&path, &text);
    Ok(gathering.finish(metrics))
}

/// The lines of the record, a chunk at a time.
struct Chunks<'a> {
    lines: Lines,
    /// Whether the run was stopped, maybe in the middle of a line.
    unfinished: bool,
    digest: &'a mut Growing,
}

struct Chunk {
    lines: Vec<RawLine>,
    /// Of the lines.
    bytes: usize,
    bytes_read: u64,
    error: Option<RecordError>,
}

impl Weigh for Chunk {
    fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let mut chunk = Chunk { lines: Vec::with_capacity(CHUNK), bytes: 0, bytes_read: 0, error: None };
        while chunk.lines.len() < CHUNK && chunk.bytes < CHUNK_BYTES {
            match self.lines.next() {
                Some(Ok(line)) => {
                    self.digest.add(&line.bytes);
                    if line.is_whole() || !self.unfinished {
                        chunk.bytes += line.bytes.len();
                        chunk.lines.push(line);
                    }
                }
                Some(Err(error)) => {
                    chunk.error = Some(error);
                    break;
                }
                None => break,
            }
        }
        chunk.bytes_read = self.lines.bytes_read();
        (!chunk.lines.is_empty() || chunk.error.is_some()).then_some(chunk)
    }
}

struct Done {
    checked: Vec<Checked>,
    /// Of what was checked.
    bytes: usize,
    bytes_read: u64,
    error: Option<RecordError>,
}

impl Weigh for Done {
    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What is known so far.
struct Gathering<'a> {
    manifest: &'a Manifest,
    replay: Replay,
    tally: Tally,
    keep: usize,
    /// Lines that cannot be read, so that nothing can be counted.
    damaged: u64,
    progress: Progress,
}

impl<'a> Gathering<'a> {
    fn new(run: &'a RunReader, keep: usize) -> Self {
        let manifest = run.manifest();
        let metrics = manifest.metrics.iter().map(|stamp| ReplayedMetric {
            name: stamp.name.clone(),
            code: stamp.code.clone(),
            scores: 0,
            not_comparable: 0,
            not_replayed: None,
        });
        let replay = Replay {
            run: manifest.run.clone(),
            identical: true,
            notes: notes(manifest),
            samples: 0,
            without_output: 0,
            different_samples: 0,
            metrics: metrics.collect(),
            differences: Vec::new(),
            more: 0,
        };
        let stamps = manifest.metrics.iter().map(|stamp| (stamp.name.as_str(), &stamp.descriptor));
        let tally = Tally::new(stamps);
        Self { manifest, replay, tally, keep, damaged: 0, progress: Progress::default() }
    }

    fn difference(&mut self, difference: Difference) {
        self.replay.identical = false;
        if self.replay.differences.len() < self.keep {
            self.replay.differences.push(difference);
        } else {
            self.replay.more += 1;
        }
    }

    fn take(&mut self, done: Done) -> ControlFlow<RecordError> {
        for checked in done.checked {
            self.replay.samples += 1;
            self.replay.without_output += u64::from(checked.without_output);
            self.replay.different_samples += u64::from(!checked.differences.is_empty());
            for (metric, looked) in self.replay.metrics.iter_mut().zip(&checked.looked) {
                metric.scores += u64::from(*looked == Looked::Again);
                metric.not_comparable += u64::from(*looked == Looked::NotComparable);
            }
            match &checked.record {
                Some(record) => self.tally.add(record),
                None => self.damaged += 1,
            }
            checked.differences.into_iter().for_each(|difference| self.difference(difference));
        }
        self.progress.samples = self.replay.samples;
        self.progress.bad = self.replay.different_samples;
        self.progress.bytes = done.bytes_read;
        done.error.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }

    /// Holds the digest of the samples' file against that in the manifest, which a run writes when it ends.
    fn digest(&mut self, samples: &str, path: &Path, text: &str, now: &str) {
        let manifest = self.manifest;
        let recorded = manifest.samples_digest.as_deref();
        if manifest.state == RunState::Running || recorded == Some(now) {
            return;
        }
        let key = [Step::Key("samples_digest".to_owned())];
        for difference in manifest_differences(path, text, &key, recorded, Some(now)) {
            let hint = Some(format!("{samples} is not as the run wrote it"));
            self.difference(Difference { hint, ..difference });
        }
    }

    /// Holds the counts and gates that follow from the recorded samples against those in the manifest.
    fn summary(&mut self, path: &Path, text: &str) {
        if self.manifest.state == RunState::Running {
            return;
        }
        if self.damaged > 0 {
            self.replay
                .notes
                .push("counts and gates were not compared, since not every sample can be read".to_owned());
            return;
        }
        let recorded = self.manifest.summary.as_ref();
        let mut now = self.tally.summary(self.manifest);
        if let Some(recorded) = recorded {
            take_over_work(recorded, &mut now);
        }
        let key = [Step::Key("summary".to_owned())];
        let differences = manifest_differences(path, text, &key, recorded, Some(&now));
        differences.into_iter().for_each(|difference| self.difference(difference));
    }

    fn finish(mut self, metrics: Vec<Recorded>) -> Replay {
        for (replayed, recorded) in self.replay.metrics.iter_mut().zip(metrics) {
            replayed.not_replayed = recorded.metric.err();
        }
        self.replay
    }
}

/// Takes over what no replay repeats: time, and what the cache knew.
fn take_over_work(recorded: &Summary, now: &mut Summary) {
    for (recorded, now) in recorded.metrics.iter().zip(&mut now.metrics) {
        (now.cached, now.busy_us) = (recorded.cached, recorded.busy_us);
    }
}

/// What to know before reading on.
fn notes(manifest: &Manifest) -> Vec<String> {
    let mut notes = Vec::new();
    let versions = &manifest.versions;
    for (what, recorded, now) in [
        ("wasmtime", versions.wasmtime.as_str(), WASMTIME_VERSION),
        ("contract", &versions.contract, CONTRACT),
    ] {
        if recorded != now {
            notes.push(format!(
                "the record was made with {what} {recorded}, this is {now}: fuel may differ and is not compared"
            ));
        }
    }
    if versions.scorebox != env!("CARGO_PKG_VERSION") {
        let (recorded, now) = (&versions.scorebox, env!("CARGO_PKG_VERSION"));
        notes.push(format!("the record was made with scorebox {recorded}, this is {now}"));
    }
    match manifest.state {
        RunState::Running => notes.push(
            "the run is under way or was killed: there are no counts and gates to compare, only what was scored".to_owned(),
        ),
        RunState::Interrupted => {
            notes.push("the run was interrupted: only what was scored before is compared".to_owned());
        }
        RunState::Finished => {}
    }
    notes
}
