//! The SDKs for Go and C fold text by tables, since their standard libraries do not; they are made of this crate's folding,
//! so that all languages find the same. `BLESS=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::fmt::Write;
use std::path::Path;

use scorebox_sdk::text::{Case, Folded};

/// Hangul syllables, which are decomposed by a formula instead.
const HANGUL: std::ops::RangeInclusive<char> = '\u{ac00}'..='\u{d7a3}';

fn letters() -> impl Iterator<Item = char> {
    ('\u{80}'..=char::MAX).filter(|letter| !HANGUL.contains(letter) && !letter.is_whitespace())
}

fn fold(letter: char, case: Case) -> String {
    Folded::new(&letter.to_string(), case).text().to_owned()
}

/// What is not itself when folded: without case, and with it.
fn folds() -> Vec<(char, String, String)> {
    letters()
        .map(|letter| (letter, fold(letter, Case::Ignore), fold(letter, Case::Match)))
        .filter(|(letter, ignore, exact)| {
            let same = |folded: &str| folded.chars().eq([*letter]);
            !same(ignore) || !same(exact)
        })
        .collect()
}

/// Ranges of the letters, in folded text, that a word does not end before or behind.
fn words() -> Vec<(char, char)> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut open = false;
    for letter in letters() {
        if fold(letter, Case::Match).chars().ne([letter]) {
            continue;
        }
        let text = format!("a{letter}");
        let word = !Folded::new(&text, Case::Match).is_word_boundary(1);
        match ranges.last_mut().filter(|_| open) {
            Some((_, last)) if word => *last = letter,
            _ if word => ranges.push((letter, letter)),
            _ => {}
        }
        open = word;
    }
    ranges
}

const HEADER: &str = "Made by sdk/rust/tests/fold_tables.rs: `BLESS=1 cargo test -p scorebox-sdk --test fold_tables` \
                      writes it anew.";

fn go() -> String {
    let escaped = |text: &str| {
        text.chars().fold(String::new(), |text, letter| match u32::from(letter) {
            code @ ..0x1_0000 => format!("{text}\\u{code:04x}"),
            code => format!("{text}\\U{code:08x}"),
        })
    };
    let mut out = format!("// {HEADER}\n\npackage scorebox\n\nvar folds = []folding{{\n");
    for (letter, ignore, exact) in folds() {
        let letter = u32::from(letter);
        writeln!(out, "\t{{{letter:#x}, \"{}\", \"{}\"}},", escaped(&ignore), escaped(&exact)).unwrap();
    }
    out.push_str("}\n\nvar words = []letterRange{\n");
    for (first, last) in words() {
        writeln!(out, "\t{{{:#x}, {:#x}}},", u32::from(first), u32::from(last)).unwrap();
    }
    out + "}\n"
}

fn c() -> String {
    let escaped = |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}\\{byte:03o}"));
    let mut out =
        format!("// {HEADER}\n\n#include \"internal.h\"\n\nconst scorebox_folding SCOREBOX_FOLDS[] = {{\n");
    for (letter, ignore, exact) in folds() {
        let letter = u32::from(letter);
        writeln!(out, "    {{{letter:#x}, \"{}\", \"{}\"}},", escaped(&ignore), escaped(&exact)).unwrap();
    }
    out.push_str(
        "};\nconst size_t SCOREBOX_FOLD_COUNT = sizeof SCOREBOX_FOLDS / sizeof *SCOREBOX_FOLDS;\n\n",
    );
    out.push_str("const scorebox_letters SCOREBOX_WORDS[] = {\n");
    for (first, last) in words() {
        writeln!(out, "    {{{:#x}, {:#x}}},", u32::from(first), u32::from(last)).unwrap();
    }
    out + "};\nconst size_t SCOREBOX_WORD_COUNT = sizeof SCOREBOX_WORDS / sizeof *SCOREBOX_WORDS;\n"
}

#[test]
fn the_tables_of_go_and_c_are_those_of_this_crate() {
    for (path, made) in [("../go/fold_table.go", go()), ("../c/fold_table.c", c())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap();
        assert!(there == made, "{} is out of date: run this test with BLESS=1", path.display());
    }
}
