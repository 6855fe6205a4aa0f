//! From the suite's JSON to a plugin's settings, with errors that its writer can act on.

use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Failure;

/// For plugins that have nothing to set.
#[scorebox_sdk_macros::settings]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoSettings {}

/// Reads `text` as `T`; the failure names the field and what was expected there.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    // In two steps, because a position in the host's compact JSON says nothing to the writer of a YAML suite.
    let value: Value =
        serde_json::from_str(text).map_err(|error| Failure::settings(format!("not JSON: {error}")))?;
    if !value.is_object() {
        return Err(Failure::settings("write an object of fields"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        Failure::settings(if path == "." { reason.to_string() } else { format!("{path}: {reason}") })
    })
}

/// The JSON Schema of `T`.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T);
    RecursiveTransform(unwrap_description).transform(&mut schema);
    schema.to_value()
}

/// Joins the lines of a doc comment, which end where the source's lines do; paragraphs stay.
fn unwrap_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text =
            text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[scorebox_sdk_macros::settings]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Settings {
        terms: Vec<Term>,
        #[serde(default)]
        case_sensitive: bool,
    }

    #[derive(Debug)]
    #[scorebox_sdk_macros::settings]
    #[expect(dead_code, reason = "only its parsing is tested")]
    struct Term {
        /// What to look
        /// for.
        ///
        /// In any case.
        name: String,
    }

    #[test]
    fn errors_name_the_field_and_what_was_expected() {
        for (text, expected) in [
            (r#"{"term": []}"#, "term: unknown field `term`, expected `terms` or `case_sensitive`"),
            ("{}", "missing field `terms`"),
            (
                r#"{"terms": [{"name": "a"}, {"nam": "b"}]}"#,
                "terms[1].nam: unknown field `nam`, expected `name`",
            ),
            (
                r#"{"terms": [], "case_sensitive": "yes"}"#,
                "case_sensitive: invalid type: string \"yes\", expected a boolean",
            ),
            (r#"{"terms": [{"name": 1}]}"#, "terms[0].name: invalid type: integer `1`, expected a string"),
            ("[]", "write an object of fields"),
        ] {
            assert_eq!(parse::<Settings>(text).unwrap_err(), Failure::settings(expected));
        }
        assert!(
            matches!(parse::<Settings>("{"), Err(Failure::Settings(message)) if message.starts_with("not JSON"))
        );
    }

    #[test]
    fn the_schema_describes_the_fields() {
        let schema = schema::<Settings>();
        assert_eq!(
            schema["$defs"]["Term"]["properties"]["name"]["description"],
            "What to look for.\n\nIn any case."
        );
        assert_eq!(schema["required"], serde_json::json!(["terms"]));
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn a_plugin_without_settings_refuses_fields() {
        assert_eq!(parse::<NoSettings>("{}"), Ok(NoSettings {}));
        assert!(parse::<NoSettings>(r#"{"terms": []}"#).is_err());
    }
}
