//! `scorebox run`.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use scorebox_eval::models::{ModelOptions, RunModels};
use scorebox_eval::report::{self, Format, Options};
use scorebox_eval::run::{self, Manifest, Plan, PreparedMetrics, RunReader, RunState, Selection};
use scorebox_eval::subject::AnswerSource;
use scorebox_eval::suite::{self, Suite};
use scorebox_eval::{cache, calibrate, dataset};
use scorebox_metrics::Cancel;

use crate::arguments::{ReportTarget, RunArguments};
use crate::exit;
use crate::progress::Bar;
use crate::start;

pub(crate) fn run(arguments: &RunArguments) -> Result<ExitCode> {
    let (suite, policies) = start::suite(&arguments.suite, &arguments.policy)?;
    let earlier = earlier(arguments, &suite)?;
    let selection = selection(arguments, earlier.as_deref())?;
    let jobs = jobs(arguments, &suite);
    let cache = cache::default_directory().filter(|_| !arguments.no_cache);
    let options = ModelOptions {
        cache: cache.as_deref(),
        record: arguments.record.as_deref(),
        offline: arguments.offline,
    };
    let models = RunModels::open(&suite, &options)?;
    let sandbox = start::sandbox(jobs, policies.compile_limits(), models.for_plugins())?;
    let PreparedMetrics { metrics, left_out } = run::prepare_metrics(&suite, &sandbox, &policies, &models)?;
    let mut warnings = sandbox.warnings();
    warnings.extend(left_out);
    warnings.extend(models.warnings());
    if let Some(run) = &earlier {
        let stamps = metrics.iter().map(|metric| &metric.stamp);
        warnings.extend(run::incomparable(RunReader::open(run)?.manifest(), "this run", stamps));
    }
    let golden = golden_samples(&suite)?;
    warnings.extend(golden.warning);
    warnings.extend(calibrate::warnings(&suite, &metrics));
    let answers = AnswerSource::open(&suite.subject, run::directory_of(&suite.path))?;
    let directory = directory(arguments, &suite)?;
    try_targets(&arguments.report)?;

    let cancel = Cancel::default();
    on_interrupt(&cancel)?;
    let plan = Plan {
        suite: &suite,
        metrics: &metrics,
        answers: &answers,
        selection: &selection,
        directory: &directory,
        jobs,
        cache: cache.as_deref(),
        golden_digest: golden.digest,
        resume: arguments.resume,
        policies: &policies,
        models: &models,
        warnings,
    };
    let bar = Bar::new("failing");
    let result = run::run(&plan, &cancel, &mut |progress| bar.update(progress));
    bar.finish();
    let manifest = result.with_context(|| format!("run {}", directory.display()))?;
    show(arguments, &directory, &manifest)
}

/// The run whose failing samples are wanted.
fn earlier(arguments: &RunArguments, suite: &Suite) -> Result<Option<PathBuf>> {
    let Some(name) = &arguments.failing_from else { return Ok(None) };
    let run = match name.as_str() {
        "latest" => run::latest_of(suite),
        name => run::resolve(name).or_else(|| run::resolve_beside(name, suite)),
    };
    let run = run.with_context(|| {
        format!(
            "there is no run `{name}` of suite `{}`: name a run's directory, a run beside the suite, or `latest`",
            suite.name
        )
    })?;
    Ok(Some(run))
}

fn selection(arguments: &RunArguments, earlier: Option<&Path>) -> Result<Selection> {
    let mut selection = Selection::default();
    selection.partitions = arguments.partition.iter().copied().collect();
    selection.tags = arguments.tag.iter().cloned().collect();
    selection.samples = arguments.sample.iter().cloned().collect();
    if let Some(run) = earlier {
        selection.failing_from(run)?;
    }
    Ok(selection)
}

pub(crate) fn find_run(name: &str) -> Result<PathBuf> {
    run::resolve(name).ok_or_else(|| {
        anyhow!(
            "there is no run `{name}`: name a run's directory, a suite, a directory with runs in .scorebox/runs, the name \
             of a run in ./.scorebox/runs, or `latest` of those"
        )
    })
}

