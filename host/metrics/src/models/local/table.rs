//! Static embeddings: one vector for each token, and the mean of them for a text.
//!
//! Folders of model2vec (`embeddings`, and in newer ones `weights` and `mapping`) and of sentence-transformers'
//! StaticEmbedding (`embedding.weight`). A hundred times as fast as an encoder, and blind to the order of words.

use super::LocalModelError;
use super::weights::Weights;

/// The vectors of a vocabulary.
#[derive(Debug)]
pub(super) struct Table {
    vectors: Vec<f32>,
    pub(super) dimension: usize,
    /// How much each token counts; all the same where there are none.
    weights: Option<Vec<f32>>,
    /// The row of each token; its own number where there are none.
    rows: Option<Vec<usize>>,
    /// Whether the token that stands for what is not known counts.
    pub(super) counts_unknown: bool,
}

impl Table {
    pub(super) fn read(mut file: Weights) -> Result<Self, LocalModelError> {
        let model2vec = file.has("embeddings");
        let name = if model2vec { "embeddings" } else { "embedding.weight" };
        let shape = file.shape(name)?.to_vec();
        let [count, dimension] = shape[..] else {
            return Err(file.wrong(format!("`{name}` is no matrix")));
        };
        if count == 0 || dimension == 0 {
            return Err(file.wrong(format!("`{name}` is empty")));
        }
        let vectors = file.values(name, &shape)?;
        let optional = |file: &mut Weights, name: &str| -> Result<Option<Vec<f32>>, LocalModelError> {
            if !model2vec || !file.has(name) {
                return Ok(None);
            }
            let shape = file.shape(name)?.to_vec();
            file.values(name, &shape).map(Some)
        };
        let weights = optional(&mut file, "weights")?;
        let rows = match optional(&mut file, "mapping")? {
            None => None,
            // Exact: as many rows as fit into memory are far fewer than 2^24 times the dimension.
            Some(rows) if rows.iter().all(|row| *row >= 0.0 && (*row as usize) < count) => {
                Some(rows.into_iter().map(|row| row as usize).collect())
            }
            Some(_) => {
                return Err(file.wrong("`mapping` names rows that `embeddings` does not have".to_owned()));
            }
        };
        Ok(Self { vectors, dimension, weights, rows, counts_unknown: !model2vec })
    }

    /// The mean of the tokens' vectors; all zero where there are none.
    pub(super) fn mean(&self, tokens: &[u32]) -> Vec<f64> {
        let mut mean = vec![0.0; self.dimension];
        let mut count = 0_u32;
        for token in tokens {
            let token = *token as usize;
            let row = match &self.rows {
                Some(rows) => rows.get(token).copied(),
                None => Some(token),
            };
            let vector =
                row.and_then(|row| self.vectors.get(row * self.dimension..(row + 1) * self.dimension));
            let Some(vector) = vector else { continue };
            let weight =
                self.weights.as_ref().map_or(1.0, |weights| weights.get(token).copied().unwrap_or(1.0));
            for (sum, value) in mean.iter_mut().zip(vector) {
                *sum += f64::from(weight * value);
            }
            count += 1;
        }
        for sum in &mut mean {
            *sum /= f64::from(count.max(1));
        }
        mean
    }
}
