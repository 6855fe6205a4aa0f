//! What a metric says of a sample, and the rules that a score from a stranger has to keep.

use serde::{Deserialize, Serialize};

use crate::limits::MAX_SCORE_TEXT_BYTES;
use crate::sample::{Field, Sample};

/// What a metric says of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// In the unit and range of the descriptor; finite.
    pub value: f64,
    /// The metric's own judgement; `unjudged` leaves it to the suite's threshold.
    pub verdict: Verdict,
    /// One sentence for a person; empty where the findings say it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What the metric points at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Further numbers worth a trend, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<(String, f64)>,
}

/// A metric's judgement of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The sample is good.
    Pass,
    /// The sample is bad.
    Fail,
    /// Only the suite's threshold can say.
    Unjudged,
}

/// One thing that a metric points at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identifier of what was found, in kebab-case.
    pub rule: String,
    /// One sentence for a person.
    pub message: String,
    /// Where it stands, if it stands anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Span>,
}

/// A range of UTF-8 bytes, both ends on character boundaries: `start <= end <= length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The text that the span lies in.
    pub field: Field,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The text that the span covers, or `None` where it does not lie in `sample`.
    pub fn quote<'a>(&self, sample: &'a Sample) -> Option<&'a str> {
        sample.text(self.field)?.get(self.start as usize..self.end as usize)
    }
}

/// Findings that one score may have.
const MAX_FINDINGS: usize = 10_000;
/// Measures that one score may have.
const MAX_MEASURES: usize = 1_000;
/// Bytes of a rule or a measure's name.
const MAX_NAME: usize = 200;
/// Bytes of a message or a summary.
const MAX_TEXT: usize = 64 << 10;

impl Score {
    /// Every text of the score.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let findings = self.findings.iter_mut().flat_map(|finding| [&mut finding.rule, &mut finding.message]);
        let measures = self.measures.iter_mut().map(|(name, _)| name);
        std::iter::once(&mut self.summary).chain(findings).chain(measures)
    }

    /// Every text of the score.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let findings =
            self.findings.iter().flat_map(|finding| [finding.rule.as_str(), finding.message.as_str()]);
        let measures = self.measures.iter().map(|(name, _)| name.as_str());
        std::iter::once(self.summary.as_str()).chain(findings).chain(measures)
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.findings.len() * size_of::<Finding>()
            + self.measures.len() * size_of::<(String, f64)>()
            + self.texts().map(str::len).sum::<usize>()
    }

    /// Checks that the score keeps the contract, for `sample` and a metric of `range`. The error says what is wrong.
    pub fn check(&self, sample: &Sample, range: Option<(f64, f64)>) -> Result<(), String> {
        if !self.value.is_finite() {
            return Err(format!("the value is {}; return a finite number", in_words(self.value)));
        }
        if let Some((low, high)) = range {
            let slack = 1e-9 * (high - low).abs().max(1.0);
            if self.value < low - slack || self.value > high + slack {
                return Err(format!(
                    "the value {} is outside the declared range {low} to {high}",
                    self.value
                ));
            }
        }
        if self.findings.len() > MAX_FINDINGS {
            return Err(format!("there are {} findings, more than {MAX_FINDINGS}", self.findings.len()));
        }
        if self.measures.len() > MAX_MEASURES {
            return Err(format!("there are {} measures, more than {MAX_MEASURES}", self.measures.len()));
        }
        if self.summary.len() > MAX_TEXT {
            return Err(format!("the summary has {} bytes, more than {MAX_TEXT}", self.summary.len()));
        }
        for (name, value) in &self.measures {
            if name.len() > MAX_NAME {
                return Err(format!("the name of a measure has {} bytes, more than {MAX_NAME}", name.len()));
            }
            if !value.is_finite() {
                return Err(format!("the measure `{name}` is {}; return a finite number", in_words(*value)));
            }
        }
        self.findings.iter().enumerate().try_for_each(|(index, finding)| {
            finding.check(sample).map_err(|reason| format!("finding {index}: {reason}"))
        })?;
        // Looking at each byte is for those scores that might be too long.
        let raw: usize = self.texts().map(str::len).sum();
        if raw * JSON_MOST > MAX_SCORE_TEXT_BYTES {
            let text: usize = self.texts().map(json_length).sum();
            if text > MAX_SCORE_TEXT_BYTES {
                return Err(format!(
                    "its texts have {text} bytes as JSON, more than {MAX_SCORE_TEXT_BYTES}: return fewer findings, or \
                     shorter messages that point at the text instead of repeating it"
                ));
            }
        }
        Ok(())
    }
}

/// Bytes that JSON makes of one byte at most: `\u0000`.
const JSON_MOST: usize = 6;

