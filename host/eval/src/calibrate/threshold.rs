//! Proposes a threshold, and says what to expect of it on samples that it was not chosen on.
//!
//! A threshold that is measured on the rows that it was chosen on looks better than it is. So the rows are dealt into
//! folds, whole groups at a time; for each fold a threshold is chosen on all others, and the fold is judged with that. The
//! figures over all folds are what the rule of choosing promises for new samples. The threshold that is proposed is chosen
//! on all rows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calibrate::figures::{Bootstrap, Table, VerdictFigures};
use crate::run::Bound;
use crate::statistics::{Confusion, Cut, Random, Ranking};

/// What a threshold is wanted to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Want {
    /// The highest balanced accuracy.
    #[default]
    Balance,
    /// At least this share of the failed samples should fail; of such thresholds the one that finds most.
    Precision(f64),
    /// At least this share of the samples that should fail is found; of such thresholds the most precise one.
    Recall(f64),
}

impl FromStr for Want {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no wish: write `precision=0.9`, `recall=95%` or `balance`");
        if text == "balance" {
            return Ok(Self::Balance);
        }
        let (name, share) = text.split_once('=').ok_or_else(wrong)?;
        let share = match share.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => share.trim().parse::<f64>(),
        };
        let share = share.ok().filter(|share| *share > 0.0 && *share <= 1.0).ok_or_else(wrong)?;
        match name.trim() {
            "precision" => Ok(Self::Precision(share)),
            "recall" => Ok(Self::Recall(share)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Want {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Want> for String {
    fn from(want: Want) -> Self {
        want.to_string()
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balance => f.write_str("balance"),
            Self::Precision(share) => write!(f, "precision={share}"),
            Self::Recall(share) => write!(f, "recall={share}"),
        }
    }
}

/// A proposed threshold, and what it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// What was wanted.
    pub wanted: Want,
    /// The bound of a passing value.
    pub threshold: Bound,
    /// Whether it does what was wanted on the rows that it was chosen on; where it does not, it comes nearest.
    pub reached: bool,
    /// On the rows that it was chosen on: better than it will be.
    pub on_all_rows: VerdictFigures,
    /// On rows that it was not chosen on; absent where there are too few groups of both classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
}

/// What the rule of choosing does to rows that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Over all folds.
    pub figures: VerdictFigures,
    /// The threshold of each fold, chosen on the others.
    pub thresholds: Vec<f64>,
    /// Folds in which no threshold did what was wanted, so that the nearest one stood in.
    pub not_reached: usize,
}

/// The threshold that does what is `wanted`; `None` where no threshold tells two rows apart.
pub(crate) fn propose(
    table: &Table,
    higher_is_better: bool,
    wanted: Want,
    folds: usize,
    bootstrap: Bootstrap,
) -> Option<Proposal> {
    let all = table.ones();
    let ranking = Ranking::new(&table.badness, &table.positive);
    let chosen = choose(&ranking, &all, wanted)?;
    let bound = Line::of(&chosen.cut, higher_is_better);
    let verdicts: Vec<_> = table.badness.iter().map(|&badness| Some(bound.fails(badness))).collect();
    Some(Proposal {
        wanted,
        threshold: bound.to_bound(),
        reached: chosen.reached,
        on_all_rows: table.verdict_figures(&verdicts, bootstrap)?,
        held_out: held_out(table, &ranking, higher_is_better, wanted, folds, bootstrap),
    })
}

fn held_out(
    table: &Table,
    ranking: &Ranking,
    higher_is_better: bool,
    wanted: Want,
    folds: usize,
    bootstrap: Bootstrap,
) -> Option<HeldOut> {
    let fold_of = deal(table, folds, bootstrap.seed)?;
    let count = fold_of.iter().max().map_or(0, |&last| last + 1);
    let mut verdicts = vec![None; table.badness.len()];
    let (mut thresholds, mut not_reached) = (Vec::new(), 0);
    for fold in 0..count {
        let rest: Vec<u32> = fold_of.iter().map(|&of| u32::from(of != fold)).collect();
        let chosen = choose(ranking, &rest, wanted)?;
        let line = Line::of(&chosen.cut, higher_is_better);
        thresholds.push(line.at);
        not_reached += usize::from(!chosen.reached);
        for ((verdict, &badness), _) in
            verdicts.iter_mut().zip(&table.badness).zip(&fold_of).filter(|(_, of)| **of == fold)
        {
            *verdict = Some(line.fails(badness));
        }
    }
    let figures = table.verdict_figures(&verdicts, bootstrap)?;
    Some(HeldOut { figures, thresholds, not_reached })
}

