//! What the labels of a file mean: two classes, or grades from 1 to 5.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calibrate::LabelsError;
use crate::dataset::{kind, quoted};

/// Pairs of labels that need no explanation: the one of a sample that should fail, and the other one.
const PAIRS: [(&str, &str); 3] = [("1", "0"), ("true", "false"), ("fail", "pass")];
/// The highest grade; the lowest is 1.
pub(crate) const MAX_GRADE: u8 = 5;
/// Longest label in bytes. What is longer is a text in the wrong column.
const MAX_LABEL: usize = 64;
/// Labels that a message lists.
const SHOWN: usize = 6;

/// What labels mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Scale {
    /// Two classes.
    Classes {
        /// The label of a sample that the metric should fail.
        positive: String,
        /// All others.
        negative: Vec<String>,
    },
    /// Grades from 1 to 5, where 5 is the best.
    Grades {
        /// The lowest grade of a sample that the metric should pass; `None` where nobody said so, and grades are compared
        /// by their order alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        good_from: Option<u8>,
    },
}

/// What one label means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// Whether the sample should fail; `None` where grades are not cut in two.
    pub(crate) positive: Option<bool>,
    /// Only on a scale of grades.
    pub(crate) grade: Option<u8>,
}

/// How the person who calibrates wants labels to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The label of samples that the metric should fail.
    pub positive: Option<String>,
    /// The lowest grade of samples that it should pass.
    pub good_from: Option<u8>,
}

impl Scale {
    /// The scale of labels that occur this often.
    pub(crate) fn of(counts: &BTreeMap<String, u64>, reading: &Reading) -> Result<Self, LabelsError> {
        let has = |label: &str| counts.contains_key(label);
        let found = || in_words(counts);
        let scale = if let Some(positive) = &reading.positive {
            let positive = normal(positive);
            if reading.good_from.is_some() {
                return Err(LabelsError::scale(
                    "`--positive` is for classes and `--good-from` for grades: keep one of them",
                ));
            }
            if !has(&positive) {
                return Err(LabelsError::scale(format!(
                    "no row has the label {} that `--positive` names: there are {}",
                    quoted(&positive),
                    found()
                )));
            }
            let negative = counts.keys().filter(|label| **label != positive).cloned().collect();
            Self::Classes { positive, negative }
        } else if let Some((positive, negative)) =
            PAIRS.iter().find(|(one, other)| counts.keys().all(|label| label == one || label == other))
            && reading.good_from.is_none()
        {
            Self::Classes { positive: (*positive).to_owned(), negative: vec![(*negative).to_owned()] }
        } else if counts.keys().all(|label| grade(label).is_some()) {
            Self::Grades { good_from: reading.good_from }
        } else {
            let classes = match counts.len() {
                1 => "one class".to_owned(),
                2 => "two classes".to_owned(),
                3 => "three classes".to_owned(),
                many => format!("{many} classes"),
            };
            return Err(LabelsError::scale(format!(
                "the labels are {classes}, {}: name the one of samples that the metric should fail, such as `--positive {}`; \
                 all others are then the other class. Without it, labels are 1 and 0 (1 should fail), true and false, fail \
                 and pass, or grades from 1 to {MAX_GRADE}",
                found(),
                counts.keys().next().map_or("unfaithful", String::as_str)
            )));
        };
        if let Some(good_from) = reading.good_from
            && !(2..=MAX_GRADE).contains(&good_from)
        {
            return Err(LabelsError::scale(format!(
                "`--good-from {good_from}` leaves one class empty: write a grade from 2 to {MAX_GRADE}"
            )));
        }
        let sides: Vec<bool> = counts.keys().filter_map(|label| scale.read(label)?.positive).collect();
        let one_sided = !sides.is_empty() && sides.iter().all(|side| *side == sides[0]);
        if counts.len() < 2 || one_sided {
            let missing = if sides.first() == Some(&true) { "should pass" } else { "should fail" };
            return Err(LabelsError::scale(format!(
                "the labels are one class only, {}: without samples that {missing} there is nothing to tell apart",
                found()
            )));
        }
        Ok(scale)
    }

    /// What a label means; `None` where it is not of this scale.
    pub(crate) fn read(&self, label: &str) -> Option<Label> {
        match self {
            Self::Classes { positive, negative } => {
                let is_positive = label == positive;
                let known = is_positive || negative.iter().any(|negative| negative == label);
                known.then_some(Label { positive: Some(is_positive), grade: None })
            }
            Self::Grades { good_from } => {
                let grade = grade(label)?;
                Some(Label { positive: good_from.map(|good| grade < good), grade: Some(grade) })
            }
        }
    }

