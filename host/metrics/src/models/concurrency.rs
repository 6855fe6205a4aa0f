//! How many questions are under way at once: one more after a round of answers, half as many after a server says that it
//! is too much (additive increase, multiplicative decrease, as TCP does).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// Questions at once to begin with.
const FIRST: f64 = 8.0;

/// One server's share of questions under way.
#[derive(Debug)]
pub(super) struct Concurrency {
    state: Mutex<State>,
    freed: Notify,
    most: f64,
}

#[derive(Debug)]
struct State {
    limit: f64,
    under_way: usize,
    /// When the limit was halved last; answers to what was sent before say nothing new.
    halved: Option<Instant>,
}

impl Concurrency {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1) as f64;
        let state = State { limit: FIRST.min(most), under_way: 0, halved: None };
        Self { state: Mutex::new(state), freed: Notify::new(), most }
    }

    /// Waits until one more question may be under way.
    pub(super) async fn enter(self: &Arc<Self>) -> Permit {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.state();
                if (state.under_way as f64) < state.limit.floor() {
                    state.under_way += 1;
                    return Permit { of: Arc::clone(self), sent: Instant::now() };
                }
            }
            freed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one question under way.
#[derive(Debug)]
pub(super) struct Permit {
    of: Arc<Concurrency>,
    sent: Instant,
}

impl Permit {
    /// The server answered.
    pub(super) fn answered(self) {
        let mut state = self.of.state();
        state.limit = (state.limit + 1.0 / state.limit).min(self.of.most);
    }

    /// The server is asked too much.
    pub(super) fn crowded(self) {
        let mut state = self.of.state();
        if state.halved.is_none_or(|halved| halved <= self.sent) {
            state.limit = (state.limit / 2.0).max(1.0);
            state.halved = Some(Instant::now());
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.of.state().under_way -= 1;
        self.of.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(concurrency: &Concurrency) -> f64 {
        concurrency.state().limit
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn it_grows_by_one_a_round_and_is_halved_once_a_round() {
        block_on(async {
            let concurrency = Arc::new(Concurrency::new(9));
            for _ in 0..8 {
                concurrency.enter().await.answered();
            }
            assert!((8.9..=9.0).contains(&limit(&concurrency)), "{}", limit(&concurrency));
            for _ in 0..20 {
                concurrency.enter().await.answered();
            }
            assert!((limit(&concurrency) - 9.0).abs() < 1e-9, "no more than it may");
            let mut permits = Vec::new();
            for _ in 0..3 {
                permits.push(concurrency.enter().await);
            }
            for permit in permits {
                permit.crowded();
            }
            assert!((limit(&concurrency) - 4.5).abs() < 1e-9, "one burst of refusals halves once");
            for _ in 0..10 {
                concurrency.enter().await.crowded();
            }
            assert!((limit(&concurrency) - 1.0).abs() < 1e-9, "one question may always be under way");
        });
    }

    #[test]
    fn who_has_to_wait_goes_on_when_another_is_done() {
        block_on(async {
            let concurrency = Arc::new(Concurrency::new(1));
            let first = concurrency.enter().await;
            let waiting = tokio::spawn({
                let concurrency = Arc::clone(&concurrency);
                async move { concurrency.enter().await.answered() }
            });
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            drop(first);
            waiting.await.unwrap();
        });
    }
}
