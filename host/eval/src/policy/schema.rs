//! The JSON Schema of policy files, for editors.

/// The JSON Schema (draft 2020-12) of policy files. It covers keys and kinds of values; [`Places::find`] knows more.
///
/// [`Places::find`]: crate::policy::Places::find
pub fn json_schema() -> serde_json::Value {
    // A file of this crate, which the test below reads.
    serde_json::from_str(include_str!("policy.schema.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::models::MODELS;
    use crate::policy::parse::{GRANTS, HOST, PLUGINS, POLICY, SUBJECTS, compile_limits};
    use crate::policy::signatures::{IDENTITY, SIGNATURES};
    use crate::suite::limits;

    #[test]
    fn knows_the_same_keys_as_the_parser() {
        let schema = json_schema();
        let keys = |pointer: &str| -> BTreeSet<&str> {
            let object = schema.pointer(pointer).unwrap();
            assert_eq!(object["additionalProperties"], false, "{pointer}");
            object["properties"].as_object().unwrap().keys().map(String::as_str).collect()
        };
        let known = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<&str>>();
        let limits = limits::known();
        assert_eq!(keys(""), known(POLICY));
        assert_eq!(keys("/properties/limits"), limits.iter().map(|(name, ..)| *name).collect());
        assert_eq!(keys("/properties/compile"), compile_limits().iter().map(|(name, ..)| *name).collect());
        assert_eq!(keys("/properties/grants"), known(GRANTS));
        assert_eq!(keys("/properties/models"), known(MODELS));
        assert_eq!(keys("/$defs/host/anyOf/1"), known(HOST));
        assert_eq!(keys("/properties/plugins"), known(PLUGINS));
        assert_eq!(keys("/properties/signatures/anyOf/1"), known(SIGNATURES));
        assert_eq!(keys("/$defs/identity"), known(IDENTITY));
        let subjects = schema.pointer("/properties/subjects/items/enum").unwrap().as_array().unwrap();
        assert_eq!(subjects.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>(), SUBJECTS);
    }
}