    /// Which samples should fail, for a person.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Classes { positive, negative } => {
                let negative: Vec<String> = negative.iter().map(|label| quoted(label)).collect();
                format!("should fail: {}; should pass: {}", quoted(positive), negative.join(", "))
            }
            Self::Grades { good_from: Some(good) } => {
                format!("should fail: grades below {good}; should pass: from {good} to {MAX_GRADE}")
            }
            Self::Grades { good_from: None } => {
                format!("grades from 1 to {MAX_GRADE}, the highest is the best")
            }
        }
    }
}

fn grade(label: &str) -> Option<u8> {
    label.parse().ok().filter(|grade| (1..=MAX_GRADE).contains(grade))
}

/// A label as text that compares; `None` where there is none.
pub(crate) fn label_text(value: &Value) -> Result<Option<String>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Bool(label) => label.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            return Err(format!("is {}: write a text, a number, or true or false", kind(value)));
        }
    };
    let text = normal(&text);
    if text.len() > MAX_LABEL {
        return Err(format!("{} is longer than {MAX_LABEL} bytes: is this the right field?", quoted(&text)));
    }
    Ok((!text.is_empty()).then_some(text))
}

/// Case, spaces around and the zeros behind a decimal point do not count: spreadsheets write `1.0` for 1.
fn normal(text: &str) -> String {
    let text = text.trim().to_lowercase();
    match text.split_once('.') {
        Some((whole, rest))
            if !whole.is_empty()
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && rest.bytes().all(|byte| byte == b'0') =>
        {
            whole.to_owned()
        }
        _ => text,
    }
}

/// `` `a` (12), `b` (30) ``.
pub(crate) fn in_words(counts: &BTreeMap<String, u64>) -> String {
    let mut words: Vec<String> =
        counts.iter().take(SHOWN).map(|(label, count)| format!("{} ({count})", quoted(label))).collect();
    if counts.len() > SHOWN {
        words.push(format!("… and {} more", counts.len() - SHOWN));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scale(labels: &[&str], reading: &Reading) -> Result<Scale, String> {
        let mut counts = BTreeMap::new();
        for label in labels {
            *counts.entry((*label).to_owned()).or_default() += 1;
        }
        Scale::of(&counts, reading).map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_labels_need_no_explanation() {
        let plain = Reading::default();
        for (labels, positive) in [(["0", "1"], "1"), (["true", "false"], "true"), (["pass", "fail"], "fail")]
        {
            let Scale::Classes { positive: found, .. } = scale(&labels, &plain).unwrap() else {
                panic!("{labels:?}")
            };
            assert_eq!(found, positive);
        }
        assert_eq!(scale(&["1", "3", "5"], &plain), Ok(Scale::Grades { good_from: None }));
        let graded = scale(&["1", "3", "5"], &Reading { good_from: Some(4), positive: None }).unwrap();
        assert_eq!(graded.read("3"), Some(Label { positive: Some(true), grade: Some(3) }));
        assert_eq!(graded.read("4"), Some(Label { positive: Some(false), grade: Some(4) }));
        assert_eq!(graded.read("6"), None);
    }

    #[test]
    fn other_labels_are_asked_about() {
        let plain = Reading::default();
        let error = scale(&["faithful", "unfaithful"], &plain).unwrap_err();
        assert!(error.contains("two classes, `faithful` (1), `unfaithful` (1)"), "{error}");
        let error = scale(&["a", "b", "c"], &plain).unwrap_err();
        assert!(error.contains("three classes") && error.contains("--positive"), "{error}");
        let error = scale(&["0", "1", "2"], &plain).unwrap_err();
        assert!(error.contains("three classes, `0` (1), `1` (1), `2` (1)"), "{error}");
        let one = Reading { positive: Some("Unfaithful ".into()), good_from: None };
        let classes = scale(&["faithful", "partly", "unfaithful"], &one).unwrap();
        assert_eq!(classes.read("partly"), Some(Label { positive: Some(false), grade: None }));
        let error = scale(&["faithful", "bad"], &one).unwrap_err();
        assert!(error.contains("no row has the label `unfaithful`"), "{error}");
    }

    #[test]
    fn one_class_tells_nothing_apart() {
        for labels in [&["1"][..], &["pass"], &["4", "5"]] {
            let reading = Reading { good_from: (labels.len() == 2).then_some(3), positive: None };
            let error = scale(labels, &reading).unwrap_err();
            assert!(error.contains("one class only"), "{error}");
        }
    }

    #[test]
    fn labels_are_read_as_people_write_them() {
        let read = |value| label_text(&value).unwrap();
        assert_eq!(read(json!(1)), read(json!("1.0")));
        assert_eq!(read(json!(" Pass ")), Some("pass".into()));
        assert_eq!(read(json!(true)), Some("true".into()));
        assert_eq!((read(json!("")), read(Value::Null)), (None, None));
        assert_eq!(read(json!("v1.0")), Some("v1.0".into()));
        assert!(label_text(&json!([1])).unwrap_err().contains("a list"));
        assert!(label_text(&json!("x".repeat(65))).unwrap_err().contains("the right field"));
    }
}
