//! Reads the settings of a built-in metric, and says of wrong ones what to write instead.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A setting that a metric cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadSetting {
    /// `None` where the settings as a whole are wrong, or one is missing.
    pub(crate) field: Option<String>,
    /// What is wrong and what to write.
    pub(crate) reason: String,
}

impl BadSetting {
    /// `field` is wrong; `reason` also says what to write.
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), reason: reason.into() }
    }
}

/// Settings from JSON; null stands for an empty object.
pub(crate) fn read<T: DeserializeOwned + JsonSchema>(given: &Value) -> Result<T, BadSetting> {
    let object = match given {
        Value::Null => Map::new(),
        Value::Object(object) => object.clone(),
        _ => {
            return Err(BadSetting {
                field: None,
                reason: format!("the settings are not an object but {given:.60}"),
            });
        }
    };
    parse::<T>(&object).map_err(|reason| {
        let field = culprit::<T>(&object, &reason);
        match field.as_deref().and_then(about::<T>) {
            Some(about) => BadSetting { field, reason: format!("{reason}; it says: {about}") },
            None => BadSetting { field, reason },
        }
    })
}

/// The JSON Schema of settings.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

fn parse<T: DeserializeOwned>(object: &Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(object.clone())).map_err(|error| error.to_string())
}

/// The setting without which the complaint would be another one.
fn culprit<T: DeserializeOwned>(object: &Map<String, Value>, reason: &str) -> Option<String> {
    let blamed = object.keys().find(|key| {
        let mut rest = object.clone();
        rest.shift_remove(key.as_str());
        parse::<T>(&rest).err().as_deref() != Some(reason)
    });
    blamed.cloned()
}

/// What the schema says of a setting, in one line.
fn about<T: JsonSchema>(field: &str) -> Option<String> {
    let text = schema::<T>().get("properties")?.get(field)?.get("description")?.as_str()?.to_owned();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
