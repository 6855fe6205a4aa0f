//! Long texts in pieces that a model can read.

/// The passages in windows of at most `most` bytes, each the passages or parts of passages that fit, in order. A passage
/// that is longer is cut at white space where there is any, and each of its parts repeats the last `overlap` bytes of the
/// one before, so that what stands across a cut is whole in one of them.
pub(crate) fn windows(passages: &[String], most: usize, overlap: usize) -> Vec<String> {
    let most = most.max(8);
    let mut windows: Vec<String> = Vec::new();
    for passage in passages {
        for part in parts(passage, most, overlap.min(most / 2)) {
            match windows.last_mut() {
                Some(last) if last.len() + BETWEEN.len() + part.len() <= most => {
                    last.push_str(BETWEEN);
                    last.push_str(part);
                }
                _ => windows.push(part.to_owned()),
            }
        }
    }
    windows
}

/// What stands between two passages.
const BETWEEN: &str = "\n\n";

fn parts(text: &str, most: usize, overlap: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    while text.len() - start > most {
        let hard = text.floor_char_boundary(start + most);
        // Not so early that the next part would begin where this one did.
        let earliest = text.ceil_char_boundary(start + most / 2 + overlap / 2);
        let soft = text.get(earliest..hard).and_then(|tail| tail.rfind(char::is_whitespace));
        let end = soft.map_or(hard, |at| earliest + at);
        parts.push(&text[start..end]);
        let next = text.floor_char_boundary(end - overlap.min(end));
        start = if next > start { next } else { end };
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_passages_share_a_window() {
        let passages = ["one", "two", "three and four"].map(str::to_owned);
        assert_eq!(windows(&passages, 12, 4), ["one\n\ntwo", "three and", " and four"]);
        assert_eq!(windows(&passages, 100, 4), ["one\n\ntwo\n\nthree and four"]);
        assert!(windows(&[], 100, 4).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(
            passages in prop::collection::vec("[a-z 語ü]{0,200}", 0..4), most in 8..64_usize, overlap in 0..40_usize,
        ) {
            let windows = windows(&passages, most, overlap);
            prop_assert!(windows.iter().all(|window| window.len() <= most));
            for passage in &passages {
                // Whatever is shorter than the overlap is whole in one window.
                let chars = passage.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
                for pair in chars.windows(2) {
                    let piece = &passage[pair[0]..pair[1]];
                    prop_assert!(windows.iter().any(|window| window.contains(piece)));
                }
                if overlap.min(most / 2) >= 12 {
                    for start in chars {
                        let end = passage.floor_char_boundary((start + 6).min(passage.len()));
                        let piece = &passage[start..end];
                        prop_assert!(windows.iter().any(|window| window.contains(piece)), "{piece:?} {windows:?}");
                    }
                }
            }
        }
    }
}