/// Bytes of a text as JSON writes it, without the quotes.
pub(crate) fn json_length(text: &str) -> usize {
    let length = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0x00..0x20 => JSON_MOST,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

impl Finding {
    fn check(&self, sample: &Sample) -> Result<(), String> {
        if self.rule.is_empty() || self.rule.len() > MAX_NAME {
            return Err(format!("the rule has {} bytes; write 1 to {MAX_NAME}", self.rule.len()));
        }
        if self.message.len() > MAX_TEXT {
            return Err(format!("the message has {} bytes, more than {MAX_TEXT}", self.message.len()));
        }
        self.location.map_or(Ok(()), |span| span.check(sample))
    }
}

impl Span {
    fn check(&self, sample: &Sample) -> Result<(), String> {
        let Self { field, start, end } = *self;
        let name = match field {
            Field::Input => "input".to_owned(),
            Field::Output => "output".to_owned(),
            Field::Context(index) => format!("context {index}"),
        };
        let Some(text) = sample.text(field) else {
            return Err(format!(
                "the span points into {name}, but the sample has {} passages",
                sample.context.len()
            ));
        };
        if start > end {
            return Err(format!("the span {start}..{end} of {name} is reversed"));
        }
        if end as usize > text.len() {
            return Err(format!("the span {start}..{end} ends past {name}, which has {} bytes", text.len()));
        }
        match [start, end].into_iter().find(|&at| !text.is_char_boundary(at as usize)) {
            Some(at) => Err(format!("the span {start}..{end} of {name} cuts the character at byte {at}")),
            None => Ok(()),
        }
    }
}

/// NaN has a sign that nobody means.
fn in_words(value: f64) -> &'static str {
    if value.is_nan() {
        "not a number"
    } else if value > 0.0 {
        "infinity"
    } else {
        "minus infinity"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(value: f64, span: Option<(Field, u32, u32)>) -> Score {
        let location = span.map(|(field, start, end)| Span { field, start, end });
        let finding = Finding { rule: "r".into(), message: String::new(), location };
        Score {
            value,
            verdict: Verdict::Pass,
            summary: String::new(),
            findings: vec![finding],
            measures: vec![],
        }
    }

    #[test]
    fn the_texts_of_a_score_are_bounded_as_a_record_holds_them() {
        let sample = Sample::default();
        let written = |messages: &[&str]| {
            let finding =
                |message: &&str| Finding { rule: "r".into(), message: (*message).into(), location: None };
            let findings = messages.iter().map(finding).collect();
            Score { findings, ..score(1.0, None) }
        };
        let long = "a".repeat(64 << 10);
        // Four rules of a byte each are too many.
        assert!(written(&[&long[4..], &long, &long, &long]).check(&sample, None).is_ok());
        let reason = written(&[&long, &long, &long, &long]).check(&sample, None).unwrap_err();
        assert_eq!(
            reason,
            "its texts have 262148 bytes as JSON, more than 262144: return fewer findings, or shorter messages that point at \
             the text instead of repeating it"
        );
        // 44 KiB that become 264.
        assert!(written(&["\0".repeat(44 << 10).as_str()]).check(&sample, None).is_err());
        let named = Score { measures: vec![("é".repeat(100), 1.0); 1000], ..score(1.0, None) };
        assert!(named.check(&sample, None).is_ok());
        let told = Score { summary: "\n".repeat(50 << 10), ..named };
        assert!(told.check(&sample, None).is_err(), "all texts count together");
    }

    #[test]
    fn a_text_is_as_long_as_it_is_written() {
        let every: String = (0..0x300_u32).filter_map(char::from_u32).collect();
        for text in [every.as_str(), "", "“\u{2028}🎄”"] {
            let written = serde_json::to_string(text).unwrap();
            assert_eq!(json_length(text), written.len() - 2, "{written}");
        }
    }

    #[test]
    fn a_score_keeps_the_contract_or_says_what_is_wrong() {
        let sample = Sample { output: "für".into(), ..Sample::default() };
        let check = |score: Score| score.check(&sample, Some((0.0, 1.0))).err();
        assert_eq!(check(score(1.0, Some((Field::Output, 0, 4)))), None);
        assert_eq!(check(score(0.0, None)), None);
        for (score, reason) in [
            (score(f64::NAN, None), "the value is not a number; return a finite number"),
            (score(f64::INFINITY, None), "the value is infinity; return a finite number"),
            (score(1.5, None), "the value 1.5 is outside the declared range 0 to 1"),
            (
                score(1.0, Some((Field::Output, 0, 5))),
                "finding 0: the span 0..5 ends past output, which has 4 bytes",
            ),
            (score(1.0, Some((Field::Output, 3, 1))), "finding 0: the span 3..1 of output is reversed"),
            (
                score(1.0, Some((Field::Output, 2, 4))),
                "finding 0: the span 2..4 of output cuts the character at byte 2",
            ),
            (
                score(1.0, Some((Field::Context(3), 0, 0))),
                "finding 0: the span points into context 3, but the sample has 0 passages",
            ),
        ] {
            assert_eq!(check(score).as_deref(), Some(reason));
        }
    }
}
