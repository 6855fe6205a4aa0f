//! Figures of an evaluation, and how far they can be trusted. Nothing here knows of datasets, metrics or files.
//!
//! - [`wilson`]: the interval of a rate, for the small numbers that evaluations have.
//! - `Confusion` counts verdicts against labels, and says precision, recall, F1, balanced accuracy and kappa.
//! - `Ranking` holds scores against labels without a threshold: area under the ROC curve, average precision, and the
//!   curves themselves. It sorts once, and then takes any weights in linear time, which is what makes thousands of
//!   bootstrap draws cheap.
//! - `Correlation` does the same for grades: Spearman and Kendall's tau-b. `Grades` is kappa over several grades.
//! - `corrected_mean` corrects the mean of many scores by a few labels.
//! - `Resampling` draws bootstrap samples, whole groups at a time, and gives percentile intervals.
//!
//! Every figure is `None` where it is not defined: no kappa without two classes, no precision without a positive verdict.
//! Weights are counts of how often a row was drawn; a weight of one for each row is the data as it is.

mod confusion;
mod correlation;
mod grades;
mod prediction_powered;
mod ranking;
mod rates;
mod resampling;
#[cfg(test)]
mod tests;

pub(crate) use confusion::Confusion;
pub(crate) use correlation::Correlation;
pub(crate) use grades::Grades;
pub(crate) use prediction_powered::{Mean, corrected_mean, labelled_mean, mean};
pub(crate) use ranking::{Cut, Ranking};
pub use rates::wilson;
pub(crate) use rates::wilson_of_share;
pub(crate) use resampling::{Random, Resampling};
