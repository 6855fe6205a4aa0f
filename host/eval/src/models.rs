//! The models of a run: from what a suite says of them to what its metrics and plugins ask.
//!
//! ```text
//! suite.models ─► keys ─► Exchange (one for the run) ─► Models ─► metrics that ask
//!               └► local ─► read, with its threads ────►┘
//!                   │ missing and optional: left out      └─────► plugins that were granted the model
//! record ─► Exchange, offline, over the record's transcript ─► the same, for a replay
//! ```

mod plugins;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scorebox_metrics::{
    Access, Api, ApiKey, ChatModel, EmbeddingModel, Exchange, ExchangeOptions, LocalEmbedding, Metric,
    ModelConfig, ModelIdentity, ModelStore, Models, Spent, TranscriptError, Work,
};

use crate::run::{FileStamp, Manifest, ModelStamp};
use crate::suite::models::ModelPlaces;
use crate::suite::{ApiModel, LocalModel, ModelKind, ModelSource, ModelUse, Suite};
use crate::yaml::{FileError, Mistake};
use crate::{cache, digest};

use plugins::PluginModels;

/// The model that metrics and plugins ask for answers, where nobody names another.
pub const JUDGE: &str = "judge";
/// The model that metrics and plugins ask for vectors, where nobody names another.
pub const EMBEDDINGS: &str = "embeddings";
/// The transcript in the directory of a run.
pub const TRANSCRIPT: &str = "models.jsonl";

/// How the models of a run are asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelOptions<'a> {
    /// The directory of the cache of answers; `None` to ask everything anew.
    pub cache: Option<&'a Path>,
    /// A transcript to write, beside the one in the run's directory.
    pub record: Option<&'a Path>,
    /// Ask nobody.
    pub offline: bool,
}

/// The models of a run.
#[derive(Debug, Default)]
pub struct RunModels {
    models: Models,
    exchange: Option<Exchange>,
    /// Optional models that cannot be had, and why.
    absent: BTreeMap<String, String>,
    stamps: Vec<ModelStamp>,
    warnings: Vec<String>,
}

impl RunModels {
    /// The models that `suite` names.
    ///
    /// # Errors
    ///
    /// A key that is missing, a price that is needed, a transcript that cannot be read; each at its place.
    pub fn open(suite: &Suite, options: &ModelOptions<'_>) -> Result<Self, FileError> {
        if suite.models.is_empty() {
            return Ok(Self::default());
        }
        let transcripts: Vec<PathBuf> = suite
            .models
            .iter()
            .filter_map(|model| model.transcript.clone())
            // One that is recorded now need not be there yet.
            .filter(|path| path.exists() || !options.record.is_some_and(|record| same(record, path)))
            .collect();
        let records: Vec<PathBuf> = options.record.into_iter().map(Path::to_owned).collect();
        let exchange = Exchange::open(&ExchangeOptions {
            ceiling: suite.spend,
            cache: options.cache,
            transcripts: &transcripts,
            records: &records,
            offline: options.offline,
        });
        let exchange = exchange.map_err(|error| FileError::file(&suite.path, error.to_string()))?;
        let mut run = Self { exchange: Some(exchange.clone()), ..Self::default() };
        let mut mistakes = Vec::new();
        for (model, places) in suite.models.iter().zip(&suite.places.models) {
            let added = match &model.source {
                ModelSource::Api(api) => run.add(model, api, (&exchange, options.offline), places),
                ModelSource::Local(local) => run.add_local(model, local, places),
            };
            mistakes.extend(added.err());
        }
        if mistakes.is_empty() { Ok(run) } else { Err(FileError::of(suite.source.clone(), mistakes)) }
    }

    /// Adds an embedding model of this machine, unless it is optional and not here.
    fn add_local(
        &mut self,
        model: &ModelUse,
        local: &LocalModel,
        places: &ModelPlaces,
    ) -> Result<(), Mistake> {
        let name = &model.name;
        match open_local(local) {
            Ok(opened) => {
                self.stamps.push(of_local(name, local, opened.identity().clone()));
                self.models.embedding.insert(name.clone(), opened);
            }
            Err(reason) if model.optional => {
                let identity = ModelIdentity { place: "local".to_owned(), model: local.to_string() };
                self.stamps
                    .push(ModelStamp { missing: Some(reason.clone()), ..of_local(name, local, identity) });
                self.absent.insert(name.clone(), reason);
            }
            Err(reason) => {
                let help = "name one that is here, or say `optional: true` to leave out what asks this model";
                return Err(Mistake::at(places.name.clone(), format!("`{name}`: {reason}")).help(help));
            }
        }
        Ok(())
    }

