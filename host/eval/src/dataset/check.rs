//! Warns of samples that measure less than they seem to: seen in training, asked twice, given away, reviewed by nobody.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use super::error::quoted;
use super::near::{MAX_TEXTS, NearIndex, Signature};
use super::training::{Match, TrainingIndex};
use super::words::{contains, fingerprint, scramble, words};
use super::{DatasetError, Entry, Partition, open};

/// Warnings of one rule that are told one by one.
const PER_RULE: u64 = 50;
/// People who have to have looked at a golden sample.
const REVIEWERS: usize = 2;
/// Keys of the metadata that name them.
const REVIEWER_KEYS: [&str; 4] = ["reviewers", "reviewed_by", "reviewer", "approved_by"];
/// How many samples a partition usually has: fewer say little, more golden ones nobody keeps reviewed.
const USUAL: [(Partition, u64, u64); 2] =
    [(Partition::Golden, 50, 200), (Partition::Distribution, 500, 5000)];
/// Fewest words of an expected output that is looked for in the input: the label of a classification stands there by
/// right.
const COPIED_FROM_INPUT: usize = 2;
/// Fewest words of an expected output that is looked for in the context: a name or a number has to stand there.
const COPIED_FROM_CONTEXT: usize = 3;

/// What to check beside the dataset itself.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Files that the subject learned from: few-shot examples, training data. JSON, JSON lines and CSV of any shape,
    /// and plain text.
    pub training: Vec<PathBuf>,
}

/// Something that a person should look at. It stops no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// `golden-reviewers`, `partition-size`, `duplicate`, `near-duplicate`, `contamination`, `golden-copied`,
    /// `check-limit`.
    pub rule: &'static str,
    /// Line of the sample, from 1; absent where the warning is about more than one.
    pub line: Option<u64>,
    /// The sample; absent where the warning is about more than one.
    pub id: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Reads the dataset at `path` and says what weakens it, in the dataset's order. Memory grows by a few hundred bytes a
/// sample, whatever its size; near duplicates are looked for among the first 100,000 samples.
pub fn check(path: &Path, options: &CheckOptions) -> Result<Vec<Warning>, DatasetError> {
    let mut checker = Checker { searching: !options.training.is_empty(), ..Checker::default() };
    for entry in open(path)? {
        checker.sample(&entry?);
    }
    for path in &options.training {
        checker.training(path)?;
    }
    Ok(checker.finish())
}

/// The warnings in lines, for people.
pub fn render_warnings(warnings: &[Warning]) -> String {
    let mut text = String::new();
    for Warning { rule, line, id, message } in warnings {
        let line = line.map_or_else(|| "whole dataset".to_owned(), |line| format!("line {line}"));
        let id = id.as_ref().map_or_else(String::new, |id| format!("{}: ", quoted(id)));
        let _ = writeln!(text, "{line}: {rule}: {id}{message}");
    }
    let _ = match warnings.len() {
        0 => writeln!(text, "nothing to warn of"),
        1 => writeln!(text, "1 warning"),
        count => writeln!(text, "{count} warnings"),
    };
    text
}

/// What is remembered of the first sample with some question.
struct First {
    line: u64,
    partition: Partition,
    recorded: Option<[u8; 16]>,
}

#[derive(Default)]
struct Checker {
    warnings: Vec<Warning>,
    told: BTreeMap<&'static str, u64>,
    counts: BTreeMap<Partition, u64>,
    questions: FxHashMap<[u8; 16], First>,
    near: NearIndex,
    /// Line and partition of each text in `near`.
    near_samples: Vec<(u64, Partition)>,
    near_full: bool,
    /// Whether there are training files to search.
    searching: bool,
    inputs: TrainingIndex,
    /// Line and id of each sample in `inputs`.
    samples: Vec<(u64, Box<str>)>,
}

impl Checker {
    fn sample(&mut self, entry: &Entry) {
        *self.counts.entry(entry.partition).or_default() += 1;
        let sample = &entry.sample;
        let input = words(&sample.input);
        let context: Vec<Vec<u64>> = sample.context.iter().map(|passage| words(passage)).collect();
        if entry.partition == Partition::Golden {
            self.reviewers(entry);
            self.copied(entry, &input, &context);
        }
        let mut asked = Vec::new();
        for message in &sample.conversation {
            asked.extend(words(&message.content));
        }
        asked.extend(&input);
        // A question means something else over another context, so the contexts have to be the same.
        let context = fingerprint(&context.concat());
        let signature = Signature::of(&asked);
        if !asked.is_empty() && !self.duplicate(entry, &asked, context) {
            self.near_duplicate(entry, context, signature);
        }
        if self.searching {
            self.inputs.insert(&input, Signature::of(&input));
            self.samples.push((entry.line, sample.id.as_str().into()));
        }
    }

    fn reviewers(&mut self, entry: &Entry) {
        let names = reviewers(&entry.sample.metadata);
        if names.len() >= REVIEWERS {
            return;
        }
        let who = names.first().map_or_else(|| "nobody".to_owned(), |name| format!("only {}", quoted(name)));
        let message = format!(
            "{who} reviewed this golden sample, it takes {REVIEWERS} people: \
             write \"reviewers\": [\"…\", \"…\"] into its metadata"
        );
        self.warn("golden-reviewers", entry, message);
    }

