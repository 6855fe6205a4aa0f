//! The result as one JSON object, for scripts. `docs/reports.md` says which keys are stable.

use std::io::Write;

use serde::Serialize;

use super::overview::Overview;
use super::stream::Stream;
use super::{ReportError, json_text};
use crate::run::{Manifest, RecordError, RunReader, SampleRecord, SampleVerdict, Summary};

/// Version of the object, which changes when a key changes its meaning or goes.
const FORMAT: u32 = 1;

#[derive(Serialize)]
#[serde(bound = "I: Iterator<Item = Result<SampleRecord, RecordError>>")]
struct Report<'a, I> {
    format: u32,
    /// Without its summary, which stands beside it.
    manifest: Manifest,
    /// As in the record, or counted anew where the run was killed.
    summary: &'a Summary,
    /// Samples that failed or faulted, as in the record.
    failing: &'a Stream<I>,
}

pub(crate) fn write(record: &RunReader, out: &mut dyn Write) -> Result<(), ReportError> {
    let overview = Overview::of(record)?;
    let failing = record.samples()?.filter(|sample| {
        sample
            .as_ref()
            .map_or(true, |sample| matches!(sample.verdict, SampleVerdict::Fail | SampleVerdict::Faulted))
    });
    let failing = Stream::new(failing);
    let report = Report {
        format: FORMAT,
        manifest: Manifest { summary: None, ..record.manifest().clone() },
        summary: &overview.summary,
        failing: &failing,
    };
    let result = json_text::pretty(&report, out);
    failing.finish(result)?;
    writeln!(out)?;
    Ok(())
}
