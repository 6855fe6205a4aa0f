//! Answers that are known before anybody is asked: those of transcripts, and those of the cache.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::ModelIdentity;
use super::cache::AnswerCache;
use super::digest::Digest;
use super::kept::Kept;
use super::transcript::{self, Recorder, TranscriptError};

/// Known answers, and where new ones are kept.
#[derive(Debug)]
pub(super) struct Answers {
    transcripts: HashMap<Digest, Kept>,
    cache: Option<Mutex<AnswerCache>>,
    recorders: Mutex<Vec<Recorder>>,
    under_way: Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>,
    warnings: Mutex<Vec<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answers {
    pub(super) fn new(
        transcripts: &[PathBuf],
        cache: Option<AnswerCache>,
        records: &[PathBuf],
    ) -> Result<Self, TranscriptError> {
        let mut known = HashMap::new();
        for path in transcripts {
            transcript::read(path, &mut known)?;
        }
        let recorders = records.iter().map(|path| Recorder::open(path)).collect::<Result<_, _>>()?;
        Ok(Self {
            transcripts: known,
            cache: cache.map(Mutex::new),
            recorders: Mutex::new(recorders),
            under_way: Mutex::default(),
            warnings: Mutex::default(),
        })
    }

    /// The answer to a question, where it is known.
    pub(super) fn find(&self, question: Digest) -> Option<Kept> {
        let cached = || locked(self.cache.as_ref()?).get(question);
        self.transcripts.get(&question).cloned().or_else(cached)
    }

    /// Keeps a new answer.
    pub(super) fn keep(&self, question: Digest, kept: &Kept) {
        if let Some(cache) = &self.cache
            && let Err(error) = locked(cache).put(question, kept)
        {
            self.warn(error.to_string());
        }
    }

    /// Writes down an answer that somebody got.
    pub(super) fn record(&self, question: (Digest, &str), model: &ModelIdentity, kept: &Kept) {
        for recorder in locked(&self.recorders).iter_mut() {
            if let Err(error) = recorder.write(question, model, kept) {
                self.warn(format!("a transcript cannot be written: {error}"));
            }
        }
    }

    /// Writes a further transcript.
    pub(super) fn record_to(&self, path: &Path) -> Result<(), TranscriptError> {
        locked(&self.recorders).push(Recorder::open(path)?);
        Ok(())
    }

    /// Holds back whoever asks the same at the same time, until the first has its answer.
    pub(super) async fn alone(&self, question: Digest) -> tokio::sync::OwnedMutexGuard<()> {
        let mutex = {
            let mut under_way = locked(&self.under_way);
            let known = under_way.get(&question).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                under_way.retain(|_, mutex| mutex.strong_count() > 0);
                let mutex = Arc::default();
                under_way.insert(question, Arc::downgrade(&mutex));
                mutex
            })
        };
        mutex.lock_owned().await
    }

    /// Once, whatever went wrong with files.
    fn warn(&self, warning: String) {
        let mut warnings = locked(&self.warnings);
        if !warnings.contains(&warning) && warnings.len() < 10 {
            warnings.push(warning);
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        locked(&self.warnings).clone()
    }

    /// Brings the transcripts into their order.
    pub(super) fn finish(&self) -> Result<(), TranscriptError> {
        std::mem::take(&mut *locked(&self.recorders)).into_iter().try_for_each(Recorder::finish)
    }
}
