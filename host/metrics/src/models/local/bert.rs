//! A transformer encoder of BERT's family.
//!
//! J. Devlin et al., "BERT: pre-training of deep bidirectional transformers for language understanding", 2019. Tokens of
//! several texts lie one behind the other in one matrix, without padding, so that the layers' products are those of
//! large matrices; attention looks at one text at a time.

use std::path::Path;

use candle_core::{Device, Result, Tensor};

use super::LocalModelError;
use super::folder::EncoderConfig;
use super::kernels::{Activate, Activation, AddAndNormalize, AddBias, LayerNorm, Softmax};
use super::weights::Weights;

/// Values of a product up to which the library takes another path.
const SMALL: usize = 256;

/// An encoder with its weights.
#[derive(Debug)]
pub(super) struct Bert {
    words: Vec<f32>,
    /// With the vector of the first token type added, which is the only one that single texts have.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
    activation: Activation,
    heads: usize,
    pub(super) hidden: usize,
    /// Tokens that there are positions for.
    pub(super) longest: usize,
}

#[derive(Debug)]
struct Layer {
    /// Query, key and value in one.
    attention: Linear,
    mixed: Linear,
    mixed_norm: LayerNorm,
    wide: Linear,
    narrow: Linear,
    narrow_norm: LayerNorm,
}

#[derive(Debug)]
struct Linear {
    /// Outputs by inputs.
    weight: Tensor,
    bias: Tensor,
    bias_values: Vec<f32>,
}

impl Linear {
    fn read(
        weights: &mut Weights,
        names: &[&str],
        outputs: usize,
        inputs: usize,
    ) -> std::result::Result<Self, LocalModelError> {
        let mut matrices = Vec::new();
        let mut bias_values = Vec::new();
        for name in names {
            matrices.push(weights.tensor(&format!("{name}.weight"), &[outputs, inputs])?);
            bias_values.extend(weights.values(&format!("{name}.bias"), &[outputs])?);
        }
        let joined = Tensor::cat(&matrices, 0).and_then(|weight| {
            let bias = Tensor::from_slice(&bias_values, bias_values.len(), &Device::Cpu)?;
            Ok((weight, bias))
        });
        let (weight, bias) = joined.map_err(|error| weights.wrong(error.to_string()))?;
        Ok(Self { weight, bias, bias_values })
    }

    /// Without the bias.
    fn product(&self, rows: &Tensor) -> Result<Tensor> {
        rows.matmul(&self.weight.t()?)
    }
}

fn norm(
    weights: &mut Weights,
    name: &str,
    hidden: usize,
    epsilon: f64,
) -> std::result::Result<LayerNorm, LocalModelError> {
    // The names of the models that TensorFlow saved.
    let old = weights.has(&format!("{name}.gamma"));
    let (scale, shift) = if old { ("gamma", "beta") } else { ("weight", "bias") };
    Ok(LayerNorm {
        scale: weights.values(&format!("{name}.{scale}"), &[hidden])?,
        shift: weights.values(&format!("{name}.{shift}"), &[hidden])?,
        epsilon: epsilon as f32,
    })
}

