//! Flags an answer that names a competitor, except where a named context makes it fine.

mod context;
mod names;
mod settings;

use scorebox_sdk::prelude::*;
use scorebox_sdk::text::{Case, Phrases, Ranges};

use context::Contexts;
pub use settings::{Competitor, Settings};

/// The check.
pub struct Check {
    names: Vec<names::Name>,
    mentions: Phrases,
    contexts: Contexts,
}

impl Plugin for Check {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer names no competitor.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        let case = if settings.case_sensitive { Case::Match } else { Case::Ignore };
        let names = names::collect(settings.competitors)?;
        let spellings = names.iter().map(|name| &name.spelling);
        let mentions = Phrases::new(spellings, case)
            .map_err(|error| Failure::settings(format!("competitors{error}")))?;
        let contexts = Contexts::new(&settings.allowed_contexts, &settings.allowed_patterns, &names, case)?;
        Ok(Self { names, mentions, contexts })
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let output = &sample.output;
        let hits = self.mentions.find(output);
        let allowed = if hits.is_empty() { Ranges::default() } else { self.contexts.find(output) };
        let total = hits.len();
        let findings: Vec<Finding> = hits
            .into_iter()
            .filter(|hit| !allowed.cover(&hit.bytes))
            .map(|hit| {
                let name = &self.names[hit.phrase];
                Finding::new("competitor-mention", name.message(&output[hit.bytes.clone()]))
                    .in_output(hit.bytes)
            })
            .collect();
        let flagged = findings.len();
        Ok(Score::from_findings(findings)
            .measure("mentions", flagged as f64)
            .measure("allowed_mentions", (total - flagged) as f64))
    }
}

export!(Check);

#[cfg(test)]
mod tests {
    use super::*;
    use scorebox_sdk::serde_json::Value;
    use scorebox_sdk::testing::{check, quotes};

    fn found(settings: Value, output: &str) -> Vec<String> {
        quotes(&check::<Check>(settings, output).unwrap(), output)
    }

    fn refused(settings: Value) -> String {
        check::<Check>(settings, "").unwrap_err().to_string()
    }

    #[test]
    fn names_and_aliases_are_found_as_whole_words_in_any_case() {
        let settings =
            json!({"competitors": ["Acme", {"name": "Globex", "aliases": ["Globex Corp", "GBX"]}]});
        let output = "Acmex is fine. ACME's offer, „Größe“ by globex  corp or gbx!";
        assert_eq!(found(settings.clone(), output), ["ACME", "globex  corp", "gbx"]);
        let score = check::<Check>(settings.clone(), output).unwrap();
        assert_eq!((score.verdict, score.value), (Verdict::Fail, 0.0));
        assert_eq!(score.measures[0], ("mentions".to_owned(), 3.0));
        let messages: Vec<&str> = score.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["names Acme", "names Globex as “globex  corp”", "names Globex as “gbx”"]);
        assert_eq!(check::<Check>(settings, "We are better.").unwrap().verdict, Verdict::Pass);
    }

    #[test]
    fn case_folding_covers_more_than_ascii() {
        for (name, output, quote) in [
            ("Süßwaren Weiß", "Bei SÜSSWAREN WEISS gibt es", "SÜSSWAREN WEISS"),
            ("İstanbul Bank", "istanbul bank'tan", "istanbul bank"),
            ("ΟΔΥΣΣΕΥΣ", "ο οδυσσευς ήρθε", "οδυσσευς"),
            ("Café Royal", "the Cafe\u{301} Royal.", "Cafe\u{301} Royal"),
            ("アクメ", "株式会社アクメの製品", "アクメ"),
        ] {
            assert_eq!(found(json!({"competitors": [name]}), output), [quote]);
        }
        assert!(found(json!({"competitors": ["Cafe"]}), "Café").is_empty());
        assert!(found(json!({"competitors": ["Target"], "case_sensitive": true}), "our target").is_empty());
    }

    #[test]
    fn an_allowed_context_covers_its_own_mention_only() {
        let settings = json!({
            "competitors": [{"name": "Globex", "aliases": ["GBX"]}],
            "allowed_contexts": ["migrate from {name}"],
            "allowed_patterns": ["import (?:your )?{name} (?:data|projects)"],
        });
        let output = "You can Migrate from GBX; import your Globex data. Globex is good.";
        let score = check::<Check>(settings, output).unwrap();
        assert_eq!(quotes(&score, output), ["Globex"]);
        assert_eq!(score.findings[0].location.unwrap().start, output.rfind("Globex").unwrap());
        assert_eq!(score.measures[1], ("allowed_mentions".to_owned(), 2.0));
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_field() {
        for (settings, message) in [
            (json!({"competitors": []}), "competitors: the list is empty"),
            (json!({"competitors": ["a", " "]}), "competitors[1]: the name is empty"),
            (
                json!({"competitors": [{"name": "a", "aliases": [""]}]}),
                "competitors[0].aliases[0]: the name is empty",
            ),
            (
                json!({"competitors": ["a", 1]}),
                "competitors[1]: write a name, or an object of `name` and `aliases`",
            ),
            (
                json!({"competitors": ["a"], "allowed_contexts": ["from"]}),
                "allowed_contexts[0]: has no {name}",
            ),
            (json!({"competitors": ["a"], "allowed_patterns": ["{name} ("]}), "allowed_patterns[0]: "),
            (json!({"competitor": ["a"]}), "unknown field `competitor`, expected one of `competitors`"),
        ] {
            let refusal = refused(settings);
            assert!(refusal.contains(message), "{refusal}");
        }
    }

    #[test]
    fn the_schema_explains_the_settings() {
        let schema = scorebox_sdk::testing::schema::<Check>();
        assert_eq!(schema["required"], json!(["competitors"]));
        assert!(schema["properties"]["allowed_contexts"]["description"].as_str().unwrap().contains("{name}"));
    }
}
