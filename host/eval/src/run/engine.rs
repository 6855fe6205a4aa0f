//! The run: dataset in, record out.
//!
//! One thread reads the dataset in chunks of raw records, workers parse, answer and score them, and the calling thread
//! writes what comes back in the dataset's order; see [`pipeline`].

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt;
use scorebox_metrics::{Cancel, FaultKind, Spent, TranscriptError};

use crate::cache::{CacheReader, Known, SampleKey, ScoreCache};
use crate::dataset::{self, DatasetError, RawRecord, RawStream, UniqueIds};
use crate::digest;
use crate::models::RunModels;
use crate::policy::Policies;
use crate::run::directory::RunDirectory;
use crate::run::pipeline::{self, Parts, Weigh, Window};
use crate::run::prepare::PreparedMetric;
use crate::run::record::{FileStamp, Manifest, Overrun, RunState, SampleRecord, Versions};
use crate::run::score::{self, Helpers, Memory, MetricWork, Scoring, waits};
use crate::run::tally::Tally;
use crate::run::threads::Threads;
use crate::run::{RecordError, RunReader, Selection};
use crate::subject::AnswerSource;
use crate::suite::{Suite, Tier};

/// Version of the record's format.
pub(crate) const FORMAT: u32 = 2;
/// Records in a chunk, where answers cost nothing.
pub(crate) const CHUNK: usize = 64;
/// Bytes of records after which a chunk is as long as it gets.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;
/// Chunks under way for each worker.
const WINDOW: usize = 8;
/// Bytes of chunks under way for each worker, and as many of results that wait to be written. 512 samples of 32 KiB, with as
/// much said of them.
const WINDOW_BYTES: usize = 16 << 20;
/// Bytes of results that a worker has together before it hands them on.
pub(crate) const PART_BYTES: usize = 1 << 20;
/// Samples of a chunk that wait for something outside this process at once.
const WAITING: usize = 16;
/// Rows that are written to the cache at once, and their bytes.
const CACHE_BATCH: usize = 1024;
const CACHE_BATCH_BYTES: usize = 16 << 20;

/// What may be under way at once with so many workers.
pub(crate) fn window(workers: usize) -> Window {
    Window { items: workers * WINDOW, bytes: workers * WINDOW_BYTES }
}

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
    /// Digest over the golden samples, from whoever made sure that they are the approved ones.
    pub golden_digest: Option<String>,
    /// Go on with the run that `directory` holds.
    pub resume: bool,
    /// The policies that the suite was held to.
    pub policies: &'a Policies,
    /// The models that metrics and plugins ask.
    pub models: &'a RunModels,
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
    /// The answers of models cannot be written down.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
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

/// The dataset, a chunk at a time, until it ends or somebody asks to stop.
struct Chunks<'a> {
    records: RawStream,
    size: usize,
    cancel: &'a Cancel,
    ended: bool,
}

struct Chunk {
    records: Vec<RawRecord>,
    /// Of the records.
    bytes: usize,
    bytes_read: u64,
    /// Why the dataset ends behind the records.
    error: Option<DatasetError>,
}

impl Weigh for Chunk {
    fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        if self.ended || self.cancel.is_cancelled() {
            return None;
        }
        let mut chunk =
            Chunk { records: Vec::with_capacity(self.size), bytes: 0, bytes_read: 0, error: None };
        while chunk.records.len() < self.size && chunk.bytes < CHUNK_BYTES && !self.ended {
            match self.records.next() {
                Some(Ok(record)) => {
                    chunk.bytes += record.size();
                    chunk.records.push(record);
                }
                Some(Err(error)) => {
                    chunk.error = Some(error);
                    self.ended = true;
                }
                None => self.ended = true,
            }
        }
        chunk.bytes_read = self.records.bytes_read();
        (!chunk.records.is_empty() || chunk.error.is_some()).then_some(chunk)
    }
}

#[derive(Default)]
struct Done {
    lines: Vec<u8>,
    seen: Vec<Seen>,
    samples: Vec<(SampleRecord, Vec<MetricWork>)>,
    learned: Vec<(SampleKey, Known)>,
    learned_bytes: usize,
    bytes_read: u64,
    /// Why the chunk stops short: an error, or somebody asked to stop.
    cut: Option<Option<RunError>>,
}

impl Weigh for Done {
    /// Lines and what the cache learns: what else is there has no texts.
    fn bytes(&self) -> usize {
        self.lines.len() + self.learned_bytes
    }
}

