//! Calibration: how far a metric agrees with people, and which threshold to take.
//!
//! ```text
//! labels ─► samples with labels ─► the metric's scores ─► figures with intervals ─► report, calibration file
//!              └── or the scores of a run's record ──┘          └─► threshold, tried on held-out folds
//! ```
//!
//! Any metric can be held against labels: built in or a plugin, alone ([`suite_for`]) or as a suite uses it. Labels stand
//! beside their samples ([`score_labelled`]), or in a file by id, for a dataset ([`score_dataset`]) or a run
//! ([`from_run`]). [`study`] counts. What is looked for is the sample that should fail: it is the positive class in every
//! figure, and a metric finds it by a bad value or a verdict of fail. Samples that the metric faulted on are counted apart
//! and are in no figure.
//!
//! [`draw_sample`] draws samples of a run for people to label, and `corrected.rs` corrects the run's mean by what they say.
//! A calibration file carries the proposed threshold to suites; [`warnings`] says where a suite's threshold has none, or one
//! of another metric. [`append_history`] keeps what came of each calibration of a run.
//!
//! Labels are checked whole before the first sample is scored, since a judge's scores cost money. A label never reaches the
//! metric.

mod calibration;
mod corrected;
mod error;
mod figures;
mod history;
mod html;
mod labels;
mod outdated;
mod plot;
mod sample;
mod scale;
mod scored;
mod study;
mod suite;
mod terminal;
mod threshold;
mod words;

pub use calibration::{Calibration, CalibrationError, Data, Intervals, Metric, SampleSource};
pub use corrected::{Corrected, Prediction, Quantity};
pub use error::LabelsError;
pub use figures::{Estimate, ScoreFigures, VerdictFigures};
pub use history::{HistoryEntry, HistoryError, append_history, read_history, write_history};
pub use html::write as write_html;
pub use labels::{LabelFields, labelled_ids};
pub use outdated::warnings;
pub use sample::{Drawing, DrawingError, DrawnSample, MAX_SAMPLES, draw_sample};
pub use scale::{Reading, Scale};
pub use scored::{Scored, Scoring, from_run, score_dataset, score_labelled};
pub use study::{Options, Study, study};
pub use suite::suite_for;
pub use terminal::write as write_terminal;
pub use threshold::{HeldOut, Proposal, Want};
