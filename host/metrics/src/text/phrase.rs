//! Looks for a phrase in a text, with or without regard to case.

use std::ops::Range;

/// A text that phrases are looked for in.
#[derive(Debug)]
pub(super) struct Haystack<'a> {
    text: &'a str,
    folded: Option<Folded>,
}

impl<'a> Haystack<'a> {
    pub(super) fn new(text: &'a str, ignore_case: bool) -> Self {
        Self { text, folded: ignore_case.then(|| Folded::new(text)) }
    }

    pub(super) fn contains(&self, phrase: &str) -> bool {
        match &self.folded {
            None => self.text.contains(phrase),
            Some(folded) => folded.text.contains(&fold(phrase)),
        }
    }

    /// Bytes of the text in which `phrase` stands: the first `most` of them, which do not overlap.
    pub(super) fn find(&self, phrase: &str, most: usize) -> Vec<Range<usize>> {
        match &self.folded {
            None => {
                self.text.match_indices(phrase).take(most).map(|(at, found)| at..at + found.len()).collect()
            }
            Some(folded) => {
                let phrase = fold(phrase);
                folded
                    .text
                    .match_indices(&phrase)
                    .take(most)
                    .map(|(at, _)| folded.original(at..at + phrase.len()))
                    .collect()
            }
        }
    }
}

/// A text in lower case, and where its characters come from.
#[derive(Debug)]
struct Folded {
    text: String,
    /// For each character of the original: its first byte in the folded text and in the original.
    origins: Vec<(usize, usize)>,
}

impl Folded {
    fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origins = Vec::with_capacity(original.len());
        for (at, c) in original.char_indices() {
            origins.push((text.len(), at));
            text.extend(folded(c));
        }
        origins.push((text.len(), original.len()));
        Self { text, origins }
    }

    /// The whole characters of the original that bytes of the folded text come from.
    fn original(&self, range: Range<usize>) -> Range<usize> {
        let first = self.origins.partition_point(|(folded, _)| *folded <= range.start).saturating_sub(1);
        let end = self.origins.partition_point(|(folded, _)| *folded < range.end);
        self.origins[first].1..self.origins[end.min(self.origins.len() - 1)].1
    }
}

fn fold(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

/// Lower case of one character. A sigma at the end of a word is a sigma.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_is_ignored_in_every_script_and_spans_are_of_the_original() {
        let text = "ΟΔΟΣ, İstanbul, GROẞ, Naïve CAFÉ";
        let haystack = Haystack::new(text, true);
        for (phrase, found) in [("οδος", "ΟΔΟΣ"), ("i", "İ"), ("groß", "GROẞ"), ("café", "CAFÉ")]
        {
            assert!(haystack.contains(phrase), "{phrase}");
            assert_eq!(&text[haystack.find(phrase, 9)[0].clone()], found);
        }
        assert!(!Haystack::new(text, false).contains("café"));
        assert_eq!(Haystack::new("aaaa", false).find("aa", 9), [0..2, 2..4]);
        assert_eq!(Haystack::new("aaaa", false).find("a", 3).len(), 3);
    }

    proptest! {
        #[test]
        fn spans_are_whole_characters(text in any::<String>(), phrase in "\\PC{1,2}") {
            for range in Haystack::new(&text, true).find(&phrase, 100) {
                prop_assert!(text.get(range.clone()).is_some_and(|found| !found.is_empty()), "{:?}", range);
            }
        }
    }
}
