//! Text as a browser shows it, and where byte offsets of the original are found in it.

use crate::report::escape::push_visible;

/// A text with everything hidden made visible, cut to a length.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    pub(crate) text: String,
    /// Bytes of the original that were cut off its end.
    pub(crate) omitted: usize,
    /// For each offset that was asked for, in UTF-16 units of `text`; `None` where it was cut off.
    pub(crate) places: Vec<Option<usize>>,
}

/// Makes the first `limit` bytes of `text` visible, and finds the byte `offsets` in it.
pub(crate) fn visible(text: &str, limit: usize, offsets: &[usize]) -> Visible {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|&index| offsets[index]);
    let mut order = order.into_iter().peekable();
    let mut places = vec![None; offsets.len()];
    let mut shown = String::with_capacity(text.len().min(limit));
    let mut units = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if at + c.len_utf8() > limit {
            break;
        }
        while let Some(index) = order.next_if(|&index| offsets[index] <= at) {
            places[index] = Some(units);
        }
        end = at + c.len_utf8();
        if c == '\r' && text[end..].starts_with('\n') {
            continue;
        }
        let before = shown.len();
        push_visible(&mut shown, c);
        units += shown[before..].encode_utf16().count();
    }
    for index in order.take_while(|&index| offsets[index] <= end) {
        places[index] = Some(units);
    }
    Visible { text: shown, omitted: text.len() - end, places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_found_in_what_is_shown() {
        let text = "für 🙂\x1b漢\r\n!";
        let offsets =
            [text.find('!').unwrap(), 0, text.find('漢').unwrap(), text.find('🙂').unwrap(), text.len(), 99];
        let shown = visible(text, usize::MAX, &offsets);
        assert_eq!(shown.text, "für 🙂\\u{1b}漢\n!");
        let units: Vec<u16> = shown.text.encode_utf16().collect();
        let at = |index: usize| shown.places[index].map(|at| String::from_utf16(&units[at..]).unwrap());
        assert_eq!(at(0).as_deref(), Some("!"));
        assert_eq!(at(1).as_deref(), Some(shown.text.as_str()));
        assert_eq!(at(2).as_deref(), Some("漢\n!"));
        assert_eq!(at(3).as_deref(), Some("🙂\\u{1b}漢\n!"));
        assert_eq!(at(4).as_deref(), Some(""));
        assert_eq!(at(5), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let shown = visible("aé漢", 4, &[0, 3, 6]);
        assert_eq!(shown, Visible { text: "aé".into(), omitted: 3, places: vec![Some(0), Some(2), None] });
    }
}
