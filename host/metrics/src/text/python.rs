//! Python's idea of white space and letters, which the reference implementations are written in.

use unicode_normalization::char::is_combining_mark;

/// `str.isspace`: Unicode white space and the four ASCII separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `str.split()`: the words between white space, none of them empty.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `\w` of the `re` module: letters, numbers and the underscore. Unlike in Unicode's own definition, combining marks
/// and circled letters are none.
pub(super) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let circled = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f149}' | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}');
    c.is_numeric() || (c.is_alphabetic() && !is_combining_mark(c) && !circled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_python() {
        assert_eq!(
            words("\u{1c}a\u{1f}b\u{a0}c\u{200b}d\u{3000}").collect::<Vec<_>>(),
            ["a", "b", "c\u{200b}d"]
        );
        assert!(is_word('é') && is_word('_') && is_word('²') && is_word('返'));
        assert!(!is_word('\u{301}') && !is_word('Ⓐ') && !is_word('—') && !is_word('😀'));
    }
}
