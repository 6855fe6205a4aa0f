//! The calibration file: what a metric was held against, what came of it, and the threshold that suites take from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::calibrate::corrected::Corrected;
use crate::calibrate::figures::{ScoreFigures, VerdictFigures};
use crate::calibrate::scale::Scale;
use crate::calibrate::threshold::Proposal;
use crate::digest;
use crate::run::{Bound, FileStamp, MetricStamp, directory_of};

/// Version of the file's format.
pub(crate) const FORMAT: u32 = 1;

/// What came of holding a metric against people's labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Version of the file's format: 1.
    pub format: u32,
    /// RFC 3339, UTC.
    pub made_at: String,
    /// The metric.
    pub metric: Metric,
    /// What it was held against.
    pub data: Data,
    /// Rows with both a label and a score: what all figures are over.
    pub n: u64,
    /// Those of them that should fail; absent where grades are not cut in two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_fail: Option<u64>,
    /// Groups that they belong to; a row without a group is one of its own.
    pub groups: u64,
    /// Labelled samples that the metric faulted on, by the fault's name. They count for no figure.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
    /// Labelled samples that the metric was left out for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// How the intervals were made.
    pub intervals: Intervals,
    /// What the scores say, without a threshold.
    pub scores: ScoreFigures,
    /// What the metric's own verdicts say, where it judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<VerdictFigures>,
    /// The proposed threshold; absent where no threshold tells two rows apart, or grades are not cut in two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Proposal>,
    /// Means over the run that the labels are for, corrected by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<Corrected>,
}

/// Largest file that is read: 4 MiB, of which the figures need a few KiB.
const MAX_BYTES: u64 = 4 << 20;

/// Why a calibration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The file cannot be read.
    #[error("cannot read the calibration {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{path} is no calibration: {reason}", path = path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A later Scorebox wrote the file.
    #[error("{path} has format {format}, and this Scorebox reads up to {FORMAT}: take the version that wrote it", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of its format.
        format: u32,
    },
    /// The calibration proposes no threshold.
    #[error(
        "the calibration proposes no threshold: its labels are grades that nobody cut in two, or the scores are all the same"
    )]
    NoThreshold,
}

impl Calibration {
    /// Reads a file, and says the digest of its bytes.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is no calibration, or one of a later version.
    pub fn read(path: &Path) -> Result<(Self, String), CalibrationError> {
        let unreadable = |source| CalibrationError::Read { path: path.to_owned(), source };
        let unsound = |reason: String| CalibrationError::Unsound { path: path.to_owned(), reason };
        // Before it is opened: opening a pipe waits for somebody to write.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(std::io::Error::other("this is no file")));
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unsound(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
        }
        // The format alone at first: a later one may hold what this version cannot read.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_slice(&bytes).map_err(|error| unsound(error.to_string()))?;
        if format > FORMAT {
            return Err(CalibrationError::Newer { path: path.to_owned(), format });
        }
        let calibration: Self = serde_json::from_slice(&bytes).map_err(|error| unsound(error.to_string()))?;
        let bound = calibration.threshold.as_ref().map(|proposal| proposal.threshold);
        if bound.is_some_and(|bound| bound.min.is_some() == bound.max.is_some()) {
            return Err(unsound("its threshold has to have either `min` or `max`".to_owned()));
        }
        Ok((calibration, digest::bytes(&bytes)))
    }

    /// Writes the file, with the paths of labels and dataset as they are seen from where it lies.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CalibrationError> {
        let failed = |source| CalibrationError::Write { path: path.to_owned(), source };
        let mut calibration = self.clone();
        let directory = directory_of(path);
        let seen = |file: &mut FileStamp| file.path = seen_from(directory, Path::new(&file.path));
        seen(&mut calibration.data.labels);
        if let SampleSource::Dataset(file) = &mut calibration.data.samples {
            seen(file);
        }
        let text = serde_json::to_string_pretty(&calibration).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text + "\n").map_err(failed)
    }

    /// The threshold that the calibration proposes.
    ///
    /// # Errors
    ///
    /// [`CalibrationError::NoThreshold`].
    pub fn bound(&self) -> Result<Bound, CalibrationError> {
        self.threshold.as_ref().map(|proposal| proposal.threshold).ok_or(CalibrationError::NoThreshold)
    }
}

/// `file` by a path that starts at `directory`; as it is where there is none.
fn seen_from(directory: &Path, file: &Path) -> String {
    let real = |path: &Path| path.canonicalize().ok();
    let (Some(directory), Some(target)) = (real(directory), real(file)) else {
        return file.display().to_string();
    };
    let (from, to): (Vec<_>, Vec<_>) = (directory.components().collect(), target.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    let path: PathBuf = up.chain(to[shared..].iter().copied()).collect();
    path.display().to_string()
}

/// Which metric was calibrated: a suite that takes the threshold has to use the same one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name for itself.
    pub name: String,
    /// Its name in the suite or the run.
    pub used_as: String,
    /// Its version.
    pub version: String,
    /// `builtin:NAME@VERSION`, or `sha256:…` of a component.
    pub code: String,
    /// The settings that it was configured with.
    pub settings: serde_json::Value,
    /// BLAKE3 of code, settings, models, prompts, limits and grants, as in a run's record.
    pub identity: String,
    /// Whether higher values are better.
    pub higher_is_better: bool,
    /// Thresholds that its own verdicts come from, in words; empty where it judges by itself, or not at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<String>,
}

impl Metric {
    pub(crate) fn of(stamp: &MetricStamp) -> Self {
        Self {
            name: stamp.descriptor.name.clone(),
            used_as: stamp.name.clone(),
            version: stamp.descriptor.version.clone(),
            code: stamp.code.clone(),
            settings: stamp.settings.clone(),
            identity: stamp.identity.clone(),
            higher_is_better: stamp.descriptor.higher_is_better,
            thresholds: stamp.thresholds.clone(),
        }
    }
}

/// What a metric was held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// The file with the labels.
    pub labels: FileStamp,
    /// Where the samples are.
    pub samples: SampleSource,
    /// What the labels mean.
    pub scale: Scale,
    /// How often each label occurs in the file.
    pub counts: BTreeMap<String, u64>,
    /// Rows without a label.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlabelled: u64,
    /// Labels for samples that are not there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
}

/// Where the samples are that labels are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleSource {
    /// In the same file as the labels.
    Labels,
    /// In a dataset.
    Dataset(FileStamp),
    /// In the record of a run.
    Run(String),
}

/// How intervals were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// In words.
    pub method: String,
    /// 0.95.
    pub confidence: f64,
    /// Bootstrap samples.
    pub draws: usize,
    /// Of the random numbers.
    pub seed: u64,
}

impl Intervals {
    pub(crate) fn of(draws: usize, seed: u64) -> Self {
        Self { method: "percentile bootstrap of groups".to_owned(), confidence: 0.95, draws, seed }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
