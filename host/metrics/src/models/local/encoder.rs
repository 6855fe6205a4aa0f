//! From texts to vectors: tokens, windows, network, pooling.

use crate::models::unavailable;
use crate::{Fault, FaultKind};

use super::LocalModelError;
use super::bert::Bert;
use super::folder::{Folder, Kind, Pooling};
use super::table::Table;
use super::tokens::Tokens;
use super::weights::Weights;

/// Bytes of a text: a book of 200,000 words.
const MAX_TEXT: usize = 1 << 20;
/// Tokens of a text: a minute of work.
const MAX_TOKENS: usize = 1 << 17;
/// Tokens that go through the layers at once. More are no faster, and take memory.
const AT_ONCE: usize = 1024;
/// Values of the attention between all pairs of tokens of a window: 64 MiB.
const MAX_ATTENTION: usize = 1 << 24;

/// A model that is ready.
#[derive(Debug)]
pub(super) struct Encoder {
    tokens: Tokens,
    network: Network,
}

#[derive(Debug)]
enum Network {
    Bert {
        bert: Bert,
        pooling: Pooling,
        /// Tokens of a text that fit beside the special ones.
        window: usize,
    },
    Table(Table),
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoded {
    /// Of length 1; all zero where the model knows nothing of the text.
    pub(super) vector: Vec<f32>,
    /// Windows that the text was cut into.
    pub(super) parts: u32,
    /// Special ones left out.
    pub(super) tokens: u64,
}

/// A window of a text.
struct Part {
    text: usize,
    /// Special ones included.
    tokens: Vec<u32>,
    /// How much it counts.
    weight: f64,
}

impl Encoder {
    pub(super) fn read(folder: &Folder, weights: Weights) -> Result<Self, LocalModelError> {
        let tokens = Tokens::read(folder)?;
        let network = match &folder.kind {
            Kind::Static => Network::Table(Table::read(weights)?),
            Kind::Encoder(config, pooling) => {
                let prefixes = ["", "bert.", "roberta."];
                let weights = weights.within(&prefixes, "embeddings.word_embeddings.weight");
                let bert = Bert::read(config, &folder.weights, weights)?;
                let bearable = (MAX_ATTENTION / config.num_attention_heads).isqrt();
                let longest = bert.longest.min(folder.window.unwrap_or(usize::MAX)).min(bearable);
                let window = longest.saturating_sub(tokens.before.len() + tokens.behind.len());
                if window == 0 {
                    let what = format!("allows {longest} tokens a text, which the special ones fill");
                    return Err(LocalModelError::Unsupported { path: folder.weights.clone(), what });
                }
                Network::Bert { bert, pooling: *pooling, window }
            }
        };
        Ok(Self { tokens, network })
    }

    /// Numbers in a vector.
    pub(super) fn dimension(&self) -> usize {
        match &self.network {
            Network::Bert { bert, .. } => bert.hidden,
            Network::Table(table) => table.dimension,
        }
    }

