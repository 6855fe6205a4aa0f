//! A language model as a judge: of one answer, from 1 to 5, and of two answers, which is the better one.
//!
//! Judges are known to be biased, and each bias that is known has its place here:
//!
//! - They prefer long answers. The prompts say that length has no worth.
//! - They prefer whichever answer stands first, or second. [`pairwise`] asks in both orders, and takes a preference that
//!   turns with the order for none.
//! - They prefer their own family. [`family`] says when judge and subject are of one.
//! - They waver. Several draws give a mean, a variance, and whether the draws agree.
//! - They say 4 to almost everything. With log-probabilities, the mean over what the judge might have said tells answers
//!   apart that get the same number.
//! - They can be talked to by what they judge. See [`prompt`](crate::prompt).
//!
//! How far a judge can be trusted after all that is a question of calibration against people, not of prompts.

mod absolute;
mod family;
mod material;
mod pairwise;
mod reply;
mod rubric;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use self::absolute::Judge;

pub use self::pairwise::{Comparison, PairwiseJudge, Preference};
use crate::prompt::{Prompt, prompt};

/// How one answer is judged.
const ABSOLUTE: Prompt = prompt!("judge-absolute@1");
/// How two answers are compared.
const PAIRWISE: Prompt = prompt!("judge-pairwise@1");
/// Every prompt of a judge.
#[cfg(test)]
pub(crate) const PROMPTS: &[Prompt] = &[ABSOLUTE, PAIRWISE];