/// A record of the dataset, whether the run wants it or not.
struct Seen {
    id: String,
    line: u64,
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
        // Of a run that was killed, its lines say at least what it asked.
        let asked = tally.metrics().into_iter().filter_map(|metric| metric.usage);
        let asked = asked.reduce(|mut sum, usage| {
            sum += usage;
            sum
        });
        let asked = asked.map(|usage| Spent { usage, ..Spent::default() });
        manifest.spent = record.manifest().spent.or(asked);
        directory
    } else {
        RunDirectory::create(plan.directory)?
    };
    directory.write_manifest(&manifest)?;
    plan.models.begin(plan.directory, manifest.spent)?;

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
        learned_bytes: 0,
        asked: plan.selection.samples.clone(),
        tiers: BTreeMap::new(),
        progress: Progress { total_bytes: records.total_bytes(), ..Progress::default() },
        start,
        earlier: earlier.elapsed,
        cache_error: None,
    };
    let size = if plan.answers.is_slow() { 1 } else { CHUNK };
    let chunks = Chunks { records, size, cancel, ended: false };
    let learn = writer.cache.is_some();
    let earlier = &earlier;
    let ended = std::thread::scope(|scope| {
        let helpers = waits(plan.metrics).then(|| Helpers {
            computing: Threads::start(scope, plan.jobs),
            blocking: Threads::start(scope, plan.jobs * WAITING),
        });
        let worker = |reader: Option<CacheReader>| {
            let helpers = helpers.clone();
            move |chunk: Chunk, parts: &mut Parts<'_, Done>| {
                let memory = Memory { reader: reader.as_ref(), learn };
                let scoring = Scoring { memory, helpers: helpers.as_ref(), cancel };
                work(plan, chunk, &scoring, earlier, parts)
            }
        };
        let workers = readers.into_iter().map(worker).collect();
        pipeline::in_order(chunks, workers, window(plan.jobs), |done| {
            let taken = writer.take(done);
            progress(writer.progress);
            taken
        })
    });
    let ended = match ended {
        ControlFlow::Continue(()) => writer.flush().map(|()| Ended::Whole),
        ControlFlow::Break(ended) => ended,
    };

    let finished = matches!(ended, Ok(Ended::Whole)) && !cancel.is_cancelled();
    let Writer { asked, tiers, cache_error, .. } = writer;
    manifest.warnings.extend(cache_error.map(|error| format!("the score cache stopped: {error}")));
    let elapsed = earlier.elapsed + start.elapsed();
    manifest.elapsed_ms = millis(elapsed);
    manifest.finished_at = Some(now());
    manifest.spent = plan.models.spent();
    manifest
        .warnings
        .extend(plan.models.warnings().into_iter().filter(|warning| !plan.warnings.contains(warning)));
    if let Err(error) = plan.models.finish() {
        manifest.warnings.push(error.to_string());
    }
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
    manifest.summary = Some(tally.summary(&manifest));
    manifest.samples_digest = Some(directory.samples_digest());
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

fn work<'a>(
    plan: &'a Plan<'_>,
    chunk: Chunk,
    scoring: &Scoring<'_, 'a>,
    earlier: &Earlier,
    parts: &mut Parts<'_, Done>,
) -> Done {
    let bytes_read = chunk.bytes_read;
    let mut done = Done { bytes_read, ..Done::default() };
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
                    if let Some((key, known)) = scored.learned {
                        done.learned_bytes += known.bytes();
                        done.learned.push((key, known));
                    }
                    let mut record = scored.record;
                    // The texts are written; what is left is what the tally needs.
                    record.forget_texts();
                    done.samples.push((record, scored.work));
                    if done.bytes() >= PART_BYTES {
                        let rest = Done { bytes_read, ..Done::default() };
                        parts.send(std::mem::replace(&mut done, rest));
                    }
                }
                Err(error) => {
                    done.cut = Some(error);
                    return;
                }
            }
        }
        // Behind the records, so that nothing that was read before the error is lost.
        done.cut = chunk.error.map(|error| Some(error.into()));
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
    let seen = Seen { id: entry.sample.id.clone(), line: entry.line };
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
    learned_bytes: usize,
    /// Samples that were asked for by id and have not come by.
    asked: BTreeSet<String>,
    /// When the last sample of each tier was written.
    tiers: BTreeMap<Tier, Duration>,
    progress: Progress,
    start: Instant,
    earlier: Duration,
    cache_error: Option<crate::cache::CacheError>,
}

impl Writer<'_> {
    /// Writes a chunk, and breaks where it is the last one that the run gets.
    fn take(&mut self, chunk: Done) -> ControlFlow<Result<Ended, RunError>> {
        match self.write_chunk(chunk) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(None)) => ControlFlow::Break(self.flush().map(|()| Ended::Stopped)),
            Ok(Some(Some(error))) => ControlFlow::Break(self.flush().and(Err(error))),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }

    fn write_chunk(&mut self, chunk: Done) -> Result<Option<Option<RunError>>, RunError> {
        for seen in chunk.seen {
            self.ids.insert(&seen.id, seen.line)?;
            self.asked.remove(&seen.id);
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
        self.learned_bytes += chunk.learned_bytes;
        if self.learned.len() >= CACHE_BATCH || self.learned_bytes >= CACHE_BATCH_BYTES {
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
        self.learned_bytes = 0;
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
        golden_digest: plan.golden_digest.clone(),
        subject: plan.answers.stamp(),
        metrics: plan.metrics.iter().map(|metric| metric.stamp.clone()).collect(),
        models: plan.models.stamps().to_vec(),
        spent: None,
        policies: plan.policies.stamps(),
        isolation: plan.suite.isolation,
        gates: plan.suite.gates.clone(),
        selection: plan.selection.words(),
        overruns: Vec::new(),
        warnings: plan.warnings.clone(),
        samples_digest: None,
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
    let models = |manifest: &Manifest| -> Vec<_> {
        manifest
            .models
            .iter()
            .map(|model| (model.name.clone(), model.identity.clone(), model.missing.clone()))
            .collect()
    };
    if models(new) != models(old) {
        return changed("a model");
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
