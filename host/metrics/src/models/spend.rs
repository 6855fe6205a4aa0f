//! What a run may spend on its models, and what it has spent.
//!
//! Before a question is sent, the most that it can take is set aside: every byte of it as a token, and as many tokens of an
//! answer as it may have. What it took is known when the reply is there, and the rest is given back. A reply that does not
//! come whole may have been paid for all the same, so what was set aside for it stays taken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::{Price, Usage};
use crate::{Fault, FaultKind};

/// The most that a run may spend on models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Tokens of questions and answers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

/// What a run spent on models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Questions, tokens and cost. Answers that were known before count as `calls` and `cached` alone.
    #[serde(flatten)]
    pub usage: Usage,
    /// Requests without a whole reply, of which nobody knows whether they were paid for.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unanswered: u64,
    /// The most that those can have taken, in tokens.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unanswered_tokens: u64,
    /// The most that those can have cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_cost: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// The account of one run.
#[derive(Debug)]
pub(super) struct Ledger {
    ceiling: Ceiling,
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    spent: Spent,
    held: Most,
}

/// The most that a question can take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Most {
    pub(super) tokens: u64,
    pub(super) cost: f64,
}

impl Most {
    /// The most that a question of so many bytes can take.
    pub(super) fn of(bytes: u64, max_tokens: u64, price: Option<Price>) -> Self {
        let cost = price.map_or(0.0, |price| price.of(bytes, max_tokens));
        Self { tokens: bytes.saturating_add(max_tokens), cost }
    }
}

impl Ledger {
    /// An empty account with this ceiling.
    pub(super) fn new(ceiling: Ceiling) -> Self {
        Self { ceiling, state: Mutex::default(), settled: Notify::new() }
    }

    /// Counts what was spent before.
    pub(super) fn before(&self, before: Spent) {
        let spent = &mut self.state().spent;
        spent.usage += before.usage;
        spent.unanswered += before.unanswered;
        spent.unanswered_tokens = spent.unanswered_tokens.saturating_add(before.unanswered_tokens);
        if let Some(cost) = before.unanswered_cost {
            *spent.unanswered_cost.get_or_insert(0.0) += cost;
        }
    }

    pub(super) fn ceiling(&self) -> Ceiling {
        self.ceiling
    }

    pub(super) fn spent(&self) -> Spent {
        self.state().spent
    }

    /// Counts an answer that was known before.
    pub(super) fn known(&self) {
        let mut state = self.state();
        state.spent.usage.calls += 1;
        state.spent.usage.cached += 1;
    }

    /// Sets `most` aside. Waits where only questions under way stand against it, which usually take less than they may.
    ///
    /// # Errors
    ///
    /// [`FaultKind::OverBudget`] where it does not fit into what is left.
    pub(super) async fn reserve(self: &Arc<Self>, most: Most) -> Result<Reservation, Fault> {
        loop {
            let settled = self.settled.notified();
            {
                let mut state = self.state();
                self.fits(&state, most)?;
                let held =
                    Most { tokens: state.held.tokens + most.tokens, cost: state.held.cost + most.cost };
                if self.fits(&state, held).is_ok() {
                    state.held = held;
                    return Ok(Reservation { of: Arc::clone(self), most, sent: false });
                }
            }
            settled.await;
        }
    }

