//! Texts of all samples wait in one queue, and threads take as many at once as make large matrices.
//!
//! Nobody waits for a batch to fill: a thread that is free takes what is there, and what comes in meanwhile is the next
//! batch. A call that is given up, or whose run is stopped, is passed over.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

use super::encoder::{Encoded, Encoder};
use crate::{Cancel, Fault, FaultKind};

/// Bytes of the texts that a thread takes at once; it takes one text in any case. About a thousand tokens, so that the
/// other threads find something as well.
const BATCH_BYTES: usize = 4096;

/// A text that waits.
struct Job {
    text: String,
    cancel: Cancel,
    answer: oneshot::Sender<Result<Encoded, Fault>>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next texts, as soon as there are any; `None` once the queue is closed.
    fn take(&self) -> Option<Vec<Job>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if !state.jobs.is_empty() {
                break;
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut bytes = 0;
        let fits = |job: &&Job| {
            bytes += job.text.len();
            bytes <= BATCH_BYTES
        };
        let count = state.jobs.iter().take_while(fits).count().max(1);
        Some(state.jobs.drain(..count).collect())
    }
}

/// The queue and its threads, which end when this is dropped.
pub(super) struct Queue {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.jobs.clear();
        drop(state);
        self.shared.news.notify_all();
    }
}

impl Queue {
    /// Starts `threads` threads that encode.
    pub(super) fn start(encoder: &Arc<Encoder>, threads: usize) -> std::io::Result<Self> {
        let queue = Self { shared: Arc::default() };
        for _ in 0..threads.max(1) {
            let (shared, encoder) = (Arc::clone(&queue.shared), Arc::clone(encoder));
            std::thread::Builder::new().name("embeddings".to_owned()).spawn(move || {
                // Products of matrices are spread over the pool that they are asked for in, and the threads here are as
                // many as processors already.
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
                while let Some(jobs) = shared.take() {
                    work(&encoder, jobs);
                }
                drop(alone);
            })?;
        }
        Ok(queue)
    }

    /// Puts a text in, and gives what its vector comes out of.
    pub(super) fn put(&self, text: &str, cancel: &Cancel) -> oneshot::Receiver<Result<Encoded, Fault>> {
        let (answer, receiver) = oneshot::channel();
        self.shared.lock().jobs.push_back(Job { text: text.to_owned(), cancel: cancel.clone(), answer });
        self.shared.news.notify_one();
        receiver
    }
}

fn work(encoder: &Encoder, jobs: Vec<Job>) {
    let wanted = |job: &Job| !job.cancel.is_cancelled() && !job.answer.is_canceled();
    let (jobs, given_up): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(wanted);
    for job in given_up {
        // Somebody who no longer waits is no error, here and below.
        let _ = job.answer.send(Err(super::stopped()));
    }
    let texts: Vec<&str> = jobs.iter().map(|job| job.text.as_str()).collect();
    let stopped = || !jobs.iter().any(wanted);
    let done = catch_unwind(AssertUnwindSafe(|| encoder.encode(&texts, &stopped)));
    let broken = || Fault::new(FaultKind::Internal, "the local embedding model panicked; please report this");
    let done = done.unwrap_or_else(|_| vec![Err(broken()); jobs.len()]);
    for (job, encoded) in jobs.into_iter().zip(done) {
        let _ = job.answer.send(encoded);
    }
}
