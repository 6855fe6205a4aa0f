//! Reads labels: beside the samples that they are for, or by the ids of samples that stand elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Map, Value};

use crate::calibrate::LabelsError;
use crate::calibrate::sample::unguarded;
use crate::calibrate::scale::{Label, Reading, Scale, label_text};
use crate::dataset::{self, DatasetError, Entry, RawRecord, quoted};
use crate::digest;
use crate::run::FileStamp;

/// Rows that are taken in; the bootstrap takes seconds for ten thousand.
pub(crate) const MAX_ROWS: usize = 1_000_000;
/// Ids that a message repeats.
pub(crate) const SHOWN: usize = 3;

/// Where labels stand, and how they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFields {
    /// Name of the field with the label.
    pub label: String,
    /// Name of the field with the group: rows of one source belong together.
    pub group: String,
    /// What labels mean.
    pub reading: Reading,
}

impl Default for LabelFields {
    fn default() -> Self {
        Self { label: "label".to_owned(), group: "group".to_owned(), reading: Reading::default() }
    }
}

/// The ids of the rows of a file that have a label.
///
/// # Errors
///
/// A file that cannot be read, or a row without an id.
pub fn labelled_ids(path: &Path, fields: &LabelFields) -> Result<Vec<String>, LabelsError> {
    let mut ids = Vec::new();
    for raw in dataset::open_table(path)?.take(MAX_ROWS) {
        let raw = raw?;
        let row = TableRow::read(&raw, fields)?;
        let wrong = |problem| DatasetError::field(path, raw.line(), &fields.label, problem);
        if row.label.as_ref().map_or(Ok(None), label_text).map_err(wrong)?.is_some() {
            ids.push(row.id);
        }
    }
    Ok(ids)
}

/// The labels of a file.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) file: FileStamp,
    pub(crate) scale: Scale,
    /// How often each label occurs.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Rows without a label.
    pub(crate) unlabelled: u64,
    /// One for each row of the file.
    rows: Vec<Labelled>,
}

/// What a row says of its sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labelled {
    /// `None` where nobody said.
    pub(crate) label: Option<Label>,
    /// The group's number.
    pub(crate) group: u32,
}

/// Numbers the groups of rows. A row without a group is one of its own.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    known: HashMap<[u8; 16], u32>,
    count: u32,
}

impl Groups {
    pub(crate) fn number(&mut self, name: Option<&str>) -> u32 {
        let count = self.count;
        let number = match name {
            Some(name) => *self.known.entry(digest::half(name.as_bytes())).or_insert(count),
            None => count,
        };
        self.count = self.count.max(number + 1);
        number
    }
}

/// Collects the rows of a file before it is known what their labels mean.
struct Collector<'a> {
    path: &'a Path,
    fields: &'a LabelFields,
    groups: Groups,
    counts: BTreeMap<String, u64>,
    rows: Vec<(Option<String>, u32)>,
}

impl<'a> Collector<'a> {
    fn new(path: &'a Path, fields: &'a LabelFields) -> Self {
        Self { path, fields, groups: Groups::default(), counts: BTreeMap::new(), rows: Vec::new() }
    }

    fn add(&mut self, line: u64, label: Option<&Value>, group: Option<&Value>) -> Result<(), LabelsError> {
        if self.rows.len() == MAX_ROWS {
            return Err(LabelsError::TooMany { path: self.path.to_owned(), most: MAX_ROWS });
        }
        let wrong = |field: &str, problem| DatasetError::field(self.path, line, field, problem);
        let label =
            label.map_or(Ok(None), label_text).map_err(|problem| wrong(&self.fields.label, problem))?;
        let group = match group {
            None | Some(Value::Null) => None,
            Some(Value::String(group)) => Some(group.trim().to_owned()).filter(|group| !group.is_empty()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
            Some(value) => {
                let problem = format!("is {}: write a text or a number", dataset::kind(value));
                return Err(wrong(&self.fields.group, problem).into());
            }
        };
        if let Some(label) = &label {
            *self.counts.entry(label.clone()).or_default() += 1;
        }
        let group = self.groups.number(group.as_deref());
        self.rows.push((label, group));
        Ok(())
    }

    fn finish(self) -> Result<Labels, LabelsError> {
        let path = self.path;
        if self.counts.is_empty() {
            let field = self.fields.label.clone();
            let hint = "give rows one, or name another field with `--label-field`".to_owned();
            return Err(LabelsError::NoLabels { path: path.to_owned(), field, hint });
        }
        let scale = Scale::of(&self.counts, &self.fields.reading).map_err(|error| match error {
            LabelsError::Scale(problem) => LabelsError::Scale(format!("{}: {problem}", path.display())),
            error => error,
        })?;
        let labelled = |(label, group): (Option<String>, u32)| Labelled {
            label: label.and_then(|label| scale.read(&label)),
            group,
        };
        let rows: Vec<Labelled> = self.rows.into_iter().map(labelled).collect();
        let unlabelled = rows.iter().filter(|row| row.label.is_none()).count() as u64;
        let digest = digest::file(path).map_err(|error| LabelsError::read(path, error))?;
        let file = FileStamp { path: path.display().to_string(), digest };
        Ok(Labels { file, scale, counts: self.counts, unlabelled, rows })
    }
}

impl Labels {
    /// Reads the labels of a dataset that has them beside its samples. All of the file is looked at, so that a mistake in
    /// it shows before the first sample is scored.
    pub(crate) fn beside_samples(path: &Path, fields: &LabelFields) -> Result<Self, LabelsError> {
        let mut collector = Collector::new(path, fields);
        for entry in dataset::open(path)? {
            let mut entry = entry?;
            let (label, group) = take_label(&mut entry, fields);
            if entry.recorded.is_none() {
                let problem = "is missing: a row has the output that its label is about";
                return Err(DatasetError::field(path, entry.line, "output", problem).into());
            }
            collector.add(entry.line, label.as_ref(), group.as_ref())?;
        }
        collector.finish()
    }

