//! One sample as the page's script reads it.

use scorebox_metrics::{Fault, Field};
use serde::Serialize;

use super::text::visible;
use crate::report::escape::{escape, escape_line, escape_short};
use crate::report::{excerpt, scores, words};
use crate::run::{SampleRecord, ScoreRecord};

/// Bytes of one text.
const TEXT: usize = 32 << 10;
/// Passages of a sample.
const PASSAGES: usize = 50;
/// Scores of a sample.
const SCORES: usize = 100;
/// Findings of a score.
const FINDINGS: usize = 200;
/// Measures of a score, lines of its log, and tags of a sample.
const LISTED: usize = 50;
/// Characters of a message or a line of log.
const LINE: usize = 2_000;
/// Characters of a name.
const NAME: usize = 200;

#[derive(Debug, Serialize)]
pub(crate) struct SampleData {
    id: String,
    line: u64,
    partition: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    texts: Vec<TextData>,
    scores: Vec<ScoreData>,
}

/// A text of the sample with its marks.
#[derive(Debug, Serialize)]
struct TextData {
    label: String,
    text: String,
    /// Bytes that were cut off.
    #[serde(skip_serializing_if = "is_zero")]
    omitted: usize,
    /// Start and end in UTF-16 units, the score and its finding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<[usize; 4]>,
}

#[derive(Debug, Serialize)]
struct ScoreData {
    metric: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingData>,
    /// Findings that are left out.
    #[serde(skip_serializing_if = "is_zero")]
    omitted: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    measures: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel: Option<String>,
}

#[derive(Debug, Serialize)]
struct FindingData {
    rule: String,
    message: String,
    /// The text that it points into, in words; empty where it points nowhere.
    #[serde(rename = "where", skip_serializing_if = "String::is_empty")]
    place: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl SampleData {
    pub(crate) fn new(sample: &SampleRecord) -> Self {
        let input = text(sample, "input", &sample.input, Some(Field::Input));
        let output =
            sample.output.as_deref().map(|output| text(sample, "output", output, Some(Field::Output)));
        let expected = sample.expected.as_deref().map(|expected| text(sample, "expected", expected, None));
        let context = (0_u32..).zip(&sample.context).take(PASSAGES).map(|(index, passage)| {
            let field = Field::Context(index);
            text(sample, &words::field(field), passage, Some(field))
        });
        Self {
            id: escape_short(&sample.id, NAME),
            line: sample.line,
            partition: sample.partition.name(),
            verdict: words::sample_verdict(sample.verdict),
            tags: sample.tags.iter().take(LISTED).map(|tag| escape_short(tag, NAME)).collect(),
            fault: sample.fault.as_ref().map(fault),
            texts: std::iter::once(input).chain(output).chain(expected).chain(context).collect(),
            scores: sample.scores.iter().take(SCORES).map(ScoreData::new).collect(),
        }
    }

    /// About how many bytes the sample takes in the page.
    pub(crate) fn size(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.text.len() + 40 * text.marks.len() + 40).sum();
        let scores: usize = self.scores.iter().map(ScoreData::size).sum();
        texts + scores + self.id.len() + 100
    }
}

impl ScoreData {
    fn new(score: &ScoreRecord) -> Self {
        let findings = score.findings.iter().take(FINDINGS).map(|finding| FindingData {
            rule: escape_line(&finding.rule),
            message: escape_short(&finding.message, LINE),
            place: finding.location.map(|span| words::field(span.field)).unwrap_or_default(),
        });
        let measures = score.measures.iter().take(LISTED);
        Self {
            metric: escape_short(&score.metric, NAME),
            verdict: words::score_verdict(score),
            value: score.value.map(words::number),
            headline: scores::headline(score),
            fault: score.fault.as_ref().map(fault),
            findings: findings.collect(),
            omitted: score.findings.len().saturating_sub(FINDINGS),
            measures: measures
                .map(|(name, value)| (escape_short(name, NAME), words::number(*value)))
                .collect(),
            log: score.log.iter().take(LISTED).map(|line| escape_short(line, LINE)).collect(),
            fuel: score.fuel.map(words::grouped),
        }
    }

    fn size(&self) -> usize {
        let findings: usize =
            self.findings.iter().map(|finding| finding.rule.len() + finding.message.len() + 50).sum();
        let log: usize = self.log.iter().map(String::len).sum();
        findings + log + self.headline.as_ref().map_or(0, String::len) + 200
    }
}

fn fault(fault: &Fault) -> String {
    let message: String = escape(crate::report::escape::cut(&fault.message, LINE).0);
    format!("{}: {message}", fault.kind)
}

/// A text, with a mark for each finding that points into it.
fn text(sample: &SampleRecord, label: &str, content: &str, field: Option<Field>) -> TextData {
    let mut marked = Vec::new();
    let mut offsets = Vec::new();
    for (score_index, score) in sample.scores.iter().take(SCORES).enumerate() {
        for (finding_index, finding) in score.findings.iter().take(FINDINGS).enumerate() {
            let Some(span) = finding.location.filter(|span| Some(span.field) == field) else { continue };
            let range = span.start as usize..span.end as usize;
            if excerpt::text(sample, span.field).is_some_and(|text| text.get(range.clone()).is_some()) {
                marked.push((score_index, finding_index));
                offsets.extend([range.start, range.end]);
            }
        }
    }
    let shown = visible(content, TEXT, &offsets);
    let end = shown.text.encode_utf16().count();
    let marks = marked.iter().zip(shown.places.chunks_exact(2)).filter_map(|(&(score, finding), places)| {
        // A span that begins in sight and ends out of it is marked to the end.
        Some([places[0]?, places[1].unwrap_or(end), score, finding])
    });
    TextData { label: label.to_owned(), marks: marks.collect(), text: shown.text, omitted: shown.omitted }
}