    /// Adds one model behind an API, unless it is optional and cannot be had.
    fn add(
        &mut self,
        model: &ModelUse,
        api: &ApiModel,
        (exchange, offline): (&Exchange, bool),
        places: &ModelPlaces,
    ) -> Result<(), Mistake> {
        let name = &model.name;
        let stamp =
            ModelStamp { transcript: model.transcript.as_deref().and_then(stamp), ..of_api(name, api) };
        let access = match (&api.key, offline) {
            (None, _) => Access::Open,
            // Nobody is asked, so nothing has to be proved.
            (Some(_), true) => Access::Open,
            (Some(key), false) => match key.read() {
                Ok(read) => key_access(read, key.to_string(), api),
                Err(reason) if model.transcript.is_some() => {
                    self.warnings.push(format!("`{name}`: {reason}, so only recorded answers are used"));
                    Access::Missing(reason)
                }
                Err(reason) if model.optional && !key.is_there() => {
                    self.stamps.push(ModelStamp { missing: Some(reason.clone()), ..stamp });
                    self.absent.insert(name.clone(), reason);
                    return Ok(());
                }
                Err(reason) => {
                    let span = places.key.clone().unwrap_or_else(|| places.name.clone());
                    let help = "set it, use `--offline` to ask nobody, or say `optional: true` to leave out what asks this model";
                    return Err(Mistake::at(span, format!("`{name}` has no key: {reason}")).help(help));
                }
            },
        };
        let config = ModelConfig { access, ..api.config.clone() };
        let mistake =
            |error: scorebox_metrics::ModelError| Mistake::at(places.name.clone(), error.to_string());
        match api.kind {
            ModelKind::Chat => {
                self.models.chat.insert(name.clone(), exchange.chat(config).map_err(mistake)?);
            }
            ModelKind::Embedding => {
                self.models.embedding.insert(name.clone(), exchange.embedding(config).map_err(mistake)?);
            }
        }
        self.stamps.push(stamp);
        Ok(())
    }

    /// The models of a record, which give the answers of its transcript and no others.
    ///
    /// # Errors
    ///
    /// A transcript that cannot be read.
    pub fn recorded(manifest: &Manifest, directory: &Path) -> Result<Self, FileError> {
        let transcript = directory.join(TRANSCRIPT);
        let mut run = Self::default();
        for stamp in manifest.models.iter().filter(|stamp| stamp.missing.is_none()) {
            // Where it is not here, whatever asks it is left out.
            let opened = stamp.source.as_ref().and_then(|local| open_local(local).ok());
            run.models.embedding.extend(opened.map(|opened| (stamp.name.clone(), opened)));
        }
        if manifest.models.is_empty() || !transcript.is_file() {
            return Ok(run);
        }
        let failed = |reason: String| FileError::file(&transcript, reason);
        let transcripts = [transcript.clone()];
        let exchange = Exchange::open(&ExchangeOptions {
            transcripts: &transcripts,
            offline: true,
            ..ExchangeOptions::default()
        });
        let exchange = exchange.map_err(|error| failed(error.to_string()))?;
        run.exchange = Some(exchange.clone());
        for stamp in manifest.models.iter().filter(|stamp| stamp.missing.is_none()) {
            // What is no model of an API is not replayed.
            let Ok(base_url) = stamp.identity.place.parse() else { continue };
            let mut config = ModelConfig::new(Api::OpenAi, base_url, stamp.identity.model.as_str());
            (config.price, config.family) = (stamp.price, stamp.family.clone());
            let name = stamp.name.clone();
            if stamp.kind == ModelKind::Embedding.name() {
                let model = exchange.embedding(config).map_err(|error| failed(error.to_string()))?;
                run.models.embedding.insert(name, model);
            } else {
                run.models
                    .chat
                    .insert(name, exchange.chat(config).map_err(|error| failed(error.to_string()))?);
            }
        }
        Ok(run)
    }

