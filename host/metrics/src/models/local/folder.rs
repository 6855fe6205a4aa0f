//! What the files of a model's folder say of it.
//!
//! The folder is a stranger's. Every file is read up to a bound, names that files give of other files lead nowhere but
//! deeper into the folder, and what is not understood is refused by name rather than guessed.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::LocalModelError;

/// Bytes of a JSON file other than the tokenizer's.
const MAX_CONFIG: u64 = 1 << 20;
/// Bytes of `tokenizer.json`: those of the largest vocabularies are of 35 MB.
const MAX_TOKENIZER: u64 = 64 << 20;

/// A folder whose small files were read.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) kind: Kind,
    /// `tokenizer.json`.
    pub(super) tokenizer: Vec<u8>,
    /// Where the tensors are.
    pub(super) weights: PathBuf,
    /// Where the tokenizer is, for messages.
    pub(super) tokenizer_path: PathBuf,
    /// Put before every text, as the model was trained with.
    pub(super) prompt: String,
    /// Whether texts are lower-cased before the tokenizer sees them.
    pub(super) lowercase: bool,
    /// The most tokens that the model is given at once, special ones included; `None` where no file says one.
    pub(super) window: Option<usize>,
    /// Over all files that were read, the weights left out.
    pub(super) digest: Sha256,
}

/// What sort of model a folder holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// A transformer encoder.
    Encoder(EncoderConfig, Pooling),
    /// One vector for each token of a vocabulary.
    Static,
}

/// `config.json` of an encoder of BERT's family.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EncoderConfig {
    pub(super) model_type: String,
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) intermediate_size: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) vocab_size: usize,
    #[serde(default = "gelu")]
    pub(super) hidden_act: String,
    #[serde(default = "epsilon")]
    pub(super) layer_norm_eps: f64,
    #[serde(default)]
    pub(super) pad_token_id: Option<usize>,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn epsilon() -> f64 {
    1e-12
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    First,
    /// The largest value of each dimension.
    Largest,
}

#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct SentenceConfig {
    #[serde(default)]
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Default, Deserialize)]
struct PromptConfig {
    #[serde(default)]
    prompts: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    default_prompt_name: Option<String>,
}

#[derive(Default, Deserialize)]
struct TokenizerConfig {
    /// Some folders say "endless" here, as a number that no integer holds.
    #[serde(default)]
    model_max_length: Option<f64>,
}

#[derive(Deserialize)]
struct AnyConfig {
    #[serde(default)]
    model_type: String,
}

/// A file of at most `most` bytes, and its length.
pub(super) fn open(path: &Path, most: u64) -> Result<(File, u64), LocalModelError> {
    let unreadable = |source| LocalModelError::Read { path: path.to_owned(), source };
    // Before it is opened, since opening a pipe waits for its other end.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let wrong = |what: String| LocalModelError::Unsupported { path: path.to_owned(), what };
    if !metadata.is_file() {
        return Err(wrong("is no file".to_owned()));
    }
    if metadata.len() > most {
        return Err(wrong(format!("is of {} bytes, and at most {most} are read", metadata.len())));
    }
    Ok((File::open(path).map_err(unreadable)?, metadata.len()))
}

impl Folder {
    /// Reads everything but the weights.
    pub(super) fn read(root: &Path) -> Result<Self, LocalModelError> {
        if !root.is_dir() {
            return Err(LocalModelError::NoFolder { path: root.to_owned() });
        }
        let mut files = Files { root, digest: Sha256::new() };
        let modules = files.json::<Vec<Module>>(Path::new("modules.json"))?;
        let prompts =
            files.json::<PromptConfig>(Path::new("config_sentence_transformers.json"))?.unwrap_or_default();
        let prompt = prompts.default_prompt_name.and_then(|name| prompts.prompts.get(&name).cloned());

        let mut home = PathBuf::new();
        let mut pooling = Pooling::Mean;
        let mut is_static = false;
        for (index, module) in modules.iter().flatten().enumerate() {
            let path = files.inside("modules.json", &module.path)?;
            match module.kind.rsplit('.').next().unwrap_or_default() {
                "Transformer" if index == 0 => home = path,
                "StaticEmbedding" if index == 0 => (home, is_static) = (path, true),
                "Pooling" => pooling = files.pooling(&path.join("config.json"))?,
                // Vectors are brought to length 1 in any case.
                "Normalize" => {}
                _ => {
                    return Err(files.unsupported(
                        "modules.json",
                        format!("has the module `{}`; Transformer, StaticEmbedding, Pooling and Normalize are known", module.kind),
                    ));
                }
            }
        }
        let sentence =
            files.json::<SentenceConfig>(&home.join("sentence_bert_config.json"))?.unwrap_or_default();
        let config = home.join("config.json");
        let any = files.json::<AnyConfig>(&config)?;
        let kind = match any.as_ref().map(|any| any.model_type.as_str()) {
            _ if is_static => Kind::Static,
            Some("model2vec") => Kind::Static,
            Some("bert" | "roberta" | "xlm-roberta" | "camembert") => {
                let encoder = files.json::<EncoderConfig>(&config)?.ok_or_else(|| files.missing(&config))?;
                files.check(&config, &encoder)?;
                Kind::Encoder(encoder, pooling)
            }
            Some(other) => {
                return Err(files.unsupported(
                    &config,
                    format!("is of the model type `{other}`; bert, roberta, xlm-roberta, camembert and model2vec are known"),
                ));
            }
            None => return Err(files.missing(&config)),
        };
        let tokenizer_config =
            files.json::<TokenizerConfig>(&home.join("tokenizer_config.json"))?.unwrap_or_default();
        let longest = tokenizer_config.model_max_length.filter(|length| (1.0..1e9).contains(length));
        let window = sentence.max_seq_length.or(longest.map(|length| length as usize));
        let tokenizer_path = home.join("tokenizer.json");
        let tokenizer =
            files.bytes(&tokenizer_path, MAX_TOKENIZER)?.ok_or_else(|| files.missing(&tokenizer_path))?;
        Ok(Self {
            kind,
            tokenizer,
            weights: root.join(&home).join("model.safetensors"),
            tokenizer_path: root.join(tokenizer_path),
            prompt: prompt.unwrap_or_default(),
            lowercase: sentence.do_lower_case,
            window,
            digest: files.digest,
        })
    }
}