/// Deals whole groups into folds at random, those with rows that should fail and the others each evenly. `None` where the
/// rows outside some fold are of one class.
fn deal(table: &Table, folds: usize, seed: u64) -> Option<Vec<usize>> {
    let count = table.group_count();
    let folds = folds.min(count);
    let mut has_positive = vec![false; count];
    for (&group, &positive) in table.groups.iter().zip(&table.positive) {
        has_positive[group as usize] |= positive;
    }
    let mut order: Vec<usize> = (0..count).collect();
    Random::new(seed).shuffle(&mut order);
    order.sort_by_key(|&group| !has_positive[group]);
    let mut of_group = vec![0; count];
    for (place, &group) in order.iter().enumerate() {
        of_group[group] = place % folds;
    }
    let of_row: Vec<usize> = table.groups.iter().map(|&group| of_group[group as usize]).collect();
    let rest_has = |fold: usize, wanted: bool| {
        of_row.iter().zip(&table.positive).any(|(&of, &positive)| of != fold && positive == wanted)
    };
    let sound = folds > 1 && (0..folds).all(|fold| rest_has(fold, true) && rest_has(fold, false));
    sound.then_some(of_row)
}

struct Chosen {
    cut: Cut,
    reached: bool,
}

/// The threshold that does best by what is wanted; one that fails all rows is none.
fn choose(ranking: &Ranking, weights: &[u32], wanted: Want) -> Option<Chosen> {
    let cuts = ranking.cuts(weights);
    let last = cuts.last()?;
    let (positives, negatives) = (last.true_positives, last.false_positives);
    let counted = |cut: &Cut| Confusion {
        true_positives: cut.true_positives,
        false_positives: cut.false_positives,
        false_negatives: positives - cut.true_positives,
        true_negatives: negatives - cut.false_positives,
    };
    // How far a threshold is what is wanted, then how good it is at the other thing.
    let goodness = |cut: &Cut| -> Option<(bool, f64, f64)> {
        let counted = counted(cut);
        let (precision, recall) = (counted.precision()?, counted.recall()?);
        Some(match wanted {
            Want::Balance => (true, counted.balanced_accuracy()?, 0.0),
            Want::Precision(least) if precision >= least => (true, recall, precision),
            Want::Precision(_) => (false, precision, recall),
            Want::Recall(least) if recall >= least => (true, precision, recall),
            Want::Recall(_) => (false, recall, precision),
        })
    };
    let mut best: Option<(Cut, (bool, f64, f64))> = None;
    for cut in cuts.iter().filter(|cut| cut.below.is_some()) {
        let Some(goodness) = goodness(cut) else { continue };
        if best.as_ref().is_none_or(|(_, best)| goodness > *best) {
            best = Some((*cut, goodness));
        }
    }
    best.map(|(cut, (reached, ..))| Chosen { cut, reached })
}

/// A threshold on values.
#[derive(Debug, Clone, Copy)]
struct Line {
    at: f64,
    higher_is_better: bool,
}

impl Line {
    /// Between the two values that `cut` tells apart, as short as it can be written.
    fn of(cut: &Cut, higher_is_better: bool) -> Self {
        let below = cut.below.unwrap_or(cut.score);
        let at = if higher_is_better {
            // Values up to the first fail, those from the second on pass.
            shortest(-cut.score, -below).unwrap_or(-below)
        } else {
            shortest(below, cut.score).unwrap_or(below)
        };
        Self { at, higher_is_better }
    }

    fn fails(self, badness: f64) -> bool {
        if self.higher_is_better { -badness < self.at } else { badness > self.at }
    }

    fn to_bound(self) -> Bound {
        let (min, max) = if self.higher_is_better { (Some(self.at), None) } else { (None, Some(self.at)) };
        Bound { partition: None, min, max }
    }
}