fn jobs(arguments: &RunArguments, suite: &Suite) -> usize {
    let processors = processors();
    let wanted = match &suite.subject {
        // Threads that wait for an answer cost nothing.
        suite::Subject::Command { concurrency, .. } => processors.max(*concurrency),
        _ => processors,
    };
    arguments.jobs.map_or(wanted, usize::from)
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn directory(arguments: &RunArguments, suite: &Suite) -> Result<PathBuf> {
    match (&arguments.out, arguments.resume) {
        (Some(out), _) => Ok(out.clone()),
        (None, false) => Ok(run::new_run(suite)),
        (None, true) => run::latest_unfinished(suite).ok_or_else(|| {
            anyhow!("suite `{}` has no unfinished run to resume: leave --resume out", suite.name)
        }),
    }
}

/// The golden samples of a suite's dataset, where they are the approved ones.
pub(crate) struct Golden {
    /// Over all of them; `None` where there are none.
    pub(crate) digest: Option<String>,
    /// That nobody ever approved them.
    pub(crate) warning: Option<String>,
}

/// Refuses a dataset whose golden samples are not the approved ones.
pub(crate) fn golden_samples(suite: &Suite) -> Result<Golden> {
    let golden = dataset::golden_samples(&suite.dataset)?;
    let lock = dataset::GoldenLock::read(&dataset::lock_file(&suite.dataset), &suite.dataset)?;
    let (path, approve) =
        (suite.dataset.display(), format!("scorebox dataset approve {}", suite.path.display()));
    let mut warning = None;
    if lock.is_some() {
        let change = dataset::compare(&golden, lock.as_ref());
        if !change.is_empty() {
            bail!(
                "the golden samples of {path} are not the approved ones: {}; review them, then `{approve}`",
                change.render()
            );
        }
    } else if !golden.is_empty() {
        warning =
            Some(format!("the golden samples of {path} were never approved: review them, then `{approve}`"));
    }
    Ok(Golden { digest: golden.digest(), warning })
}

/// Finds out before an hour of work whether the reports can be written after it.
fn try_targets(targets: &[ReportTarget]) -> Result<()> {
    for path in targets.iter().filter_map(|target| target.file.as_ref()) {
        let opened = File::options().append(true).create(true).open(path);
        opened.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The first Ctrl-C, or a request to terminate, ends the run with a readable record; the second one ends the process.
pub(crate) fn on_interrupt(cancel: &Cancel) -> Result<()> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(130);
        }
        cancel.cancel();
    })
    .context("cannot listen for Ctrl-C")
}

fn show(arguments: &RunArguments, directory: &Path, manifest: &Manifest) -> Result<ExitCode> {
    let record = RunReader::open(directory)?;
    let mut options = Options { width: width(), ..Options::default() };
    if !arguments.no_html {
        let path = directory.join("report.html");
        let file = run::create_private(&path).with_context(|| format!("cannot write {}", path.display()))?;
        write_into(file, Format::Html, &record, &options, &path)?;
        options.html = Some(path);
    }
    let taken = arguments.report.iter().any(|target| target.file.is_none());
    if arguments.json {
        write_to(Format::Json, &record, &options, &mut std::io::stdout().lock())?;
    } else if !taken {
        write_to(Format::Terminal, &record, &options, &mut anstream::stdout().lock())?;
    }
    // After the result is said, so that a report that cannot be written does not hide it.
    for target in &arguments.report {
        write_report(target, &record, &options)?;
    }
    if manifest.state == RunState::Interrupted {
        return Ok(ExitCode::from(130));
    }
    let outcome = manifest.summary.as_ref().map(|summary| summary.outcome);
    Ok(exit::code(outcome.unwrap_or(run::Decision::TooLittleEvidence)))
}

fn write_report(target: &ReportTarget, record: &RunReader, options: &Options) -> Result<()> {
    if target.format == Format::Github
        && let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
    {
        let path = PathBuf::from(path);
        let file = File::options().append(true).create(true).open(&path);
        let mut file = BufWriter::new(
            file.with_context(|| format!("cannot write the step summary {}", path.display()))?,
        );
        write_to(Format::Markdown, record, options, &mut file)?;
    }
    match &target.file {
        Some(path) => write_file(target.format, record, options, path),
        None => write_to(target.format, record, options, &mut anstream::stdout().lock()),
    }
}

pub(crate) fn write_file(format: Format, record: &RunReader, options: &Options, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    write_into(file, format, record, options, path)
}

fn write_into(file: File, format: Format, record: &RunReader, options: &Options, path: &Path) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 18, file);
    if matches!(format, Format::Terminal) {
        let mut text = anstream::StripStream::new(Vec::new());
        write_to(format, record, options, &mut text)?;
        file.write_all(&text.into_inner()).with_context(|| format!("cannot write {}", path.display()))?;
    } else {
        write_to(format, record, options, &mut file)?;
    }
    file.flush().with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn write_to(
    format: Format,
    record: &RunReader,
    options: &Options,
    out: &mut dyn Write,
) -> Result<()> {
    match report::write(format, record, options, out) {
        // Somebody who reads only the head of the output is no error.
        Err(report::ReportError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => {
            result.with_context(|| format!("cannot write the report of {}", record.directory().display()))
        }
    }
}

pub(crate) fn width() -> usize {
    let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    terminal.map_or(120, |(width, _)| usize::from(width.0)).clamp(60, 160)
}
