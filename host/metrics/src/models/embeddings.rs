//! An embedding model behind an API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};

use super::caller::{Caller, Request};
use super::digest::Digest;
use super::kept::{Content, Kept};
use super::{Embedded, EmbeddingModel, ModelIdentity, Price, Usage, openai};
use crate::{Cancel, Fault};

/// Texts in one request.
const BATCH: usize = 64;
/// Bytes of texts in one request.
const BATCH_BYTES: usize = 256 << 10;
/// Bytes of a piece of a text: no more tokens than the windows of today's APIs hold.
const PIECE: usize = 8_000;
/// Bytes of one reply: 64 vectors of 8,192 numbers.
const MOST_BYTES: usize = 32 << 20;

/// An embedding model behind an API.
#[derive(Debug, Clone)]
pub(super) struct ApiEmbedding(Arc<Caller>);

impl ApiEmbedding {
    pub(super) fn new(caller: Caller) -> Self {
        Self(Arc::new(caller))
    }
}

impl EmbeddingModel for ApiEmbedding {
    fn identity(&self) -> &ModelIdentity {
        &self.0.identity
    }

    fn is_local(&self) -> bool {
        false
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Result<Embedded, Fault>> {
        let (caller, texts) = (Arc::clone(&self.0), texts.to_vec());
        let work = async move { embed(&caller, &texts).await };
        self.0.shared.runtime.run(work, cancel.clone()).boxed()
    }

    fn embed_until(&self, texts: &[String], deadline: Instant) -> Option<Result<Embedded, Fault>> {
        let (caller, texts) = (Arc::clone(&self.0), texts.to_vec());
        let work = async move { embed(&caller, &texts).await };
        self.0.shared.runtime.wait(work, deadline)
    }
}

async fn embed(caller: &Caller, texts: &[String]) -> Result<Embedded, Fault> {
    let mut usage = Usage::default();
    let mut known: HashMap<Digest, Vec<f32>> = HashMap::new();
    let mut missing: Vec<(Digest, &str)> = Vec::new();
    let pieces: Vec<Vec<(Digest, &str)>> = texts
        .iter()
        .map(|text| pieces(text).map(|piece| (Digest::of_text(&caller.identity, piece), piece)).collect())
        .collect();
    for (digest, piece) in pieces.iter().flatten() {
        if known.contains_key(digest) || missing.iter().any(|(other, _)| other == digest) {
            continue;
        }
        let kept = caller.shared.answers.find(*digest);
        match kept.as_ref().map(|kept| (&kept.content, kept)) {
            Some((Content::Vector(vector), kept)) => {
                caller.shared.answers.record((*digest, piece), &caller.identity, kept);
                caller.shared.ledger.known();
                usage += kept.usage(caller.price);
                known.insert(*digest, vector.clone());
            }
            _ => missing.push((*digest, piece)),
        }
    }
    if let (Some(reason), Some((digest, text))) = (caller.silent(), missing.first()) {
        let shown = super::http::excerpt(text.as_bytes());
        return Err(caller.fault(format!(
            "{reason}, and no vector of {} for text {digest} is known: “{shown}”; run once where the model can be asked, with \
             `--record FILE`, and name FILE as its `transcript`",
            caller.identity
        )));
    }
    for batch in batches(&missing) {
        usage += ask(caller, batch, &mut known).await?;
    }
    let vectors = pieces.iter().map(|pieces| pooled(pieces, &known)).collect::<Option<Vec<_>>>();
    let vectors = vectors.ok_or_else(|| {
        caller.fault(format!("{} gave vectors of different lengths at different times", caller.identity))
    })?;
    let parts = pieces.iter().map(|pieces| u32::try_from(pieces.len()).unwrap_or(u32::MAX)).collect();
    Ok(Embedded { vectors, parts, usage })
}

/// Asks for the vectors of one batch, and keeps them.
async fn ask(
    caller: &Caller,
    batch: &[(Digest, &str)],
    known: &mut HashMap<Digest, Vec<f32>>,
) -> Result<Usage, Fault> {
    // No API takes an empty text.
    let sent = |text: &str| if text.trim().is_empty() { " ".to_owned() } else { text.to_owned() };
    let texts: Vec<String> = batch.iter().map(|(_, text)| sent(text)).collect();
    let request = Request {
        path: openai::EMBEDDINGS,
        body: &|_| openai::embeddings_body(&caller.config.model, &texts),
        read: &|reply| openai::read_embeddings(reply, &texts),
        max_tokens: 0,
        beyond: 0,
        most_bytes: MOST_BYTES,
    };
    let (vectors, usage) = caller.ask(&request).await?;
    let bytes: usize = texts.iter().map(String::len).sum();
    for ((digest, text), vector) in batch.iter().zip(vectors) {
        // A text's share of what the batch took.
        let share = usage.input_tokens * text.len() as u64 / bytes.max(1) as u64;
        let content = Content::Vector(vector.clone());
        let kept = Kept { content, alternatives: Vec::new(), input_tokens: share, output_tokens: 0 };
        caller.shared.answers.keep(*digest, &kept);
        caller.shared.answers.record((*digest, text), &caller.identity, &kept);
        known.insert(*digest, vector);
    }
    Ok(Price::on(caller.price, Usage { calls: batch.len() as u64, ..usage }))
}

/// The parts of a text that are asked for, one after the other and whole together, cut between words where there are any.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        if text.len() <= PIECE {
            return Some(text);
        }
        let most = text.floor_char_boundary(PIECE);
        let cut = text[..most].rfind(char::is_whitespace).filter(|cut| *cut > PIECE / 2).unwrap_or(most);
        rest = Some(&text[cut..]);
        Some(&text[..cut])
    })
}

fn batches<'a, 'b>(pieces: &'a [(Digest, &'b str)]) -> impl Iterator<Item = &'a [(Digest, &'b str)]> {
    let mut rest = pieces;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |piece: &&(Digest, &str)| {
            bytes += piece.1.len();
            bytes <= BATCH_BYTES
        };
        let count = rest.iter().take(BATCH).take_while(fits).count().max(1).min(rest.len());
        let (batch, others) = rest.split_at(count);
        rest = others;
        (!batch.is_empty()).then_some(batch)
    })
}

/// The mean of the pieces' vectors by their lengths, at length 1; `None` where they have different dimensions.
fn pooled(pieces: &[(Digest, &str)], known: &HashMap<Digest, Vec<f32>>) -> Option<Vec<f32>> {
    let (first, _) = pieces.first()?;
    let first = known.get(first)?;
    if pieces.len() == 1 {
        return Some(first.clone());
    }
    let mut sum = vec![0.0_f64; first.len()];
    for (digest, piece) in pieces {
        let vector = known.get(digest).filter(|vector| vector.len() == sum.len())?;
        for (sum, value) in sum.iter_mut().zip(vector) {
            *sum += f64::from(*value) * piece.len() as f64;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
    // Vectors that cancel each other out to nothing have no mean direction; the first stands for them.
    let mean = || sum.iter().map(|value| (value / length) as f32).collect();
    Some(if length > 0.0 { mean() } else { first.clone() })
}
