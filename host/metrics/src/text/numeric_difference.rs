//! Whether a number in the output is near the one in the reference.

use std::ops::Range;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, TextMetric, expected, failed, finding, output_span, passed, quoted};
use crate::settings::BadSetting;
use crate::{Cancel, Fault, FaultKind, Kind, Need, Sample, Score, Work};

/// Settings of numeric difference.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NumericSettings {
    /// Which number of a text counts: `first` or `last`; `last` by default, because answers reason first.
    take: Take,
    /// How far the numbers may be apart; 0 by default.
    #[schemars(range(min = 0.0))]
    absolute_tolerance: f64,
    /// How far they may be apart as a share of the reference's number, 0.01 for one in a hundred; 0 by default. It is
    /// enough to be within one of the tolerances.
    #[schemars(range(min = 0.0))]
    relative_tolerance: f64,
    /// Read 1.234,5 as a German and not as an English reader does; false by default.
    decimal_comma: bool,
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Take {
    First,
    #[default]
    Last,
}

/// Numeric difference.
#[derive(Debug)]
pub(crate) struct NumericDifference {
    settings: NumericSettings,
    number: Regex,
}

impl TextMetric for NumericDifference {
    const ABOUT: About = About {
        name: "numeric-difference",
        version: "1.0.0",
        summary: "Passes if the output's number is within a tolerance of the reference's number.",
        kind: Kind::Constraint,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Expected],
        work: Work::Trivial,
    };
    type Settings = NumericSettings;

    fn new(settings: NumericSettings) -> Result<Self, BadSetting> {
        let tolerances = [
            ("absolute_tolerance", settings.absolute_tolerance),
            ("relative_tolerance", settings.relative_tolerance),
        ];
        if let Some((field, value)) =
            tolerances.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0))
        {
            return Err(BadSetting::new(field, format!("{value} is not 0 or more")));
        }
        let (group, point) = if settings.decimal_comma { (r"\.", ",") } else { (",", r"\.") };
        // Thousands in groups of three that end where the number does, or plain digits; then fraction and exponent.
        let pattern = format!(
            r"[-+−]?(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+\b(?:{point}[0-9]+)?|[0-9]+(?:{point}[0-9]+)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+\b)?"
        );
        let number =
            Regex::new(&pattern).map_err(|error| BadSetting::new("decimal_comma", error.to_string()))?;
        Ok(Self { settings, number })
    }

    fn score(&self, sample: &Sample, _: &Cancel) -> Result<Score, Fault> {
        let expected = expected(sample, Self::ABOUT.name)?;
        let Some((wanted, _)) = self.number(expected) else {
            return Err(Fault::new(
                FaultKind::InvalidSample,
                format!(
                    "there is no number in the sample's `expected_output`, {}: write one",
                    quoted(expected)
                ),
            ));
        };
        let Some((given, place)) = self.number(&sample.output) else {
            return Ok(failed(vec![finding(
                "no-number",
                format!("expected the number {wanted}, but there is none"),
                None,
            )]));
        };
        let difference = (given - wanted).abs().min(f64::MAX);
        let relative = (difference / wanted.abs()).min(f64::MAX);
        let NumericSettings { absolute_tolerance, relative_tolerance, .. } = self.settings;
        let near = difference <= absolute_tolerance || difference <= relative_tolerance * wanted.abs();
        let mut score = if near {
            passed()
        } else {
            let message = format!("{given} is {difference} away from the expected {wanted}");
            failed(vec![finding("number-differs", message, output_span(place))])
        };
        score.measures.push(("difference".to_owned(), difference));
        if wanted != 0.0 {
            score.measures.push(("relative-difference".to_owned(), relative));
        }
        Ok(score)
    }
}

impl NumericDifference {
    /// The number that counts and where it stands. Numbers beyond the range of a double are none.
    fn number(&self, text: &str) -> Option<(f64, Range<usize>)> {
        let mut numbers = self.number.find_iter(text).filter_map(|found| {
            let mut range = found.range();
            let digits = found.as_str().trim_start_matches(['-', '+', '−']);
            // In "3-5" and "A-4" the dash is no sign.
            let joined = text[..range.start].ends_with(char::is_alphanumeric);
            let negative = !joined && found.as_str().starts_with(['-', '−']);
            if joined {
                range.start = range.end - digits.len();
            }
            let (group, point) = if self.settings.decimal_comma { ('.', ',') } else { (',', '.') };
            let plain: String =
                digits.chars().filter(|c| *c != group).map(|c| if c == point { '.' } else { c }).collect();
            let number = plain.parse::<f64>().ok().filter(|number| number.is_finite())?;
            Some((if negative { -number } else { number }, range))
        });
        match self.settings.take {
            Take::First => numbers.next(),
            Take::Last => numbers.last(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, decimal_comma: bool) -> Vec<f64> {
        let numbers = |take| {
            let settings = NumericSettings { take, decimal_comma, ..NumericSettings::default() };
            NumericDifference::new(settings).unwrap().number(text).map(|(number, _)| number)
        };
        numbers(Take::First).into_iter().chain(numbers(Take::Last)).collect()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, first, last) in [
            ("1,234.50 dollars, or -3", 1234.5, -3.0),
            ("3-5 days", 3.0, 5.0),
            ("−7 to +8", -7.0, 8.0),
            (".5 or 1e3", 0.5, 1000.0),
            ("12,34 and 1,2345.", 12.0, 2345.0),
            ("3e5x", 3.0, 5.0),
            ("in 2024, 1,000,000.", 2024.0, 1_000_000.0),
        ] {
            assert_eq!(read(text, false), [first, last], "{text}");
        }
        assert_eq!(read("1.234,5 oder 0,25", true), [1234.5, 0.25]);
        assert_eq!(read("none, ² or ٣", false), [0.0; 0]);
        assert_eq!(read(&"9".repeat(400), false), [0.0; 0]);
    }
}
