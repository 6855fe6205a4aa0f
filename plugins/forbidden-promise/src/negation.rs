//! Whether the words before a promise take it back: "we cannot guarantee", "there is no guarantee that we will …".
//!
//! English, and on purpose only the obvious cases: a promise that is reported although it is denied costs a look, a
//! promise that is missed costs more.

/// How many bytes before a promise can deny it.
const REACH: usize = 120;

/// Words between a denial and what it denies.
const MAX_WORDS: usize = 8;

/// The end of `before` that can matter.
pub(crate) fn reach(before: &str) -> &str {
    let mut start = before.len().saturating_sub(REACH);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    &before[start..]
}

/// Whether the promise right after `before` is denied. `before` is folded text: lower case, plain quotes.
pub(crate) fn denies(before: &str) -> bool {
    let clause = reach(before);
    let clause = clause.rfind(['.', '!', '?', ';', ':', '(', '"']).map_or(clause, |at| &clause[at + 1..]);
    let words: Vec<&str> = clause.split_whitespace().collect();
    // One comma separates ("no problem, we guarantee"), two enclose ("we cannot, at this time, guarantee").
    let mut commas = 0;
    let mut clause_of_its_own = false;
    for (distance, &written) in words.iter().rev().enumerate().take(MAX_WORDS + 1) {
        let index = words.len() - 1 - distance;
        let word = written.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '\'');
        commas += usize::from(written.ends_with(','));
        if is_conjunction(word) {
            return false;
        }
        if is_denial(word, words.get(index + 1).copied()) {
            return commas % 2 == 0 && !clause_of_its_own;
        }
        // A new subject starts a new statement, unless it is what is denied: "cannot promise that we …".
        let leads_in = index.checked_sub(1).is_some_and(|before| takes_a_clause(words[before]));
        clause_of_its_own |= is_subject(word) && !leads_in;
    }
    false
}

fn is_denial(word: &str, next: Option<&str>) -> bool {
    match word {
        "not" => next != Some("only"),
        "cannot" | "never" | "no" | "without" | "unable" | "neither" | "nor" | "nobody" | "nothing"
        | "hardly" | "refuse" => true,
        _ => word.ends_with("n't"),
    }
}

fn is_conjunction(word: &str) -> bool {
    matches!(word, "but" | "however" | "yet" | "although" | "though" | "instead" | "because" | "so" | "since")
}

fn is_subject(word: &str) -> bool {
    matches!(word.split('\'').next(), Some("we" | "i" | "you" | "they" | "he" | "she" | "it"))
}

fn takes_a_clause(word: &str) -> bool {
    matches!(
        word,
        "that"
            | "if"
            | "whether"
            | "when"
            | "promise"
            | "guarantee"
            | "say"
            | "confirm"
            | "assure"
            | "sure"
            | "claim"
            | "think"
            | "believe"
    )
}

#[cfg(test)]
mod tests {
    use super::denies;

    #[test]
    fn what_is_denied_is_no_promise() {
        for before in [
            "we cannot ",
            "unfortunately we don't offer a ",
            "delivery is not ",
            "there is no ",
            "we can't, at this time, ",
            "i'm unable to promise that ",
            "there is no guarantee that we ",
            "we can't promise you ",
            "yes. we never ",
        ] {
            assert!(denies(before), "{before}");
        }
    }

    #[test]
    fn a_denial_of_something_else_does_not_count() {
        for before in [
            "",
            "we ",
            "no problem, ",
            "don't worry, we ",
            "do not hesitate. we ",
            "we do not ship on sunday but ",
            "this is not only ",
            "if you are not happy we ",
            "not one of the many people who bought this in the last year or so was ever ",
        ] {
            assert!(!denies(before), "{before}");
        }
    }

    #[test]
    fn the_window_keeps_characters_whole() {
        assert!(denies(&format!("{} not ", "ß".repeat(200))));
    }
}
