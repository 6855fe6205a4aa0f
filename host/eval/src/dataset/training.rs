//! Finds samples that stand also in a file that the subject learned from: few-shot examples, training data.
//!
//! The file may have any shape. Every text in it (a string of JSON, a cell of CSV, a line) is looked up whole, nearly,
//! and for inputs that stand somewhere in it.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::near::{NearIndex, Signature};
use super::raw::Format;
use super::source::Source;
use super::words::{fingerprint, shingle, words};
use super::{DatasetError, csv, jsonl};

/// Words by which an input is looked for within a longer text; a shorter one is looked for by all its words.
const ANCHOR: usize = 8;
/// Fewest words of an input that is looked for within a longer text: fewer meet by chance.
const MIN_CONTAINED: usize = 4;
/// Most inputs with one anchor, which bounds the work where all of them share a template.
const MAX_SHARED: usize = 64;
/// Longest paragraph of plain text that is looked at as one, in bytes.
const MAX_PARAGRAPH: usize = 1 << 20;

/// How a sample stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// Word for word.
    Same,
    /// Nearly.
    Near,
}

/// The inputs of a dataset, ready to be looked up. Samples are known by their number, in the order of [`insert`].
///
/// [`insert`]: Self::insert
#[derive(Debug, Default)]
pub(crate) struct TrainingIndex {
    whole: FxHashMap<[u8; 16], u32>,
    /// The inputs with an anchor: words before it, words in all, and the sample.
    anchored: FxHashMap<u64, Vec<Anchored>>,
    /// Lengths of the anchors that there are, in words.
    anchor_lengths: Vec<usize>,
    near: NearIndex,
    /// The sample of each text in `near`.
    near_samples: Vec<u32>,
    samples: u32,
}

#[derive(Debug)]
struct Anchored {
    before: u32,
    length: u32,
    fingerprint: [u8; 16],
    sample: u32,
}

impl TrainingIndex {
    /// Adds the next sample, whose input has these words.
    pub(crate) fn insert(&mut self, input: &[u64], signature: Option<Signature>) {
        let sample = self.samples;
        self.samples += 1;
        if input.is_empty() {
            return;
        }
        let fingerprint = fingerprint(input);
        self.whole.entry(fingerprint).or_insert(sample);
        if input.len() >= MIN_CONTAINED {
            self.anchor(input, fingerprint, sample);
        }
        if let Some(signature) = signature
            && self.near.insert(0, signature).is_some()
        {
            self.near_samples.push(sample);
        }
    }

    fn anchor(&mut self, input: &[u64], fingerprint: [u8; 16], sample: u32) {
        let length = input.len().min(ANCHOR);
        if !self.anchor_lengths.contains(&length) {
            self.anchor_lengths.push(length);
        }
        for (before, window) in input.windows(length).enumerate() {
            let shared = self.anchored.entry(shingle(window)).or_default();
            if shared.len() < MAX_SHARED {
                let (before, length) = (before as u32, input.len() as u32);
                shared.push(Anchored { before, length, fingerprint, sample });
                return;
            }
        }
    }

    /// Looks for the samples in the file at `path` and reports each once, with the line.
    pub(crate) fn search(
        &self,
        path: &Path,
        found: &mut dyn FnMut(u32, Match, u64),
    ) -> Result<(), DatasetError> {
        let mut seen = FxHashSet::default();
        texts(path, &mut |line, text, part_of_more| {
            let words = words(text);
            let mut report = |sample, kind| {
                if seen.insert(sample) {
                    found(sample, kind, line);
                }
            };
            if !part_of_more {
                if let Some(&sample) = self.whole.get(&fingerprint(&words)) {
                    report(sample, Match::Same);
                }
            }
            self.contained(&words, &mut |sample| report(sample, Match::Same));
            if let Some(signature) = Signature::of(&words)
                && let Some((text, _)) = self.near.find(0, &signature)
            {
                report(self.near_samples[text], Match::Near);
            }
        })
    }

    fn contained(&self, words: &[u64], found: &mut dyn FnMut(u32)) {
        for &length in &self.anchor_lengths {
            for (at, window) in words.windows(length).enumerate() {
                for anchored in self.anchored.get(&shingle(window)).into_iter().flatten() {
                    let Some(start) = at.checked_sub(anchored.before as usize) else { continue };
                    let input = words.get(start..start + anchored.length as usize);
                    if input.is_some_and(|input| fingerprint(input) == anchored.fingerprint) {
                        found(anchored.sample);
                    }
                }
            }
        }
    }
}

/// Hands out every text of a file with its line, and whether the text is only a paragraph around others.
fn texts(path: &Path, each: &mut dyn FnMut(u64, &str, bool)) -> Result<(), DatasetError> {
    let mut source = Source::open(path)?;
    match Format::of(path) {
        Some(Format::Lines | Format::Document) => strings(&mut source, each),
        Some(Format::Csv) => {
            let mut record = Vec::new();
            while let Some(line) = csv::next(&mut source, &mut record)? {
                let cells =
                    csv::cells(&record).map_err(|problem| DatasetError::broken(path, line, problem))?;
                cells.iter().for_each(|cell| each(line, cell, false));
                record.clear();
            }
            Ok(())
        }
        None => lines(&mut source, each),
    }
}

/// Every string of a JSON text, whatever stands around it.
fn strings(source: &mut Source, each: &mut dyn FnMut(u64, &str, bool)) -> Result<(), DatasetError> {
    let mut string = Vec::new();
    loop {
        let available = source.available()?;
        if available.is_empty() {
            return Ok(());
        }
        let Some(start) = available.iter().position(|&byte| byte == b'"') else {
            let all = available.len();
            source.consume(all);
            continue;
        };
        source.consume(start);
        let line = source.line();
        string.clear();
        super::document::value(source, &mut string)?;
        let text: String = serde_json::from_slice(&string).map_err(|error| {
            DatasetError::broken(source.path(), line, format!("not a JSON text: {error}"))
        })?;
        each(line, &text, false);
    }
}

/// Every line of a plain text, and the paragraphs of several lines.
fn lines(source: &mut Source, each: &mut dyn FnMut(u64, &str, bool)) -> Result<(), DatasetError> {
    let mut line = Vec::new();
    let mut paragraph = Paragraph::default();
    while let Some(number) = jsonl::next(source, &mut line)? {
        let Ok(text) = std::str::from_utf8(&line) else {
            return Err(DatasetError::broken(source.path(), number, "not UTF-8: save the file as UTF-8"));
        };
        each(number, text, false);
        if number > paragraph.last + 1 || paragraph.text.len() + text.len() > MAX_PARAGRAPH {
            paragraph.end(each);
        }
        paragraph.add(number, text);
        line.clear();
    }
    paragraph.end(each);
    Ok(())
}

#[derive(Default)]
struct Paragraph {
    text: String,
    first: u64,
    last: u64,
}

impl Paragraph {
    fn add(&mut self, number: u64, text: &str) {
        if self.text.is_empty() {
            self.first = number;
        }
        self.text.push_str(text);
        self.text.push('\n');
        self.last = number;
    }

    fn end(&mut self, each: &mut dyn FnMut(u64, &str, bool)) {
        if self.last > self.first {
            each(self.first, &self.text, true);
        }
        self.text.clear();
        self.first = self.last;
    }
}
