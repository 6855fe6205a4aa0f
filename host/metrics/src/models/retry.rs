//! When a question is asked again.

use std::time::{Duration, SystemTime};

/// The longest that a server can make us wait before one attempt.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait before the attempt after `attempt`, which counts from 0: twice as long each time, half of it by chance,
/// so that those who were refused together do not come back together. A server that says when it wants to be asked again
/// is heard, within a minute.
pub(super) fn pause(first: Duration, attempt: u32, after: Option<Duration>) -> Duration {
    let step = first.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST);
    let drawn = step / 2 + (step / 2).mul_f64(fastrand::f64());
    match after {
        Some(after) => after.min(LONGEST) + drawn / 4,
        None => drawn,
    }
}

/// What `Retry-After` says: seconds, or a date of HTTP.
pub(super) fn after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_vary() {
        let first = Duration::from_millis(500);
        for attempt in 0..10 {
            let step = (first * 2_u32.pow(attempt)).min(LONGEST);
            for _ in 0..50 {
                let pause = pause(first, attempt, None);
                assert!(pause >= step / 2 && pause <= step, "{attempt}: {pause:?}");
            }
        }
        let drawn: std::collections::HashSet<_> = (0..20).map(|_| pause(first, 3, None)).collect();
        assert!(drawn.len() > 10, "{drawn:?}");
    }

    #[test]
    fn a_server_is_heard_within_a_minute() {
        let first = Duration::from_millis(1);
        assert!(pause(first, 0, Some(Duration::from_secs(7))) >= Duration::from_secs(7));
        assert!(pause(first, 0, Some(Duration::from_secs(86400))) <= LONGEST + Duration::from_secs(1));
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let secs = |text| after(text, now).map(|wait| wait.as_secs_f64());
        assert_eq!(secs(" 7 "), Some(7.0));
        assert_eq!(secs("0.5"), Some(0.5));
        assert_eq!(secs("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30.0));
        assert_eq!(secs("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0.0), "a date that is past");
        for text in ["", "soon", "-1", "NaN", "inf"] {
            assert_eq!(secs(text), None, "{text}");
        }
    }
}
