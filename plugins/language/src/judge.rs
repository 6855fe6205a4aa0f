//! Tells languages apart, and says when it can't.
//!
//! Trigram statistics are sure of themselves only among few candidates: whether a text is Danish or Norwegian is hard,
//! whether it is Danish or German is easy. So the likeliest language is asked for first, and then compared with the
//! expected ones only; what is not [`whatlang::Info::is_reliable`] (a confidence above 0.9) there stays undecided.

use whatlang::{Detector, Lang, Script, detect, detect_script};

use crate::prose::Prose;

/// Letters from which on a script can be told.
const MIN_SCRIPT_LETTERS: usize = 6;

pub(crate) struct Judge {
    /// Letters from which on a language can be told.
    pub(crate) min_letters: usize,
    /// What questions can be in; anything where it is empty.
    pub(crate) input_languages: Vec<Lang>,
}

/// What a text is. Languages are named in English.
#[derive(Debug, PartialEq)]
pub(crate) enum Judgement {
    Expected { language: String, confidence: f64 },
    Other { language: String, expected: String, confidence: f64 },
    Undecided { reason: String, confidence: f64 },
}

impl Judgement {
    /// 0 to 1.
    pub(crate) fn confidence(&self) -> f64 {
        match self {
            Self::Expected { confidence, .. }
            | Self::Other { confidence, .. }
            | Self::Undecided { confidence, .. } => confidence.clamp(0.0, 1.0),
        }
    }
}

impl Judge {
    /// Whether `text` is in one of the languages `fine`, of which the first is the one that was asked for.
    pub(crate) fn against(&self, text: &str, fine: &[Lang]) -> Judgement {
        let expected = names(fine);
        let letters = letters(text);
        let Some(script) = detect_script(text) else { return undecided("there is no prose", 0.0) };
        if fine.iter().any(|language| also_writes(*language, script)) {
            return undecided(format!("{expected} in this script cannot be told"), 0.0);
        }
        if letters >= MIN_SCRIPT_LETTERS && !fine.iter().any(|language| writes(*language, script)) {
            let language =
                detect(text).map_or_else(|| script.to_string(), |info| info.lang().eng_name().to_owned());
            return Judgement::Other { language, expected, confidence: 1.0 };
        }
        if letters < self.min_letters {
            return undecided(format!("{letters} letters are too few to tell"), 0.0);
        }
        let Some(info) = detect(text) else { return undecided("there is no prose", 0.0) };
        let (likeliest, confidence) = (info.lang(), info.confidence());
        if fine.contains(&likeliest) && !info.is_reliable() {
            return undecided(format!("it is probably {}", likeliest.eng_name()), confidence);
        }
        if fine.contains(&likeliest) {
            return Judgement::Expected { language: likeliest.eng_name().to_owned(), confidence };
        }
        let mut candidates = fine.to_vec();
        candidates.push(likeliest);
        match Detector::with_allowlist(candidates).detect(text) {
            Some(info) if info.is_reliable() && info.lang() == likeliest => {
                let language = likeliest.eng_name().to_owned();
                Judgement::Other { language, expected, confidence: info.confidence() }
            }
            Some(info) => {
                undecided(format!("it could be {} or {expected}", likeliest.eng_name()), info.confidence())
            }
            None => undecided("there is no prose", 0.0),
        }
    }

    /// The same for a text of several sentences. Where all of it could be either, because it switches, the sentences that
    /// are clear decide, if those in another language are most of it.
    pub(crate) fn against_all(&self, prose: &Prose<'_>, fine: &[Lang]) -> Judgement {
        let whole = self.against(prose.text(), fine);
        let total = letters(prose.text());
        if !matches!(whole, Judgement::Undecided { .. }) || total < self.min_letters {
            return whole;
        }
        let mut others = 0;
        let mut longest: Option<(usize, Judgement)> = None;
        for bytes in prose.passages() {
            let sentence = &prose.text()[bytes];
            let judgement = self.against(sentence, fine);
            if matches!(judgement, Judgement::Other { .. }) {
                let length = letters(sentence);
                others += length;
                if longest.as_ref().is_none_or(|(best, _)| length > *best) {
                    longest = Some((length, judgement));
                }
            }
        }
        match longest {
            Some((_, judgement)) if others * 2 > total => judgement,
            _ => whole,
        }
    }

