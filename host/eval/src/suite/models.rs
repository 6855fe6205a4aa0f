//! The models that a suite's metrics and plugins ask, and what they may spend.

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scorebox_metrics::{
    Api, BaseUrl, CONCURRENCY, Ceiling, KeySource, ModelConfig, Omit, Price, Prices, RETRIES, TIMEOUT,
};

use serde::{Deserialize, Serialize};

use crate::yaml::{Fields, Key, Kind, Mistake, Node, Reader, place};

pub(crate) const MODEL: &[&str] = &[
    "local",
    "folder",
    "api",
    "base_url",
    "model",
    "key",
    "kind",
    "timeout",
    "retries",
    "requests_per_minute",
    "tokens_per_minute",
    "concurrency",
    "price",
    "family",
    "omit",
    "transcript",
    "optional",
];
pub(crate) const KEY: &[&str] = &["env", "file", "header"];
pub(crate) const PRICE: &[&str] = &["input", "output"];
pub(crate) const SPEND: &[&str] = &["cost", "tokens", "prices"];

/// What a model on this machine may have.
const LOCAL: &[&str] = &["local", "folder", "optional"];
const LOCAL_EXAMPLE: &str = "embeddings: {local: all-MiniLM-L6-v2}";
const MODEL_EXAMPLE: &str = "{api: openai, model: gpt-4o-mini, key: {env: OPENAI_API_KEY}}";
const KEY_EXAMPLE: &str = "key: {env: OPENAI_API_KEY}";
const SPEND_EXAMPLE: &str = "spend: {cost: 5 USD, tokens: 2M}";

/// A model of a suite.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelUse {
    /// By which metrics name it.
    pub name: String,
    /// Where it is.
    pub source: ModelSource,
    /// Whether metrics that ask it are left out where it cannot be had.
    pub optional: bool,
    /// A file of answers, which go before those of the model.
    pub transcript: Option<PathBuf>,
}

/// Where a model is.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelSource {
    /// Behind an API.
    Api(Box<ApiModel>),
    /// On this machine: an embedding model.
    Local(LocalModel),
}

/// An embedding model on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalModel {
    /// By its name among those that were pulled.
    Local(String),
    /// In this folder.
    Folder(PathBuf),
}

impl std::fmt::Display for LocalModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(name) => write!(f, "{name} on this machine"),
            Self::Folder(path) => write!(f, "in {}", path.display()),
        }
    }
}

/// A model behind an API.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiModel {
    /// What it is asked for.
    pub kind: ModelKind,
    /// Where its key is kept; `None` where it takes none.
    pub key: Option<KeySource>,
    /// The header that carries the key; `None` for the one that the API usually takes.
    pub header: Option<String>,
    /// Everything else; no key stands in it yet.
    pub config: ModelConfig,
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelKind {
    /// Answers.
    #[default]
    Chat,
    /// Vectors.
    Embedding,
}

impl ModelKind {
    /// As in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embedding => "embedding",
        }
    }
}

/// Where the parts of a model stand in the suite's text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModelPlaces {
    pub(crate) name: Range<usize>,
    /// `base_url`, else the model's name in the suite.
    pub(crate) base_url: Range<usize>,
    pub(crate) key: Option<Range<usize>>,
}

/// Where what may be spent stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SpendPlaces {
    pub(crate) cost: Option<Range<usize>>,
    pub(crate) tokens: Option<Range<usize>>,
}

