//! One self-contained page: what was decided, by partition and metric, and a list of samples to filter and read.
//!
//! The tables and histograms are written here; `report.js` shows the samples, which lie in the page as JSON. Nothing is
//! fetched: the content security policy allows the page's own style and script, by their hashes, and nothing else. The
//! script makes text nodes only, so that what a model wrote stays text even without the policy.

pub(crate) mod page;
mod sample;
mod text;

use std::io::Write;

use serde::Serialize;

use super::overview::Overview;
use super::stream::Stream;
use super::{Options, ReportError, json_text};
use crate::run::{RecordError, RunReader, SampleRecord, SampleVerdict};
use sample::SampleData;

/// Bytes of samples that a page holds; browsers get slow beyond.
const ROOM: usize = 64 << 20;

/// What the script reads.
#[derive(Serialize)]
#[serde(bound = "I: Iterator<Item = Result<SampleData, RecordError>>")]
struct Data<'a, I> {
    dataset: String,
    /// Samples of the run, which can be more than the page holds.
    total: u64,
    samples: &'a Stream<I>,
}

pub(crate) fn write(record: &RunReader, options: &Options, out: &mut dyn Write) -> Result<(), ReportError> {
    let manifest = record.manifest();
    let overview = Overview::of(record)?;
    page::write_start(manifest, &overview, out)?;

    let wanted = |bad: bool| {
        move |sample: &Result<SampleRecord, RecordError>| {
            sample.as_ref().map_or(true, |sample| is_bad(sample) == bad)
        }
    };
    let samples = record.samples()?.filter(wanted(true)).chain(record.samples()?.filter(wanted(false)));
    let mut room = ROOM;
    let samples = samples
        .take(options.embedded)
        .map(|sample| sample.map(|sample| SampleData::new(&sample)))
        .take_while(|sample| {
            let size = sample.as_ref().map_or(0, SampleData::size);
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        });
    let samples = Stream::new(samples);
    let data = Data {
        dataset: super::escape::escape_line(&manifest.dataset.path),
        total: overview.summary.total.samples,
        samples: &samples,
    };
    let result = json_text::embedded(&data, out);
    samples.finish(result)?;
    page::write_end(out)?;
    Ok(())
}

fn is_bad(sample: &SampleRecord) -> bool {
    matches!(sample.verdict, SampleVerdict::Fail | SampleVerdict::Faulted)
}
