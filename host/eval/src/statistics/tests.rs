//! Against reference implementations, and what has to hold for any data.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// What scikit-learn, scipy and ppi-python say of a few dozen synthetic rows.
#[derive(Deserialize)]
struct Reference {
    agreement: Vec<Agreement>,
    ppi: Vec<Ppi>,
}

#[derive(Deserialize)]
struct Agreement {
    id: String,
    label: Vec<u8>,
    score: Vec<f64>,
    verdict: Vec<u8>,
    one: Vec<usize>,
    other: Vec<usize>,
    figures: Figures,
    weights: Vec<u32>,
    /// Of each row as often as its weight says.
    drawn: Figures,
    /// Of scores with one decimal.
    tied: Tied,
}

#[derive(Deserialize)]
struct Figures {
    auroc: f64,
    average_precision: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    balanced_accuracy: f64,
    kappa: f64,
    grades_kappa: f64,
    quadratic_kappa: f64,
    spearman: f64,
    kendall: f64,
    score_spearman: f64,
    score_kendall: f64,
}

#[derive(Deserialize)]
struct Tied {
    auroc: f64,
    average_precision: f64,
    spearman: f64,
    kendall: f64,
}

#[derive(Deserialize)]
struct Ppi {
    kind: String,
    labels: Vec<f64>,
    predictions: Vec<f64>,
    others: Vec<f64>,
    estimate: f64,
    low: f64,
    high: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("reference.json")).unwrap()
}

#[track_caller]
fn close(what: &str, value: Option<f64>, wanted: f64) {
    let value = value.unwrap_or(f64::NAN);
    assert!((value - wanted).abs() < 1e-12, "{what}: {value} is not {wanted}");
}

fn booleans(values: &[u8]) -> Vec<bool> {
    values.iter().map(|&value| value == 1).collect()
}

fn floats<T: Copy>(values: &[T], number: impl Fn(T) -> f64) -> Vec<f64> {
    values.iter().map(|&value| number(value)).collect()
}

#[test]
fn figures_are_those_of_scikit_learn_and_scipy() {
    for rows in reference().agreement {
        let label = booleans(&rows.label);
        let ranking = Ranking::new(&rows.score, &label);
        let of_scores = Correlation::new(&rows.score, &floats(&rows.label, f64::from));
        let of_grades =
            Correlation::new(&floats(&rows.one, |g| g as f64), &floats(&rows.other, |g| g as f64));
        let ones = vec![1; label.len()];
        for (weights, wanted) in [(&ones, &rows.figures), (&rows.weights, &rows.drawn)] {
            let mut confusion = Confusion::default();
            let mut grades = Grades::new(6);
            for (row, &weight) in weights.iter().enumerate() {
                confusion.add(rows.verdict[row] == 1, label[row], weight.into());
                grades.add(rows.one[row], rows.other[row], weight.into());
            }
            let id = |what: &str| format!("{what} of {} with {} rows", rows.id, confusion.total());
            close(&id("auroc"), ranking.auroc(weights), wanted.auroc);
            close(&id("average precision"), ranking.average_precision(weights), wanted.average_precision);
            close(&id("precision"), confusion.precision(), wanted.precision);
            close(&id("recall"), confusion.recall(), wanted.recall);
            close(&id("f1"), confusion.f1(), wanted.f1);
            close(&id("balanced accuracy"), confusion.balanced_accuracy(), wanted.balanced_accuracy);
            close(&id("kappa"), confusion.kappa(), wanted.kappa);
            close(&id("kappa of grades"), grades.kappa(), wanted.grades_kappa);
            close(&id("quadratic kappa"), grades.quadratic_kappa(), wanted.quadratic_kappa);
            close(&id("spearman"), of_grades.spearman(weights), wanted.spearman);
            close(&id("kendall"), of_grades.kendall(weights), wanted.kendall);
            close(&id("spearman of scores"), of_scores.spearman(weights), wanted.score_spearman);
            close(&id("kendall of scores"), of_scores.kendall(weights), wanted.score_kendall);
        }
        let tied = floats(&rows.score, |score: f64| format!("{score:.1}").parse().unwrap());
        let ranking = Ranking::new(&tied, &label);
        let correlation = Correlation::new(&tied, &floats(&rows.label, f64::from));
        close("tied auroc", ranking.auroc(&ones), rows.tied.auroc);
        close("tied average precision", ranking.average_precision(&ones), rows.tied.average_precision);
        close("tied spearman", correlation.spearman(&ones), rows.tied.spearman);
        close("tied kendall", correlation.kendall(&ones), rows.tied.kendall);
    }
}

