//! The names of fields: ours, and those that users of DeepEval, Ragas, OpenAI evals and Inspect have in their files.

/// For the message that misses the input.
pub(crate) const NAMES_OF_INPUT: &str = "`input`, `question`, `query`, `prompt` or `user_input`";

/// A field that Scorebox knows. Every other one is metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Id,
    Partition,
    Input,
    Expected,
    Output,
    Context,
    Conversation,
    Metadata,
    CreatedAt,
    Tags,
}

/// The names of each known field, ours first.
const NAMES: [(Known, &[&str]); 10] = [
    (Known::Id, &["id"]),
    (Known::Partition, &["partition"]),
    (Known::Input, &["input", "user_input", "question", "query", "prompt"]),
    (
        Known::Expected,
        &["expected_output", "expected", "ideal", "reference", "ground_truth", "ground_truths", "target"],
    ),
    (Known::Output, &["output", "actual_output", "answer", "response", "completion"]),
    (Known::Context, &["context", "contexts", "retrieved_contexts", "retrieval_context"]),
    (Known::Conversation, &["conversation", "messages", "turns"]),
    (Known::Metadata, &["metadata", "additional_metadata", "meta"]),
    (Known::CreatedAt, &["created_at"]),
    (Known::Tags, &["tags"]),
];

impl Known {
    /// The field that `name` stands for. Case, spaces and hyphens do not count: `Expected Output` and `expectedOutput`
    /// are `expected_output`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if let Some(known) = find(name) {
            return Some(known);
        }
        find(&plain(name)?)
    }
}

fn find(name: &str) -> Option<Known> {
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(known, _)| *known)
}

/// Whether a list under `name` holds several answers that are all right, rather than one answer that is a list.
pub(crate) fn holds_alternatives(name: &str) -> bool {
    let plain = plain(name);
    matches!(plain.as_deref().unwrap_or(name), "ideal" | "ground_truth" | "ground_truths" | "target")
}

/// `name` in lower case with underscores; `None` where it is longer than any name that we know.
fn plain(name: &str) -> Option<String> {
    if name.len() > 32 {
        return None;
    }
    let mut plain = String::with_capacity(name.len() + 4);
    let mut lower_before = false;
    for c in name.trim().chars() {
        if c.is_ascii_uppercase() && lower_before {
            plain.push('_');
        }
        lower_before = c.is_ascii_lowercase();
        plain.push(if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        for name in
            ["expected_output", "Expected Output", "expectedOutput", "EXPECTED-OUTPUT", " expected_output "]
        {
            assert_eq!(Known::of(name), Some(Known::Expected), "{name}");
        }
        assert_eq!(Known::of("expectedoutput"), None);
        assert_eq!(Known::of("reference_contexts"), None);
        assert_eq!(Known::of(""), None);
        assert!(holds_alternatives("groundTruths") && !holds_alternatives("expected_output"));
    }
}
