//! What the models of a run share: the thread that waits for them, the account, and the answers that are known.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scorebox_sandbox::Secrets;

use super::answers::Answers;
use super::cache::AnswerCache;
use super::caller::Caller;
use super::chat::ApiChat;
use super::embeddings::ApiEmbedding;
use super::runtime::Runtime;
use super::spend::Ledger;
use super::transcript::TranscriptError;
use super::{Access, Api, Ceiling, ChatModel, EmbeddingModel, ModelConfig, Spent, http};

/// What the models of a run have in common.
#[derive(Debug, Clone, Default)]
pub struct ExchangeOptions<'a> {
    /// The most that all of them together may spend.
    pub ceiling: Ceiling,
    /// The directory of the cache of answers; `None` to ask everything anew, and to keep nothing.
    pub cache: Option<&'a Path>,
    /// Transcripts, whose answers go before all others.
    pub transcripts: &'a [PathBuf],
    /// Transcripts to write.
    pub records: &'a [PathBuf],
    /// Ask nobody: give the answers that are known.
    pub offline: bool,
}

/// The exchange through which the models of a run are asked.
#[derive(Debug, Clone)]
pub struct Exchange(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) runtime: Runtime,
    pub(super) http: reqwest::Client,
    pub(super) ledger: Arc<Ledger>,
    pub(super) answers: Answers,
    pub(super) offline: bool,
    warnings: Vec<String>,
}

/// Why no model can be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The thread that waits does not start.
    #[error("cannot start the thread that waits for models: {0}")]
    Thread(std::io::Error),
    /// There is no TLS.
    #[error("cannot set up encryption: {0}")]
    Tls(String),
    /// A transcript is wrong.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// Why one model cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(String);

impl Exchange {
    /// Opens the exchange. A cache that cannot be used is a warning.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`]
    pub fn open(options: &ExchangeOptions<'_>) -> Result<Self, ExchangeError> {
        let mut warnings = Vec::new();
        let cache = options.cache.and_then(|directory| {
            AnswerCache::open(directory)
                .map_err(|error| warnings.push(format!("no cache of answers: {error}")))
                .ok()
        });
        Ok(Self(Arc::new(Shared {
            runtime: Runtime::start().map_err(ExchangeError::Thread)?,
            http: http::client().map_err(ExchangeError::Tls)?,
            ledger: Arc::new(Ledger::new(options.ceiling)),
            answers: Answers::new(options.transcripts, cache, options.records)?,
            offline: options.offline,
            warnings,
        })))
    }

    /// A language model.
    ///
    /// # Errors
    ///
    /// A ceiling on cost without a price.
    pub fn chat(&self, config: ModelConfig) -> Result<Arc<dyn ChatModel>, ModelError> {
        Ok(Arc::new(ApiChat::new(self.caller(config)?)))
    }

    /// An embedding model.
    ///
    /// # Errors
    ///
    /// As [`Self::chat`]; an API that has no embeddings.
    pub fn embedding(&self, config: ModelConfig) -> Result<Arc<dyn EmbeddingModel>, ModelError> {
        if config.api == Api::Anthropic {
            return Err(ModelError(
                "the API of Anthropic has no embeddings: write `api: openai` and a `base_url`".to_owned(),
            ));
        }
        Ok(Arc::new(ApiEmbedding::new(self.caller(config)?)))
    }

    fn caller(&self, config: ModelConfig) -> Result<Caller, ModelError> {
        let price = config.known_price();
        if self.0.ledger.ceiling().cost.is_some() && price.is_none() {
            return Err(ModelError(format!(
                "no price is known of `{}` at {}, so `spend.cost` cannot be kept: write `price: {{input: …, output: …}}`, in US \
                 dollars for a million tokens, or bound `spend.tokens` instead",
                config.model, config.base_url
            )));
        }
        let key = match &config.access {
            Access::Key { key, .. } => Some(key.secret()),
            Access::Open | Access::Missing(_) => None,
        };
        let secrets = Secrets::new(key.into_iter());
        Caller::new(Arc::clone(&self.0), config, price, secrets).ok_or_else(|| {
            ModelError("the header that carries the key has no name that HTTP allows".to_owned())
        })
    }

    /// Counts what was spent before, by the run that is resumed.
    pub fn spent_before(&self, spent: Spent) {
        self.0.ledger.before(spent);
    }

    /// Writes a further transcript.
    ///
    /// # Errors
    ///
    /// [`TranscriptError`]
    pub fn record(&self, path: &Path) -> Result<(), TranscriptError> {
        self.0.answers.record_to(path)
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        self.0.ledger.spent()
    }

    /// What to know of the run's answers: a cache that cannot be used, a transcript that cannot be written.
    pub fn warnings(&self) -> Vec<String> {
        self.0.warnings.iter().cloned().chain(self.0.answers.warnings()).collect()
    }

    /// Brings the transcripts that were written into their order; nothing is written to them from here on.
    ///
    /// # Errors
    ///
    /// [`TranscriptError`]
    pub fn finish(&self) -> Result<(), TranscriptError> {
        self.0.answers.finish()
    }
}
