//! Words that hold an English sentence together and say nothing by themselves.

/// Whether the word, in lower case, is one of them.
pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.binary_search(&word).is_ok()
}

/// Whether an answer's "yes" or "no" is the word: it says something of the question, which is not what is checked.
pub(super) fn is_reply(word: &str) -> bool {
    matches!(word, "yes" | "no" | "ok" | "okay" | "sure" | "ja" | "nein")
}

/// Whether the word, in lower case, negates what stands with it.
pub(super) fn is_negation(word: &str) -> bool {
    word.ends_with("n't")
        || matches!(
            word,
            "not"
                | "no"
                | "never"
                | "none"
                | "without"
                | "neither"
                | "nor"
                | "cannot"
                | "nothing"
                | "nobody"
                | "unable"
                | "fail"
                | "fails"
                | "failed"
                | "lack"
                | "lacks"
                | "refuse"
                | "refuses"
                | "refused"
                | "nicht"
                | "kein"
                | "keine"
                | "keinen"
                | "nie"
                | "ohne"
        )
}

/// Whether a word only carries the negation that stands at it: "does" in "does not include".
pub(super) fn is_auxiliary(word: &str) -> bool {
    matches!(word, "do" | "does" | "did")
}

/// German writes every noun with a capital, which then says nothing of names.
pub(super) fn is_german(word: &str) -> bool {
    matches!(
        word,
        "der"
            | "das"
            | "und"
            | "ist"
            | "nicht"
            | "ein"
            | "eine"
            | "mit"
            | "für"
            | "auf"
            | "den"
            | "dem"
            | "zu"
            | "sie"
            | "wir"
            | "ich"
            | "sind"
            | "von"
            | "im"
    )
}

/// Sorted.
const FUNCTION_WORDS: [&str; 141] = [
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "cannot",
    "could",
    "d",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "down",
    "during",
    "each",
    "few",
    "for",
    "from",
    "further",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "itself",
    "just",
    "ll",
    "m",
    "may",
    "me",
    "might",
    "more",
    "most",
    "must",
    "my",
    "myself",
    "n't",
    "no",
    "nor",
    "not",
    "now",
    "of",
    "off",
    "on",
    "once",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "re",
    "s",
    "same",
    "shall",
    "she",
    "should",
    "so",
    "some",
    "such",
    "t",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "us",
    "ve",
    "very",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
    "yours",
    "yourself",
];
