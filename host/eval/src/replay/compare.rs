//! What differs between two JSON values, and where that stands in a file.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// A place where two values differ; absent on one side where only the other has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) path: Vec<Step>,
    pub(crate) recorded: Option<Value>,
    pub(crate) now: Option<Value>,
}

/// Every place where `now` differs from `recorded`. Objects are looked into in the order of `first`, then in their own.
pub(crate) fn compare(recorded: &Value, now: &Value, first: &[&str]) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    descend(Some(recorded), Some(now), first, &mut Vec::new(), &mut leaves);
    leaves
}

fn descend(
    recorded: Option<&Value>,
    now: Option<&Value>,
    first: &[&str],
    path: &mut Vec<Step>,
    leaves: &mut Vec<Leaf>,
) {
    if recorded == now {
        return;
    }
    let mut step = |step, recorded, now| {
        path.push(step);
        descend(recorded, now, first, path, leaves);
        path.pop();
    };
    match (recorded, now) {
        (Some(Value::Object(recorded)), Some(Value::Object(now))) => {
            let known = |key: &&str| recorded.contains_key(*key) || now.contains_key(*key);
            let ordered = first.iter().copied().filter(known);
            let new = now.keys().filter(|key| !recorded.contains_key(*key));
            let rest = recorded.keys().chain(new).map(String::as_str).filter(|key| !first.contains(key));
            for key in ordered.chain(rest) {
                step(Step::Key(key.to_owned()), recorded.get(key), now.get(key));
            }
        }
        (Some(Value::Array(recorded)), Some(Value::Array(now))) => {
            for index in 0..recorded.len().max(now.len()) {
                step(Step::Index(index), recorded.get(index), now.get(index));
            }
        }
        _ => leaves.push(Leaf { path: path.clone(), recorded: recorded.cloned(), now: now.cloned() }),
    }
}

/// A path as people write it: `findings[0].location.end`.
pub(crate) fn in_words(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            // Writing to a string cannot fail.
            Step::Key(key) => _ = write!(text, ".{key}"),
            Step::Index(index) => _ = write!(text, "[{index}]"),
        }
    }
    text
}

/// Where the value at `path` stands in `json`, in bytes; the nearest thing around it where there is none. `None` where
/// `json` is none.
pub(crate) fn locate(json: &str, path: &[Step]) -> Option<Range<u64>> {
    let mut raw: &RawValue = serde_json::from_str(json).ok()?;
    for step in path {
        let inner = match step {
            Step::Key(key) => serde_json::from_str::<HashMap<String, &RawValue>>(raw.get())
                .ok()
                .and_then(|object| object.get(key).copied()),
            Step::Index(index) => serde_json::from_str::<Vec<&RawValue>>(raw.get())
                .ok()
                .and_then(|array| array.get(*index).copied()),
        };
        let Some(inner) = inner else { break };
        raw = inner;
    }
    // A raw value borrows from the text that it was read from.
    let start = raw.get().as_ptr().addr().checked_sub(json.as_ptr().addr())?;
    Some(start as u64..(start + raw.get().len()) as u64)
}

/// Characters that are shown before the first one that differs.
const BEFORE: usize = 40;
/// Characters that are shown in all.
const SHOWN: usize = 400;

/// Two texts from shortly before the first character that differs on, so that what differs is what is seen.
pub(crate) fn excerpts(recorded: Option<&str>, now: Option<&str>) -> (Option<String>, Option<String>) {
    let both = recorded.unwrap_or_default().char_indices().zip(now.unwrap_or_default().chars());
    let shared = both.take_while(|((_, recorded), now)| recorded == now);
    let starts: Vec<usize> = shared.map(|((at, _), _)| at).collect();
    let start = starts.len().checked_sub(BEFORE).map_or(0, |from| starts[from]);
    let excerpt = |text: &str| {
        let rest = &text[start..];
        let end = rest.char_indices().nth(SHOWN).map_or(rest.len(), |(end, _)| end);
        let (before, after) = (if start > 0 { "…" } else { "" }, if end < rest.len() { "…" } else { "" });
        format!("{before}{}{after}", &rest[..end])
    };
    (recorded.map(excerpt), now.map(excerpt))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(recorded: &Value, now: &Value, first: &[&str]) -> Vec<String> {
        compare(recorded, now, first).iter().map(|leaf| in_words(&leaf.path)).collect()
    }

    #[test]
    fn every_difference_has_a_path_and_the_causes_come_first() {
        let recorded =
            json!({"verdict": "pass", "value": 1.0, "findings": [{"rule": "a"}, {"rule": "b"}], "fuel": 7});
        let now = json!({"verdict": "fail", "value": 0.5, "findings": [{"rule": "c"}], "log": ["x"]});
        assert_eq!(
            paths(&recorded, &now, &["value", "verdict"]),
            ["value", "verdict", "findings[0].rule", "findings[1]", "fuel", "log"]
        );
        assert_eq!(paths(&recorded, &recorded, &["value"]), Vec::<String>::new());
        assert_eq!(paths(&json!({"value": 1}), &json!({"value": 1.0}), &[]), ["value"]);
    }

    #[test]
    fn a_value_is_found_in_its_text() {
        let text = r#" {"a": [1, {"ü": "x\"y", "b" : -1.5e3}], "c": null}"#;
        let at = |path: &[Step]| {
            let range = locate(text, path).unwrap();
            &text[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
        };
        let (key, index) = (|key: &str| Step::Key(key.to_owned()), Step::Index);
        assert_eq!(at(&[key("a"), index(1), key("b")]), "-1.5e3");
        assert_eq!(at(&[key("a"), index(1), key("ü")]), r#""x\"y""#);
        assert_eq!(at(&[key("a"), index(1), key("none")]), r#"{"ü": "x\"y", "b" : -1.5e3}"#);
        assert_eq!(at(&[key("none"), index(3)]), text.trim());
        assert_eq!(locate("{", &[]), None);
    }

    #[test]
    fn an_excerpt_shows_what_differs() {
        let long = |end: &str| format!("{}{end}{}", "ä".repeat(1000), "z".repeat(1000));
        let (recorded, now) = excerpts(Some(&long("this")), Some(&long("that")));
        let recorded = recorded.unwrap();
        assert!(recorded.starts_with("…ää") && recorded.ends_with("zz…"), "{recorded}");
        assert!(recorded.contains("äthisz") && now.unwrap().contains("äthatz"));
        assert_eq!(recorded.chars().count(), SHOWN + 2);
        assert_eq!(excerpts(None, Some("x")), (None, Some("x".to_owned())));
        assert_eq!(excerpts(Some("ab"), Some("abc")), (Some("ab".to_owned()), Some("abc".to_owned())));
    }
}