impl Bert {
    pub(super) fn read(
        config: &EncoderConfig,
        path: &Path,
        mut weights: Weights,
    ) -> std::result::Result<Self, LocalModelError> {
        let hidden = config.hidden_size;
        let words = weights.values("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?;
        let mut positions = weights
            .values("embeddings.position_embeddings.weight", &[config.max_position_embeddings, hidden])?;
        let kinds = weights.shape("embeddings.token_type_embeddings.weight")?.to_vec();
        let kinds = weights.values("embeddings.token_type_embeddings.weight", &kinds)?;
        let kind = kinds.get(..hidden).ok_or_else(|| {
            weights.wrong("`embeddings.token_type_embeddings.weight` is narrower than the model".to_owned())
        })?;
        for position in positions.chunks_exact_mut(hidden) {
            for (value, kind) in position.iter_mut().zip(kind) {
                *value += kind;
            }
        }
        // RoBERTa counts positions from behind the one that padding has.
        let skipped = match config.model_type.as_str() {
            "bert" => 0,
            _ => config.pad_token_id.map_or(2, |pad| pad.saturating_add(1)),
        };
        let longest = config.max_position_embeddings.saturating_sub(skipped);
        if longest == 0 {
            let what = "leaves no position for a token".to_owned();
            return Err(LocalModelError::Unsupported { path: path.to_owned(), what });
        }
        positions.drain(..skipped * hidden);
        let epsilon = config.layer_norm_eps;
        let embeddings_norm = norm(&mut weights, "embeddings.LayerNorm", hidden, epsilon)?;
        let mut layers = Vec::new();
        for index in 0..config.num_hidden_layers {
            let name = |part: &str| format!("encoder.layer.{index}.{part}");
            let [query, key, value] =
                ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
            let mut linear =
                |names: &[&str], outputs, inputs| Linear::read(&mut weights, names, outputs, inputs);
            let attention = linear(&[&query, &key, &value], hidden, hidden)?;
            let mixed = linear(&[&name("attention.output.dense")], hidden, hidden)?;
            let wide = linear(&[&name("intermediate.dense")], config.intermediate_size, hidden)?;
            let narrow = linear(&[&name("output.dense")], hidden, config.intermediate_size)?;
            layers.push(Layer {
                attention,
                mixed,
                mixed_norm: norm(&mut weights, &name("attention.output.LayerNorm"), hidden, epsilon)?,
                wide,
                narrow,
                narrow_norm: norm(&mut weights, &name("output.LayerNorm"), hidden, epsilon)?,
            });
        }
        let activation = if config.hidden_act == "relu" { Activation::Relu } else { Activation::Gelu };
        Ok(Self {
            words,
            positions,
            norm: embeddings_norm,
            layers,
            activation,
            heads: config.num_attention_heads,
            hidden,
            longest,
        })
    }

    /// The last layer's vectors of every token of every text, one behind the other; others may follow.
    ///
    /// # Errors
    ///
    /// A text is longer than the model has positions, or a token is not of its vocabulary.
    pub(super) fn forward(&self, texts: &[&[u32]]) -> Result<Vec<f32>> {
        // Products of very small matrices are computed in another order, and would differ in the last digits.
        let tokens = texts.iter().map(|text| text.len()).sum::<usize>().max(1);
        let texts = texts.repeat((SMALL / self.hidden + 2).div_ceil(tokens));
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let mut rows = self.embed(&texts)?;
        for layer in &self.layers {
            rows = self.layer(layer, &rows, &lengths)?;
        }
        rows.flatten_all()?.to_vec1()
    }

    /// What stands for the tokens before the first layer.
    fn embed(&self, texts: &[&[u32]]) -> Result<Tensor> {
        let tokens = texts.iter().map(|text| text.len()).sum::<usize>();
        let hidden = self.hidden;
        let mut rows = Vec::with_capacity(tokens * hidden);
        for text in texts {
            for (position, token) in text.iter().enumerate() {
                let row = |table: &[f32], index: usize| -> Option<std::ops::Range<usize>> {
                    let range = index.checked_mul(hidden)?..index.checked_add(1)?.checked_mul(hidden)?;
                    (range.end <= table.len()).then_some(range)
                };
                let (Some(word), Some(place)) =
                    (row(&self.words, *token as usize), row(&self.positions, position))
                else {
                    candle_core::bail!(
                        "token {token} at position {position} is not of the model's vocabulary and window"
                    );
                };
                let start = rows.len();
                let sums = self.words[word].iter().zip(&self.positions[place]);
                rows.extend(sums.map(|(word, place)| word + place));
                self.norm.apply(&mut rows[start..]);
            }
        }
        Tensor::from_vec(rows, (tokens, hidden), &Device::Cpu)
    }

    fn layer(&self, layer: &Layer, rows: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let mixed = layer.mixed.product(&self.attention(layer, rows, lengths)?)?;
        mixed.inplace_op2(
            rows,
            &AddAndNormalize { bias: &layer.mixed.bias_values, norm: &layer.mixed_norm },
        )?;
        let wide = layer.wide.product(&mixed)?;
        wide.inplace_op2(&layer.wide.bias, &Activate(self.activation))?;
        let narrow = layer.narrow.product(&wide)?;
        narrow.inplace_op2(
            &mixed,
            &AddAndNormalize { bias: &layer.narrow.bias_values, norm: &layer.narrow_norm },
        )?;
        Ok(narrow)
    }

    /// What each token takes from the tokens of its text.
    fn attention(&self, layer: &Layer, rows: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let size = self.hidden / self.heads;
        let scale = 1.0 / (size as f32).sqrt();
        let all = layer.attention.product(rows)?;
        all.inplace_op2(&layer.attention.bias, &AddBias)?;
        let tokens = lengths.iter().sum::<usize>();
        let all = all.reshape((tokens, 3, self.heads, size))?;
        let mut taken = Vec::with_capacity(lengths.len());
        let mut start = 0;
        for &length in lengths {
            let text = all.narrow(0, start, length)?;
            start += length;
            // Heads by tokens by values, as a view.
            let part = |index| text.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
            let weights = part(0)?.matmul(&part(1)?.t()?)?;
            weights.inplace_op1(&Softmax { scale })?;
            taken.push(weights.matmul(&part(2)?)?.transpose(0, 1)?.reshape((length, self.hidden))?);
        }
        Tensor::cat(&taken, 0)
    }
}
