//! How a model of an API is asked.

use std::time::Duration;

use super::{ApiKey, BaseUrl, ModelIdentity, Price, Prices};

/// The protocols that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's `/chat/completions` and `/embeddings`, and everything that speaks like it.
    OpenAi,
    /// Anthropic's `/messages`, which has no embeddings.
    Anthropic,
}

impl Api {
    /// As in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Where the API's owner offers it.
    pub fn home(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
        }
    }
}

/// What proves who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Nothing is needed.
    Open,
    /// A key.
    Key {
        /// The key.
        key: ApiKey,
        /// Where it is kept, in words.
        place: String,
        /// The header that carries it; `None` for the one that the API usually takes.
        header: Option<String>,
    },
    /// There is no key, for this reason: only answers that are known already are given.
    Missing(String),
}

/// A model of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// The protocol.
    pub api: Api,
    /// Where it is asked.
    pub base_url: BaseUrl,
    /// The model's name there.
    pub model: String,
    /// What proves who asks.
    pub access: Access,
    /// For one attempt, from the first byte sent to the last one received.
    pub timeout: Duration,
    /// Further attempts after one that failed for a reason that may pass.
    pub retries: u32,
    /// How long the first pause between attempts is, at most; the next ones double.
    pub pause: Duration,
    /// Requests a minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens of questions and answers a minute.
    pub tokens_per_minute: Option<u64>,
    /// The most questions at once.
    pub concurrency: usize,
    /// What it costs; `None` for what ships, where the model is known.
    pub price: Option<Price>,
    /// The family that it is of, such as `llama`; `None` to go by its name.
    pub family: Option<String>,
    /// Parameters of a request that the API does not take: `temperature`, `response_format`, `logprobs`.
    pub omit: Vec<Omit>,
}

/// A parameter that some models do not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omit {
    /// Answers vary as the model's maker wants them to.
    Temperature,
    /// A schema goes into the instructions.
    ResponseFormat,
    /// There are no alternatives.
    Logprobs,
}

impl Omit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Temperature, Self::ResponseFormat, Self::Logprobs];

    /// As in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::ResponseFormat => "response_format",
            Self::Logprobs => "logprobs",
        }
    }
}

/// Time for one attempt, where nobody says another.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// Further attempts, where nobody says another number.
pub const RETRIES: u32 = 5;
/// The most questions at once, where nobody says another number.
pub const CONCURRENCY: usize = 16;

impl ModelConfig {
    /// `model` at `base_url`, without a key and with the usual bounds.
    pub fn new(api: Api, base_url: BaseUrl, model: impl Into<String>) -> Self {
        Self {
            api,
            base_url,
            model: model.into(),
            access: Access::Open,
            timeout: TIMEOUT,
            retries: RETRIES,
            pause: Duration::from_millis(500),
            requests_per_minute: None,
            tokens_per_minute: None,
            concurrency: CONCURRENCY,
            price: None,
            family: None,
            omit: Vec::new(),
        }
    }

    /// Which model it is.
    pub fn identity(&self) -> ModelIdentity {
        ModelIdentity { place: self.base_url.to_string(), model: self.model.clone() }
    }

    /// What it costs: as configured, else as it ships.
    pub fn known_price(&self) -> Option<Price> {
        self.price.or_else(|| Prices::shipped().of(self.base_url.host(), &self.model))
    }
}
