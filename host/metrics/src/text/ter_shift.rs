//! The edits of TER: a beam-limited edit distance, and a greedy search for shifts that lower it.
//!
//! Follows sacreBLEU's `lib_ter`, which follows Tercom; limits and order of preference decide the value.

use super::check;
use crate::{Cancel, Fault};

/// Longest run of words that is shifted.
const MAX_SHIFT_SIZE: usize = 10;
/// Farthest that a run of words is shifted.
const MAX_SHIFT_DISTANCE: usize = 50;
/// Half the width of the beam around the diagonal.
const BEAM_WIDTH: f64 = 25.0;
/// Shifts that are tried before the search gives up.
const MAX_CANDIDATES: usize = 1000;
/// The cost of a cell outside the beam.
const UNREACHABLE: u32 = u32::MAX / 2;

/// Edits and shifts that turn `output` into `expected`.
pub(super) fn edits(output: &[u32], expected: &[u32], cancel: &Cancel) -> Result<usize, Fault> {
    if expected.is_empty() {
        return Ok(output.len());
    }
    let beam = Beam::new(output.len(), expected);
    let mut words = output.to_vec();
    let mut shifts = 0;
    let mut tried = 0;
    loop {
        let matrix = beam.matrix(&words);
        let best = best_shift(&beam, &matrix, &words, &mut tried, cancel)?;
        match best {
            Some(best) if best.gain > 0 && tried < MAX_CANDIDATES => words = shifted(&words, &best),
            _ => return Ok(shifts + matrix.distance() as usize),
        }
        shifts += 1;
    }
}

/// What one word of the output or the reference became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Substitute,
    /// A word of the reference that the output lacks.
    Insert,
    /// A word of the output that the reference lacks.
    Delete,
}

/// A row of the edit distance matrix, from column `first`; other cells are unreachable.
#[derive(Debug, Clone, Default)]
struct Row {
    first: usize,
    cells: Vec<(u32, Edit)>,
}

impl Row {
    fn cost(&self, column: usize) -> u32 {
        column.checked_sub(self.first).and_then(|at| self.cells.get(at)).map_or(UNREACHABLE, |cell| cell.0)
    }
}

/// The edit distance between the reference and any order of the output's words, near the diagonal.
#[derive(Debug)]
struct Beam<'a> {
    expected: &'a [u32],
    words: usize,
    ratio: f64,
    width: usize,
}

impl<'a> Beam<'a> {
    #[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    fn new(words: usize, expected: &'a [u32]) -> Self {
        let ratio = if words == 0 { 1.0 } else { expected.len() as f64 / words as f64 };
        let width = if BEAM_WIDTH < ratio / 2.0 { (ratio / 2.0 + BEAM_WIDTH).ceil() } else { BEAM_WIDTH };
        Self { expected, words, ratio, width: width as usize }
    }

    fn first_row(&self) -> Row {
        Row {
            first: 0,
            cells: (0u32..).zip(0..=self.expected.len()).map(|(cost, _)| (cost, Edit::Insert)).collect(),
        }
    }

    /// Fills `row`, which is the `number`th, for the output's word `word`.
    #[expect(clippy::cast_precision_loss, reason = "counts of words stay far below 2^52")]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the reference's length"
    )]
    fn fill(&self, row: &mut Row, above: &Row, number: usize, word: u32) {
        let diagonal = (number as f64 * self.ratio).floor() as usize;
        let end = self.expected.len() + 1;
        let last = if number == self.words { end } else { end.min(diagonal + self.width) };
        row.first = diagonal.saturating_sub(self.width);
        row.cells.clear();
        let mut left = UNREACHABLE;
        for column in row.first..last {
            let cell = if column == 0 {
                (above.cost(0) + 1, Edit::Delete)
            } else {
                let same = self.expected[column - 1] == word;
                let (wrong, edit) = if same { (0, Edit::Keep) } else { (1, Edit::Substitute) };
                // Of equal costs the first counts, as Tercom has it.
                let mut cell = (above.cost(column - 1) + wrong, edit);
                if above.cost(column) + 1 < cell.0 {
                    cell = (above.cost(column) + 1, Edit::Delete);
                }
                if left + 1 < cell.0 {
                    cell = (left + 1, Edit::Insert);
                }
                (cell.0.min(UNREACHABLE), cell.1)
            };
            left = cell.0;
            row.cells.push(cell);
        }
    }

    fn matrix(&self, words: &[u32]) -> Matrix {
        let mut rows = vec![self.first_row()];
        for (index, word) in words.iter().enumerate() {
            let mut row = Row::default();
            self.fill(&mut row, &rows[index], index + 1, *word);
            rows.push(row);
        }
        Matrix { rows, columns: self.expected.len() }
    }

    /// The distance for `words`, which begin with the same `unchanged` words as those of `matrix`.
    fn distance(&self, words: &[u32], matrix: &Matrix, unchanged: usize, scratch: &mut [Row; 2]) -> u32 {
        let mut above = &matrix.rows[unchanged];
        let [one, other] = scratch;
        let (mut filled, mut spare) = (one, other);
        for (index, word) in words.iter().enumerate().skip(unchanged) {
            self.fill(spare, above, index + 1, *word);
            std::mem::swap(&mut filled, &mut spare);
            above = filled;
        }
        above.cost(self.expected.len())
    }
}

