//! Counts what a dataset holds.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::error::quoted;
use super::{DatasetError, Partition, open};

/// Most different tags that are counted one by one.
const MAX_TAGS: usize = 1000;
/// Tags that [`Stats::render`] shows.
const SHOWN_TAGS: usize = 20;

/// What a dataset holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Samples.
    pub samples: u64,
    /// Samples of each partition that has any.
    pub partitions: BTreeMap<Partition, u64>,
    /// Samples with each tag; of more than a thousand tags, the first thousand.
    pub tags: BTreeMap<String, u64>,
    /// Samples with an expected output.
    pub with_expected: u64,
    /// Samples with an output that the dataset itself carries.
    pub with_output: u64,
    /// Samples with context.
    pub with_context: u64,
    /// Samples with a conversation.
    pub with_conversation: u64,
    /// Lengths of the inputs.
    pub input: Option<Lengths>,
    /// Lengths of the expected outputs.
    pub expected: Option<Lengths>,
    /// Lengths of the outputs that the dataset carries.
    pub output: Option<Lengths>,
    /// Lengths of the contexts, all passages of a sample together.
    pub context: Option<Lengths>,
}

/// Lengths of texts in characters (Unicode scalar values).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lengths {
    /// The shortest.
    pub min: u64,
    /// The average.
    pub mean: f64,
    /// The longest.
    pub max: u64,
}

#[derive(Default)]
struct Measure {
    texts: u64,
    characters: u64,
    min: u64,
    max: u64,
}

impl Measure {
    fn add(&mut self, characters: usize) {
        let characters = characters as u64;
        self.min = if self.texts == 0 { characters } else { self.min.min(characters) };
        self.max = self.max.max(characters);
        self.texts += 1;
        self.characters += characters;
    }

    fn lengths(&self) -> Option<Lengths> {
        let mean = self.characters as f64 / self.texts as f64;
        (self.texts > 0).then_some(Lengths { min: self.min, mean, max: self.max })
    }
}

/// Reads the dataset at `path` and counts what it holds.
pub fn stats(path: &Path) -> Result<Stats, DatasetError> {
    let mut stats = Stats::default();
    let [mut input, mut expected, mut output, mut context]: [Measure; 4] = Default::default();
    let length = |text: &str| text.chars().count();
    for entry in open(path)? {
        let entry = entry?;
        let sample = &entry.sample;
        stats.samples += 1;
        *stats.partitions.entry(entry.partition).or_default() += 1;
        for tag in entry.tags {
            if stats.tags.len() < MAX_TAGS || stats.tags.contains_key(&tag) {
                *stats.tags.entry(tag).or_default() += 1;
            }
        }
        input.add(length(&sample.input));
        if let Some(text) = &sample.expected {
            expected.add(length(text));
        }
        if let Some(text) = &entry.recorded {
            output.add(length(text));
        }
        if !sample.context.is_empty() {
            context.add(sample.context.iter().map(|passage| length(passage)).sum());
        }
        stats.with_conversation += u64::from(!sample.conversation.is_empty());
    }
    stats.with_expected = expected.texts;
    stats.with_output = output.texts;
    stats.with_context = context.texts;
    stats.input = input.lengths();
    stats.expected = expected.lengths();
    stats.output = output.lengths();
    stats.context = context.lengths();
    Ok(stats)
}

impl Stats {
    /// The counts in lines, for people.
    pub fn render(&self) -> String {
        let mut text = format!("{} sample{}\n", self.samples, if self.samples == 1 { "" } else { "s" });
        for (partition, count) in &self.partitions {
            let _ = writeln!(text, "  {partition:<13}{count:>7}");
        }
        let rows = [
            ("input", self.samples, self.input),
            ("expected", self.with_expected, self.expected),
            ("output", self.with_output, self.output),
            ("context", self.with_context, self.context),
            ("conversation", self.with_conversation, None),
        ];
        text.push_str(if self.samples == 0 { "" } else { "with\n" });
        for (name, count, lengths) in rows.into_iter().filter(|row| row.1 > 0) {
            let lengths = lengths.map_or_else(String::new, |Lengths { min, mean, max }| {
                if min == max {
                    format!("  length {max}")
                } else {
                    format!("  length {min} to {max}, {mean:.0} on average")
                }
            });
            let _ = writeln!(text, "  {name:<13}{count:>7}{lengths}");
        }
        let mut tags: Vec<_> = self.tags.iter().collect();
        // Most frequent first; equals stay in the order of the alphabet.
        tags.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        text.push_str(if tags.is_empty() { "" } else { "tags\n" });
        for (tag, count) in tags.iter().take(SHOWN_TAGS) {
            let _ = writeln!(text, "  {:<13}{count:>7}", quoted(tag).trim_matches('`'));
        }
        if tags.len() > SHOWN_TAGS {
            let _ = writeln!(text, "  and {} more", tags.len() - SHOWN_TAGS);
        }
        text
    }
}