    fn copied(&mut self, entry: &Entry, input: &[u64], context: &[Vec<u64>]) {
        let Some(expected) = &entry.sample.expected else { return };
        let expected = words(expected);
        let place = if expected.len() >= COPIED_FROM_INPUT && contains(input, &expected) {
            "input"
        } else if expected.len() >= COPIED_FROM_CONTEXT
            && context.iter().any(|passage| contains(passage, &expected))
        {
            "context"
        } else {
            return;
        };
        let message = format!(
            "the expected output stands word for word in the {place}: whoever copies passes; ask for more than a copy"
        );
        self.warn("golden-copied", entry, message);
    }

    /// Warns where the same was asked before.
    fn duplicate(&mut self, entry: &Entry, asked: &[u64], context: [u8; 16]) -> bool {
        let mut whole = asked.to_vec();
        whole.extend(
            context
                .chunks_exact(8)
                .map(|half| half.iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))),
        );
        let recorded = entry.recorded.as_ref().map(|output| fingerprint(&words(output)));
        let partition = entry.partition;
        match self.questions.entry(fingerprint(&whole)) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(First { line: entry.line, partition, recorded });
                false
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                let first = first.get();
                // Several recorded answers to one question are several samples, as long as they stand in one partition.
                if first.partition == partition && first.recorded != recorded {
                    return true;
                }
                let message = if first.partition == partition {
                    format!("asks the same as line {}: it counts twice; keep one", first.line)
                } else {
                    let (line, other) = (first.line, first.partition);
                    format!("asks the same as line {line}, which is {other}: keep it in one partition")
                };
                self.warn("duplicate", entry, message);
                true
            }
        }
    }

    /// Warns where nearly the same stands in another partition.
    fn near_duplicate(&mut self, entry: &Entry, context: [u8; 16], signature: Option<Signature>) {
        let Some(signature) = signature else { return };
        let context = context.iter().take(8).fold(0, |sum: u64, &byte| (sum << 8) | u64::from(byte));
        let group = |partition: Partition| scramble(context ^ partition as u64);
        let others = Partition::ALL.into_iter().filter(|partition| *partition != entry.partition);
        let nearest = others
            .filter_map(|partition| self.near.find(group(partition), &signature))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((text, similarity)) = nearest {
            let (line, partition) = self.near_samples[text];
            let message = format!(
                "asks nearly the same ({:.0} % of the words) as line {line}, which is {partition}: keep one of them",
                similarity * 100.0
            );
            self.warn("near-duplicate", entry, message);
        }
        match self.near.insert(group(entry.partition), signature) {
            Some(_) => self.near_samples.push((entry.line, entry.partition)),
            None => self.near_full = true,
        }
    }

    fn training(&mut self, path: &Path) -> Result<(), DatasetError> {
        let mut found = Vec::new();
        self.inputs.search(path, &mut |sample, kind, line| found.push((sample, kind, line)))?;
        found.sort_unstable_by_key(|(sample, _, _)| *sample);
        for (sample, kind, line) in found {
            let (own_line, id) = self.samples[sample as usize].clone();
            let nearly = if kind == Match::Near { "nearly " } else { "" };
            let message = format!(
                "the input stands {nearly}word for word in {}:{line}: the subject has seen it; take it out of one of them",
                path.display()
            );
            self.push("contamination", Some(own_line), Some(id.into()), message);
        }
        Ok(())
    }

    fn warn(&mut self, rule: &'static str, entry: &Entry, message: String) {
        self.push(rule, Some(entry.line), Some(entry.sample.id.clone()), message);
    }

    fn push(&mut self, rule: &'static str, line: Option<u64>, id: Option<String>, message: String) {
        let told = self.told.entry(rule).or_default();
        *told += 1;
        if *told <= PER_RULE {
            self.warnings.push(Warning { rule, line, id, message });
        }
    }

    fn finish(mut self) -> Vec<Warning> {
        for (partition, least, most) in USUAL {
            let count = self.counts.get(&partition).copied().unwrap_or_default();
            if count == 0 || (least..=most).contains(&count) {
                continue;
            }
            let advice = if count < least {
                "so few say little"
            } else {
                "so many are hard to keep reviewed and up to date"
            };
            let plural = if count == 1 { "" } else { "s" };
            let message =
                format!("{partition} has {count} sample{plural}, usual are {least} to {most}: {advice}");
            self.push("partition-size", None, None, message);
        }
        if self.near_full {
            let message = format!("near duplicates were looked for among the first {MAX_TEXTS} samples only");
            self.push("check-limit", None, None, message);
        }
        self.warnings.sort_by_key(|warning| warning.line.unwrap_or(u64::MAX));
        for (&rule, &told) in self.told.iter().filter(|(_, told)| **told > PER_RULE) {
            let message = format!("{} more like these", told - PER_RULE);
            self.warnings.push(Warning { rule, line: None, id: None, message });
        }
        self.warnings
    }
}

/// The different people that metadata names as reviewers.
fn reviewers(metadata: &str) -> Vec<String> {
    let Ok(Value::Object(metadata)) = serde_json::from_str(metadata) else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for value in REVIEWER_KEYS.iter().filter_map(|key| metadata.get(*key)) {
        let texts: Vec<&str> = match value {
            Value::String(text) => text.split([',', ';']).collect(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in texts.into_iter().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}