    /// Reads labels by id.
    pub(crate) fn by_id(path: &Path, fields: &LabelFields) -> Result<(Self, ById), LabelsError> {
        let mut collector = Collector::new(path, fields);
        let mut rows: HashMap<String, (usize, u64)> = HashMap::new();
        for raw in dataset::open_table(path)? {
            let raw = raw?;
            let row = TableRow::read(&raw, fields)?;
            let line = raw.line();
            if let Some((_, first)) = rows.get(&row.id) {
                let (path, id, first) = (path.to_owned(), quoted(&row.id), *first);
                return Err(DatasetError::DuplicateId { path, line, id, first }.into());
            }
            collector.add(line, row.label.as_ref(), row.group.as_ref())?;
            rows.insert(row.id, (collector.rows.len() - 1, line));
        }
        let has_groups = !collector.groups.known.is_empty();
        Ok((collector.finish()?, ById { rows, has_groups }))
    }

    /// What the row at this position says.
    pub(crate) fn row(&self, position: usize) -> Option<Labelled> {
        self.rows.get(position).copied()
    }

    /// Rows with a label.
    pub(crate) fn labelled(&self) -> u64 {
        self.rows.len() as u64 - self.unlabelled
    }
}

/// Labels by the ids of their samples.
#[derive(Debug)]
pub(crate) struct ById {
    /// Position among the rows, and line.
    rows: HashMap<String, (usize, u64)>,
    /// Whether the labels say groups, so that those of samples do not count.
    pub(crate) has_groups: bool,
}

impl ById {
    /// Takes the position of the row for this sample out.
    pub(crate) fn take(&mut self, id: &str) -> Option<usize> {
        self.rows.remove(id).map(|(position, _)| position)
    }

    /// Ids that no sample has had, in alphabetical order.
    pub(crate) fn left(self) -> Vec<String> {
        let mut ids: Vec<String> = self.rows.into_keys().collect();
        ids.sort_unstable();
        ids
    }
}

/// One row of a table of labels.
struct TableRow {
    id: String,
    label: Option<Value>,
    group: Option<Value>,
}

impl TableRow {
    fn read(raw: &RawRecord, fields: &LabelFields) -> Result<Self, DatasetError> {
        let (mut id, mut label, mut group) = (None, None, None);
        for (name, value) in dataset::named_fields(raw)? {
            let is = |field: &str| name.trim().eq_ignore_ascii_case(field);
            if is(&fields.label) {
                label = Some(value);
            } else if is(&fields.group) {
                group = Some(value);
            } else if is("id") {
                id = match value {
                    Value::String(text) => Some(unguarded(text.trim()).to_owned()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                };
            }
        }
        let missing = || {
            let problem = "is missing: a label has the id of its sample, a text or a number";
            DatasetError::field(&raw.path, raw.line(), "id", problem)
        };
        Ok(Self { id: id.filter(|id| !id.is_empty()).ok_or_else(missing)?, label, group })
    }
}

/// Takes label and group out of a sample's metadata, so that no metric sees them.
pub(crate) fn take_label(entry: &mut Entry, fields: &LabelFields) -> (Option<Value>, Option<Value>) {
    let Ok(mut metadata) = serde_json::from_str::<Map<String, Value>>(&entry.sample.metadata) else {
        return (None, None);
    };
    let mut take = |field: &str| {
        let name = metadata.keys().find(|name| name.trim().eq_ignore_ascii_case(field))?.clone();
        metadata.shift_remove(&name)
    };
    let taken = (take(&fields.label), take(&fields.group));
    if taken != (None, None) {
        entry.sample.metadata = Value::Object(metadata).to_string();
    }
    taken
}
