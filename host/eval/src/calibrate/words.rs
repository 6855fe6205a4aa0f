//! A calibration in words, the same in every format.

use crate::calibrate::{
    Calibration, Corrected, Estimate, Prediction, Proposal, Quantity, SampleSource, Scale, VerdictFigures,
    Want,
};
use crate::report::words::{count, grouped, number, percent};
use crate::run::Bound;

/// Fewest samples of a class that figures should stand on.
const FEW: u64 = 30;

/// One line of a table.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) estimate: Estimate,
    /// What chance gets.
    pub(crate) chance: String,
}

fn figure(name: &'static str, estimate: Option<Estimate>, chance: impl Into<String>) -> Option<Figure> {
    Some(Figure { name, estimate: estimate?, chance: chance.into() })
}

pub(crate) fn of_scores(calibration: &Calibration) -> Vec<Figure> {
    let scores = &calibration.scores;
    let share = calibration.should_fail.map(|count| count as f64 / calibration.n as f64);
    let figures = [
        figure("AUROC", scores.auroc, "chance is 0.5"),
        figure(
            "average precision",
            scores.average_precision,
            format!("chance is {}", share.map_or_else(String::new, rounded)),
        ),
        figure("Spearman", scores.spearman, "chance is 0"),
        figure("Kendall tau-b", scores.kendall, "chance is 0"),
        figure("kappa of grades", scores.kappa, "chance is 0"),
        figure("quadratic kappa", scores.quadratic_kappa, "chance is 0"),
    ];
    figures.into_iter().flatten().collect()
}

pub(crate) fn of_verdicts(figures: &VerdictFigures, calibration: &Calibration) -> Vec<Figure> {
    let share = calibration.should_fail.map(|count| count as f64 / calibration.n as f64);
    let chance = format!("chance is {}", share.map_or_else(String::new, rounded));
    let figures = [
        figure("precision", figures.precision, chance),
        figure("recall", figures.recall, ""),
        figure("F1", figures.f1, ""),
        figure("balanced accuracy", figures.balanced_accuracy, "chance is 0.5"),
        figure("kappa", figures.kappa, "chance is 0"),
        figure("agreement", figures.agreement, ""),
    ];
    figures.into_iter().flatten().collect()
}

/// The figures of a proposed threshold where it was chosen, each with that of held-out rows.
pub(crate) fn beside_held_out(
    proposal: &Proposal,
    calibration: &Calibration,
) -> Vec<(Figure, Option<Estimate>)> {
    let held_out = proposal.held_out.as_ref();
    let held_out = held_out.map_or_else(Vec::new, |held_out| of_verdicts(&held_out.figures, calibration));
    let beside = |figure: Figure| {
        let other = held_out.iter().find(|other| other.name == figure.name).map(|other| other.estimate);
        (figure, other)
    };
    of_verdicts(&proposal.on_all_rows, calibration).into_iter().map(beside).collect()
}

fn rounded(value: f64) -> String {
    format!("{value:.3}")
}

pub(crate) fn value(estimate: &Estimate) -> String {
    rounded(estimate.value)
}

pub(crate) fn interval(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} to {}", rounded(low), rounded(high)),
        _ => "–".to_owned(),
    }
}

/// `≥ 0.45`.
pub(crate) fn bound(bound: &Bound) -> String {
    match (bound.min, bound.max) {
        (Some(min), _) => format!("≥ {}", plain(min)),
        (_, Some(max)) => format!("≤ {}", plain(max)),
        _ => String::new(),
    }
}

/// All digits, so that a suite that copies it decides the same.
fn plain(value: f64) -> String {
    format!("{value}")
}

/// What was held against what.
pub(crate) fn facts(calibration: &Calibration) -> Vec<String> {
    let data = &calibration.data;
    let mut facts = Vec::new();
    let of = match &data.samples {
        SampleSource::Labels => String::new(),
        SampleSource::Dataset(file) => format!(" of {}", file.path),
        SampleSource::Run(run) => format!(" of the run {run}"),
    };
    let groups = if calibration.groups == calibration.n {
        String::new()
    } else {
        format!(" in {}", count(calibration.groups, "group"))
    };
    let classes = calibration.should_fail.map_or_else(String::new, |fail| {
        format!(": {} should fail, {} should pass", grouped(fail), grouped(calibration.n - fail))
    });
    facts.push(format!("{}{of}{groups}{classes}", count(calibration.n, "labelled sample")));
    facts.push(format!(
        "{}; {} values are better",
        data.scale.in_words(),
        if calibration.metric.higher_is_better { "higher" } else { "lower" }
    ));
    facts
}

