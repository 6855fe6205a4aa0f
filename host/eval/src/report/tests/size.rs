//! Reports stay within their bounds, however long the run and whatever strangers add to it.

use scorebox_metrics::{Fault, FaultKind, Finding, Verdict};

use super::fixture::{Record, manifest, sample, score, write};
use super::{Format, Options, render, uncoloured};
use crate::run::{SampleRecord, SampleVerdict};

fn failing(count: usize, output: &str) -> Record {
    let samples: Vec<SampleRecord> = (0..count)
        .map(|index| {
            let mut sample = sample(&format!("sample-{index}"));
            sample.line = index as u64 + 1;
            sample.output = Some(output.to_owned());
            sample.verdict = SampleVerdict::Fail;
            let mut failed = score("names", 0.0, Verdict::Fail);
            let finding = Finding { rule: "rule".into(), message: "message".into(), location: None };
            failed.findings = vec![finding; 300];
            let mut faulted = score("length", 0.0, Verdict::Unjudged);
            faulted.value = None;
            faulted.fault = Some(Fault::new(FaultKind::Trap, format!("trapped on {index}")));
            sample.scores = vec![failed, faulted];
            sample
        })
        .collect();
    write(&manifest(&samples), &samples)
}

#[test]
fn people_see_the_first_and_how_many_more() {
    let record = failing(30, "no");
    let options = Options { failures: 3, ..Options::default() };
    let text = uncoloured(&render(Format::Terminal, &record, &options));
    assert_eq!(text.matches("\n✗ sample-").count(), 3);
    assert!(
        text.contains("… and 27 more failing samples: scorebox view 2030-01-02T03-04-05Z-support-bot --all")
    );
    assert!(text.contains("… and 295 more findings"));
    assert!(text.contains("! length trap  30 samples: sample-0, sample-1, sample-2 and 27 more"));
    let text = render(Format::Markdown, &record, &options);
    assert_eq!(text.matches("<details>").count(), 3);
    assert!(text.contains("… and 27 more failing samples."));
    let text = render(Format::Github, &record, &options);
    assert_eq!(text.matches("::error ").count(), 10);
    assert!(text.contains("21 further problems not annotated"), "{text}");
}

#[test]
fn a_step_summary_stays_below_what_github_takes() {
    let record = failing(300, &"<".repeat(100_000));
    let options = Options { failures: usize::MAX, ..Options::default() };
    let text = render(Format::Markdown, &record, &options);
    assert!(text.len() < 1 << 20, "{} bytes", text.len());
    assert!(text.contains("more failing samples."));
}

#[test]
fn the_page_holds_failing_samples_first() {
    let mut samples: Vec<SampleRecord> = (0..20).map(|index| sample(&format!("fine-{index}"))).collect();
    samples[17].verdict = SampleVerdict::Faulted;
    samples[19].verdict = SampleVerdict::Fail;
    let record = write(&manifest(&samples), &samples);
    let page = render(Format::Html, &record, &Options { embedded: 3, ..Options::default() });
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let ids: Vec<_> =
        data["samples"].as_array().unwrap().iter().map(|sample| sample["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["fine-17", "fine-19", "fine-0"]);
    assert_eq!(data["total"], 20);
}