/// All rows of an edit distance.
#[derive(Debug)]
struct Matrix {
    rows: Vec<Row>,
    columns: usize,
}

impl Matrix {
    fn distance(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.cost(self.columns))
    }

    fn alignment(&self) -> Alignment {
        let mut edits = Vec::with_capacity(self.rows.len() + self.columns);
        let (mut row, mut column) = (self.rows.len() - 1, self.columns);
        while row > 0 || column > 0 {
            let at = &self.rows[row];
            let inside = column.checked_sub(at.first).and_then(|cell| at.cells.get(cell)).map(|cell| cell.1);
            let edit = match inside {
                Some(edit) if row > 0 && column > 0 => edit,
                _ if column == 0 || (inside.is_none() && row > 0) => Edit::Delete,
                _ => Edit::Insert,
            };
            match edit {
                Edit::Keep | Edit::Substitute => (row, column) = (row - 1, column - 1),
                Edit::Insert => column -= 1,
                Edit::Delete => row -= 1,
            }
            edits.push(edit);
        }
        let mut alignment = Alignment::default();
        for edit in edits.into_iter().rev() {
            match edit {
                Edit::Keep | Edit::Substitute => {
                    alignment.output_wrong.push(edit == Edit::Substitute);
                    alignment.expected_wrong.push(edit == Edit::Substitute);
                    alignment.after.push(alignment.output_wrong.len());
                }
                Edit::Insert => {
                    alignment.expected_wrong.push(true);
                    alignment.after.push(alignment.output_wrong.len());
                }
                Edit::Delete => alignment.output_wrong.push(true),
            }
        }
        alignment
    }
}

/// Where the words of the reference stand in the output, and which words are wrong.
#[derive(Debug, Default)]
struct Alignment {
    /// For each word of the reference, the place after the word of the output that it is aligned with.
    after: Vec<usize>,
    expected_wrong: Vec<bool>,
    output_wrong: Vec<bool>,
}

/// Moves `length` words from `start` to before the word at `target`; ordered by preference.
#[derive(Debug, Clone, Copy)]
struct Shift {
    gain: i64,
    length: usize,
    start: usize,
    target: usize,
}

impl Shift {
    fn is_better_than(&self, other: &Self) -> bool {
        let rank = |shift: &Self| (shift.gain, shift.length, std::cmp::Reverse((shift.start, shift.target)));
        rank(self) > rank(other)
    }
}

/// The shift that lowers the distance most; `tried` counts on across calls.
fn best_shift(
    beam: &Beam<'_>,
    matrix: &Matrix,
    words: &[u32],
    tried: &mut usize,
    cancel: &Cancel,
) -> Result<Option<Shift>, Fault> {
    let alignment = matrix.alignment();
    let before = i64::from(matrix.distance());
    let mut best: Option<Shift> = None;
    let mut scratch = [Row::default(), Row::default()];
    for (start, expected_start, length) in matching_runs(words, beam.expected) {
        let target = alignment.after[expected_start];
        let all_right = |wrong: &[bool], from: usize| !wrong[from..from + length].contains(&true);
        if all_right(&alignment.output_wrong, start)
            || all_right(&alignment.expected_wrong, expected_start)
            || (start < target && target <= start + length)
        {
            continue;
        }
        check(cancel)?;
        let mut last = None;
        for offset in 0..=length {
            // One place before the run's counterpart, then each place after a word of it.
            let target = match (expected_start + offset).checked_sub(1) {
                None => 0,
                Some(word) => alignment.after[word],
            };
            if last.replace(target) == Some(target) {
                continue;
            }
            let mut shift = Shift { gain: 0, length, start, target };
            let candidate = shifted(words, &shift);
            let distance = beam.distance(&candidate, matrix, start.min(target), &mut scratch);
            shift.gain = before - i64::from(distance);
            *tried += 1;
            if best.is_none_or(|best| shift.is_better_than(&best)) {
                best = Some(shift);
            }
        }
        if *tried >= MAX_CANDIDATES {
            break;
        }
    }
    Ok(best)
}

/// Equal runs of words: start in the output, start in the reference, length. Every beginning of a run is one too.
fn matching_runs(words: &[u32], expected: &[u32]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..words.len()).flat_map(move |start| {
        let nearest = start.saturating_sub(MAX_SHIFT_DISTANCE);
        let farthest = expected.len().min(start + MAX_SHIFT_DISTANCE + 1);
        (nearest..farthest).flat_map(move |expected_start| {
            let equal =
                words[start..].iter().zip(&expected[expected_start..]).take_while(|(a, b)| a == b).count();
            (1..=equal.min(MAX_SHIFT_SIZE)).map(move |length| (start, expected_start, length))
        })
    })
}

fn shifted(words: &[u32], shift: &Shift) -> Vec<u32> {
    let Shift { length, start, target, .. } = *shift;
    let (run, end) = (&words[start..start + length], start + length);
    if target < start {
        [&words[..target], run, &words[target..start], &words[end..]].concat()
    } else if target > end {
        [&words[..start], &words[end..target], run, &words[target..]].concat()
    } else {
        // A target within the run counts from its end.
        let target = (length + target).min(words.len());
        [&words[..start], &words[end..target], run, &words[target..]].concat()
    }
}
