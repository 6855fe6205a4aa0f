//! The trait that every metric implements, and the metrics that are built in.

mod builtin;
mod grounding;
mod hallucination;
mod judge;
mod metric;
mod models;
mod plugin;
mod prompt;
mod settings;
mod similarity;
mod text;

pub use builtin::{BuiltinError, builtin, builtins};
pub use judge::{Comparison, PairwiseJudge, Preference};
pub use metric::{Cancel, Identity, Metric, Outcome, Work};
pub use models::{
    Access, Answer, AnswerCache, AnswerCacheError, Api, ApiKey, BaseUrl, CONCURRENCY, Ceiling, ChatModel,
    DEFAULT_MODEL, Embedded, EmbeddingModel, Exchange, ExchangeError, ExchangeOptions, InstalledModel,
    KeySource, LocalEmbedding, LocalModelError, Mismatch, ModelConfig, ModelError, ModelFile, ModelIdentity,
    ModelOrigin, ModelStore, Models, NoModel, Omit, Price, Prices, PricesError, PullProgress, PullRequest,
    Pulled, Question, RETRIES, Speaker, Spent, StoreError, TIMEOUT, TranscriptError, Turn, Usage,
};
pub use plugin::{Isolated, PluginMetric};
pub use prompt::{PromptStamp, Provenance};
pub use scorebox_sandbox::{
    Descriptor, Fault, FaultKind, Field, Finding, Kind, Message, Need, Role, Sample, Score, Span, ToolCall,
    Verdict,
};