/// Reads one model; `directory` is the suite's.
pub(crate) fn read(
    reader: &mut Reader,
    key: &Key,
    node: &Node,
    directory: &Path,
) -> Option<(ModelUse, ModelPlaces)> {
    let instead = format!("{}: {MODEL_EXAMPLE}", key.text);
    let fields = reader.fields(node, &key.span, &key.text, MODEL, &instead)?;
    if fields.get("local").is_some() || fields.get("folder").is_some() {
        return local(reader, &fields, key, directory);
    }
    let (api, base_url) = api(reader, &fields, key)?;
    let model = match fields.get("model") {
        Some(node) => reader.text(node, &place(&fields, "model"), "model", "model: gpt-4o-mini")?.to_owned(),
        None => {
            let message = format!("`{}` has no `model`", key.text);
            let help = "write the model's name at its API, for example `model: gpt-4o-mini`";
            reader.say(Mistake::at(key.span.clone(), message).help(help));
            return None;
        }
    };
    let mut config = ModelConfig::new(api, base_url, model);
    let kinds = [ModelKind::Chat, ModelKind::Embedding].map(|kind| (kind.name(), kind));
    let kind = match fields.get("kind") {
        Some(node) => reader.word(node, &place(&fields, "kind"), "kind", &kinds)?,
        None => ModelKind::default(),
    };
    if let Some(at) = fields.key("kind").filter(|_| kind == ModelKind::Embedding && api == Api::Anthropic) {
        let help = "write `api: openai` and the `base_url` of an API with embeddings";
        reader.say(Mistake::at(at.span.clone(), "the API of Anthropic has no embeddings").help(help));
    }
    let source =
        fields.get("key").and_then(|node| self::key(reader, node, &place(&fields, "key"), directory));
    let (key_source, header) = source.map_or((None, None), |(key, header)| (Some(key), header));
    bounds(reader, &fields, &mut config);
    let optional = match fields.get("optional") {
        Some(node) => reader.boolean(node, &place(&fields, "optional"), "optional")?,
        None => false,
    };
    let transcript = fields.get("transcript").and_then(|node| {
        let text =
            reader.text(node, &place(&fields, "transcript"), "transcript", "transcript: judge.jsonl")?;
        Some(directory.join(text))
    });
    let places = ModelPlaces {
        name: key.span.clone(),
        base_url: fields.get("base_url").map_or_else(|| key.span.clone(), |node| node.span.clone()),
        key: fields.key("key").map(|key| key.span.clone()),
    };
    let source = ModelSource::Api(Box::new(ApiModel { kind, key: key_source, header, config }));
    Some((ModelUse { name: key.text.clone(), source, optional, transcript }, places))
}

/// Reads a model on this machine.
fn local(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &Key,
    directory: &Path,
) -> Option<(ModelUse, ModelPlaces)> {
    for field in MODEL.iter().filter(|field| !LOCAL.contains(field)) {
        if let Some(other) = fields.key(field) {
            let message = format!(
                "`{field}` says something of a model behind an API, and `{}` is on this machine",
                key.text
            );
            reader.say(Mistake::at(other.span.clone(), message).help(format!("write `{LOCAL_EXAMPLE}`")));
        }
    }
    let model = match (fields.get("local"), fields.get("folder")) {
        (Some(node), None) => LocalModel::Local(
            reader.text(node, &place(fields, "local"), "local", "local: all-MiniLM-L6-v2")?.to_owned(),
        ),
        (None, Some(node)) => LocalModel::Folder(directory.join(reader.text(
            node,
            &place(fields, "folder"),
            "folder",
            "folder: models/minilm",
        )?)),
        _ => {
            let message = format!("`{}` has both `local` and `folder`", key.text);
            let help = "write `local` with the name of a model that was pulled, or `folder` with a path";
            reader.say(Mistake::at(key.span.clone(), message).help(help));
            return None;
        }
    };
    let optional = match fields.get("optional") {
        Some(node) => reader.boolean(node, &place(fields, "optional"), "optional")?,
        None => false,
    };
    let places = ModelPlaces { name: key.span.clone(), base_url: key.span.clone(), key: None };
    let source = ModelSource::Local(model);
    Some((ModelUse { name: key.text.clone(), source, optional, transcript: None }, places))
}

fn api(reader: &mut Reader, fields: &Fields<'_>, key: &Key) -> Option<(Api, BaseUrl)> {
    let words = [Api::OpenAi, Api::Anthropic].map(|api| (api.name(), api));
    let api = match fields.get("api") {
        Some(node) => reader.word(node, &place(fields, "api"), "api", &words)?,
        None => {
            let message = format!("`{}` has no `api`", key.text);
            let help = "write `api: openai`, which llama.cpp, vLLM, Ollama, LiteLLM and Azure speak too, or `api: anthropic`; or \
                        `local: all-MiniLM-L6-v2` for an embedding model on this machine";
            reader.say(Mistake::at(key.span.clone(), message).help(help));
            return None;
        }
    };
    let Some(node) = fields.get("base_url") else {
        // The owners' own addresses are sound, as a test of theirs says.
        return Some((api, api.home().parse().ok()?));
    };
    let at = place(fields, "base_url");
    let text = reader.text(node, &at, "base_url", "base_url: http://localhost:8080/v1")?;
    match text.parse::<BaseUrl>() {
        Ok(base_url) => Some((api, base_url)),
        Err(wrong) => {
            let help = format!("write for example `base_url: {}`", api.home());
            reader.say(Mistake::at(node.place(&at), wrong).help(help));
            None
        }
    }
}

