//! Prompts as files with a version.

use serde_json::Value;

use super::PromptStamp;

/// A prompt's file: sections under `## name`, of which what stands before the first is for people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    /// Name and version: `judge-absolute@1`.
    name: &'static str,
    text: &'static str,
}

/// The prompt `prompts/NAME.md`.
macro_rules! prompt {
    ($name:literal) => {
        $crate::prompt::Prompt::new($name, include_str!(concat!("../../prompts/", $name, ".md")))
    };
}
pub(crate) use prompt;

impl Prompt {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

    /// What a record says of the prompt.
    pub(crate) fn stamp(&self) -> PromptStamp {
        let digest = blake3::hash(self.text.as_bytes()).to_hex().to_string();
        PromptStamp { name: self.name.to_owned(), digest }
    }

    /// The text under `## name`, without white space around it; empty where there is no such section.
    pub(crate) fn section(&self, name: &str) -> &'static str {
        let sections = self.text.split("\n## ").skip(1);
        let found = sections.filter_map(|section| section.split_once('\n')).find(|(title, _)| *title == name);
        found.map_or("", |(_, text)| text.trim())
    }

    /// A section with each `{{name}}` replaced, in one pass: what a value contains is never replaced again.
    pub(crate) fn fill(&self, section: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.section(section);
        let mut filled =
            String::with_capacity(rest.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else { break };
            filled.push_str(before);
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(value),
                // A unit test makes sure that no prompt has such a name.
                None => filled.extend(["{{", name, "}}"]),
            }
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    /// The JSON Schema under `## name`, in a code fence; null where there is none.
    pub(crate) fn schema(&self, name: &str) -> Value {
        let text = self.section(name).trim_start_matches("```json").trim_end_matches("```");
        serde_json::from_str(text).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: Prompt = Prompt::new(
        "test@1",
        "# test, version 1\n\nFor people.\n\n## system\n\nBe {{how}}.\n\n## user\n\n{{a}}{{b}} {{c}} {{\n\n## schema\n\n```json\n{\"type\": \"object\"}\n```\n",
    );

    #[test]
    fn sections_are_filled_in_one_pass() {
        assert_eq!(PROMPT.fill("system", &[("how", "{{how}} {{a}}")]), "Be {{how}} {{a}}.");
        assert_eq!(PROMPT.fill("user", &[("a", "1"), ("b", "2")]), "12 {{c}} {{");
        assert_eq!(PROMPT.fill("none", &[]), "");
        assert_eq!(PROMPT.schema("schema"), serde_json::json!({"type": "object"}));
        assert_eq!(PROMPT.schema("user"), Value::Null);
    }

    #[test]
    fn released_prompts_are_not_edited() {
        let stamps = crate::judge::PROMPTS.iter().chain(crate::hallucination::PROMPTS).map(Prompt::stamp);
        let stamps = stamps.map(|stamp| stamp.to_string()).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(stamps);
    }

    #[test]
    fn every_prompt_names_itself_and_has_sound_schemas() {
        for prompt in crate::judge::PROMPTS.iter().chain(crate::hallucination::PROMPTS) {
            let (name, version) = prompt.name.split_once('@').unwrap();
            assert!(prompt.text.starts_with(&format!("# {name}, version {version}\n")), "{}", prompt.name);
            assert!(!prompt.section("system").is_empty(), "{}", prompt.name);
            for section in prompt.text.split("\n## ").skip(1) {
                let (title, _) = section.split_once('\n').unwrap();
                if title.contains("schema") {
                    assert!(jsonschema::meta::is_valid(&prompt.schema(title)), "{}: {title}", prompt.name);
                    assert!(prompt.schema(title).is_object(), "{}: {title}", prompt.name);
                }
            }
        }
    }
}
