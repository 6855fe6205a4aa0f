//! `scorebox calibrate`.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use scorebox_eval::cache;
use scorebox_eval::calibrate::{self, Drawing, HistoryEntry, LabelFields, Options, Reading, Scored, Scoring};
use scorebox_eval::models::{ModelOptions, RunModels};
use scorebox_eval::policy::Places;
use scorebox_eval::report::escape_line;
use scorebox_eval::run::{self, PreparedMetrics, RunReader};
use scorebox_eval::suite::{self, Suite};
use scorebox_metrics::Cancel;

use crate::arguments::{CalibrateArguments, CalibrateCommand, MeasureArguments, SampleArguments};
use crate::evaluate::{find_run, on_interrupt, processors, width};
use crate::packages::Local;
use crate::progress::Bar;
use crate::say::say;
use crate::start;

/// Name of the history's file.
const HISTORY: &str = "calibrations.jsonl";

pub(crate) fn calibrate(arguments: &CalibrateArguments) -> Result<ExitCode> {
    let measured = &arguments.measure;
    match (&arguments.command, &measured.metric, &measured.labels) {
        (Some(CalibrateCommand::Sample(arguments)), ..) => sample(arguments),
        (Some(CalibrateCommand::History { metric, history, json }), ..) => {
            show_history(metric.as_deref(), history.as_deref(), *json)
        }
        (None, Some(metric), Some(labels)) => measure(measured, metric, labels),
        (None, ..) => bail!("name a metric and labels: `scorebox calibrate --metric METRIC --labels FILE`"),
    }
}

fn sample(arguments: &SampleArguments) -> Result<ExitCode> {
    let directory = find_run(&arguments.run)?;
    let record = RunReader::open(&directory)?;
    let mut labelled = Vec::new();
    for path in &arguments.labelled {
        labelled.extend(calibrate::labelled_ids(path, &LabelFields::default())?);
    }
    let drawing = Drawing {
        samples: arguments.samples.into(),
        grades: arguments.grades,
        labelled,
        seed: arguments.seed,
    };
    let drawn = calibrate::draw_sample(&record, &arguments.metric, &drawing, &arguments.out)?;
    let count = drawn.samples;
    say!("drew {count} sample{}: label them in one of", if count == 1 { "" } else { "s" });
    say!("  {}, a page that saves labels.csv", drawn.page.display());
    say!("  {}, a table with a column for labels", drawn.table.display());
    let (run, metric) = (directory.display(), &arguments.metric);
    say!("\nThen: scorebox calibrate --run {run} --metric {metric} --labels labels.csv");
    Ok(ExitCode::SUCCESS)
}

