//! How reports write numbers and judgements, the same in every format.

use scorebox_metrics::{Field, Verdict};

use crate::run::{Decision, SampleVerdict, ScoreRecord};

/// `96.7 %`; rounded towards the middle, so that only all is `100 %` and only none is `0 %`.
pub(crate) fn percent(share: f64) -> String {
    let mut tenths = (share * 1000.0).round();
    if share < 1.0 {
        tenths = tenths.min(999.0);
    }
    if share > 0.0 {
        tenths = tenths.max(1.0);
    }
    format!("{} %", tenths / 10.0)
}

/// A value of a metric, to four places.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `1 sample`, `2,000 samples`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `$0.0012`, `$12.50`; small sums in more places.
pub(crate) fn dollars(cost: f64) -> String {
    if cost != 0.0 && cost < 0.995 { format!("${cost:.4}") } else { format!("${cost:.2}") }
}

/// `40 ms`, `1.4 s`, `3 min 20 s`.
pub(crate) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 if millis < 100 => format!("{millis} ms"),
        0..60 => format!("{:.1} s", millis as f64 / 1000.0),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A decision in a word or three.
pub(crate) fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "pass",
        Decision::Fail => "fail",
        Decision::TooManyFaults => "too many faults",
        Decision::TooLittleEvidence => "too little evidence",
    }
}

/// A sign beside the word, for those who do not see the colour.
pub(crate) fn decision_sign(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "✓",
        Decision::Fail => "✗",
        Decision::TooManyFaults => "!",
        Decision::TooLittleEvidence => "?",
    }
}

/// A sample's verdict.
pub(crate) fn sample_verdict(verdict: SampleVerdict) -> &'static str {
    match verdict {
        SampleVerdict::Pass => "pass",
        SampleVerdict::Fail => "fail",
        SampleVerdict::Faulted => "faulted",
        SampleVerdict::Unjudged => "unjudged",
    }
}

/// What one metric made of a sample.
pub(crate) fn score_verdict(score: &ScoreRecord) -> &'static str {
    match (score.verdict, score.value) {
        _ if score.fault.is_some() => "faulted",
        (_, None) => "skipped",
        (Verdict::Pass, _) => "pass",
        (Verdict::Fail, _) => "fail",
        (Verdict::Unjudged, _) => "unjudged",
    }
}

/// A part of a sample, as its path in the record.
pub(crate) fn field(field: Field) -> String {
    match field {
        Field::Input => "input".to_owned(),
        Field::Output => "output".to_owned(),
        Field::Context(index) => format!("context[{index}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_do_not_lie() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(0.00001), "0.1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(number(0.5), "0.5");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.123_456), "0.1235");
        assert_eq!(number(1e-7), "1.000e-7");
        assert_eq!(number(1e300), "1.000e300");
        assert_eq!(count(1, "sample"), "1 sample");
        assert_eq!(count(1_234_567, "sample"), "1,234,567 samples");
        assert_eq!(duration(3_725_000), "1 h 2 min");
        assert_eq!(["$0.00", "$0.0012", "$12.50"].map(str::to_owned), [0.0, 0.00123, 12.5].map(dollars));
    }
}
