//! The JSON Schema of suite files, for editors.

/// The JSON Schema (draft 2020-12) of suite files. It covers keys and kinds of values; [`load`](crate::suite::load)
/// knows more.
pub fn json_schema() -> serde_json::Value {
    // A file of this crate, which the test below reads.
    serde_json::from_str(include_str!("suite.schema.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::suite::grants::{FILE, GRANTS, HOST};
    use crate::suite::limits;
    use crate::suite::models::{KEY, MODEL, PRICE, SPEND};
    use crate::suite::parse::{GATE, METRIC, SUBJECT, SUITE, THRESHOLD, TIERS};

    #[test]
    fn knows_the_same_keys_as_the_parser() {
        let schema = json_schema();
        let keys = |pointer: &str| -> BTreeSet<String> {
            let properties = schema.pointer(&format!("{pointer}/properties")).unwrap().as_object().unwrap();
            assert_eq!(
                schema.pointer(&format!("{pointer}/additionalProperties")),
                Some(&false.into()),
                "{pointer}"
            );
            properties.keys().cloned().collect()
        };
        let known = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(keys(""), known(SUITE));
        assert_eq!(keys("/$defs/subject"), known(SUBJECT));
        assert_eq!(keys("/$defs/metric"), known(METRIC));
        assert_eq!(keys("/$defs/threshold/anyOf/1"), known(THRESHOLD));
        assert_eq!(
            keys("/$defs/limits"),
            limits::known().iter().map(|(name, ..)| (*name).to_owned()).collect()
        );
        assert_eq!(keys("/$defs/grants"), known(GRANTS));
        assert_eq!(keys("/$defs/directory"), known(FILE));
        assert_eq!(keys("/$defs/host/anyOf/1"), known(HOST));
        assert_eq!(keys("/$defs/model"), known(MODEL));
        assert_eq!(keys("/$defs/key"), known(KEY));
        assert_eq!(keys("/$defs/model/properties/price"), known(PRICE));
        assert_eq!(keys("/properties/spend"), known(SPEND));
        assert_eq!(keys("/$defs/gate"), known(GATE));
        assert_eq!(keys("/properties/gates"), known(TIERS));
    }
}
