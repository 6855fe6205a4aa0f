//! Scores: what a plugin may say of a sample, checked and reported.

use arbitrary::{Arbitrary, Result, Unstructured};
use scorebox_eval::dataset::Partition;
use scorebox_eval::run::{MANIFEST, Manifest, RunReader, SAMPLES, SampleRecord, SampleVerdict, ScoreRecord};
use scorebox_sandbox::{Fault, FaultKind, Field, Finding, Sample, Score, Span, Verdict};

use crate::{place, record, report};

/// Makes a sample and a score. A score that is let through is finite, in range and quotes the sample; the record of it can
/// be written, read, and reported in every format. One that is not let through is reported as the fault that it is.
pub fn score(data: &[u8]) {
    let Ok((sample, score, range)) = case(&mut Unstructured::new(data)) else { return };
    let checked = score.check(&sample, range);
    if checked.is_ok() {
        assert!(score.value.is_finite() && score.measures.iter().all(|(_, value)| value.is_finite()));
        for span in score.findings.iter().filter_map(|finding| finding.location) {
            assert!(span.quote(&sample).is_some(), "{span:?} points outside of {sample:?}");
        }
    }
    let directory = place::directory();
    place::write(&directory, MANIFEST, record::REAL);
    let record = recorded(&sample, &score, checked.err());
    let line = serde_json::to_string(&record).expect("a record is JSON") + "\n";
    place::write(&directory, SAMPLES, line.as_bytes());
    let reader = RunReader::open(directory.path()).expect("what was just written");
    let again: Vec<_> = reader.samples().expect("what was just written").collect();
    assert_eq!(again.len(), 1);
    assert_eq!(
        again.into_iter().next().and_then(Result::ok).as_ref(),
        Some(&record),
        "a record says the same again"
    );
    report::in_every_format(&reader);
}

fn recorded(sample: &Sample, score: &Score, refused: Option<String>) -> SampleRecord {
    let manifest: Manifest = serde_json::from_slice(record::REAL).expect("a manifest");
    let metric = manifest.metrics.first().expect("a metric").name.clone();
    let fault = refused.map(|reason| Fault::new(FaultKind::InvalidScore, reason));
    let sound = fault.is_none();
    let verdict = match score.verdict {
        _ if !sound => SampleVerdict::Faulted,
        Verdict::Pass => SampleVerdict::Pass,
        Verdict::Fail => SampleVerdict::Fail,
        Verdict::Unjudged => SampleVerdict::Unjudged,
    };
    let score = ScoreRecord {
        metric,
        verdict: if sound { score.verdict } else { Verdict::Unjudged },
        value: sound.then_some(score.value),
        summary: score.summary.clone(),
        findings: if sound { score.findings.clone() } else { Vec::new() },
        measures: if sound { score.measures.clone() } else { Vec::new() },
        missed: None,
        fault,
        fuel: Some(1),
        log: vec![score.summary.clone()],
        usage: None,
    };
    SampleRecord {
        id: sample.id.clone(),
        line: 1,
        partition: Partition::Golden,
        tags: vec![sample.id.clone()],
        verdict,
        input: sample.input.clone(),
        output: Some(sample.output.clone()),
        expected: sample.expected.clone(),
        context: sample.context.clone(),
        conversation: sample.conversation.clone(),
        metadata: sample.metadata.clone(),
        fault: None,
        scores: vec![score],
    }
}

/// From the lowest score to the highest.
type Range = (f64, f64);

fn case(input: &mut Unstructured<'_>) -> Result<(Sample, Score, Option<Range>)> {
    let sample = Sample {
        id: String::arbitrary(input)?,
        input: String::arbitrary(input)?,
        output: String::arbitrary(input)?,
        expected: Option::arbitrary(input)?,
        context: Vec::arbitrary(input)?,
        metadata: serde_json::json!({ String::arbitrary(input)?: String::arbitrary(input)? }).to_string(),
        ..Sample::default()
    };
    let findings = (0..input.int_in_range(0..=6)?).map(|_| finding(input, &sample)).collect::<Result<_>>()?;
    let score = Score {
        value: f64::arbitrary(input)?,
        verdict: *input.choose(&[Verdict::Pass, Verdict::Fail, Verdict::Unjudged])?,
        summary: String::arbitrary(input)?,
        findings,
        measures: Vec::arbitrary(input)?,
    };
    let range =
        if bool::arbitrary(input)? { Some((f64::arbitrary(input)?, f64::arbitrary(input)?)) } else { None };
    Ok((sample, score, range))
}

fn finding(input: &mut Unstructured<'_>, sample: &Sample) -> Result<Finding> {
    let location = if bool::arbitrary(input)? {
        let field = match input.int_in_range(0..=3)? {
            0 => Field::Input,
            1 => Field::Context(input.int_in_range(0..=2)?),
            2 => Field::Context(u32::arbitrary(input)?),
            _ => Field::Output,
        };
        // Ends within the text and a little beyond, more often than anywhere.
        let length = u32::try_from(sample.text(field).map_or(0, str::len)).unwrap_or(u32::MAX);
        let anywhere = input.ratio(1, 8)?;
        let mut end = || {
            if anywhere { u32::arbitrary(input) } else { input.int_in_range(0..=length.saturating_add(1)) }
        };
        Some(Span { field, start: end()?, end: end()? })
    } else {
        None
    };
    Ok(Finding { rule: String::arbitrary(input)?, message: String::arbitrary(input)?, location })
}