    /// Whether `output` is in the language of `input`, or in one of `allowed`; and the languages that would be fine, if
    /// that could be told.
    pub(crate) fn same(
        &self,
        input: &str,
        output: &Prose<'_>,
        allowed: &[Lang],
    ) -> (Option<Vec<Lang>>, Judgement) {
        let Some(script) = detect_script(input) else {
            return (None, undecided("the input has no prose", 0.0));
        };
        let length = letters(input);
        if length < self.min_letters {
            return (None, self.same_script(script, length, output.text(), allowed));
        }
        let detected = match self.input_languages.as_slice() {
            [] => detect(input),
            languages => Detector::with_allowlist(languages.to_vec()).detect(input),
        };
        let Some(info) = detected else { return (None, undecided("the input has no prose", 0.0)) };
        let mut fine = vec![info.lang()];
        fine.extend(allowed.iter().filter(|allowed| **allowed != info.lang()));
        let judgement = self.against_all(output, &fine);
        let Judgement::Other { language, expected, confidence } = judgement else {
            return (Some(fine), judgement);
        };
        // The output is in another language than the input seems to be in. Which of the two the input really is in has
        // to be just as clear.
        let answered = detect(output.text()).map(|info| info.lang());
        let possible =
            |answered: &Lang| self.input_languages.is_empty() || self.input_languages.contains(answered);
        let Some(answered) = answered.filter(|answered| writes(*answered, script) && possible(answered))
        else {
            return (Some(fine), Judgement::Other { language, expected, confidence });
        };
        match Detector::with_allowlist(vec![fine[0], answered]).detect(input) {
            Some(info) if info.is_reliable() && info.lang() == fine[0] => {
                let confidence = confidence.min(info.confidence());
                (Some(fine), Judgement::Other { language, expected, confidence })
            }
            Some(info) => {
                let reason = format!("the input could be {} or {}", fine[0].eng_name(), answered.eng_name());
                (None, undecided(reason, info.confidence()))
            }
            None => (None, undecided("the input has no prose", 0.0)),
        }
    }

    /// What can be said of an answer to a question of `length` letters, too few to tell more than their script.
    fn same_script(&self, script: Script, length: usize, output: &str, allowed: &[Lang]) -> Judgement {
        let mut fine: Vec<Lang> = script.langs().to_vec();
        if script == Script::Mandarin {
            fine.push(Lang::Jpn);
        }
        let expected = if fine.len() > 2 { format!("a language in {script} script") } else { names(&fine) };
        fine.extend(allowed);
        let enough = length >= MIN_SCRIPT_LETTERS && letters(output) >= MIN_SCRIPT_LETTERS;
        if enough && !in_script(&fine, output) {
            return Judgement::Other { language: language_of(output), expected, confidence: 1.0 };
        }
        undecided(format!("{length} letters of input are too few to tell"), 0.0)
    }
}

/// The likeliest language of `text`, where its script is all that matters.
fn language_of(text: &str) -> String {
    detect(text).map_or_else(|| "another script".to_owned(), |info| info.lang().eng_name().to_owned())
}

/// Whether one of `languages` is written in the script of `text`.
fn in_script(languages: &[Lang], text: &str) -> bool {
    detect_script(text).is_none_or(|script| languages.iter().any(|language| writes(*language, script)))
}

fn undecided(reason: impl Into<String>, confidence: f64) -> Judgement {
    Judgement::Undecided { reason: reason.into(), confidence }
}

/// How much there is to judge by. One character of Chinese, Japanese or Korean says as much as three letters.
fn letters(text: &str) -> usize {
    let weight = |character: char| match u32::from(character) {
        0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0x20000..=0x323AF => 3,
        _ => usize::from(character.is_alphabetic()),
    };
    text.chars().map(weight).sum()
}

fn writes(language: Lang, script: Script) -> bool {
    // Japanese is written in three of the scripts, and a text of few kana is detected as the third.
    let scripts: &[Script] = match script {
        Script::Hiragana | Script::Katakana => &[Script::Hiragana, Script::Mandarin],
        _ => &[script],
    };
    match language {
        Lang::Jpn => matches!(script, Script::Hiragana | Script::Katakana | Script::Mandarin),
        Lang::Cmn => script == Script::Mandarin,
        _ => scripts.iter().any(|script| script.langs().contains(&language)),
    }
}

/// Whether `language` is also written in `script`, which the detector has not learned.
fn also_writes(language: Lang, script: Script) -> bool {
    matches!(
        (language, script),
        (Lang::Srp, Script::Latin)
            | (Lang::Uzb | Lang::Tuk | Lang::Aze, Script::Cyrillic)
            | (Lang::Uzb | Lang::Aze | Lang::Pan, Script::Arabic)
    )
}

fn names(languages: &[Lang]) -> String {
    let names: Vec<&str> = languages.iter().map(|language| language.eng_name()).collect();
    names.join(" or ")
}
