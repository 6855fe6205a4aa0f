//! What a suite can configure.

use scorebox_sdk::prelude::*;

/// Which language the answer has to be in.
#[settings]
pub struct Settings {
    /// `same-as-input`, or a language by its ISO 639 code of two or three letters; a region as in `pt-BR` is ignored.
    #[serde(default = "same_as_input")]
    pub expect: String,
    /// Languages that questions are in, by their codes, for `same-as-input`. A short question is then not mistaken for one
    /// in some other language. All languages by default.
    #[serde(default)]
    pub input_languages: Vec<String>,
    /// Further languages that are fine, by their codes.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Texts with fewer letters than this, code and addresses not counted, are undecided; a character of Chinese,
    /// Japanese or Korean counts for three. Another script than the expected language's is told from six letters on.
    #[serde(default = "min_letters")]
    pub min_letters: u32,
    /// Judge every sentence by itself too, so that an answer that slips into another language for a sentence fails.
    /// Of more than 24 sentences, neighbours are judged together.
    #[serde(default)]
    pub each_sentence: bool,
}

fn same_as_input() -> String {
    "same-as-input".to_owned()
}

/// Below this, trigrams mistake one in some dozens of everyday sentences.
fn min_letters() -> u32 {
    30
}
