//! Curves and histograms as rows of characters.

use crate::statistics::Cut;

/// Bins of a histogram on a page.
pub(crate) const BINS: usize = 40;

/// The dots of a Braille character by column and row, as Unicode numbers them.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Draws lines through `points`, both of whose coordinates are 0 to 1, on `columns` by `rows` characters of two by four
/// dots. The first row is the top.
pub(crate) fn curve(points: &[(f64, f64)], columns: usize, rows: usize) -> Vec<String> {
    let (across, up) = (columns * 2 - 1, rows * 4 - 1);
    let mut cells = vec![vec![0_u32; columns]; rows];
    let at = |share: f64, most: usize| (share.clamp(0.0, 1.0) * most as f64).round() as usize;
    let mut dot = |x: usize, y: usize| cells[(up - y) / 4][x / 2] |= DOTS[x % 2][(up - y) % 4];
    let dots = points.iter().map(|&(x, y)| (at(x, across), at(y, up)));
    let mut last: Option<(usize, usize)> = None;
    for (x, y) in dots {
        let (from_x, from_y) = last.unwrap_or((x, y));
        let steps = x.abs_diff(from_x).max(y.abs_diff(from_y)).max(1);
        for step in 0..=steps {
            let between = |from: usize, to: usize| {
                (from as f64 + (to as f64 - from as f64) * step as f64 / steps as f64).round() as usize
            };
            dot(between(from_x, x), between(from_y, y));
        }
        last = Some((x, y));
    }
    let text = |row: &Vec<u32>| {
        row.iter().map(|&dots| char::from_u32(0x2800 + dots).unwrap_or(' ')).collect::<String>()
    };
    cells.iter().map(text).collect()
}

/// False alarms and recall at a threshold, where `last` calls everything positive.
pub(crate) fn roc_point(cut: &Cut, last: &Cut) -> (f64, f64) {
    let share = |part: u64, whole: u64| part as f64 / whole as f64;
    (share(cut.false_positives, last.false_positives), share(cut.true_positives, last.true_positives))
}

/// Recall and precision at a threshold.
pub(crate) fn precision_point(cut: &Cut, last: &Cut) -> (f64, f64) {
    let found = cut.true_positives as f64;
    (found / last.true_positives as f64, found / (cut.true_positives + cut.false_positives) as f64)
}

/// Counts of `values` in equal bins from `low` to `high`; the outer ones take what lies beyond.
pub(crate) fn histogram(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for value in values {
        counts[place(*value, low, high, bins)] += 1;
    }
    counts
}

/// The bin of a value.
pub(crate) fn place(value: f64, low: f64, high: f64, bins: usize) -> usize {
    let share = if high > low { (value - low) / (high - low) } else { 0.0 };
    ((share * bins as f64).max(0.0) as usize).min(bins - 1)
}

/// One row of bars, the highest of `most`; the smallest count is still to be seen.
pub(crate) fn bars(counts: &[u64], most: u64) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar = |&count: &u64| match count {
        0 => ' ',
        count => BARS[((count as f64 / most.max(1) as f64 * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    counts.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_corner_to_corner() {
        assert_eq!(curve(&[(0.0, 0.0), (1.0, 1.0)], 2, 1), ["⡠⠊"]);
        assert_eq!(curve(&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)], 2, 2), ["⡏⠉", "⡇⠀"]);
        assert_eq!(curve(&[], 1, 1), ["⠀"]);
    }

    #[test]
    fn bins_hold_every_value() {
        assert_eq!(histogram(&[-1.0, 0.0, 0.49, 0.5, 1.0, 7.0], 0.0, 1.0, 2), [3, 3]);
        assert_eq!(histogram(&[3.0, 3.0], 3.0, 3.0, 4), [2, 0, 0, 0]);
        assert_eq!(bars(&[0, 1, 500, 1000], 1000), " ▁▄█");
    }
}
