//! Runs and their records.

mod reader;
mod record;
mod summary;

pub use reader::{MANIFEST, RecordError, RunReader, SAMPLES};
pub use record::{
    FileStamp, Manifest, MetricStamp, Overrun, RunState, SampleRecord, SampleVerdict, ScoreRecord, SubjectStamp, Versions,
};
pub use summary::{
    Decision, GateResult, HISTOGRAM_BINS, MetricSummary, MetricTally, PartitionSummary, Rate, RunOutcome, SampleTally,
    Summary,
};
