//! Which samples of the dataset a run looks at.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::dataset::{Entry, Partition};
use crate::run::{RecordError, RunReader, SampleVerdict};

/// How a selection by partition begins.
const PARTITION: &str = "--partition ";

/// Which samples of the dataset a run looks at: those that satisfy every list that is not empty.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Samples of one of these partitions.
    pub partitions: BTreeSet<Partition>,
    /// Samples with one of these tags.
    pub tags: BTreeSet<String>,
    /// Samples with one of these ids.
    pub samples: BTreeSet<String>,
    failing: Option<Failing>,
}

#[derive(Debug, Clone)]
struct Failing {
    run: String,
    ids: HashSet<String>,
}

impl Selection {
    /// Takes only the samples that failed or faulted in an earlier run.
    pub fn failing_from(&mut self, directory: &Path) -> Result<(), RecordError> {
        let run = RunReader::open(directory)?;
        let mut ids = HashSet::new();
        for record in run.samples()? {
            let record = record?;
            if matches!(record.verdict, SampleVerdict::Fail | SampleVerdict::Faulted) {
                ids.insert(record.id);
            }
        }
        self.failing = Some(Failing { run: run.manifest().run.clone(), ids });
        Ok(())
    }

    /// Whether the run looks at `entry`.
    pub fn wants(&self, entry: &Entry) -> bool {
        self.wants_partition(entry.partition)
            && (self.tags.is_empty() || entry.tags.iter().any(|tag| self.tags.contains(tag)))
            && (self.samples.is_empty() || self.samples.contains(&entry.sample.id))
            && self.failing.as_ref().is_none_or(|failing| failing.ids.contains(&entry.sample.id))
    }

    /// Whether the run looks at samples of `partition` at all.
    pub fn wants_partition(&self, partition: Partition) -> bool {
        self.partitions.is_empty() || self.partitions.contains(&partition)
    }

    /// Whether a run looked at samples of `partition`, from its selection in the words of the command line.
    pub(crate) fn words_want_partition(words: &[String], partition: Partition) -> bool {
        let mut partitions = words.iter().filter_map(|word| word.strip_prefix(PARTITION)).peekable();
        partitions.peek().is_none() || partitions.any(|name| name == partition.name())
    }

    /// The selection in the words of the command line; empty for all samples.
    pub fn words(&self) -> Vec<String> {
        let partitions = self.partitions.iter().map(|partition| format!("{PARTITION}{partition}"));
        let tags = self.tags.iter().map(|tag| format!("--tag {tag}"));
        let samples = self.samples.iter().map(|id| format!("--sample {id}"));
        let failing = self.failing.iter().map(|failing| format!("--failing-from {}", failing.run));
        partitions.chain(tags).chain(samples).chain(failing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_words_want_the_same_partitions() {
        for wanted in [&[][..], &[Partition::Golden], &[Partition::Regression, Partition::Distribution]] {
            let selection = Selection {
                partitions: wanted.iter().copied().collect(),
                tags: BTreeSet::from(["refund".to_owned()]),
                ..Selection::default()
            };
            let words = selection.words();
            for partition in Partition::ALL {
                assert_eq!(
                    Selection::words_want_partition(&words, partition),
                    selection.wants_partition(partition),
                    "{partition} in {words:?}"
                );
            }
        }
    }
}
