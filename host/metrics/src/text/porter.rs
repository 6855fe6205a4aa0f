//! Porter's stemmer with the extensions of NLTK, which rouge-score uses.
//!
//! M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980; NLTK's `PorterStemmer` in its default mode.

/// Words that keep or get a stem of their own.
const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// The stem of a word of lower-case ASCII letters and digits, at least three of them.
pub(crate) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    let mut word = word.to_owned();
    for step in
        [plurals, past_and_gerund, final_y, double_suffixes, full_and_ness, long_stems, final_e, final_l]
    {
        step(&mut word);
    }
    word
}

/// A suffix, what replaces it, and what the rest of the word has to be like.
type Rule = (&'static str, &'static str, fn(&str) -> bool);

/// Applies the first rule whose suffix fits; if its condition does not hold, no other is tried.
fn apply(word: &mut String, rules: &[Rule]) {
    if let Some((suffix, replacement, condition)) = rules.iter().find(|(suffix, ..)| word.ends_with(suffix)) {
        let stem = word.len() - suffix.len();
        if condition(&word[..stem]) {
            word.truncate(stem);
            word.push_str(replacement);
        }
    }
}

/// Step 1a.
fn plurals(word: &mut String) {
    if word.len() == 4 && word.ends_with("ies") {
        word.truncate(3);
    } else {
        apply(word, &[("sses", "ss", always), ("ies", "i", always), ("ss", "ss", always), ("s", "", always)]);
    }
}

/// Step 1b.
fn past_and_gerund(word: &mut String) {
    if word.ends_with("ied") {
        word.truncate(word.len() - if word.len() == 4 { 1 } else { 2 });
        return;
    }
    if let Some(stem) = word.strip_suffix("eed") {
        if measure(stem) > 0 {
            word.truncate(word.len() - 1);
        }
        return;
    }
    let stem =
        ["ed", "ing"].iter().find_map(|suffix| word.strip_suffix(suffix).filter(|stem| has_vowel(stem)));
    let Some(length) = stem.map(str::len) else { return };
    word.truncate(length);
    if ["at", "bl", "iz"].iter().any(|suffix| word.ends_with(suffix)) {
        word.push('e');
    } else if ends_double_consonant(word) {
        if !word.ends_with(['l', 's', 'z']) {
            word.truncate(length - 1);
        }
    } else if measure(word) == 1 && ends_cvc(word) {
        word.push('e');
    }
}

/// Step 1c.
fn final_y(word: &mut String) {
    apply(word, &[("y", "i", |stem| stem.len() > 1 && is_consonant(stem.as_bytes(), stem.len() - 1))]);
}

/// Step 2.
fn double_suffixes(word: &mut String) {
    if let Some(stem) = word.strip_suffix("alli")
        && positive(stem)
    {
        // What is left may end in "tional", which the rules then see.
        word.truncate(word.len() - 2);
    }
    apply(
        word,
        &[
            ("ational", "ate", positive),
            ("tional", "tion", positive),
            ("enci", "ence", positive),
            ("anci", "ance", positive),
            ("izer", "ize", positive),
            ("bli", "ble", positive),
            ("alli", "al", positive),
            ("entli", "ent", positive),
            ("eli", "e", positive),
            ("ousli", "ous", positive),
            ("ization", "ize", positive),
            ("ation", "ate", positive),
            ("ator", "ate", positive),
            ("alism", "al", positive),
            ("iveness", "ive", positive),
            ("fulness", "ful", positive),
            ("ousness", "ous", positive),
            ("aliti", "al", positive),
            ("iviti", "ive", positive),
            ("biliti", "ble", positive),
            ("fulli", "ful", positive),
            // The l counts as part of the stem, so that "geologi" loses its ending as "archaeologi" does.
            ("logi", "log", |stem| measure_with(stem, b'l') > 0),
        ],
    );
}

/// Step 3.
fn full_and_ness(word: &mut String) {
    apply(
        word,
        &[
            ("icate", "ic", positive),
            ("ative", "", positive),
            ("alize", "al", positive),
            ("iciti", "ic", positive),
            ("ical", "ic", positive),
            ("ful", "", positive),
            ("ness", "", positive),
        ],
    );
}

/// Step 4.
fn long_stems(word: &mut String) {
    apply(
        word,
        &[
            ("al", "", long),
            ("ance", "", long),
            ("ence", "", long),
            ("er", "", long),
            ("ic", "", long),
            ("able", "", long),
            ("ible", "", long),
            ("ant", "", long),
            ("ement", "", long),
            ("ment", "", long),
            ("ent", "", long),
            ("ion", "", |stem| long(stem) && stem.ends_with(['s', 't'])),
            ("ou", "", long),
            ("ism", "", long),
            ("ate", "", long),
            ("iti", "", long),
            ("ous", "", long),
            ("ive", "", long),
            ("ize", "", long),
        ],
    );
}

/// Step 5a.
fn final_e(word: &mut String) {
    apply(word, &[("e", "", |stem| measure(stem) > 1 || (measure(stem) == 1 && !ends_cvc(stem)))]);
}

/// Step 5b.
fn final_l(word: &mut String) {
    apply(word, &[("ll", "l", |stem| measure_with(stem, b'l') > 1)]);
}

fn always(_: &str) -> bool {
    true
}

fn positive(stem: &str) -> bool {
    measure(stem) > 0
}

fn long(stem: &str) -> bool {
    measure(stem) > 1
}

/// For each letter, whether it is a consonant: no vowel, and no y after a consonant.
fn consonants(letters: impl Iterator<Item = u8>) -> impl Iterator<Item = bool> {
    letters.scan(None, |before: &mut Option<bool>, letter| {
        let consonant = match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => !before.unwrap_or(false),
            _ => true,
        };
        *before = Some(consonant);
        Some(consonant)
    })
}

/// How often a consonant follows a vowel: the m of the paper.
fn measure(stem: &str) -> usize {
    transitions(stem.bytes())
}

/// The measure of `stem` with one more letter.
fn measure_with(stem: &str, letter: u8) -> usize {
    transitions(stem.bytes().chain([letter]))
}

fn transitions(letters: impl Iterator<Item = u8>) -> usize {
    let mut before = true;
    let grows = |consonant: &bool| !std::mem::replace(&mut before, *consonant) && *consonant;
    consonants(letters).filter(grows).count()
}

fn has_vowel(stem: &str) -> bool {
    consonants(stem.bytes()).any(|consonant| !consonant)
}

fn is_consonant(word: &[u8], at: usize) -> bool {
    consonants(word[..=at].iter().copied()).last().unwrap_or(true)
}

fn ends_double_consonant(word: &str) -> bool {
    let word = word.as_bytes();
    matches!(word, [.., a, b] if a == b) && is_consonant(word, word.len() - 1)
}

/// Consonant, vowel, consonant other than w, x and y; also a word of a vowel and a consonant.
fn ends_cvc(word: &str) -> bool {
    let letters = word.as_bytes();
    let flags = consonants(letters.iter().copied()).collect::<Vec<_>>();
    match flags.as_slice() {
        [false, true] => true,
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stems_are_those_of_nltk() {
        let lines = include_str!("../../tests/reference/stems.tsv").lines().collect::<Vec<_>>();
        assert!(lines.len() > 1500);
        for line in lines {
            let (word, reference) = line.split_once('\t').unwrap();
            assert_eq!(stem(word), reference, "of {word}");
        }
    }

    proptest! {
        #[test]
        fn every_word_has_a_stem(word in "[a-z0-9]{3,12}|[aeiouysdlnge]{3,9}") {
            prop_assert!(!stem(&word).is_empty());
        }
    }
}
