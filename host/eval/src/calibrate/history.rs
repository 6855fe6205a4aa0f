//! How the agreement of a metric with people went over time: a file with a line for each calibration.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::calibrate::{Calibration, Estimate, SampleSource, words};
use crate::report::escape::escape_short;
use crate::report::table::{self, Cell};
use crate::report::words::grouped;

/// Largest file that is read: 64 MiB, a hundred thousand calibrations.
const MAX_BYTES: u64 = 64 << 20;
/// Figures that are kept, in the order of columns.
const COLUMNS: [&str; 5] = ["agreement", "kappa", "AUROC", "Spearman", "quadratic kappa"];

/// One calibration of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// RFC 3339, UTC.
    pub at: String,
    /// The metric's name where it was used.
    pub metric: String,
    /// The run whose scores were held against labels; absent where samples were scored anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The metric's version.
    pub version: String,
    /// Of code, settings, models and prompts.
    pub identity: String,
    /// Digest of the labels.
    pub labels: String,
    /// Rows with both a label and a score.
    pub n: u64,
    /// Figures by name.
    pub figures: BTreeMap<String, Estimate>,
}

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read.
    #[error("cannot read the history {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the history {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is none of a history.
    #[error("{path}:{line}: not a line of a history: {reason}; remove it", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Why not.
        reason: String,
    },
}

impl HistoryEntry {
    /// What the history keeps of a calibration.
    pub fn of(calibration: &Calibration) -> Self {
        let scores = words::of_scores(calibration);
        let verdicts = calibration.verdicts.as_ref().map(|figures| words::of_verdicts(figures, calibration));
        let figures = verdicts.unwrap_or_default().into_iter().chain(scores);
        Self {
            at: calibration.made_at.clone(),
            metric: calibration.metric.used_as.clone(),
            run: match &calibration.data.samples {
                SampleSource::Run(run) => Some(run.clone()),
                _ => None,
            },
            version: calibration.metric.version.clone(),
            identity: calibration.metric.identity.clone(),
            labels: calibration.data.labels.digest.clone(),
            n: calibration.n,
            figures: figures
                .filter(|figure| COLUMNS.contains(&figure.name))
                .map(|figure| (figure.name.to_owned(), figure.estimate))
                .collect(),
        }
    }

    /// Whether both are the same scores against the same labels.
    fn repeats(&self, other: &Self) -> bool {
        let key = |entry: &Self| {
            (entry.metric.clone(), entry.run.clone(), entry.identity.clone(), entry.labels.clone())
        };
        key(self) == key(other)
    }
}

/// Reads a history, oldest first; one that is not there is empty.
///
/// # Errors
///
/// A file that cannot be read, or a line that is none of a history.
pub fn read_history(path: &Path) -> Result<Vec<HistoryEntry>, HistoryError> {
    let unreadable = |source| HistoryError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        let problem = format!("it is larger than {} MiB: begin a new one", MAX_BYTES >> 20);
        return Err(unreadable(io::Error::other(problem)));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| HistoryError::Broken {
                path: path.to_owned(),
                line: index + 1,
                reason: error.to_string(),
            })
        })
        .collect()
}

/// Appends `entry`, unless the history has the same scores against the same labels already. Says whether it did.
///
/// # Errors
///
/// As [`read_history`]; a file that cannot be written.
pub fn append_history(path: &Path, entry: &HistoryEntry) -> Result<bool, HistoryError> {
    if read_history(path)?.iter().any(|other| other.repeats(entry)) {
        return Ok(false);
    }
    let failed = |source| HistoryError::Write { path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut line = serde_json::to_string(entry).map_err(|error| failed(error.into()))?;
    line.push('\n');
    let mut file = File::options().append(true).create(true).open(path).map_err(failed)?;
    // One write, so that two at once do not mix their lines.
    file.write_all(line.as_bytes()).map_err(failed)?;
    Ok(true)
}

/// Writes a table of `entries`, oldest first, and says where agreement changed.
///
/// # Errors
///
/// An `out` that cannot be written.
pub fn write_history(entries: &[HistoryEntry], out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<&str> = COLUMNS
        .into_iter()
        .filter(|name| entries.iter().any(|entry| entry.figures.contains_key(*name)))
        .collect();
    let mut rows = vec![vec![Cell::left("date"), Cell::left("metric"), Cell::left("run"), Cell::right("n")]];
    for name in &columns {
        rows[0].extend([Cell::right(*name), Cell::right("95 % interval")]);
    }
    let mut sentences = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut row = vec![
            Cell::left(escape_short(entry.at.get(..10).unwrap_or(&entry.at), 10)),
            Cell::left(escape_short(&entry.metric, 40)),
            Cell::left(escape_short(entry.run.as_deref().unwrap_or("–"), 60)),
            Cell::right(grouped(entry.n)),
        ];
        for name in &columns {
            let figure = entry.figures.get(*name);
            let cells = figure.map_or_else(Default::default, |of| (words::value(of), words::interval(of)));
            row.extend([Cell::right(cells.0), Cell::right(cells.1)]);
        }
        rows.push(row);
        let before = entries[..index].iter().rev().find(|before| before.metric == entry.metric);
        sentences.extend(before.map(|before| changes(before, entry)).unwrap_or_default());
    }
    table::write(&rows, out)?;
    for sentence in sentences {
        writeln!(out, "{sentence}")?;
    }
    Ok(())
}

/// What is worth a word between two calibrations of a metric.
fn changes(before: &HistoryEntry, now: &HistoryEntry) -> Vec<String> {
    let date = |entry: &HistoryEntry| escape_short(entry.at.get(..10).unwrap_or(&entry.at), 10);
    let metric = escape_short(&now.metric, 40);
    let mut sentences = Vec::new();
    if before.identity != now.identity {
        sentences.push(format!(
            "{}: {metric} is another one than on {}: its code, settings, models or prompts changed",
            date(now),
            date(before)
        ));
    }
    for name in COLUMNS {
        let (Some(was), Some(is)) = (before.figures.get(name), now.figures.get(name)) else { continue };
        let apart =
            |one: &Estimate, other: &Estimate| one.high.zip(other.low).is_some_and(|(high, low)| high < low);
        let moved = if apart(is, was) {
            "fell"
        } else if apart(was, is) {
            "rose"
        } else {
            continue;
        };
        let (from, to) = (words::value(was), words::value(is));
        sentences.push(format!(
            "{}: {name} of {metric} {moved} from {from} to {to}, beyond both intervals",
            date(now)
        ));
    }
    sentences
}
