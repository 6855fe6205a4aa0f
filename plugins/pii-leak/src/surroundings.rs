//! What stands before and after a candidate.

/// The character that ends right before byte `at`.
pub(crate) fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// The character that starts at byte `at`.
pub(crate) fn after(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// Whether a run of digits or letters that starts at byte `at` starts there for real, and is no part of a longer
/// word, identifier or decimal number.
pub(crate) fn starts(text: &str, at: usize) -> bool {
    match before(text, at) {
        Some(character) if character.is_alphanumeric() || character == '_' => false,
        Some(mark @ ('.' | ',')) => !before(text, at - mark.len_utf8()).is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    }
}

/// The same for a run that ends at byte `at`.
pub(crate) fn ends(text: &str, at: usize) -> bool {
    match after(text, at) {
        Some(character) if character.is_alphanumeric() || character == '_' => false,
        Some(mark @ ('.' | ',')) => !after(text, at + mark.len_utf8()).is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    }
}

/// Spaces and hyphens as people and typesetters put them between groups of digits.
pub(crate) fn separates(character: char) -> bool {
    matches!(character, ' ' | '-' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2013}')
}

/// The words before byte `at` on its line, nearest first, in lower case. Looks back no further than matters.
pub(crate) fn words_before(text: &str, at: usize) -> impl Iterator<Item = String> + '_ {
    const REACH: usize = 64;
    let mut from = at.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let line = text[from..at].rsplit('\n').next().unwrap_or_default();
    line.rsplit(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