fn show_history(metric: Option<&str>, path: Option<&Path>, json: bool) -> Result<ExitCode> {
    let path = path.map_or_else(|| Path::new(".scorebox").join(HISTORY), Path::to_owned);
    let mut entries = calibrate::read_history(&path)?;
    entries.retain(|entry| metric.is_none_or(|metric| entry.metric == metric));
    if json {
        say!("{}", serde_json::to_string_pretty(&entries)?);
    } else if entries.is_empty() {
        say!(
            "{} has no calibrations{}: `scorebox calibrate --run RUN --metric METRIC --labels FILE` adds one",
            path.display(),
            metric.map_or_else(String::new, |metric| format!(" of `{}`", escape_line(metric)))
        );
    } else {
        let mut table = Vec::new();
        calibrate::write_history(&entries, &mut table)?;
        crate::say::write(format_args!("{}", String::from_utf8_lossy(&table)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the history of the runs in a directory lies: beside them. `None` for a run that lies somewhere else.
fn history_of(run: &Path) -> Option<PathBuf> {
    let scorebox = run.parent().filter(|runs| runs.ends_with("runs"))?.parent()?;
    scorebox.ends_with(".scorebox").then(|| scorebox.join(HISTORY))
}

fn measure(arguments: &MeasureArguments, metric: &str, labels: &Path) -> Result<ExitCode> {
    let run = arguments.run.as_deref().map(find_run).transpose()?;
    let scored = scored(arguments, metric, labels, run.as_deref())?;
    let options = Options {
        wanted: arguments.want,
        folds: arguments.folds.into(),
        draws: usize::try_from(arguments.draws)?,
        seed: arguments.seed,
    };
    let study = calibrate::study(&scored, &options)?;
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&study.calibration)?);
    } else {
        match calibrate::write_terminal(&study, width(), &mut anstream::stdout().lock()) {
            // Somebody who reads only the head of the output is no error.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
    }
    if let Some(path) = &arguments.out {
        study.calibration.write(path)?;
    }
    if let Some(path) = &arguments.html {
        let written = File::create(path).and_then(|file| {
            let mut file = BufWriter::new(file);
            calibrate::write_html(&study, &mut file)?;
            file.flush()
        });
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    let default =
        || run.as_deref().map(|run| history_of(run).unwrap_or_else(|| Path::new(".scorebox").join(HISTORY)));
    if let Some(path) = arguments.history.clone().or_else(default) {
        let added = calibrate::append_history(&path, &HistoryEntry::of(&study.calibration))?;
        if added && !arguments.json {
            say!("added to {}", path.display());
        }
    }
    let reached = study.calibration.threshold.as_ref().is_none_or(|proposal| proposal.reached);
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The labelled samples with what the metric makes of them.
fn scored(arguments: &MeasureArguments, metric: &str, labels: &Path, run: Option<&Path>) -> Result<Scored> {
    let fields = LabelFields {
        label: arguments.label_field.clone(),
        group: arguments.group_field.clone(),
        reading: Reading { positive: arguments.positive.clone(), good_from: arguments.good_from },
    };
    if let Some(run) = run {
        let record = RunReader::open(run)?;
        return Ok(calibrate::from_run(&record, metric, labels, &fields)?);
    }
    let place = arguments.suite.as_deref().unwrap_or(Path::new("scorebox.yaml"));
    let policies = Places::of(place, &arguments.policy.files).find()?;
    let mut suite = suite(arguments, metric, labels)?;
    suite.resolve_packages(&Local, &policies)?;
    policies.enforce(&mut suite)?;
    suite.resolve_secrets(&|name| std::env::var_os(name))?;
    let jobs = arguments.jobs.map_or_else(processors, usize::from);
    let cache = cache::default_directory();
    let options =
        ModelOptions { cache: cache.as_deref(), offline: arguments.offline, ..ModelOptions::default() };
    let models = RunModels::open(&suite, &options)?;
    let sandbox = start::sandbox(jobs, policies.compile_limits(), models.for_plugins())?;
    let PreparedMetrics { metrics, left_out } = run::prepare_metrics(&suite, &sandbox, &policies, &models)?;
    let metric = metrics.first().ok_or_else(|| {
        anyhow!(left_out.first().cloned().unwrap_or_else(|| "the suite has no metric".to_owned()))
    })?;
    let cancel = Cancel::default();
    on_interrupt(&cancel)?;
    let scoring = Scoring { metric, jobs, cancel: &cancel };
    let bar = Bar::new("faulted");
    let mut progress = |progress| bar.update(progress);
    let scored = match &arguments.dataset {
        Some(dataset) => calibrate::score_dataset(dataset, labels, &fields, &scoring, &mut progress),
        None => calibrate::score_labelled(labels, &fields, &scoring, &mut progress),
    };
    bar.finish();
    Ok(scored?)
}

/// A suite with the metric alone.
fn suite(arguments: &MeasureArguments, metric: &str, labels: &Path) -> Result<Suite> {
    if let Some(path) = &arguments.suite {
        let suite = suite::load(path)?;
        let names: Vec<String> = suite.metrics.iter().map(|used| format!("`{}`", used.name)).collect();
        return suite.only(metric).ok_or_else(|| {
            anyhow!("{} has no metric `{metric}`: it has {}", path.display(), names.join(", "))
        });
    }
    let settings = match arguments.settings.as_deref().map(serde_json::from_str) {
        None => serde_json::Map::new(),
        Some(Ok(serde_json::Value::Object(settings))) => settings,
        Some(Ok(_)) => bail!("`--settings` is no JSON object: write for example `--settings '{{\"n\": 2}}'`"),
        Some(Err(error)) => bail!("`--settings` is not JSON: {error}"),
    };
    Ok(calibrate::suite_for(metric, &settings, labels)?)
}
