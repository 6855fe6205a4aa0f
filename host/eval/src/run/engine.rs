//! The run: dataset in, record out.
//!
//! One thread reads the dataset in chunks of raw records, workers parse, answer and score them, and the calling thread
//! writes what comes back in the dataset's order. A window of chunks bounds what is under way, so memory does not grow
//! with the dataset, and one slow sample holds the others up only when the window is full.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use futures::StreamExt;
use scorebox_metrics::{Cancel, FaultKind};

use crate::cache::{CacheReader, Known, SampleKey, ScoreCache};
use crate::dataset::{self, DatasetError, GoldenSamples, Partition, RawRecord, UniqueIds};
use crate::digest;
use crate::gate;
use crate::policy::Policies;
use crate::run::directory::RunDirectory;
use crate::run::prepare::PreparedMetric;
use crate::run::record::{FileStamp, Manifest, Overrun, RunState, SampleRecord, Versions};
use crate::run::score::{self, Helpers, Memory, MetricWork, Scoring, waits};
use crate::run::summary::Summary;
use crate::run::tally::Tally;
use crate::run::threads::Threads;
use crate::run::{RecordError, RunReader, Selection};
use crate::subject::AnswerSource;
use crate::suite::{Suite, Tier};

/// Version of the record's format.
pub(crate) const FORMAT: u32 = 1;
/// Records in a chunk, where answers cost nothing.
const CHUNK: usize = 64;
/// Chunks under way for each worker.
const WINDOW: usize = 8;
/// Samples of a chunk that wait for something outside this process at once.
const WAITING: usize = 16;
/// Rows that are written to the cache at once.
const CACHE_BATCH: usize = 1024;

/// Everything that a run is made of.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Its metrics, ready to score.
    pub metrics: &'a [PreparedMetric],
    /// What produces the outputs.
    pub answers: &'a AnswerSource,
    /// Which samples to look at.
    pub selection: &'a Selection,
    /// Where the record goes.
    pub directory: &'a Path,
    /// Threads that score.
    pub jobs: usize,
    /// The directory of the score cache; `None` to compute every score.
    pub cache: Option<&'a Path>,
    /// Go on with the run that `directory` holds.
    pub resume: bool,
    /// The policies that the suite was held to.
    pub policies: &'a Policies,
    /// What to know before trusting the result.
    pub warnings: Vec<String>,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Samples scored.
    pub samples: u64,
    /// Samples that failed or faulted.
    pub bad: u64,
    /// Bytes of the dataset read.
    pub bytes: u64,
    /// Bytes of the dataset.
    pub total_bytes: u64,
}

/// Why a run could not be made. What was scored before stays in the record.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The directory holds a run already.
    #[error("{path} holds a run already: choose another `--out`, or go on with `--resume`", path = path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// Another process writes to the directory.
    #[error("another run is writing to {path}: wait for it, or choose another `--out`", path = path.display())]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// The record cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The record of the run to resume cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// What the run was made with is no longer the same.
    #[error("cannot resume {path}: {what} changed since it began; start a new run", path = path.display())]
    Changed {
        /// The run's directory.
        path: PathBuf,
        /// Suite, dataset, subject, a metric …
        what: String,
    },
    /// The dataset is broken.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The subject does not work at all.
    #[error("{reason}")]
    Subject {
        /// Why.
        reason: String,
    },
    /// Nothing in the dataset is wanted.
    #[error("no sample of {dataset} matches {selection}", dataset = dataset.display())]
    NothingSelected {
        /// The dataset.
        dataset: PathBuf,
        /// The selection, in the words of the command line.
        selection: String,
    },
    /// Some of the samples that were asked for are not in the dataset.
    #[error("{dataset} has no sample {ids}", dataset = dataset.display())]
    UnknownSamples {
        /// The dataset.
        dataset: PathBuf,
        /// The ids, in backticks.
        ids: String,
    },
}

impl RunError {
    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}

struct Chunk {
    index: usize,
    records: Vec<RawRecord>,
    bytes_read: u64,
}

struct Done {
    index: usize,
    lines: Vec<u8>,
    seen: Vec<Seen>,
    samples: Vec<(SampleRecord, Vec<MetricWork>)>,
    learned: Vec<(SampleKey, Known)>,
    bytes_read: u64,
    /// Why the chunk stops short: an error, or somebody asked to stop.
    cut: Option<Option<RunError>>,
}

