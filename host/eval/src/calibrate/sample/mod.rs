//! Draws samples of a run for people to label: a page that works without a network, and a table.
//!
//! The samples are drawn from all parts of the metric's scores: a tenth of the scored samples each, by value, and the same
//! number from each. So every sample of the run has the same chance, and the labels may correct the run's mean. Whoever
//! labels sees what the sample is, and neither score nor verdict nor in which order they stand.

mod page;
mod table;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use scorebox_metrics::Role;
use serde::Serialize;

use crate::calibrate::LabelsError;
use crate::calibrate::scored::metric_of;
use crate::report::escape::escape;
use crate::run::{RunReader, SampleRecord};
use crate::statistics::Random;

pub(crate) use self::table::unguarded;

/// Parts of the scored samples that are drawn from alike.
const STRATA: usize = 10;
/// Samples that are drawn at most: what people label by hand.
pub const MAX_SAMPLES: usize = 1000;
/// Bytes of one text that are shown.
const MAX_TEXT: usize = 200_000;

/// What is drawn, and how it is labelled.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// How many samples, at most [`MAX_SAMPLES`].
    pub samples: usize,
    /// Whether people grade from 1 to 5, rather than say pass or fail.
    pub grades: bool,
    /// Ids that are not drawn, since they have labels already.
    pub labelled: Vec<String>,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// The files that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnSample {
    /// The page.
    pub page: PathBuf,
    /// The table.
    pub table: PathBuf,
    /// Samples in them.
    pub samples: usize,
}

/// Why no samples could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawingError {
    /// The run cannot be read, or has no such metric.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// Nothing is left to draw.
    #[error("the run {run} has no sample left that `{metric}` scored")]
    Nothing {
        /// The run.
        run: String,
        /// The metric.
        metric: String,
    },
    /// A file cannot be written. One that is there is never overwritten: somebody may have written labels into it.
    #[error("cannot write {path}: {source}{hint}", path = path.display(), hint = hint(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AlreadyExists => ": it may hold labels, choose another `--out`",
        _ => "",
    }
}

/// What a person sees of one sample, with everything hidden made visible.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) input: String,
    pub(crate) conversation: Vec<(&'static str, String)>,
    pub(crate) context: Vec<String>,
    pub(crate) expected: Option<String>,
    pub(crate) output: String,
}

/// Draws samples that `metric` scored, and writes them to `directory` as a page and a table.
///
/// # Errors
///
/// A run that cannot be read or has no such metric, nothing to draw from, files that are there already.
pub fn draw_sample(
    run: &RunReader,
    metric: &str,
    drawing: &Drawing,
    directory: &Path,
) -> Result<DrawnSample, DrawingError> {
    metric_of(run, metric)?;
    let manifest = run.manifest();
    let mut scored = Vec::new();
    for (position, sample) in run.samples().map_err(LabelsError::from)?.enumerate() {
        let sample = sample.map_err(LabelsError::from)?;
        let value = sample.scores.iter().find(|score| score.metric == metric).and_then(|score| score.value);
        if let Some(value) = value.filter(|_| !drawing.labelled.contains(&sample.id)) {
            scored.push((value, position));
        }
    }
    if scored.is_empty() {
        return Err(DrawingError::Nothing { run: manifest.run.clone(), metric: metric.to_owned() });
    }
    let mut random = Random::new(drawing.seed);
    let mut wanted = stratified(scored, drawing.samples.min(MAX_SAMPLES), &mut random);
    wanted.sort_unstable();
    let mut shown = Vec::with_capacity(wanted.len());
    for (position, sample) in run.samples().map_err(LabelsError::from)?.enumerate() {
        if wanted.binary_search(&position).is_ok() {
            shown.push(Shown::of(sample.map_err(LabelsError::from)?));
        }
    }
    random.shuffle(&mut shown);

    let written = DrawnSample {
        page: directory.join("sample.html"),
        table: directory.join("sample.csv"),
        samples: shown.len(),
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DrawingError::Write { path, source }
    };
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let file = File::create_new(&written.table).map_err(failed(&written.table))?;
    table::write(&shown, file).map_err(failed(&written.table))?;
    let file = File::create_new(&written.page).map_err(failed(&written.page))?;
    let mut file = BufWriter::new(file);
    page::write(manifest, metric, drawing.grades, &shown, &mut file)
        .and_then(|()| file.flush())
        .map_err(failed(&written.page))?;
    Ok(written)
}

/// Positions of `count` samples, as many from each part of the values.
fn stratified(mut scored: Vec<(f64, usize)>, count: usize, random: &mut Random) -> Vec<usize> {
    // In random order first, so that equal values fall into parts by chance.
    random.shuffle(&mut scored);
    scored.sort_by(|one, other| one.0.total_cmp(&other.0));
    let count = count.min(scored.len());
    let strata = STRATA.min(count);
    let mut drawn = Vec::with_capacity(count);
    let mut left = Vec::new();
    for stratum in 0..strata {
        let part = |all: usize, end: usize| all * end / strata;
        let mut members: Vec<usize> = scored[part(scored.len(), stratum)..part(scored.len(), stratum + 1)]
            .iter()
            .map(|(_, position)| *position)
            .collect();
        random.shuffle(&mut members);
        let take = (part(count, stratum + 1) - part(count, stratum)).min(members.len());
        left.extend(members.split_off(take));
        drawn.extend(members);
    }
    // Where a part is smaller than its share, others make up for it.
    random.shuffle(&mut left);
    drawn.extend(left.into_iter().take(count.saturating_sub(drawn.len())));
    drawn
}

impl Shown {
    fn of(sample: SampleRecord) -> Self {
        let text = |text: &str| {
            let mut end = text.len().min(MAX_TEXT);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let mut shown = escape(&text[..end]);
            if end < text.len() {
                shown.push_str(&format!("\n… and {} more bytes", text.len() - end));
            }
            shown
        };
        let role = |role| match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        Self {
            input: text(&sample.input),
            conversation: sample
                .conversation
                .iter()
                .map(|message| (role(message.role), text(&message.content)))
                .collect(),
            context: sample.context.iter().map(|passage| text(passage)).collect(),
            expected: sample.expected.as_deref().map(text),
            output: text(sample.output.as_deref().unwrap_or_default()),
            // Ids hold no control characters; a label finds its sample by the id as it is.
            id: sample.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_scores_is_drawn_from() {
        let scored: Vec<(f64, usize)> =
            (0..1000).map(|position| (position as f64 / 1000.0, position)).collect();
        let drawn = stratified(scored.clone(), 20, &mut Random::new(1));
        assert_eq!(drawn.len(), 20);
        for tenth in 0..10 {
            let of = drawn.iter().filter(|position| **position / 100 == tenth).count();
            assert_eq!(of, 2, "from part {tenth}");
        }
        assert_eq!(drawn, stratified(scored.clone(), 20, &mut Random::new(1)));
        assert_ne!(drawn, stratified(scored, 20, &mut Random::new(2)));
    }

    #[test]
    fn all_are_drawn_where_there_are_fewer() {
        let mut drawn = stratified(vec![(0.0, 4), (0.0, 2), (1.0, 9)], 20, &mut Random::new(1));
        drawn.sort_unstable();
        assert_eq!(drawn, [2, 4, 9]);
        let flat = (0..37).map(|position| (1.0, position)).collect();
        let mut drawn = stratified(flat, 25, &mut Random::new(1));
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 25);
    }
}
