//! Runs and their records.

mod abreast;
mod comparable;
mod directory;
mod engine;
mod judging;
pub(crate) mod pipeline;
mod places;
mod prepare;
mod reader;
mod record;
mod score;
mod selection;
mod summary;
mod tally;
mod threads;

pub(crate) use abreast::abreast;
pub use comparable::incomparable;
pub use directory::create_private;
pub(crate) use engine::{CHUNK, CHUNK_BYTES, PART_BYTES, window};
pub use engine::{Plan, Progress, RunError, run};
pub use judging::Judging;
pub use places::{
    directory_of, latest_of, latest_unfinished, new_run, resolve, resolve_beside, runs_directory,
};
pub use prepare::read_component;
pub(crate) use prepare::{Host, prepare_metric};
pub use prepare::{PrepareError, PreparedMetric, PreparedMetrics, prepare_metrics};
pub(crate) use reader::{Lines, RawLine};
pub use reader::{MANIFEST, RecordError, RunReader, SAMPLES};
pub use record::{
    Bound, FileStamp, Manifest, MetricStamp, ModelStamp, Overrun, PolicyStamp, RunState, SampleRecord,
    SampleVerdict, ScoreRecord, SubjectStamp, Versions,
};
pub(crate) use score::{Place, judge, outcome, settled, verdict};
pub use selection::Selection;
pub use summary::{
    Decision, GateResult, HISTOGRAM_BINS, MetricSummary, MetricTally, PartitionSummary, Rate, RunOutcome,
    SampleTally, Summary,
};
pub(crate) use tally::Tally;