#[test]
fn corrected_means_are_those_of_ppi_python() {
    for case in reference().ppi {
        let mean = corrected_mean(&case.labels, &case.predictions, &case.others, 0.95).unwrap();
        for (what, value, wanted) in [
            ("estimate", mean.value, case.estimate),
            ("low", mean.low, case.low),
            ("high", mean.high, case.high),
        ] {
            assert!((value - wanted).abs() < 1e-9, "{what} of {}: {value} is not {wanted}", case.kind);
        }
    }
    assert_eq!(corrected_mean(&[1.0], &[1.0], &[1.0], 0.95), None);
    let flat = corrected_mean(&[1.0, 0.0, 1.0], &[0.5; 3], &[0.5; 9], 0.95).unwrap();
    assert_eq!(flat.trust, 0.0, "predictions that never change say nothing");
}

#[test]
fn nothing_is_said_of_one_class() {
    let ranking = Ranking::new(&[0.1, 0.9], &[true, true]);
    assert_eq!(ranking.auroc(&[1, 1]), None);
    assert_eq!(Ranking::new(&[0.1], &[false]).average_precision(&[1]), None);
    let flat = Correlation::new(&[1.0, 1.0], &[1.0, 2.0]);
    assert_eq!((flat.spearman(&[1, 1]), flat.kendall(&[1, 1])), (None, None));
    let empty = Correlation::new(&[], &[]);
    assert_eq!((empty.spearman(&[]), empty.kendall(&[])), (None, None));
    assert_eq!(Grades::new(5).kappa(), None);
}

/// Rows with ties: scores in tenths, and labels.
fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<bool>, Vec<u32>)> {
    prop::collection::vec((0..20_u8, any::<bool>(), 0..4_u32), 2..60).prop_map(|rows| {
        let scores = rows.iter().map(|(score, ..)| f64::from(*score) / 10.0).collect();
        (
            scores,
            rows.iter().map(|(_, label, _)| *label).collect(),
            rows.iter().map(|(.., weight)| *weight).collect(),
        )
    })
}

