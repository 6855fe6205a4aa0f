//! Puts a metric's scores beside the labels, and says what comes of it.

use std::collections::BTreeMap;

use crate::calibrate::LabelsError;
use crate::calibrate::calibration::{Calibration, Data, FORMAT, Intervals, Metric, SampleSource};
use crate::calibrate::corrected::corrected;
use crate::calibrate::figures::{Bootstrap, Table};
use crate::calibrate::scale;
use crate::calibrate::scored::{Samples, Scored};
use crate::calibrate::threshold::{Want, propose};
use crate::statistics::{Cut, Ranking};

/// How a metric is calibrated.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the threshold is wanted to do.
    pub wanted: Want,
    /// Folds that thresholds are tried on, at least 2; default 5.
    pub folds: usize,
    /// Bootstrap samples; default 2,000.
    pub draws: usize,
    /// Seed of everything that is drawn; default 0.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { wanted: Want::default(), folds: 5, draws: 2000, seed: 0 }
    }
}

/// A calibration with what is drawn beside it.
#[derive(Debug)]
pub struct Study {
    /// What goes into the file.
    pub calibration: Calibration,
    /// Values of samples that should fail, and of those that should pass; both empty where grades are not cut in two.
    pub(crate) values: [Vec<f64>; 2],
    /// Every threshold, from the strictest down.
    pub(crate) cuts: Vec<Cut>,
}

impl Study {
    /// The lowest and the highest value.
    pub(crate) fn range(&self) -> (f64, f64) {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        self.values.iter().flatten().fold(nothing, |(low, high), &value| (low.min(value), high.max(value)))
    }
}

/// Holds `scored` against its labels.
///
/// # Errors
///
/// Where the metric scored samples of one class only, or none.
pub fn study(scored: &Scored, options: &Options) -> Result<Study, LabelsError> {
    let descriptor = &scored.metric.descriptor;
    let bootstrap = Bootstrap { draws: options.draws, seed: options.seed };
    let table = Table::new(&scored.rows, descriptor.higher_is_better, descriptor.range);
    refuse_one_class(scored, &table)?;
    let (mut cuts, mut values, mut threshold) = (Vec::new(), [Vec::new(), Vec::new()], None);
    if !table.positive.is_empty() {
        cuts = Ranking::new(&table.badness, &table.positive).cuts(&table.ones());
        for (row, &positive) in scored.rows.iter().zip(&table.positive) {
            values[usize::from(!positive)].push(row.value);
        }
        threshold = propose(&table, descriptor.higher_is_better, options.wanted, options.folds, bootstrap);
    }
    let calibration = Calibration {
        format: FORMAT,
        made_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        metric: Metric::of(&scored.metric),
        data: Data {
            labels: scored.labels.clone(),
            samples: match &scored.samples {
                None => SampleSource::Labels,
                Some(Samples::Dataset(file)) => SampleSource::Dataset(file.clone()),
                Some(Samples::Run { name }) => SampleSource::Run(name.clone()),
            },
            scale: scored.scale.clone(),
            counts: scored.label_counts.clone(),
            unlabelled: scored.unlabelled,
            unknown: scored.unknown.len() as u64,
        },
        n: scored.rows.len() as u64,
        should_fail: (!table.positive.is_empty()).then_some(values[0].len() as u64),
        groups: table.group_count() as u64,
        faults: scored.faults.iter().map(|(name, (count, _))| ((*name).to_owned(), *count)).collect(),
        skipped: scored.skipped,
        intervals: Intervals::of(options.draws, options.seed),
        scores: table.score_figures(bootstrap),
        verdicts: table.verdict_figures(&table.verdicts, bootstrap),
        threshold,
        corrected: corrected(scored),
    };
    Ok(Study { calibration, values, cuts })
}

fn refuse_one_class(scored: &Scored, table: &Table) -> Result<(), LabelsError> {
    let faults = || {
        let first = scored.faults.iter().next();
        first.map_or_else(String::new, |(name, (count, message))| {
            format!("; {count} faulted, {name}: {message}")
        })
    };
    if scored.rows.is_empty() {
        return Err(LabelsError::NothingScored(format!(
            "none of the {} labelled samples has a score{}",
            scored.labelled,
            faults()
        )));
    }
    let mut sides: BTreeMap<String, u64> = BTreeMap::new();
    for row in &scored.rows {
        let side = row.label.positive.map_or_else(
            || row.label.grade.map(|grade| grade.to_string()).unwrap_or_default(),
            |positive| if positive { "should fail" } else { "should pass" }.to_owned(),
        );
        *sides.entry(side).or_default() += 1;
    }
    if sides.len() < 2 || table.badness.len() < 2 {
        return Err(LabelsError::NothingScored(format!(
            "the samples that have both a score and a label are one class only, {}: there is nothing to tell apart{}",
            scale::in_words(&sides),
            faults()
        )));
    }
    Ok(())
}
