//! Many ranges, asked about at once.

use std::ops::Range;

/// Ranges of a text, such as the passages in which a rule does not apply. Collect them from any iterator; a question
/// costs the logarithm of their number, so a hostile text with many hits cannot exhaust the plugin's fuel.
///
/// ```
/// use scorebox_sdk::text::Ranges;
///
/// let quotes: Ranges = [4..9, 20..30].into_iter().collect();
/// assert!(quotes.cover(&(5..9)) && !quotes.cover(&(8..12)));
/// assert!(quotes.touch(&(8..12)) && !quotes.touch(&(9..20)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    /// Starts in order, each with the farthest end of the ranges that start there or before.
    reach: Vec<(usize, usize)>,
}

impl Ranges {
    /// Whether `range` lies within one of the ranges.
    pub fn cover(&self, range: &Range<usize>) -> bool {
        self.farthest(|start| start <= range.start).is_some_and(|end| range.end <= end)
    }

    /// Whether `range` shares a byte with one of the ranges.
    pub fn touch(&self, range: &Range<usize>) -> bool {
        self.farthest(|start| start < range.end).is_some_and(|end| range.start < end)
    }

    /// The farthest end of the ranges whose start is `within`.
    fn farthest(&self, within: impl Fn(usize) -> bool) -> Option<usize> {
        let count = self.reach.partition_point(|&(start, _)| within(start));
        Some(self.reach[count.checked_sub(1)?].1)
    }
}

impl FromIterator<Range<usize>> for Ranges {
    fn from_iter<T: IntoIterator<Item = Range<usize>>>(ranges: T) -> Self {
        let mut reach: Vec<(usize, usize)> = ranges
            .into_iter()
            .filter(|range| !range.is_empty())
            .map(|range| (range.start, range.end))
            .collect();
        reach.sort_unstable();
        let mut farthest = 0;
        for (_, end) in &mut reach {
            farthest = farthest.max(*end);
            *end = farthest;
        }
        Self { reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_answers_are_those_of_asking_every_range(
            ranges in prop::collection::vec((0usize..30, 0usize..8), 0..12), start in 0usize..30, length in 1usize..8,
        ) {
            let all: Vec<Range<usize>> = ranges.into_iter().map(|(start, length)| start..start + length).collect();
            let asked = start..start + length;
            let ranges: Ranges = all.iter().cloned().collect();
            let covers = |range: &Range<usize>| range.start <= asked.start && asked.end <= range.end;
            let touches = |range: &Range<usize>| range.start.max(asked.start) < range.end.min(asked.end);
            prop_assert_eq!(ranges.cover(&asked), all.iter().any(covers));
            prop_assert_eq!(ranges.touch(&asked), all.iter().any(touches));
        }
    }
}