/// What to know before trusting the figures.
pub(crate) fn cautions(calibration: &Calibration) -> Vec<String> {
    let mut cautions = Vec::new();
    let data = &calibration.data;
    let faulted: u64 = calibration.faults.values().sum();
    if faulted > 0 {
        let names: Vec<String> =
            calibration.faults.iter().map(|(name, count)| format!("{count} {name}")).collect();
        cautions.push(format!(
            "the metric faulted on {}, which are in no figure: {}",
            count(faulted, "labelled sample"),
            names.join(", ")
        ));
    }
    if calibration.skipped > 0 {
        cautions.push(format!(
            "{} without a score: the metric was left out",
            count(calibration.skipped, "labelled sample")
        ));
    }
    if data.unknown > 0 {
        cautions.push(format!("{} for samples that are not there", count(data.unknown, "label")));
    }
    if data.unlabelled > 0 {
        cautions.push(format!("{} without a label", count(data.unlabelled, "row")));
    }
    let least = calibration.should_fail.map(|fail| fail.min(calibration.n - fail));
    if let Some(least) = least.filter(|least| *least < FEW) {
        cautions.push(format!(
            "one class has {} only: the intervals are wide, and may be too narrow still",
            count(least, "sample")
        ));
    }
    if calibration.groups < FEW && calibration.groups < calibration.n {
        cautions.push(format!(
            "the samples are of {} only: intervals of so few may be too narrow",
            count(calibration.groups, "group")
        ));
    }
    if calibration.scores.auroc.and_then(|auroc| auroc.high).is_some_and(|high| high < 0.5) {
        let hint = match &data.scale {
            Scale::Classes { negative, .. } if negative.len() == 1 => {
                format!(
                    ": if {} is the label of samples that should fail, say `--positive {}`",
                    negative[0], negative[0]
                )
            }
            _ => String::new(),
        };
        cautions.push(format!(
            "the metric is worse than chance, as if the labels were the other way round{hint}"
        ));
    }
    cautions
}

/// The title of the figures of the metric's own verdicts.
pub(crate) fn own_verdicts(calibration: &Calibration) -> String {
    if calibration.metric.thresholds.is_empty() {
        "Its own verdict".to_owned()
    } else {
        format!("Its verdict at {}", calibration.metric.thresholds.join(", "))
    }
}

pub(crate) fn about_threshold(proposal: &Proposal) -> Vec<String> {
    let mut sentences = Vec::new();
    let wanted = match proposal.wanted {
        Want::Balance => "chosen for the highest balanced accuracy".to_owned(),
        Want::Precision(share) => {
            format!("chosen to find the most with a precision of at least {}", percent(share))
        }
        Want::Recall(share) => {
            format!("chosen to be most precise with a recall of at least {}", percent(share))
        }
    };
    sentences.push(wanted);
    if !proposal.reached {
        sentences
            .push("NOT REACHED: no threshold does this on these labels, the nearest one is shown".to_owned());
    }
    match &proposal.held_out {
        Some(held_out) => {
            let folds = held_out.thresholds.len();
            let (low, high) = held_out
                .thresholds
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &at| (low.min(at), high.max(at)));
            let mut sentence = format!(
                "held out: {folds} folds, each judged with a threshold chosen on the others ({} to {})",
                number(low),
                number(high)
            );
            if held_out.not_reached > 0 {
                sentence.push_str(&format!("; in {} of them none did what is wanted", held_out.not_reached));
            }
            sentences.push(sentence);
        }
        None => sentences.push(
            "nothing is held out: there are too few groups of both classes, so nothing is known of new samples"
                .to_owned(),
        ),
    }
    sentences
}

/// A corrected mean, a sentence each.
pub(crate) fn corrected(calibration: &Calibration) -> Vec<String> {
    let sentence = |of: &Corrected| {
        let (what, show): (_, fn(f64) -> String) = match of.quantity {
            Quantity::PassRate => ("pass rate", percent),
            Quantity::MeanGrade => ("mean grade", number),
        };
        let between = |estimate: &Estimate| {
            let (low, high) = (estimate.low.unwrap_or(f64::NAN), estimate.high.unwrap_or(f64::NAN));
            format!("{} ({} to {})", show(estimate.value), show(low), show(high))
        };
        let by_metric = match (of.quantity, of.from) {
            (Quantity::PassRate, Prediction::Value) => format!("mean value {}", number(of.by_metric)),
            _ => show(of.by_metric),
        };
        format!(
            "{what} of the run as people would say: {}; the metric alone says {by_metric}, the {} alone say {}",
            between(&of.corrected),
            count(of.labels, "label"),
            between(&of.by_labels)
        )
    };
    calibration.corrected.iter().map(sentence).collect()
}

pub(crate) fn intervals(calibration: &Calibration) -> String {
    let of = if calibration.groups == calibration.n { "samples" } else { "groups" };
    format!(
        "Intervals: 95 %, percentile bootstrap, {} draws of {} {of}, seed {}",
        grouped(calibration.intervals.draws as u64),
        grouped(calibration.groups),
        calibration.intervals.seed
    )
}
