//! The trait that every metric implements, and the metrics that are built in.

mod builtin;
mod hallucination;
mod judge;
mod metric;
mod models;
mod plugin;
mod prompt;
mod settings;
mod text;

pub use builtin::{BuiltinError, builtin, builtins};
pub use judge::{Comparison, PairwiseJudge, Preference};
pub use metric::{Cancel, Identity, Metric, Outcome, Work};
pub use models::{
    Access, Answer, AnswerCache, AnswerCacheError, Api, ApiKey, BaseUrl, CONCURRENCY, Ceiling, ChatModel,
    Embedded, EmbeddingModel, Exchange, ExchangeError, ExchangeOptions, KeySource, ModelConfig, ModelError,
    ModelIdentity, Models, NoModel, Omit, Price, Question, RETRIES, Speaker, Spent, TIMEOUT, TranscriptError,
    Turn, Usage, prices_date,
};
pub use plugin::{Isolated, PluginMetric};
pub use prompt::{PromptStamp, Provenance};
pub use scorebox_sandbox::{
    Descriptor, Fault, FaultKind, Field, Finding, Kind, Message, Need, Role, Sample, Score, Span, ToolCall,
    Verdict,
};