fn key(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
) -> Option<(KeySource, Option<String>)> {
    if let Kind::Text(_) = node.kind {
        let help = format!(
            "keys are no part of a suite: write the name of a variable that holds it, `{KEY_EXAMPLE}`"
        );
        reader.say(Mistake::at(at.clone(), "`key` is a text").help(help));
        return None;
    }
    let fields = reader.fields(node, at, "key", KEY, KEY_EXAMPLE)?;
    let header = fields.get("header").and_then(|node| {
        let text = reader.text(node, &place(&fields, "header"), "header", "header: api-key")?;
        let token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let sound = text.len() <= 100 && text.chars().all(token);
        if !sound {
            let message = format!("`{text:.100}` is no name of a header");
            reader.say(Mistake::at(node.place(at), message).help("write for example `header: api-key`"));
        }
        sound.then(|| text.to_ascii_lowercase())
    });
    let source = match (fields.get("env"), fields.get("file")) {
        (Some(node), None) => {
            let name = reader.text(node, &place(&fields, "env"), "env", KEY_EXAMPLE)?;
            let sound = !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !sound {
                let help = format!(
                    "write the name, without `$`, of the variable that holds the key: `{KEY_EXAMPLE}`"
                );
                reader.say(Mistake::at(node.place(at), "`env` is no name of a variable").help(help));
                return None;
            }
            KeySource::Env(name.to_owned())
        }
        (None, Some(node)) => {
            let path =
                reader.text(node, &place(&fields, "file"), "file", "key: {file: /run/secrets/judge}")?;
            KeySource::File(directory.join(path))
        }
        _ => {
            let help = format!("write either `{KEY_EXAMPLE}` or `key: {{file: /run/secrets/judge}}`");
            reader.say(Mistake::at(at.clone(), "a key is kept in one place").help(help));
            return None;
        }
    };
    Some((source, header))
}

/// What bounds a model, and what it costs.
fn bounds(reader: &mut Reader, fields: &Fields<'_>, config: &mut ModelConfig) {
    config.timeout = match fields.get("timeout") {
        Some(node) => reader.duration(node, &place(fields, "timeout"), "timeout").unwrap_or(TIMEOUT),
        None => TIMEOUT,
    };
    if config.timeout > Duration::from_secs(3600) {
        let mistake = Mistake::at(place(fields, "timeout"), "`timeout` is longer than an hour");
        reader.say(mistake.help("write for example `timeout: 5m`"));
    }
    let mut count = |field: &str, most: u64| {
        let node = fields.get(field)?;
        let least = u64::from(field != "retries");
        reader.count(node, &place(fields, field), field, least..most + 1)
    };
    config.retries = count("retries", 10).and_then(|count| u32::try_from(count).ok()).unwrap_or(RETRIES);
    config.requests_per_minute = count("requests_per_minute", 1_000_000);
    config.concurrency =
        count("concurrency", 256).and_then(|count| usize::try_from(count).ok()).unwrap_or(CONCURRENCY);
    config.tokens_per_minute = fields
        .get("tokens_per_minute")
        .and_then(|node| tokens(reader, node, &place(fields, "tokens_per_minute"), "tokens_per_minute"));
    config.price = fields.get("price").and_then(|node| price(reader, node, &place(fields, "price")));
    config.family = fields.get("family").and_then(|node| {
        let text = reader.text(node, &place(fields, "family"), "family", "family: llama")?;
        Some(text.to_lowercase())
    });
    if let Some(node) = fields.get("omit") {
        let at = place(fields, "omit");
        let words = Omit::ALL.map(|omit| (omit.name(), omit));
        match &node.kind {
            Kind::List(items) => {
                config.omit =
                    items.iter().filter_map(|item| reader.word(item, &at, "omit", &words)).collect();
            }
            _ => reader.wrong(node, &at, "omit", "a list", "omit: [temperature]"),
        }
    }
}

fn price(reader: &mut Reader, node: &Node, at: &Range<usize>) -> Option<Price> {
    let instead = "price: {input: 0.15, output: 0.60}";
    let fields = reader.fields(node, at, "price", PRICE, instead)?;
    let mut dollars = |field: &str| {
        let Some(node) = fields.get(field) else { return Some(0.0) };
        let value = reader.number(node, &place(&fields, field), field, instead)?;
        if !(0.0..=1e6).contains(&value) {
            let message =
                format!("`{field}` is {value}, and has to be US dollars for a million tokens, 0 or more");
            reader.say(Mistake::at(node.place(at), message).help(format!("write for example `{instead}`")));
            return None;
        }
        Some(value)
    };
    let (input, output) = (dollars("input")?, dollars("output")?);
    if fields.get("input").is_none() {
        let help = format!("write for example `{instead}`, in US dollars for a million tokens");
        reader.say(Mistake::at(at.clone(), "`price` has no `input`").help(help));
    }
    Some(Price { input, output })
}