/// A record of the dataset, whether the run wants it or not.
struct Seen {
    id: String,
    line: u64,
    /// The digest of a golden sample.
    golden: Option<[u8; 32]>,
}

impl Done {
    fn new(index: usize, bytes_read: u64) -> Self {
        Self {
            index,
            lines: Vec::new(),
            seen: Vec::new(),
            samples: Vec::new(),
            learned: Vec::new(),
            bytes_read,
            cut: None,
        }
    }
}

/// What of an earlier session a resumed run goes on from.
#[derive(Default)]
struct Earlier {
    done: HashSet<[u8; 16]>,
    elapsed: Duration,
}

/// Runs `plan`. The manifest that comes back is the one on disk; its state says whether the run got to its end.
pub fn run(
    plan: &Plan<'_>,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Manifest, RunError> {
    let start = Instant::now();
    let mut manifest = manifest(plan)?;
    let stamps = plan.metrics.iter().map(|metric| (metric.used.name.as_str(), metric.metric.descriptor()));
    let mut tally = Tally::new(stamps);
    let mut earlier = Earlier::default();
    let mut directory = if plan.resume {
        let directory = RunDirectory::resume(plan.directory)?;
        let record = RunReader::open(plan.directory)?;
        same_as(&manifest, record.manifest(), plan.directory)?;
        if record.manifest().state == RunState::Finished {
            return Ok(record.manifest().clone());
        }
        for sample in record.samples()? {
            let sample = sample?;
            earlier.done.insert(digest::half(sample.id.as_bytes()));
            tally.add(&sample);
        }
        earlier.elapsed = Duration::from_millis(record.manifest().elapsed_ms);
        manifest.started_at.clone_from(&record.manifest().started_at);
        manifest.elapsed_ms = record.manifest().elapsed_ms;
        directory
    } else {
        RunDirectory::create(plan.directory)?
    };
    directory.write_manifest(&manifest)?;

    let mut cache = plan.cache.and_then(|path| {
        let warn =
            |error: crate::cache::CacheError| manifest.warnings.push(format!("no score cache: {error}"));
        ScoreCache::open(path).map_err(warn).ok()
    });
    let mut readers: Vec<Option<CacheReader>> = Vec::new();
    for _ in 0..plan.jobs {
        readers.push(cache.as_ref().and_then(|cache| cache.reader().ok().flatten()));
    }

    let records = dataset::open_raw(&plan.suite.dataset)?;
    let mut writer = Writer {
        directory: &mut directory,
        cache: cache.as_mut(),
        tally: &mut tally,
        ids: UniqueIds::new(&plan.suite.dataset),
        learned: Vec::new(),
        asked: plan.selection.samples.clone(),
        golden: GoldenSamples::new(),
        tiers: BTreeMap::new(),
        progress: Progress { total_bytes: records.total_bytes(), ..Progress::default() },
        start,
        earlier: earlier.elapsed,
        cache_error: None,
    };
    let chunk_size = if plan.answers.is_slow() { 1 } else { CHUNK };
    let learn = writer.cache.is_some();
    let ended = std::thread::scope(|scope| {
        let window = plan.jobs * WINDOW;
        let (tickets_in, tickets_out) = bounded::<()>(window);
        let (chunks_in, chunks_out) = bounded::<Chunk>(plan.jobs * 2);
        let (done_in, done_out) = bounded::<Done>(window);
        let stop = Cancel::default();
        let earlier = &earlier;
        {
            let (stop, done) = (stop.clone(), done_in.clone());
            scope.spawn(move || read(records, chunk_size, &tickets_in, &chunks_in, &done, &[cancel, &stop]));
        }
        let helpers = waits(plan.metrics).then(|| Helpers {
            computing: Threads::start(scope, plan.jobs),
            blocking: Threads::start(scope, plan.jobs * WAITING),
        });
        for reader in readers {
            let (chunks, done) = (chunks_out.clone(), done_in.clone());
            let helpers = helpers.clone();
            scope.spawn(move || {
                let memory = Memory { reader: reader.as_ref(), learn };
                for chunk in chunks {
                    let scoring = Scoring { memory, helpers: helpers.as_ref(), cancel };
                    if done.send(work(plan, chunk, &scoring, earlier)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((chunks_out, done_in, helpers));
        let ended = writer.write(&done_out, &tickets_out, progress);
        stop.cancel();
        // The reader may be waiting for a ticket, a worker for room: both end when nobody is at the other end.
        drop((done_out, tickets_out));
        ended
    });

    let finished = matches!(ended, Ok(Ended::Whole)) && !cancel.is_cancelled();
    let Writer { asked, golden, tiers, cache_error, .. } = writer;
    manifest.warnings.extend(cache_error.map(|error| format!("the score cache stopped: {error}")));
    let elapsed = earlier.elapsed + start.elapsed();
    manifest.elapsed_ms = millis(elapsed);
    manifest.finished_at = Some(now());
    manifest.golden_digest = golden.digest();
    let error = match ended {
        Ok(_) if finished => missing_samples(plan, &tally, &asked),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if let Some(error) = &error {
        manifest.warnings.push(format!("the run stopped: {error}"));
    }
    manifest.state = if finished && error.is_none() { RunState::Finished } else { RunState::Interrupted };
    manifest.overruns = overruns(&plan.suite.budgets, &tiers);
    let partitions = tally.partitions();
    // Part of a run decides nothing.
    let gates = if manifest.state == RunState::Finished {
        gate::decide(&plan.suite.gates, &tally.samples(), &partitions, &manifest.overruns, |partition| {
            plan.selection.wants_partition(partition)
        })
    } else {
        Vec::new()
    };
    manifest.summary = Some(Summary {
        total: tally.samples(),
        partitions,
        metrics: tally.metrics(),
        outcome: gate::worst(&gates),
        gates,
    });
    let mistaken = matches!(error, Some(RunError::UnknownSamples { .. } | RunError::NothingSelected { .. }));
    if mistaken || (error.is_some() && tally.samples().samples == 0) {
        directory.discard();
        return error.map_or(Ok(manifest), Err);
    }
    let written = directory.write_manifest(&manifest);
    match error {
        Some(error) => Err(error),
        None => written.map(|()| manifest),
    }
}

fn read(
    mut records: dataset::RawStream,
    chunk_size: usize,
    tickets: &Sender<()>,
    chunks: &Sender<Chunk>,
    done: &Sender<Done>,
    stop: &[&Cancel],
) {
    for index in 0.. {
        if stop.iter().any(|stop| stop.is_cancelled()) || tickets.send(()).is_err() {
            return;
        }
        let mut chunk = Vec::with_capacity(chunk_size);
        let mut failed = None;
        while chunk.len() < chunk_size {
            match records.next() {
                Some(Ok(record)) => chunk.push(record),
                Some(Err(error)) => {
                    failed = Some(error);
                    break;
                }
                None => break,
            }
        }
        let bytes_read = records.bytes_read();
        let last = chunk.len() < chunk_size;
        let sent = !chunk.is_empty();
        if sent && chunks.send(Chunk { index, records: chunk, bytes_read }).is_err() {
            return;
        }
        if let Some(error) = failed {
            // Comes after the chunk above in the order of writing, so that nothing read before the error is lost.
            let index = index + usize::from(sent);
            let _ = done.send(Done { cut: Some(Some(error.into())), ..Done::new(index, bytes_read) });
            return;
        }
        if last {
            return;
        }
    }
}

fn work<'a>(plan: &'a Plan<'_>, chunk: Chunk, scoring: &Scoring<'_, 'a>, earlier: &Earlier) -> Done {
    let mut done = Done::new(chunk.index, chunk.bytes_read);
    let samples = futures::stream::iter(chunk.records).map(|raw| one(plan, raw, scoring, earlier));
    let mut samples = std::pin::pin!(samples.buffered(if scoring.helpers.is_some() { WAITING } else { 1 }));
    futures::executor::block_on(async {
        while let Some(scored) = samples.next().await {
            match scored {
                Ok((seen, scored)) => {
                    done.seen.push(seen);
                    let Some(scored) = scored else { continue };
                    // Plain data into memory: nothing here can fail.
                    if serde_json::to_writer(&mut done.lines, &scored.record).is_ok() {
                        done.lines.push(b'\n');
                    }
                    done.learned.extend(scored.learned);
                    let mut record = scored.record;
                    // The texts are written; what is left is what the tally needs.
                    record.input = String::new();
                    record.output = None;
                    record.expected = None;
                    record.context = Vec::new();
                    done.samples.push((record, scored.work));
                }
                Err(error) => {
                    done.cut = Some(error);
                    return;
                }
            }
        }
    });
    done
}

/// Scores one raw record, unless the run does not want it; `Err(None)` where somebody asked to stop.
async fn one<'a>(
    plan: &'a Plan<'_>,
    raw: RawRecord,
    scoring: &Scoring<'_, 'a>,
    earlier: &Earlier,
) -> Result<(Seen, Option<score::Scored>), Option<RunError>> {
    let cancel = scoring.cancel;
    if cancel.is_cancelled() {
        return Err(None);
    }
    let mut entry = dataset::parse(&raw).map_err(|error| Some(error.into()))?;
    let golden = (entry.partition == Partition::Golden).then(|| entry.digest());
    let seen = Seen { id: entry.sample.id.clone(), line: entry.line, golden };
    if !plan.selection.wants(&entry)
        || (!earlier.done.is_empty() && earlier.done.contains(&digest::half(entry.sample.id.as_bytes())))
    {
        return Ok((seen, None));
    }
    let scored = match plan.answers.answer(&mut entry, cancel) {
        Ok(output) => {
            entry.sample.output = output;
            score::score(entry, plan.metrics, scoring).await
        }
        Err(fault) => match plan.answers.given_up() {
            Some(reason) => return Err(Some(RunError::Subject { reason })),
            None => score::without_output(entry, fault, plan.metrics.len()),
        },
    };
    let faults =
        scored.record.scores.iter().filter_map(|score| score.fault.as_ref()).chain(&scored.record.fault);
    if faults.into_iter().any(|fault| fault.kind == FaultKind::Cancelled) {
        return Err(None);
    }
    Ok((seen, Some(scored)))
}

enum Ended {
    /// Every record of the dataset came by.
    Whole,
    /// Somebody asked to stop.
    Stopped,
}

/// Takes what the workers have done, in any order, and writes it in the dataset's.
struct Writer<'a> {
    directory: &'a mut RunDirectory,
    cache: Option<&'a mut ScoreCache>,
    tally: &'a mut Tally,
    ids: UniqueIds,
    learned: Vec<(SampleKey, Known)>,
    /// Samples that were asked for by id and have not come by.
    asked: BTreeSet<String>,
    golden: GoldenSamples,
    /// When the last sample of each tier was written.
    tiers: BTreeMap<Tier, Duration>,
    progress: Progress,
    start: Instant,
    earlier: Duration,
    cache_error: Option<crate::cache::CacheError>,
}

impl Writer<'_> {
    fn write(
        &mut self,
        done: &Receiver<Done>,
        tickets: &Receiver<()>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Ended, RunError> {
        let mut early = HashMap::new();
        let mut next = 0;
        for chunk in done {
            early.insert(chunk.index, chunk);
            while let Some(chunk) = early.remove(&next) {
                next += 1;
                let cut = self.write_chunk(chunk)?;
                progress(self.progress);
                match cut {
                    None => {}
                    Some(None) => return self.flush().map(|()| Ended::Stopped),
                    Some(Some(error)) => return self.flush().and(Err(error)),
                }
                // The window moves on by one chunk.
                let _ = tickets.try_recv();
            }
        }
        self.flush().map(|()| Ended::Whole)
    }

    fn write_chunk(&mut self, chunk: Done) -> Result<Option<Option<RunError>>, RunError> {
        for seen in chunk.seen {
            self.ids.insert(&seen.id, seen.line)?;
            self.asked.remove(&seen.id);
            if let Some(digest) = seen.golden {
                self.golden.insert_digest(&seen.id, digest);
            }
        }
        self.directory.append(&chunk.lines)?;
        let elapsed = self.earlier + self.start.elapsed();
        for (record, work) in &chunk.samples {
            self.tally.add(record);
            for (metric, work) in work.iter().enumerate() {
                self.tally.add_work(metric, work.busy_us, u64::from(work.cached));
            }
            use crate::run::SampleVerdict::{Fail, Faulted};
            self.progress.bad += u64::from(matches!(record.verdict, Fail | Faulted));
            self.tiers.insert(Tier::Partition(record.partition), elapsed);
            self.tiers.insert(Tier::All, elapsed);
        }
        self.progress.samples += chunk.samples.len() as u64;
        self.progress.bytes = chunk.bytes_read;
        self.learned.extend(chunk.learned);
        if self.learned.len() >= CACHE_BATCH {
            self.flush()?;
        }
        Ok(chunk.cut)
    }

    /// Hands what was learned to the cache. A cache that fails is given up, the run is not.
    fn flush(&mut self) -> Result<(), RunError> {
        if let Some(cache) = &mut self.cache
            && let Err(error) = cache.write(&self.learned)
        {
            self.cache_error = Some(error);
            self.cache = None;
        }
        self.learned.clear();
        Ok(())
    }
}

fn manifest(plan: &Plan<'_>) -> Result<Manifest, RunError> {
    let path = |path: &Path| path.display().to_string();
    let name = plan
        .directory
        .file_name()
        .map_or_else(|| plan.suite.name.clone(), |name| name.to_string_lossy().into());
    Ok(Manifest {
        format: FORMAT,
        run: name,
        state: RunState::Running,
        started_at: now(),
        finished_at: None,
        elapsed_ms: 0,
        versions: Versions {
            scorebox: env!("CARGO_PKG_VERSION").to_owned(),
            wasmtime: scorebox_sandbox::WASMTIME_VERSION.to_owned(),
            contract: scorebox_sandbox::CONTRACT.to_owned(),
        },
        suite: FileStamp { path: path(&plan.suite.path), digest: plan.suite.digest.clone() },
        name: plan.suite.name.clone(),
        dataset: FileStamp {
            path: path(&plan.suite.dataset),
            digest: digest::file(&plan.suite.dataset)
                .map_err(|source| RecordError::Read { path: plan.suite.dataset.clone(), source })?,
        },
        golden_digest: None,
        subject: plan.answers.stamp(),
        metrics: plan.metrics.iter().map(|metric| metric.stamp.clone()).collect(),
        policies: plan.policies.stamps(),
        selection: plan.selection.words(),
        overruns: Vec::new(),
        warnings: plan.warnings.clone(),
        summary: None,
    })
}

/// Refuses to go on with a run that was made of something else.
fn same_as(new: &Manifest, old: &Manifest, path: &Path) -> Result<(), RunError> {
    let changed = |what: &str| Err(RunError::Changed { path: path.to_owned(), what: what.to_owned() });
    if new.versions != old.versions {
        return changed("the version of scorebox, wasmtime or the contract");
    }
    if new.dataset.digest != old.dataset.digest {
        return changed(&format!("the dataset {}", new.dataset.path));
    }
    if new.subject != old.subject {
        return changed("the subject");
    }
    for (new, old) in new.metrics.iter().zip(&old.metrics) {
        if (&new.name, &new.identity, &new.thresholds) != (&old.name, &old.identity, &old.thresholds) {
            return changed(&format!("the metric `{}`", new.name));
        }
    }
    if new.suite.digest != old.suite.digest || new.metrics.len() != old.metrics.len() {
        return changed(&format!("the suite {}", new.suite.path));
    }
    if new.policies != old.policies {
        return changed("the policy");
    }
    if new.selection != old.selection {
        return changed("the selection");
    }
    Ok(())
}

/// What was asked for by name and is not there.
fn missing_samples(plan: &Plan<'_>, tally: &Tally, asked: &BTreeSet<String>) -> Option<RunError> {
    let dataset = plan.suite.dataset.clone();
    if !asked.is_empty() {
        let ids = asked.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        return Some(RunError::UnknownSamples { dataset, ids });
    }
    (tally.samples().samples == 0)
        .then(|| RunError::NothingSelected { dataset, selection: plan.selection.words().join(" ") })
}

fn overruns(budgets: &BTreeMap<Tier, Duration>, used: &BTreeMap<Tier, Duration>) -> Vec<Overrun> {
    let over = |(tier, budget): (&Tier, &Duration)| {
        let elapsed = used.get(tier).filter(|elapsed| *elapsed > budget)?;
        Some(Overrun { tier: tier.to_string(), budget_ms: millis(*budget), elapsed_ms: millis(*elapsed) })
    };
    budgets.iter().filter_map(over).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
