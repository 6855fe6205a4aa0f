//! Holds an answer against the JSON Schema that was asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// Violations that a model is told of at once.
const TOLD: usize = 5;
/// Schemas that are kept compiled.
const KEPT: usize = 64;

/// Compiled schemas, by their text.
#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Arc<Validator>>>);

impl Schemas {
    /// The compiled schema, or what is wrong with it.
    pub(super) fn compiled(&self, schema: &Value) -> Result<Arc<Validator>, String> {
        let text = schema.to_string();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = known.get(&text) {
            return Ok(Arc::clone(validator));
        }
        // The linear regex engine, because the strings that patterns meet come from a model.
        let validator =
            jsonschema::options().with_pattern_options(PatternOptions::regex()).offline().build(schema);
        let validator = Arc::new(validator.map_err(|error| error.to_string())?);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(text, Arc::clone(&validator));
        Ok(validator)
    }
}

/// The JSON in `text` that satisfies the schema, or what is wrong with it, in words for the model.
pub(super) fn check(schema: &Validator, text: &str) -> Result<Value, String> {
    let value: Value =
        serde_json::from_str(unfenced(text)).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let problem = |error: jsonschema::ValidationError<'_>| match error.instance_path().to_string() {
        path if path.is_empty() => error.to_string(),
        path => format!("at `{path}`: {error}"),
    };
    let problems: Vec<String> = schema.iter_errors(&value).take(TOLD).map(problem).collect();
    if problems.is_empty() { Ok(value) } else { Err(problems.join("; ")) }
}

/// What stands in a Markdown fence, which models like to put around JSON; else the text.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inside = || {
        let rest = text.strip_prefix("```")?.strip_suffix("```")?;
        let (language, body) = rest.split_once('\n')?;
        (!language.contains('`')).then_some(body)
    };
    inside().unwrap_or(text)
}

/// Whether a schema has the form that APIs ask for before they promise to keep to it: every object closed, and all of its
/// properties required.
pub(super) fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            let closed = fields.get("properties").and_then(Value::as_object).is_none_or(|properties| {
                let required = fields.get("required").and_then(Value::as_array);
                let listed =
                    |name: &String| required.is_some_and(|all| all.iter().any(|one| one == name.as_str()));
                fields.get("additionalProperties") == Some(&Value::Bool(false))
                    && properties.keys().all(listed)
            });
            closed && fields.values().all(is_strict)
        }
        Value::Array(items) => items.iter().all(is_strict),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": false, "required": ["score"],
               "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 5}}})
    }

    #[test]
    fn json_is_found_and_held_against_the_schema() {
        let schemas = Schemas::default();
        let validator = schemas.compiled(&schema()).unwrap();
        for text in [
            r#"{"score": 3}"#,
            " {\"score\": 3}\n",
            "```json\n{\"score\": 3}\n```",
            "```\n{\"score\": 3}\n```",
        ] {
            assert_eq!(check(&validator, text), Ok(json!({"score": 3})), "{text}");
        }
        for (text, part) in [
            ("", "is not JSON"),
            ("The score is 3.", "is not JSON"),
            (r#"{"score": 9}"#, "at `/score`: 9 is greater than the maximum of 5"),
            (r#"{"value": 3}"#, "\"score\" is a required property"),
        ] {
            let problem = check(&validator, text).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn a_schema_that_is_none_is_said_so() {
        assert!(Schemas::default().compiled(&json!({"type": 3})).is_err());
        assert!(Schemas::default().compiled(&json!({"$ref": "https://example.com/schema.json"})).is_err());
    }

    #[test]
    fn strict_schemas_are_closed_to_the_bottom() {
        assert!(is_strict(&schema()));
        assert!(!is_strict(&json!({"type": "object", "properties": {"score": {}}})));
        assert!(!is_strict(
            &json!({"type": "array", "items": {"properties": {"a": {}}, "additionalProperties": false}})
        ));
        assert!(is_strict(&json!({"type": "array", "items": {"type": "string"}})));
    }
}
