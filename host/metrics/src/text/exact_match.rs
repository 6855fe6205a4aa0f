//! Whether the output is the reference.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{About, TextMetric, expected, failed, finding, output_span, passed, python, quoted, squad};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, Finding, Kind, Need, Sample, Score, Work};

/// Settings of exact match.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ExactMatchSettings {
    /// What does not count: `none` (every character counts), `whitespace` (how words are spaced), `squad` (also
    /// case, ASCII punctuation and English articles, as in SQuAD's exact match); `none` by default.
    normalize: Normalize,
    /// Compare in lower case; false by default.
    ignore_case: bool,
    /// Unicode form that both texts are brought to: `none`, `nfc` or `nfkc`; `none` by default.
    unicode: UnicodeForm,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Normalize {
    #[default]
    None,
    Whitespace,
    Squad,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum UnicodeForm {
    #[default]
    None,
    Nfc,
    Nfkc,
}

/// Exact match.
#[derive(Debug)]
pub(crate) struct ExactMatch(ExactMatchSettings);

impl TextMetric for ExactMatch {
    const ABOUT: About = About {
        name: "exact-match",
        version: "1.0.0",
        summary: "Passes if the output is the reference, after the normalisation that the settings ask for.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Trivial,
    };
    type Settings = ExactMatchSettings;

    fn new(settings: ExactMatchSettings) -> Result<Self, BadSetting> {
        Ok(Self(settings))
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let expected = expected(sample, Self::ABOUT.name)?;
        if self.prepare(&sample.output) == self.prepare(expected) {
            Ok(passed())
        } else {
            Ok(failed(vec![self.mismatch(&sample.output, expected)]))
        }
    }
}

impl ExactMatch {
    fn prepare<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        match self.0.unicode {
            UnicodeForm::None => {}
            UnicodeForm::Nfc => text = text.nfc().collect::<String>().into(),
            UnicodeForm::Nfkc => text = text.nfkc().collect::<String>().into(),
        }
        if self.0.ignore_case {
            text = text.to_lowercase().into();
        }
        match self.0.normalize {
            Normalize::None => text,
            Normalize::Whitespace => python::words(&text).collect::<Vec<_>>().join(" ").into(),
            Normalize::Squad => squad::normalize(&text).into(),
        }
    }

    /// Points at the first difference, where the texts are compared as they stand.
    fn mismatch(&self, output: &str, expected: &str) -> Finding {
        if self.0 != ExactMatchSettings::default() {
            return finding("mismatch", format!("expected {}", quoted(expected)), None);
        }
        let same =
            output.chars().zip(expected.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        let message = match &expected[same..] {
            "" => format!("expected the output to end here, as in {}", quoted(expected)),
            rest => format!("expected {} from here on", quoted(rest)),
        };
        finding("mismatch", message, output_span(same..output.len()))
    }
}
