//! One line of a dataset.

use scorebox_metrics::{Role, Sample};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One sample of a dataset, with what the evaluation knows of it beside the exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What metrics see. [`Sample::output`] is empty until the subject answers.
    pub sample: Sample,
    /// The output that the dataset itself carries, for `subject: {recorded: dataset}`.
    pub recorded: Option<String>,
    /// Which part of the dataset the sample belongs to.
    pub partition: Partition,
    /// Free labels, in the dataset's order.
    pub tags: Vec<String>,
    /// When the sample was made, as the dataset says it.
    pub created_at: Option<String>,
    /// Line in the file (of the record's first byte), from 1.
    pub line: u64,
}

/// The part of a dataset that a sample belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Partition {
    /// Reviewed by people; every one has to pass.
    Golden,
    /// Failures of the past, kept so that they do not return.
    Regression,
    /// Written to break the subject.
    Adversarial,
    /// Drawn from real traffic.
    Distribution,
}

impl Partition {
    /// All partitions, in the order in which reports show them.
    pub const ALL: [Self; 4] = [Self::Golden, Self::Regression, Self::Adversarial, Self::Distribution];

    /// The word in datasets, suites and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Golden => "golden",
            Self::Regression => "regression",
            Self::Adversarial => "adversarial",
            Self::Distribution => "distribution",
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Entry {
    /// BLAKE3 over what makes the sample the one that people reviewed: partition, input, expected output, context,
    /// conversation and metadata. The recorded output, tags and position do not count, nor does the order of keys.
    pub fn digest(&self) -> [u8; 32] {
        let sample = &self.sample;
        let mut hasher = blake3::Hasher::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        text(self.partition.name());
        hash_question(sample, &mut text);
        text(&sorted(&sample.metadata));
        *hasher.finalize().as_bytes()
    }
}

/// Hands the parts of a sample that are asked about to a hash: input, expected output, context and conversation.
pub(crate) fn hash_question(sample: &Sample, text: &mut impl FnMut(&str)) {
    text(&sample.input);
    text(if sample.expected.is_some() { "expected" } else { "" });
    text(sample.expected.as_deref().unwrap_or_default());
    text(&sample.context.len().to_string());
    sample.context.iter().for_each(|passage| text(passage));
    text(&sample.conversation.len().to_string());
    for message in &sample.conversation {
        text(match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        });
        text(&message.content);
        text(&message.tool_calls.len().to_string());
        for call in &message.tool_calls {
            text(&call.id);
            text(&call.name);
            text(&call.arguments);
        }
    }
}

/// JSON text with the keys of every object sorted. Text that is no JSON stays as it is.
fn sorted(json: &str) -> String {
    match serde_json::from_str::<Value>(json) {
        Ok(mut value) => {
            value.sort_all_objects();
            value.to_string()
        }
        Err(_) => json.to_owned(),
    }
}
