//! Texts as the numbers that a model knows.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;
use tokenizers::Tokenizer;

use super::LocalModelError;
use super::folder::Folder;

/// The tokenizer of a model.
#[derive(Debug)]
pub(super) struct Tokens {
    tokenizer: Box<Tokenizer>,
    prompt: String,
    lowercase: bool,
    /// Special tokens before every text.
    pub(super) before: Vec<u32>,
    /// Special tokens behind every text.
    pub(super) behind: Vec<u32>,
    /// What stands for what is not in the vocabulary.
    pub(super) unknown: Option<u32>,
}

#[derive(Deserialize)]
struct Written {
    model: WrittenModel,
}

#[derive(Deserialize)]
struct WrittenModel {
    #[serde(default)]
    unk_token: Option<String>,
    #[serde(default)]
    unk_id: Option<u32>,
}

impl Tokens {
    pub(super) fn read(folder: &Folder) -> Result<Self, LocalModelError> {
        let wrong =
            |reason: String| LocalModelError::Tokenizer { path: folder.tokenizer_path.clone(), reason };
        let written: Written =
            serde_json::from_slice(&folder.tokenizer).map_err(|error| wrong(error.to_string()))?;
        // The file is a stranger's, and its parts are compiled as they are read.
        let tokenizer = catch_unwind(|| Tokenizer::from_bytes(&folder.tokenizer));
        let tokenizer = tokenizer.unwrap_or_else(|_| Err("reading it broke off".into()));
        let mut tokenizer = tokenizer.map_err(|error| wrong(error.to_string()))?;
        // Texts are cut and put together here, and nowhere silently.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| wrong(error.to_string()))?;
        let unknown = written.model.unk_token.and_then(|token| tokenizer.token_to_id(&token));
        let mut tokens = Self {
            tokenizer: Box::new(tokenizer),
            prompt: folder.prompt.clone(),
            lowercase: folder.lowercase,
            before: Vec::new(),
            behind: Vec::new(),
            unknown: unknown.or(written.model.unk_id),
        };
        let probe = tokens.encode("a", true).map_err(wrong)?;
        let is_special: Vec<bool> = probe.get_special_tokens_mask().iter().map(|mask| *mask != 0).collect();
        let ids = probe.get_ids();
        let before = is_special.iter().take_while(|special| **special).count();
        let behind = is_special[before..].iter().rev().take_while(|special| **special).count();
        tokens.before = ids[..before].to_vec();
        tokens.behind = ids[ids.len() - behind..].to_vec();
        Ok(tokens)
    }

    fn encode(&self, text: &str, special: bool) -> Result<tokenizers::Encoding, String> {
        let encoded = catch_unwind(AssertUnwindSafe(|| self.tokenizer.encode_fast(text, special)));
        let encoded = encoded.unwrap_or_else(|_| Err("the tokenizer broke off".into()));
        encoded.map_err(|error| error.to_string())
    }

    /// The tokens of a text, special ones left out.
    pub(super) fn of(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoded = match (self.prompt.is_empty(), self.lowercase) {
            (true, false) => self.encode(text, false)?,
            (_, false) => self.encode(&format!("{}{text}", self.prompt), false)?,
            (_, true) => self.encode(&format!("{}{text}", self.prompt).to_lowercase(), false)?,
        };
        Ok(encoded.get_ids().to_vec())
    }
}
