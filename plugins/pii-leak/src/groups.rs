//! Runs of digits, from which card and telephone numbers are put together.

use std::ops::Range;

/// A run of ASCII digits.
#[derive(Clone)]
pub(crate) struct Group<'a> {
    pub(crate) bytes: Range<usize>,
    pub(crate) digits: &'a str,
}

/// All runs of digits in `text`, from left to right.
pub(crate) fn groups(text: &str) -> Vec<Group<'_>> {
    let bytes = text.as_bytes();
    let mut groups = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 0 {
            groups.push(Group { bytes: at..at + length, digits: &text[at..at + length] });
        }
        at += length.max(1);
    }
    groups
}

/// The digits of `groups` in a row.
pub(crate) fn join(groups: &[Group<'_>]) -> String {
    groups.iter().map(|group| group.digits).collect()
}

/// How many different digits there are. Counts and placeholders have few.
pub(crate) fn variety(digits: &str) -> u32 {
    digits.bytes().fold(0_u16, |seen, digit| seen | 1 << (digit - b'0')).count_ones()
}