proptest! {
    #[test]
    fn auroc_is_the_share_of_pairs_in_order((scores, labels, weights) in rows()) {
        let (mut ordered, mut pairs) = (0.0, 0.0);
        for (row, &positive) in labels.iter().enumerate() {
            for (other, _) in labels.iter().enumerate().filter(|(_, other)| positive && !**other) {
                let weight = f64::from(weights[row]) * f64::from(weights[other]);
                pairs += weight;
                ordered += weight * match scores[row].total_cmp(&scores[other]) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        let found = Ranking::new(&scores, &labels).auroc(&weights);
        prop_assert_eq!(found.is_some(), pairs > 0.0);
        prop_assert!(found.is_none_or(|found| (found - ordered / pairs).abs() < 1e-12));
    }

    #[test]
    fn the_other_way_round_is_the_complement((scores, labels, weights) in rows()) {
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        let others: Vec<bool> = labels.iter().map(|label| !label).collect();
        let one = Ranking::new(&scores, &labels).auroc(&weights);
        prop_assert_eq!(Ranking::new(&turned, &others).auroc(&weights), one);
        let opposite = Ranking::new(&turned, &labels).auroc(&weights);
        prop_assert_eq!(one.is_some(), opposite.is_some());
        prop_assert!(one.zip(opposite).is_none_or(|(one, other)| (one + other - 1.0).abs() < 1e-12));
    }

    #[test]
    fn only_the_order_of_scores_counts((scores, labels, weights) in rows()) {
        let mapped: Vec<f64> = scores.iter().map(|score| (score * 3.0).exp() - 7.0).collect();
        let (one, other) = (Ranking::new(&scores, &labels), Ranking::new(&mapped, &labels));
        prop_assert_eq!(one.auroc(&weights), other.auroc(&weights));
        prop_assert_eq!(one.average_precision(&weights), other.average_precision(&weights));
        let grades: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
        let (one, other) = (Correlation::new(&scores, &grades), Correlation::new(&mapped, &grades));
        prop_assert_eq!(one.spearman(&weights), other.spearman(&weights));
        prop_assert_eq!(one.kendall(&weights), other.kendall(&weights));
    }

    #[test]
    fn weights_are_rows_drawn_so_often((scores, labels, weights) in rows()) {
        let drawn: Vec<usize> =
            (0..scores.len()).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
        let (of, label): (Vec<f64>, Vec<bool>) = drawn.iter().map(|&row| (scores[row], labels[row])).unzip();
        let ones = vec![1; drawn.len()];
        prop_assert_eq!(Ranking::new(&scores, &labels).auroc(&weights), Ranking::new(&of, &label).auroc(&ones));
        let grades = |labels: &[bool]| labels.iter().map(|label| f64::from(u8::from(*label))).collect::<Vec<_>>();
        let (one, other) =
            (Correlation::new(&scores, &grades(&labels)).kendall(&weights), Correlation::new(&of, &grades(&label)).kendall(&ones));
        prop_assert_eq!(one.is_some(), other.is_some());
        prop_assert!(one.zip(other).is_none_or(|(one, other)| (one - other).abs() < 1e-12));
    }
}

/// Scores that find a label of the same sign with a known chance.
fn drawn(random: &mut Random, groups: usize, in_group: usize) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
    let mut uniform = || random.below(1 << 30) as f64 / f64::from(1 << 30);
    let (mut scores, mut labels, mut of) = (Vec::new(), Vec::new(), Vec::new());
    for group in 0..groups {
        // Rows of a group share most of their luck.
        let (label, luck) = (uniform() < 0.4, uniform());
        for _ in 0..in_group {
            let own = uniform();
            let noise = if in_group == 1 { luck } else { 0.8 * luck + 0.2 * own };
            scores.push(noise + if label { 0.25 } else { 0.0 });
            labels.push(label);
            of.push(group as u32);
        }
    }
    (scores, labels, of)
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    // Uniform noise of width 1 against the same shifted by a quarter: 1 − (1 − 0.25)² / 2.
    const TRUTH: f64 = 1.0 - 0.75 * 0.75 / 2.0;
    let mut random = Random::new(11);
    let mut covered = 0;
    for trial in 0..200 {
        let (scores, labels, groups) = drawn(&mut random, 120, 1);
        let ranking = Ranking::new(&scores, &labels);
        let [interval] = Resampling::new(&groups, 300, trial).intervals(|weights| [ranking.auroc(weights)]);
        let (low, high) = interval.unwrap();
        covered += usize::from(low <= TRUTH && TRUTH <= high);
    }
    assert!((176..=198).contains(&covered), "{covered} of 200, and 190 are meant to be");
}

#[test]
fn rows_of_one_group_are_not_counted_as_evidence_each() {
    let mut random = Random::new(3);
    let (scores, labels, groups) = drawn(&mut random, 40, 10);
    let ranking = Ranking::new(&scores, &labels);
    let width = |groups: &[u32]| {
        let [interval] = Resampling::new(groups, 500, 0).intervals(|weights| [ranking.auroc(weights)]);
        let (low, high) = interval.unwrap();
        high - low
    };
    let each: Vec<u32> = (0..scores.len() as u32).collect();
    assert!(width(&groups) > 2.0 * width(&each), "{} and {}", width(&groups), width(&each));
}

#[test]
fn what_is_drawn_is_the_same_for_the_same_seed() {
    let (scores, labels, groups) = drawn(&mut Random::new(5), 50, 1);
    let ranking = Ranking::new(&scores, &labels);
    let with = |seed| Resampling::new(&groups, 200, seed).intervals(|weights| [ranking.auroc(weights)]);
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
    let mut numbers = Random::new(0);
    let first: Vec<usize> = (0..4).map(|_| numbers.below(1000)).collect();
    assert_eq!(first, [709, 465, 699, 60], "the generator is the same on every machine");
}

#[test]
fn a_figure_that_is_mostly_undefined_has_no_interval() {
    // One positive row is missing from a third of the draws, three are from one of twenty.
    let interval = |positives: usize| {
        let labels: Vec<bool> = (0..50).map(|row| row < positives).collect();
        let scores: Vec<f64> = (0..50).map(f64::from).collect();
        let groups: Vec<u32> = (0..50).collect();
        let ranking = Ranking::new(&scores, &labels);
        let [interval] = Resampling::new(&groups, 400, 0).intervals(|weights| [ranking.auroc(weights)]);
        interval
    };
    assert!(interval(3).is_some());
    assert!(interval(1).is_none());
}