/// The small files of a folder, which are hashed as they are read.
struct Files<'a> {
    root: &'a Path,
    digest: Sha256,
}

impl Files<'_> {
    /// The path that a file gives of another, which lies in the folder.
    fn inside(&self, file: &str, path: &str) -> Result<PathBuf, LocalModelError> {
        let path = PathBuf::from(path);
        if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Ok(path);
        }
        Err(self
            .unsupported(file, format!("names the path {}, which leads out of the folder", path.display())))
    }

    fn bytes(&mut self, name: &Path, most: u64) -> Result<Option<Vec<u8>>, LocalModelError> {
        let path = self.root.join(name);
        let (file, _) = match open(&path, most) {
            Ok(open) => open,
            Err(LocalModelError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).map_err(|source| LocalModelError::Read { path, source })?;
        let name = name.to_string_lossy();
        self.digest.update((name.len() as u64).to_le_bytes());
        self.digest.update(name.as_bytes());
        self.digest.update((bytes.len() as u64).to_le_bytes());
        self.digest.update(&bytes);
        Ok(Some(bytes))
    }

    fn json<T: DeserializeOwned>(&mut self, name: &Path) -> Result<Option<T>, LocalModelError> {
        let Some(bytes) = self.bytes(name, MAX_CONFIG)? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| self.unsupported(name, format!("is not understood: {error}")))
    }

    fn pooling(&mut self, name: &Path) -> Result<Pooling, LocalModelError> {
        let config = self.json::<PoolingConfig>(name)?.ok_or_else(|| self.missing(name))?;
        let others = config.pooling_mode_mean_sqrt_len_tokens
            || config.pooling_mode_weightedmean_tokens
            || config.pooling_mode_lasttoken;
        match (config.pooling_mode_mean_tokens, config.pooling_mode_cls_token, config.pooling_mode_max_tokens)
        {
            (true, false, false) if !others => Ok(Pooling::Mean),
            (false, true, false) if !others => Ok(Pooling::First),
            (false, false, true) if !others => Ok(Pooling::Largest),
            _ => Err(self.unsupported(
                name,
                "asks for a pooling that is not known; one of mean, first token and largest value is"
                    .to_owned(),
            )),
        }
    }

    /// Bounds and agreement of an encoder's numbers. Those of tensors are checked against the tensors.
    fn check(&self, name: &Path, config: &EncoderConfig) -> Result<(), LocalModelError> {
        let wrong = |what: &str| Err(self.unsupported(name, what.to_owned()));
        let heads = config.num_attention_heads;
        if heads == 0 || heads > 256 || !config.hidden_size.is_multiple_of(heads) || config.hidden_size == 0 {
            return wrong(
                "needs a `hidden_size` that is a multiple of `num_attention_heads`, which are 256 at most",
            );
        }
        if config.num_hidden_layers > 1000 {
            return wrong("has more than a thousand layers");
        }
        if !matches!(config.hidden_act.as_str(), "gelu" | "relu") {
            return wrong("has a `hidden_act` that is not known; gelu and relu are");
        }
        if config.position_embedding_type.as_deref().is_some_and(|kind| kind != "absolute") {
            return wrong("has a `position_embedding_type` that is not known; absolute is");
        }
        Ok(())
    }

    fn unsupported(&self, name: impl AsRef<Path>, what: String) -> LocalModelError {
        LocalModelError::Unsupported { path: self.root.join(name), what }
    }

    fn missing(&self, name: &Path) -> LocalModelError {
        self.unsupported(
            name,
            "is missing: a model's folder holds config.json, tokenizer.json and model.safetensors".to_owned(),
        )
    }
}
