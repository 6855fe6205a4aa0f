//! Embedding models that run in this process: folders as sentence-transformers and model2vec write them.
//!
//! ```text
//! texts ─► memory.rs ─► queue.rs ─► tokens.rs ─► windows ─► bert.rs │ table.rs ─► pooling ─► vector of length 1
//!         (seen lately)  (batches)                          └ encoder.rs ┘
//! ```
//!
//! A folder holds `config.json`, `tokenizer.json` and `model.safetensors`, and may hold `modules.json` with a pooling
//! configuration; it is read by [`folder`] and [`weights`], which trust none of it. Everything is computed in 32 bits on
//! the processor, by candle's matrix products and the loops of [`kernels`]. A text's vector does not depend on the other
//! texts of its batch. Texts that are longer than the model's window are cut into windows of nearly equal length, and
//! their vector is the mean of the windows' vectors, weighted by their tokens.

mod bert;
mod encoder;
mod folder;
mod kernels;
mod memory;
mod queue;
mod table;
mod tokens;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use sha2::Digest;

use self::encoder::{Encoded, Encoder};
use self::folder::Folder;
use self::memory::Memory;
use self::queue::Queue;
use self::weights::Weights;
pub(super) use self::weights::{MAX_BYTES as MAX_WEIGHTS, digest as file_digest};
use super::{Embedded, EmbeddingModel, ModelIdentity, Usage};
use crate::{Cancel, Fault, FaultKind};

/// Why a folder cannot be used as an embedding model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalModelError {
    /// There is no such folder.
    #[error("{} is no folder: name one that holds config.json, tokenizer.json and model.safetensors", path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that is not supported, or is not there.
    #[error("{} {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What, and what is supported.
        what: String,
    },
    /// The weights are broken, or not those of the configuration.
    #[error("{}: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The tokenizer is broken.
    #[error("{}: {reason}", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system gives no thread.
    #[error("cannot start a thread for the model: {0}")]
    Thread(std::io::Error),
}

/// An embedding model that runs in this process.
#[derive(Debug)]
pub struct LocalEmbedding {
    identity: ModelIdentity,
    digest: String,
    dimension: usize,
    memory: Memory,
    queue: Queue,
}

impl LocalEmbedding {
    /// Reads the model in `folder`, which is called `name`, and starts `threads` threads for it.
    ///
    /// # Errors
    ///
    /// The folder is broken, or of a sort that is not known.
    pub fn open(folder: &Path, name: &str, threads: usize) -> Result<Self, LocalModelError> {
        let mut read = Folder::read(folder)?;
        let weights = Weights::open(&read.weights)?;
        read.digest.update(weights.digest.as_bytes());
        let digest = hexadecimal(&std::mem::take(&mut read.digest).finalize());
        let encoder = Arc::new(Encoder::read(&read, weights)?);
        let model = format!("{name} sha256:{}", &digest[..32]);
        let identity = ModelIdentity { place: "local".to_owned(), model };
        let queue = Queue::start(&encoder, threads).map_err(LocalModelError::Thread)?;
        let dimension = encoder.dimension();
        Ok(Self { identity, digest, dimension, memory: Memory::new(dimension), queue })
    }

    /// SHA-256 over everything that a vector depends on, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Numbers in each vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }
}

impl EmbeddingModel for LocalEmbedding {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn is_local(&self) -> bool {
        true
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Result<Embedded, Fault>> {
        let first = |index: usize| texts[..index].iter().position(|other| *other == texts[index]);
        // All are in the queue before the first is waited for, each once.
        let asked: Vec<_> = (0..texts.len())
            .map(|index| {
                let known = first(index).is_none().then(|| self.memory.get(&texts[index]));
                known.map(|known| known.ok_or_else(|| self.queue.put(&texts[index], cancel)))
            })
            .collect();
        async move {
            let mut all: Vec<Encoded> = Vec::with_capacity(texts.len());
            let mut usage = Usage { cost: Some(0.0), ..Usage::default() };
            for (index, asked) in asked.into_iter().enumerate() {
                let encoded = match asked {
                    None => all[first(index).unwrap_or_default()].clone(),
                    Some(Ok(known)) => known,
                    Some(Err(answer)) => {
                        let encoded = answer.await.unwrap_or_else(|_| Err(stopped()))?;
                        self.memory.put(&texts[index], encoded.clone());
                        encoded
                    }
                };
                usage.calls += 1;
                usage.input_tokens += encoded.tokens;
                all.push(encoded);
            }
            let parts = all.iter().map(|encoded| encoded.parts).collect();
            let vectors = all.into_iter().map(|encoded| encoded.vector).collect();
            Ok(Embedded { vectors, parts, usage })
        }
        .boxed()
    }
}

fn stopped() -> Fault {
    Fault::new(FaultKind::Cancelled, "the run was stopped before this text had its vector")
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
