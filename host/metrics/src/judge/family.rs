//! Which family a model is of, as far as its name says.
//!
//! A judge tends to prefer what sounds like itself (Panickssery, Bowman and Feng, "LLM Evaluators Recognize and Favor
//! Their Own Generations", 2024), so that judge and subject should be of different families.

use crate::ChatModel;

/// Beginnings of words in models' names, and the family that each stands for.
const FAMILIES: &[(&str, &str)] = &[
    ("gpt", "OpenAI"),
    ("chatgpt", "OpenAI"),
    ("davinci", "OpenAI"),
    ("o1", "OpenAI"),
    ("o3", "OpenAI"),
    ("o4", "OpenAI"),
    ("claude", "Claude"),
    ("gemini", "Google"),
    ("gemma", "Google"),
    ("palm", "Google"),
    ("llama", "Llama"),
    ("codellama", "Llama"),
    ("vicuna", "Llama"),
    ("qwen", "Qwen"),
    ("qwq", "Qwen"),
    ("mistral", "Mistral"),
    ("mixtral", "Mistral"),
    ("ministral", "Mistral"),
    ("magistral", "Mistral"),
    ("codestral", "Mistral"),
    ("devstral", "Mistral"),
    ("deepseek", "DeepSeek"),
    ("phi", "Phi"),
    ("grok", "Grok"),
    ("command", "Cohere"),
    ("aya", "Cohere"),
    ("nova", "Amazon"),
    ("titan", "Amazon"),
    ("glm", "GLM"),
    ("chatglm", "GLM"),
    ("kimi", "Kimi"),
    ("yi", "Yi"),
    ("granite", "Granite"),
    ("smollm", "SmolLM"),
    ("olmo", "OLMo"),
    ("falcon", "Falcon"),
    ("jamba", "Jamba"),
    ("nemotron", "Nemotron"),
    ("minimax", "MiniMax"),
];

/// The measure that says whether a judge is of the family of the model that wrote the output: 1, or 0.
pub(super) const MEASURE: &str = "same_family";

/// The families that the words of a model's name stand for; empty where the name says nothing. A model that was distilled
/// from one family into another (`deepseek-r1-distill-qwen-7b`) is of both.
pub(crate) fn families(model: &str) -> Vec<&'static str> {
    let name = model.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let mut found = Vec::new();
    for word in words {
        let of = FAMILIES.iter().filter(|(start, _)| {
            // What follows the family in one word is a version: `qwen2`, `phi3`, `o1`, and not `commander`.
            word.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
        });
        for (_, family) in of {
            if !found.contains(family) {
                found.push(family);
            }
        }
    }
    found
}

/// A family that both are of: the judge by what the suite says of it or else by its name, the subject by its name.
pub(crate) fn in_common(judge: &dyn ChatModel, subject: &str) -> Option<&'static str> {
    let subjects = families(subject);
    let judges = families(judge.family().unwrap_or(&judge.identity().model));
    judges.into_iter().find(|family| subjects.contains(family))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::script::Script;

    #[test]
    fn names_tell_families() {
        for (name, expected) in [
            ("gpt-5.1-mini", vec!["OpenAI"]),
            ("openai/o3-mini", vec!["OpenAI"]),
            ("Qwen/Qwen2.5-Coder-1.5B-Instruct", vec!["Qwen"]),
            ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", vec!["Qwen"]),
            ("deepseek-r1-distill-qwen-7b", vec!["DeepSeek", "Qwen"]),
            ("meta-llama/Llama-3.1-8B", vec!["Llama"]),
            ("claude-opus-4-8", vec!["Claude"]),
            ("anthropic.claude-3-haiku", vec!["Claude"]),
            ("commander-7b", vec![]),
            ("our-own-model", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(families(name), expected, "{name}");
        }
        let in_common = |judge, subject| super::in_common(&Script::new(judge, Vec::new()), subject);
        assert_eq!(in_common("qwen2.5", "deepseek-r1-distill-qwen"), Some("Qwen"));
        assert_eq!(in_common("gpt-4o", "claude-3"), None);
        assert_eq!(in_common("own", "own"), None);
    }
}
