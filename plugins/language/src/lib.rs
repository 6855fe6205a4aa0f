//! Checks that an answer is in the language of the question, or in a given one.
//!
//! `prose` leaves out what has no language (code, addresses), `judge` decides, `codes` knows the names. A text
//! that is too short to tell is undecided, which passes: a wrong alarm on "OK." would make the check useless.

mod codes;
mod judge;
mod prose;
mod settings;

use std::ops::Range;

use scorebox_sdk::prelude::*;
use whatlang::Lang;

use judge::{Judge, Judgement};
use prose::Prose;
pub use settings::Settings;

/// The check, configured.
pub struct Language {
    /// The language to answer in; that of the input where there is none.
    expected: Option<Lang>,
    allowed: Vec<Lang>,
    each_sentence: bool,
    judge: Judge,
}

impl Plugin for Language {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("Is in the expected language.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let known = |field: &str, code: &str| {
            codes::language(code).ok_or_else(|| {
                let message = format!(
                    "{field}: \"{code}\" is no language that can be told: write one of {}, or the code of three letters",
                    codes::list()
                );
                Failure::settings(message)
            })
        };
        let expected = match settings.expect.trim() {
            "same-as-input" => None,
            code => Some(known("expect", code)?),
        };
        let list = |field: &str, codes: &[String]| -> Result<Vec<Lang>, Failure> {
            codes.iter().enumerate().map(|(at, code)| known(&format!("{field}[{at}]"), code)).collect()
        };
        let judge = Judge {
            min_letters: settings.min_letters as usize,
            input_languages: list("input_languages", &settings.input_languages)?,
        };
        let allowed = list("allow", &settings.allow)?;
        Ok(Self { expected, allowed, each_sentence: settings.each_sentence, judge })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = Prose::new(&sample.output);
        let (expected, judgement) = match self.expected {
            Some(expected) => {
                let fine = self.fine(expected);
                (Some(fine.clone()), self.judge.against_all(&output, &fine))
            }
            None if sample.input.trim().is_empty() => {
                return Err(Failure::sample("the sample has no input whose language the answer could share"));
            }
            None => self.judge.same(Prose::new(&sample.input).text(), &output, &self.allowed),
        };
        let confidence = judgement.confidence();
        let mut findings = Vec::new();
        let summary = match &judgement {
            Judgement::Undecided { reason, .. } => format!("undecided: {reason}"),
            Judgement::Expected { language, .. } => format!("is in {language}"),
            Judgement::Other { language, expected: names, .. } => {
                let bytes = self.place(&output, expected.as_deref());
                let message = format!("is in {language}, expected {names}");
                findings.push(Finding::new("wrong-language", message).in_output(bytes));
                String::new()
            }
        };
        if let (true, true, Some(expected)) = (self.each_sentence, findings.is_empty(), expected) {
            for bytes in output.passages() {
                if let Judgement::Other { language, expected, .. } =
                    self.judge.against(&output.text()[bytes.clone()], &expected)
                {
                    let message = format!("has a passage in {language}, expected {expected}");
                    findings.push(Finding::new("wrong-language", message).in_output(bytes));
                }
            }
        }
        let score = Score::from_findings(findings).measure("confidence", confidence);
        Ok(if score.verdict == Verdict::Pass { score.summary(summary) } else { score })
    }
}

impl Language {
    /// The languages that are fine where `expected` is asked for.
    fn fine(&self, expected: Lang) -> Vec<Lang> {
        let mut fine = vec![expected];
        fine.extend(self.allowed.iter().filter(|allowed| **allowed != expected));
        fine
    }

    /// What to point at in an answer that is in another language: the first sentence that is, if there also are some in
    /// the expected one, else all of it.
    fn place(&self, output: &Prose<'_>, expected: Option<&[Lang]>) -> Range<usize> {
        let expected = expected.unwrap_or_default();
        let mut first_other = None;
        let mut any_expected = false;
        for bytes in output.passages() {
            match self.judge.against(&output.text()[bytes.clone()], expected) {
                Judgement::Other { .. } => first_other = first_other.or(Some(bytes)),
                Judgement::Expected { .. } => any_expected = true,
                Judgement::Undecided { .. } => {}
            }
        }
        first_other.filter(|_| any_expected).unwrap_or_else(|| output.trimmed())
    }
}

export!(Language);

#[cfg(test)]
mod tests;