/// The number with the fewest decimals between two others; `None` where there is none with up to 15.
fn shortest(low: f64, high: f64) -> Option<f64> {
    let middle = f64::midpoint(low, high);
    (0..=15).find_map(|decimals| {
        let rounded: f64 = format!("{middle:.decimals$}").parse().ok()?;
        // Adding zero makes a negative zero a plain one.
        (low < rounded && rounded < high).then_some(rounded + 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { draws: 200, seed: 0 };

    /// A table by a metric of which higher values are better.
    fn table(values: &[f64], positive: &[bool]) -> Table {
        use crate::calibrate::scale::Label;
        use crate::calibrate::scored::Row;
        let rows: Vec<Row> = values
            .iter()
            .zip(positive)
            .enumerate()
            .map(|(group, (&value, &positive))| Row {
                label: Label { positive: Some(positive), grade: None },
                group: group as u32,
                value,
                fails: None,
            })
            .collect();
        Table::new(&rows, true, None)
    }

    #[test]
    fn wishes_are_written_as_they_are_read() {
        for (text, want) in [
            ("precision=0.9", Want::Precision(0.9)),
            ("recall=95%", Want::Recall(0.95)),
            ("balance", Want::Balance),
        ] {
            assert_eq!(text.parse(), Ok(want));
            assert_eq!(want.to_string().parse(), Ok(want));
        }
        for text in ["precision", "precision=0", "recall=1.5", "f1=0.5", "precision=NaN", "recall="] {
            assert!(text.parse::<Want>().unwrap_err().contains("write `precision=0.9`"), "{text}");
        }
    }

    #[test]
    fn a_threshold_lies_between_values_and_is_short() {
        assert_eq!(shortest(0.412_34, 0.518_9), Some(0.5));
        assert_eq!(shortest(0.412_34, 0.418_9), Some(0.416));
        assert_eq!(shortest(-0.3, 0.2), Some(0.0));
        assert_eq!(shortest(1.0, 1.0), None);
        assert_eq!(shortest(1.0, 1.0 + f64::EPSILON), None);
        assert_eq!(shortest(3.0, 4.0), Some(3.5));
    }

    #[test]
    fn the_threshold_does_what_is_wanted() {
        let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
        let bad = [true, true, false, true, false, true, false, false, false, false];
        let table = table(&values, &bad);
        let at = |want| propose(&table, true, want, 5, BOOTSTRAP).unwrap();
        // Two of two are bad below 0.3; three of four below 0.5; four of six below 0.7.
        let found = at(Want::Precision(0.7));
        assert_eq!((found.threshold.min, found.reached), (Some(0.45), true));
        assert_eq!((found.on_all_rows.true_positives, found.on_all_rows.false_positives), (3, 1));
        let found = at(Want::Recall(1.0));
        assert_eq!((found.threshold.min, found.on_all_rows.false_positives), (Some(0.65), 2));
        let found = at(Want::Balance);
        assert_eq!(found.threshold.min, Some(0.65), "1 and 4 of 6 beats 3 of 4 and 5 of 6");
        let held_out = found.held_out.unwrap();
        assert_eq!((held_out.figures.n, held_out.thresholds.len()), (10, 5));
    }

    #[test]
    fn what_cannot_be_reached_is_said() {
        let table = table(&[0.1, 0.2, 0.3, 0.4], &[false, true, false, true]);
        let found = propose(&table, true, Want::Precision(0.9), 5, BOOTSTRAP).unwrap();
        assert!(!found.reached);
        assert_eq!(found.on_all_rows.precision.unwrap().value, 0.5);
        assert!(
            propose(&self::table(&[0.5, 0.5], &[true, false]), true, Want::Balance, 5, BOOTSTRAP).is_none()
        );
    }

    #[test]
    fn folds_hold_whole_groups_and_both_classes() {
        let mut table = table(
            &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
            &[true, false, true, false, true, false, true, false],
        );
        table.groups = vec![0, 0, 1, 1, 2, 2, 3, 3];
        let folds = deal(&table, 3, 7).unwrap();
        assert!(folds.chunks(2).all(|pair| pair[0] == pair[1]), "{folds:?}");
        assert_eq!(folds.iter().max(), Some(&2));
        table.groups = vec![0; 8];
        assert_eq!(deal(&table, 5, 7), None, "one group cannot be held out");
    }
}