    /// Whether `most` fits into what is not spent.
    fn fits(&self, state: &State, most: Most) -> Result<(), Fault> {
        let spent = &state.spent;
        let tokens = spent.usage.input_tokens + spent.usage.output_tokens + spent.unanswered_tokens;
        let cost = spent.usage.cost.unwrap_or(0.0) + spent.unanswered_cost.unwrap_or(0.0);
        let over = |reason: String| Err(Fault::new(FaultKind::OverBudget, reason));
        match self.ceiling {
            Ceiling { cost: Some(ceiling), .. } if cost + most.cost > ceiling => over(format!(
                "the run may spend {ceiling} USD on models, {cost:.4} are spent, and this question can cost up to {:.4}: \
                 raise `spend.cost` in the suite, or select fewer samples",
                most.cost
            )),
            Ceiling { tokens: Some(ceiling), .. } if tokens.saturating_add(most.tokens) > ceiling => {
                over(format!(
                    "the run may use {ceiling} tokens of models, {tokens} are used, and this question can take up to {}: raise \
                 `spend.tokens` in the suite, or select fewer samples",
                    most.tokens
                ))
            }
            _ => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was set aside for one request.
#[derive(Debug)]
pub(super) struct Reservation {
    of: Arc<Ledger>,
    most: Most,
    sent: bool,
}

impl Reservation {
    /// From here on, the request may be paid for.
    pub(super) fn sent(&mut self) {
        self.sent = true;
    }

    /// The request took this.
    pub(super) fn settle(mut self, usage: Usage) {
        self.sent = false;
        self.of.state().spent.usage += usage;
    }

    /// The server did nothing.
    pub(super) fn release(mut self) {
        self.sent = false;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.of.state();
        state.held.tokens -= self.most.tokens.min(state.held.tokens);
        state.held.cost = (state.held.cost - self.most.cost).max(0.0);
        if self.sent {
            let spent = &mut state.spent;
            spent.unanswered += 1;
            spent.unanswered_tokens = spent.unanswered_tokens.saturating_add(self.most.tokens);
            if self.most.cost > 0.0 {
                *spent.unanswered_cost.get_or_insert(0.0) += self.most.cost;
            }
        }
        drop(state);
        self.of.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price { input: 1.0, output: 2.0 };

    fn ledger(ceiling: Ceiling) -> Arc<Ledger> {
        Arc::new(Ledger::new(ceiling))
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    fn usage(tokens: u64) -> Usage {
        Price::on(Some(PRICE), Usage { calls: 1, input_tokens: tokens, ..Usage::default() })
    }

    #[test]
    fn nothing_goes_beyond_the_ceiling() {
        block_on(async {
            let ledger = ledger(Ceiling { cost: Some(0.001), tokens: None });
            let most = Most::of(400, 100, Some(PRICE));
            for _ in 0..2 {
                let mut reserved = ledger.reserve(most).await.unwrap();
                reserved.sent();
                reserved.settle(usage(400));
            }
            let fault = ledger.reserve(most).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::OverBudget);
            assert!(
                fault.message.contains("0.001 USD") && fault.message.contains("`spend.cost`"),
                "{}",
                fault.message
            );
            assert_eq!(ledger.spent().usage.cost, Some(0.0008));
            assert!(ledger.reserve(Most::of(200, 0, Some(PRICE))).await.is_ok(), "what still fits may go");
        });
    }

    #[test]
    fn a_reply_that_does_not_come_stays_taken_and_a_refusal_does_not() {
        block_on(async {
            let ledger = ledger(Ceiling { cost: None, tokens: Some(1000) });
            let mut lost = ledger.reserve(Most::of(600, 0, None)).await.unwrap();
            lost.sent();
            drop(lost);
            assert_eq!((ledger.spent().unanswered, ledger.spent().unanswered_tokens), (1, 600));
            assert_eq!(ledger.reserve(Most::of(600, 0, None)).await.unwrap_err().kind, FaultKind::OverBudget);
            let mut refused = ledger.reserve(Most::of(400, 0, None)).await.unwrap();
            refused.sent();
            refused.release();
            drop(ledger.reserve(Most::of(400, 0, None)).await.unwrap());
            assert_eq!(ledger.spent().unanswered, 1);
        });
    }

    #[test]
    fn who_would_fit_waits_for_those_under_way() {
        block_on(async {
            let ledger = ledger(Ceiling { cost: None, tokens: Some(1000) });
            let first = ledger.reserve(Most::of(900, 0, None)).await.unwrap();
            let second = tokio::spawn({
                let ledger = Arc::clone(&ledger);
                async move { ledger.reserve(Most::of(900, 0, None)).await.map(drop) }
            });
            tokio::task::yield_now().await;
            assert!(!second.is_finished());
            first.settle(usage(50));
            assert!(second.await.unwrap().is_ok());
        });
    }
}
