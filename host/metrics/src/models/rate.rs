//! Limits by the minute: of requests, and of tokens.
//!
//! Each is kept as the time at which the allowance will be used up (the generic cell rate algorithm): what is taken moves
//! it on, and who comes while it lies too far ahead waits. A tenth of a minute may be used at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How far ahead the allowance may be used.
const BURST: Duration = Duration::from_secs(6);

/// One limit by the minute.
#[derive(Debug)]
pub(super) struct Rate {
    each: Duration,
    used_until: Mutex<Option<Instant>>,
}

impl Rate {
    /// A limit of so many a minute.
    pub(super) fn per_minute(count: u64) -> Self {
        Self {
            each: Duration::from_secs(60) / u32::try_from(count.max(1)).unwrap_or(u32::MAX),
            used_until: Mutex::new(None),
        }
    }

    /// Takes `count` of the allowance, and waits until they may be used.
    pub(super) async fn take(&self, count: u64) {
        let start = self.book(count, Instant::now());
        tokio::time::sleep_until(start).await;
    }

    /// Gives back what was taken and not used.
    pub(super) fn give_back(&self, count: u64) {
        let mut used_until = self.used_until();
        if let Some(until) = *used_until {
            *used_until = Some(until.checked_sub(self.span(count)).unwrap_or(until));
        }
    }

    fn book(&self, count: u64, now: Instant) -> Instant {
        let mut used_until = self.used_until();
        let from = used_until.map_or(now, |until| until.max(now));
        *used_until = Some(from + self.span(count));
        // More than fits in a burst goes when all before it is used up.
        from.checked_sub(BURST).map_or(now, |start| start.max(now))
    }

    fn span(&self, count: u64) -> Duration {
        self.each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)).min(Duration::from_secs(3600))
    }

    fn used_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.used_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_as_fast_as_allowed() {
        let rate = Rate::per_minute(60);
        let now = Instant::now();
        let waits: Vec<u64> = (0..10).map(|_| (rate.book(1, now) - now).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
        rate.give_back(3);
        assert_eq!((rate.book(1, now) - now).as_secs(), 1);
    }

    #[test]
    fn what_was_not_used_in_time_is_lost() {
        let rate = Rate::per_minute(60);
        let now = Instant::now();
        rate.book(6, now);
        let later = now + Duration::from_secs(600);
        let waits: Vec<u64> = (0..8).map(|_| (rate.book(1, later) - later).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
