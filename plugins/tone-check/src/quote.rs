//! Finds what a model quotes, so that nothing counts as evidence that does not stand there.

use std::ops::Range;

/// Where `quote` stands in `text`, whatever the white space in it; letter case and quotation marks count.
pub(crate) fn find(text: &str, quote: &str) -> Option<Range<usize>> {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let first = words.first()?;
    text.match_indices(first).find_map(|(start, _)| {
        let mut end = start + first.len();
        for word in &words[1..] {
            let rest = &text[end..];
            let next = rest.trim_start();
            // The words of a quote are apart in the text as well.
            if next.len() == rest.len() || !next.starts_with(word) {
                return None;
            }
            end += rest.len() - next.len() + word.len();
        }
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_found_across_lines_and_only_where_it_stands() {
        let text = "Well, das würde\n  ich nicht tun – ich nie.";
        let quoted = |quote| find(text, quote).map(|span| &text[span]);
        assert_eq!(quoted("würde ich  nicht"), Some("würde\n  ich nicht"));
        assert_eq!(quoted("ich nie"), Some("ich nie"), "the second “ich”");
        assert_eq!(quoted("Well"), Some("Well"));
        for quote in ["", " ", "well", "würdeich", "ich nie nicht", "würde tun"] {
            assert_eq!(quoted(quote), None, "{quote}");
        }
    }
}
