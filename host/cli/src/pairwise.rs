//! `scorebox pairwise`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use scorebox_eval::cache;
use scorebox_eval::models::{ModelOptions, RunModels};
use scorebox_eval::pairwise::{self, Answers, Options, PairwiseError, SampleComparison};
use scorebox_eval::suite::{MetricSource, Suite};
use scorebox_metrics::{Cancel, PairwiseJudge};

use crate::arguments::PairwiseArguments;
use crate::evaluate::on_interrupt;
use crate::progress::Bar;
use crate::say::say;
use crate::start;

/// The built-in metric whose settings say how to judge.
const JUDGE: &str = "judge";

pub(crate) fn pairwise(arguments: &PairwiseArguments) -> Result<ExitCode> {
    let (suite, _) = start::suite(&arguments.suite, &arguments.policy)?;
    let settings = settings(&suite, arguments.metric.as_deref())?;
    let cache = cache::default_directory().filter(|_| !arguments.no_cache);
    let options = ModelOptions {
        cache: cache.as_deref(),
        record: arguments.record.as_deref(),
        offline: arguments.offline,
    };
    let models = RunModels::open(&suite, &options)?;
    let judge = PairwiseJudge::new(settings, models.models())
        .with_context(|| format!("cannot judge by {}", suite.path.display()))?;
    let [a, b] = [&arguments.a, &arguments.b].map(|name| Answers::open(name, &suite));
    let (a, b) = (a?, b?);
    let partitions = arguments.partition.iter().copied().collect();
    let options =
        Options { suite: &suite, judge: &judge, a: &a, b: &b, models: &models, partitions: &partitions };

    let mut file = arguments.out.as_deref().map(create).transpose()?;
    let mut each = |comparison: &SampleComparison| match &mut file {
        Some((path, file)) => write(file, comparison)
            .map_err(|source| PairwiseError::Write { path: path.to_path_buf(), source }),
        None => Ok(()),
    };
    let cancel = Cancel::default();
    on_interrupt(&cancel)?;
    let bar = Bar::new("faulted");
    let result = pairwise::pairwise(&options, &cancel, &mut each, &mut |progress| bar.update(progress));
    bar.finish();
    let result = result?;
    if let Some((path, mut file)) = file {
        file.flush().with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        result.render(&mut anstream::stdout())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings of the suite's judge: the one of this name, else the only one.
fn settings<'a>(suite: &'a Suite, name: Option<&str>) -> Result<&'a serde_json::Value> {
    let judges = suite.metrics.iter();
    let judges = judges.filter(|metric| metric.source == MetricSource::Builtin(JUDGE.to_owned()));
    let judges = judges.filter(|metric| name.is_none_or(|name| metric.name == name)).collect::<Vec<_>>();
    let path = suite.path.display();
    match (judges.as_slice(), name) {
        ([judge], _) => Ok(&judge.settings),
        ([], Some(name)) => {
            bail!("{path} has no metric `{name}` that is a judge: name one with `builtin: judge`")
        }
        ([], None) => bail!(
            "{path} has no judge, whose criteria say which answer is better: add a metric `judge` with `settings: \
             {{criteria: …}}`"
        ),
        (several, _) => {
            let names = several.iter().map(|metric| format!("`{}`", metric.name)).collect::<Vec<_>>();
            bail!("{path} has several judges: choose one of {} with `--metric`", names.join(", "))
        }
    }
}

fn create(path: &Path) -> Result<(&Path, BufWriter<File>)> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok((path, BufWriter::new(file)))
}

fn write(file: &mut impl Write, comparison: &SampleComparison) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, comparison)?;
    file.write_all(b"\n")
}
