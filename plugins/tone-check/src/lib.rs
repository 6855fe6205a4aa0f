//! Flags an answer that is off-brand, as the host's model reads it against a rubric.

mod prompt;
mod quote;
mod verdict;

use scorebox_sdk::prelude::*;

use prompt::Asks;
use verdict::Reading;

/// How answers have to sound.
#[settings]
pub struct Settings {
    /// How answers have to sound, in your words.
    pub rubric: String,
    /// Examples of answers that sound so.
    #[serde(default)]
    pub on_brand: Vec<String>,
    /// Examples of answers that do not.
    #[serde(default)]
    pub off_brand: Vec<String>,
}

/// Characters of a rubric and its examples together.
const RUBRIC: usize = 20_000;

/// The check.
pub struct Check(Asks);

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer is on-brand, as a model reads it against a rubric.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        if settings.rubric.trim().is_empty() {
            return Err(Failure::settings("rubric: it is empty; write how answers have to sound"));
        }
        let examples = settings.on_brand.iter().chain(&settings.off_brand);
        let length = settings.rubric.len() + examples.map(String::len).sum::<usize>();
        if length > RUBRIC {
            return Err(Failure::settings(format!(
                "rubric: with its examples it has {length} bytes, of which a model reads {RUBRIC}; shorten it"
            )));
        }
        Ok(Self(Asks::new(&settings)))
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = &sample.output;
        if output.trim().is_empty() {
            return Ok(Score::from_findings(Vec::new()));
        }
        let reply = model::complete(self.0.about(output))?;
        let reading = Reading::parse(&reply.text)?;
        let mut findings = Vec::new();
        let mut unfounded = 0;
        if !reading.on_brand {
            for words in &reading.off_brand_words {
                match quote::find(output, words) {
                    Some(span) => {
                        findings.push(Finding::new("off-brand", reading.reason.as_str()).in_output(span));
                    }
                    None => unfounded += 1,
                }
            }
            if unfounded > 0 {
                log::info(format!("{unfounded} quotes of the model do not stand in the answer"));
            }
        }
        let found = findings.len() as f64;
        if !reading.on_brand && findings.is_empty() {
            findings.push(Finding::new("off-brand", reading.reason.as_str()));
        }
        let score = Score::from_findings(findings);
        Ok(score.measure("off_brand_words", found).measure("unfounded", f64::from(unfounded)))
    }
}

export!(Check);

#[cfg(test)]
mod tests;