    /// The models by name.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// What plugins ask that were granted the model; `None` where there is none.
    pub fn for_plugins(&self) -> Option<Arc<dyn scorebox_sandbox::Model>> {
        let chat: Option<Arc<dyn ChatModel>> = self.models.chat.get(JUDGE).cloned();
        let embedding: Option<Arc<dyn EmbeddingModel>> = self.models.embedding.get(EMBEDDINGS).cloned();
        let any = chat.is_some() || embedding.is_some();
        any.then(|| Arc::new(PluginModels { chat, embedding }) as Arc<dyn scorebox_sandbox::Model>)
    }

    /// Whether a built-in metric waits for one of these models: nothing else that is built in waits.
    pub(crate) fn asked_by(&self, metric: &dyn Metric) -> bool {
        let any = self.exchange.is_some() || !self.models.embedding.is_empty();
        any && metric.work() == Work::Wait
    }

    /// Why the optional model of this name cannot be had; `None` where it can, or is not optional.
    pub fn absent(&self, name: &str) -> Option<&str> {
        self.absent.get(name).map(String::as_str)
    }

    /// What the manifest says of them.
    pub fn stamps(&self) -> &[ModelStamp] {
        &self.stamps
    }

    /// What was spent so far; `None` where there is nobody to pay.
    pub fn spent(&self) -> Option<Spent> {
        self.exchange.as_ref().map(Exchange::spent)
    }

    /// What to know before trusting the result.
    pub fn warnings(&self) -> Vec<String> {
        let exchange = self.exchange.iter().flat_map(Exchange::warnings);
        self.warnings.iter().cloned().chain(exchange).collect()
    }

    /// Writes a transcript into the directory of the run, which spent something before where it is resumed.
    pub(crate) fn begin(&self, directory: &Path, before: Option<Spent>) -> Result<(), TranscriptError> {
        let Some(exchange) = &self.exchange else { return Ok(()) };
        before.into_iter().for_each(|before| exchange.spent_before(before));
        exchange.record(&directory.join(TRANSCRIPT))
    }

    /// Brings the transcripts into their order.
    pub(crate) fn finish(&self) -> Result<(), TranscriptError> {
        self.exchange.as_ref().map_or(Ok(()), Exchange::finish)
    }
}

/// Whether two paths are one, by their letters.
fn same(one: &Path, other: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    absolute(one) == absolute(other)
}

fn key_access(key: ApiKey, place: String, api: &ApiModel) -> Access {
    Access::Key { key, place, header: api.header.clone() }
}

/// The embedding model with as many threads as processors, or why there is none.
fn open_local(local: &LocalModel) -> Result<Arc<dyn EmbeddingModel>, String> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let opened = match local {
        LocalModel::Local(name) => {
            let directory = ModelStore::default_directory(cache::default_directory().as_deref());
            let directory = directory.ok_or("no directory for models: set SCOREBOX_MODELS or HOME")?;
            ModelStore::new(directory).open(name, threads).map_err(|error| error.to_string())?
        }
        LocalModel::Folder(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            LocalEmbedding::open(path, &name, threads).map_err(|error| error.to_string())?
        }
    };
    Ok(Arc::new(opened))
}

fn of_local(name: &str, local: &LocalModel, identity: ModelIdentity) -> ModelStamp {
    ModelStamp {
        name: name.to_owned(),
        kind: ModelKind::Embedding.name().to_owned(),
        identity,
        family: None,
        price: None,
        transcript: None,
        source: Some(local.clone()),
        missing: None,
    }
}

fn of_api(name: &str, api: &ApiModel) -> ModelStamp {
    let identity: ModelIdentity = api.config.identity();
    ModelStamp {
        name: name.to_owned(),
        kind: api.kind.name().to_owned(),
        identity,
        family: api.config.family.clone(),
        price: api.config.known_price(),
        transcript: None,
        source: None,
        missing: None,
    }
}

/// A transcript as it is before the run; one that is not there yet has no digest.
fn stamp(path: &Path) -> Option<FileStamp> {
    Some(FileStamp { path: path.display().to_string(), digest: digest::file(path).ok()? })
}