/// Reads what may be spent, and gives the models without a price of their own the one of the suite's file of prices.
pub(crate) fn spend(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    directory: &Path,
    models: &mut [ModelUse],
) -> (Ceiling, SpendPlaces) {
    let Some(fields) = reader.fields(node, at, "spend", SPEND, SPEND_EXAMPLE) else {
        return Default::default();
    };
    if let Some(prices) =
        fields.get("prices").and_then(|node| prices(reader, node, &place(&fields, "prices"), directory))
    {
        let apis = models.iter_mut().filter_map(|model| match &mut model.source {
            ModelSource::Api(api) => Some(&mut api.config),
            ModelSource::Local(_) => None,
        });
        for config in apis.filter(|config| config.price.is_none()) {
            config.price = prices.of(config.base_url.host(), &config.model);
        }
    }
    bounds_of(reader, &fields)
}

/// Reads the file of prices that a suite names.
fn prices(reader: &mut Reader, node: &Node, at: &Range<usize>, directory: &Path) -> Option<Prices> {
    let path = directory.join(reader.text(node, at, "prices", "prices: prices.yaml")?);
    let read = if path.is_file() { read_bounded(&path) } else { Err("it is no file".to_owned()) };
    match read.and_then(|text| Prices::read(&text).map_err(|error| error.to_string())) {
        Ok(prices) => Some(prices),
        Err(reason) => {
            let message = format!("`prices` names {}, which is no file of prices: {reason}", path.display());
            let help = "start from what ships: `scorebox models prices > prices.yaml`";
            reader.say(Mistake::at(node.place(at), message).help(help));
            None
        }
    }
}

/// The text of a file, which is no longer than a list of prices ever is.
fn read_bounded(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(MOST_PRICES + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MOST_PRICES { Err("it is larger than 1 MiB".to_owned()) } else { Ok(text) }
}

/// Reads `cost` and `tokens`, of a suite or a policy.
pub(crate) fn bounds_of(reader: &mut Reader, fields: &Fields<'_>) -> (Ceiling, SpendPlaces) {
    let mut ceiling = Ceiling::default();
    let mut places = SpendPlaces::default();
    if let Some(node) = fields.get("cost") {
        let span = node.place(&place(fields, "cost"));
        ceiling.cost = cost(reader, node, &span);
        places.cost = Some(span);
    }
    if let Some(node) = fields.get("tokens") {
        let span = node.place(&place(fields, "tokens"));
        ceiling.tokens = tokens(reader, node, &span, "tokens");
        places.tokens = Some(span);
    }
    (ceiling, places)
}

/// US dollars: `5 USD`, or a number.
fn cost(reader: &mut Reader, node: &Node, at: &Range<usize>) -> Option<f64> {
    let dollars = match &node.kind {
        Kind::Number(number) => number.as_f64(),
        Kind::Text(text) => text.strip_suffix("USD").and_then(|text| text.trim().parse::<f64>().ok()),
        _ => None,
    };
    let sound = dollars.filter(|dollars| (0.0..=1e9).contains(dollars));
    if sound.is_none() {
        let help = "write US dollars, for example `cost: 5 USD`";
        reader.say(Mistake::at(at.clone(), "`cost` is no sum of money").help(help));
    }
    sound
}

/// A number of tokens: `2M`, `500k`, or a whole number.
fn tokens(reader: &mut Reader, node: &Node, at: &Range<usize>, field: &str) -> Option<u64> {
    let count = match &node.kind {
        Kind::Number(number) => number.as_u64(),
        Kind::Text(text) => {
            let scaled = |unit: char, factor: u64| {
                let number = text.strip_suffix(unit)?.trim().parse::<u64>().ok()?;
                number.checked_mul(factor)
            };
            scaled('k', 1_000).or_else(|| scaled('M', 1_000_000))
        }
        _ => None,
    };
    let sound = count.filter(|count| (1..=1_000_000_000_000).contains(count));
    if sound.is_none() {
        let help = format!("write for example `{field}: 500k` or `{field}: 2M`");
        reader.say(Mistake::at(at.clone(), format!("`{field}` is no number of tokens")).help(help));
    }
    sound
}

/// Bytes of a file of prices.
const MOST_PRICES: u64 = 1 << 20;

/// How [`spend`] would read US dollars again.
pub(crate) fn dollars(cost: f64) -> String {
    format!("{cost} USD")
}
