//! What the requests of one evaluation have used, and the limit that they ran into.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::fault::{Fault, FaultKind};
use crate::limits::Limits;
use crate::store::HostError;

/// The account of one evaluation, shared by its requests.
#[derive(Debug)]
pub(crate) struct Ledger {
    limits: Limits,
    deadline: Instant,
    bytes_left: AtomicU64,
    requests_left: AtomicU64,
    spent: OnceLock<Spent>,
    said: Mutex<Vec<String>>,
}

/// The first limit that was reached. The evaluation is a fault from then on, whatever the plugin makes of it: a score
/// over half an answer would be a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spent {
    Bytes,
    Requests,
    /// The deadline came while this host was to answer.
    Time(String),
}

/// Bytes of one line that the host says of a request.
const MAX_LINE: usize = 500;

impl Ledger {
    pub(crate) fn new(limits: &Limits, deadline: Instant) -> Self {
        Self {
            limits: *limits,
            deadline,
            bytes_left: AtomicU64::new(limits.http_bytes),
            requests_left: AtomicU64::new(limits.http_requests),
            spent: OnceLock::new(),
            said: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn deadline(&self) -> tokio::time::Instant {
        self.deadline.into()
    }

    /// `wanted`, where it ends before the deadline does.
    pub(crate) fn within(&self, wanted: Option<Duration>) -> Option<Duration> {
        wanted.filter(|wanted| *wanted < self.deadline.saturating_duration_since(Instant::now()))
    }

    /// Bytes that all requests together may move.
    pub(crate) fn max_bytes(&self) -> u64 {
        self.limits.http_bytes
    }

    /// Counts a request; whether it is one too many.
    pub(crate) fn request(&self) -> bool {
        let counted = take(&self.requests_left, 1);
        if !counted {
            let _ = self.spent.set(Spent::Requests);
        }
        counted
    }

    /// Counts bytes that were sent or received; whether they are too many.
    pub(crate) fn bytes(&self, bytes: usize) -> bool {
        let counted = take(&self.bytes_left, bytes as u64);
        if !counted {
            let _ = self.spent.set(Spent::Bytes);
        }
        counted
    }

    /// Notes that the deadline came while `host` was to answer.
    pub(crate) fn late(&self, host: &str) {
        let _ = self.spent.set(Spent::Time(host.to_owned()));
    }

    pub(crate) fn is_out_of_bytes(&self) -> bool {
        self.spent.get() == Some(&Spent::Bytes)
    }

    /// Keeps a line for the plugin's log, which the plugin does not see.
    pub(crate) fn say(&self, mut line: String) {
        crate::store::cut(&mut line, MAX_LINE);
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(crate) fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The fault, where a limit was reached.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let error = match self.spent.get()? {
            Spent::Bytes => HostError::Exceeded {
                limit: "http_bytes",
                what: "bytes over the network",
                ceiling: self.limits.http_bytes,
            },
            Spent::Requests => HostError::Exceeded {
                limit: "http_requests",
                what: "requests over the network",
                ceiling: self.limits.http_requests,
            },
            Spent::Time(host) => {
                let message = format!(
                    "{} ms are over, and {host} has not answered in full: raise `limits.deadline`, or ask for less",
                    self.limits.deadline.as_millis()
                );
                return Some(Fault::new(FaultKind::Deadline, message));
            }
        };
        Some(Fault::new(FaultKind::OverBudget, error.to_string()))
    }
}

/// Takes `amount`, and everything that is left where it is more; whether there was enough.
fn take(left: &AtomicU64, amount: u64) -> bool {
    let before =
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(amount)));
    before.unwrap_or(0) >= amount
}