    /// One vector a text. `stopped` is asked between steps.
    pub(super) fn encode(&self, texts: &[&str], stopped: &dyn Fn() -> bool) -> Vec<Result<Encoded, Fault>> {
        let tokens: Vec<Result<Vec<u32>, Fault>> = texts.iter().map(|text| self.tokens(text)).collect();
        let (bert, pooling, window) = match &self.network {
            Network::Table(table) => {
                return tokens.into_iter().map(|tokens| Ok(self.looked_up(table, &tokens?))).collect();
            }
            Network::Bert { bert, pooling, window } => (bert, *pooling, *window),
        };
        let mut sums: Vec<Result<(Vec<f64>, Encoded), Fault>> = Vec::with_capacity(texts.len());
        let mut parts: Vec<Part> = Vec::new();
        for (text, tokens) in tokens.into_iter().enumerate() {
            let sum = tokens.map(|tokens| {
                let before = parts.len();
                parts.extend(self.windows(text, &tokens, window));
                let count = u32::try_from(parts.len() - before).unwrap_or(u32::MAX);
                let encoded = Encoded { vector: Vec::new(), parts: count, tokens: tokens.len() as u64 };
                (vec![0.0; bert.hidden], encoded)
            });
            sums.push(sum);
        }
        let mut rest = parts.as_slice();
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = |part: &&Part| {
                tokens += part.tokens.len();
                tokens <= AT_ONCE
            };
            let (now, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            rest = later;
            let done = if stopped() { Err(super::stopped()) } else { Self::forward(bert, now) };
            match done {
                Ok(rows) => pool(&rows, now, (bert.hidden, pooling), &mut sums),
                Err(fault) => now.iter().for_each(|part| sums[part.text] = Err(fault.clone())),
            }
        }
        let finish = |(sum, encoded): (Vec<f64>, Encoded)| Encoded { vector: of_length_one(&sum), ..encoded };
        sums.into_iter().map(|sum| sum.map(finish)).collect()
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>, Fault> {
        let too_long = |has: String| {
            Fault::new(
                FaultKind::Refused,
                format!(
                    "a text of {has} is too long to be embedded: keep the metric to partitions with shorter ones"
                ),
            )
        };
        if text.len() > MAX_TEXT {
            return Err(too_long(format!("{} bytes", text.len())));
        }
        let tokens =
            self.tokens.of(text).map_err(|reason| unavailable(format!("a text has no tokens: {reason}")))?;
        if tokens.len() > MAX_TOKENS {
            return Err(too_long(format!("{} tokens", tokens.len())));
        }
        Ok(tokens)
    }

    fn looked_up(&self, table: &Table, tokens: &[u32]) -> Encoded {
        let counts = |token: &u32| table.counts_unknown || Some(*token) != self.tokens.unknown;
        let counted: Vec<u32> = tokens.iter().copied().filter(counts).collect();
        Encoded { vector: of_length_one(&table.mean(&counted)), parts: 1, tokens: tokens.len() as u64 }
    }

    /// The text in as few windows as it takes, all of nearly the same length.
    fn windows<'a>(
        &'a self,
        text: usize,
        tokens: &'a [u32],
        window: usize,
    ) -> impl Iterator<Item = Part> + 'a {
        let count = tokens.len().div_ceil(window).max(1);
        let parts = (0..count).map(move |index| {
            let inner = &tokens[tokens.len() * index / count..tokens.len() * (index + 1) / count];
            let all = [self.tokens.before.as_slice(), inner, self.tokens.behind.as_slice()].concat();
            Part { text, tokens: all, weight: inner.len().max(1) as f64 }
        });
        // Of an empty text nothing is left where the model has no special tokens.
        parts.filter(|part| !part.tokens.is_empty())
    }

    fn forward(bert: &Bert, parts: &[Part]) -> Result<Vec<f32>, Fault> {
        let tokens: Vec<&[u32]> = parts.iter().map(|part| part.tokens.as_slice()).collect();
        bert.forward(&tokens).map_err(|error| unavailable(format!("the local model broke off: {error}")))
    }
}

/// Adds each window's vector to its text's sum.
fn pool(
    rows: &[f32],
    parts: &[Part],
    (hidden, pooling): (usize, Pooling),
    sums: &mut [Result<(Vec<f64>, Encoded), Fault>],
) {
    let mut rows = rows.chunks_exact(hidden);
    for part in parts {
        let mut pooled: Vec<f64> = Vec::new();
        for row in rows.by_ref().take(part.tokens.len()) {
            let values = row.iter().copied().map(f64::from);
            match pooling {
                _ if pooled.is_empty() => pooled.extend(values),
                Pooling::First => {}
                Pooling::Mean => pooled.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
                Pooling::Largest => {
                    pooled.iter_mut().zip(values).for_each(|(sum, value)| *sum = sum.max(value));
                }
            }
        }
        let length = length(&pooled);
        if !length.is_finite() {
            sums[part.text] =
                Err(unavailable("the local model gives numbers without end: its weights are broken"));
        } else if let Ok((sum, _)) = &mut sums[part.text]
            && length > 0.0
        {
            for (sum, value) in sum.iter_mut().zip(&pooled) {
                *sum += part.weight * value / length;
            }
        }
    }
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn of_length_one(vector: &[f64]) -> Vec<f32> {
    let length = length(vector);
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    vector.iter().map(|value| (value * scale) as f32).collect()
}
