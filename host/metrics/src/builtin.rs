//! The metrics that are built in, by name.

use std::fmt;

use futures::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::grounding::Grounding;
use crate::hallucination::Hallucination;
use crate::judge::Judge;
use crate::models::{Models, NoModel};
use crate::prompt::Provenance;
use crate::settings::{self, BadSetting};
use crate::similarity::SemanticSimilarity;
use crate::text::{
    About, Bleu, Chrf, Contains, ExactMatch, JsonValidity, Levenshtein, NumericDifference, RegexMatch,
    RougeL, RougeLsum, RougeN, Ter, TextMetric, TokenF1,
};
use crate::{Cancel, Descriptor, Fault, FaultKind, Identity, Metric, Need, Outcome, Sample, Work};

/// Why a built-in metric cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuiltinError {
    /// No built-in metric has this name.
    #[error("there is no built-in metric `{name}`: {hint}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Names to write instead.
        hint: String,
    },
    /// The metric refuses one of its settings.
    #[error("{metric}: {}{reason}", field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default())]
    Setting {
        /// The metric's name.
        metric: &'static str,
        /// The setting; `None` where it is the settings as a whole, or one that is missing.
        field: Option<String>,
        /// What is wrong with it, and what to write.
        reason: String,
    },
    /// The metric asks a model that is not configured.
    #[error("{metric}: {source}")]
    Model {
        /// The metric's name.
        metric: &'static str,
        /// Which model, and which there are.
        source: NoModel,
    },
}

impl BuiltinError {
    /// Whether the name is wrong, rather than the settings.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

/// The built-in metric of this name, with `settings`: a JSON object, or null for the defaults. Metrics that ask a model
/// find theirs among `models`.
///
/// # Errors
///
/// [`BuiltinError::Unknown`] with names to write instead, [`BuiltinError::Setting`] for what the metric cannot take,
/// [`BuiltinError::Model`] where it asks a model that is not among `models`.
pub fn builtin(name: &str, settings: &Value, models: &Models) -> Result<Box<dyn Metric>, BuiltinError> {
    match BUILTINS.iter().find(|entry| entry.name == name) {
        Some(entry) => (entry.build)(settings, models),
        None => Err(BuiltinError::Unknown { name: name.to_owned(), hint: hint(name) }),
    }
}

/// What every built-in metric is, sorted by name. Needs are those of the default settings.
pub fn builtins() -> Vec<Descriptor> {
    BUILTINS.iter().map(|entry| (entry.describe)()).collect()
}

type Build = fn(&Value, &Models) -> Result<Box<dyn Metric>, BuiltinError>;

struct Entry {
    name: &'static str,
    describe: fn() -> Descriptor,
    build: Build,
}

const fn entry<T: TextMetric>() -> Entry {
    Entry { name: T::ABOUT.name, describe: || describe::<T::Settings>(&T::ABOUT), build: build::<T> }
}

/// A metric that asks a model, as a suite names it.
pub(crate) trait ModelMetric: fmt::Debug + Send + Sync + Sized + 'static {
    /// What the metric is.
    const ABOUT: About;
    /// What a suite may write under `settings`.
    type Settings: Serialize + DeserializeOwned + JsonSchema;

    /// The metric with these settings and the models that they name.
    fn new(settings: Self::Settings, models: &Models) -> Result<Self, Unusable>;

    /// The prompts and models that a score depends on.
    fn provenance(&self) -> Provenance {
        Provenance::default()
    }

    /// What else a score depends on beside sample and settings.
    fn depends_on(&self) -> String {
        String::new()
    }

    /// What these settings make the metric need.
    fn needs(&self) -> Vec<Need> {
        Self::ABOUT.needs.to_vec()
    }

    /// As [`Metric::is_deterministic`].
    fn is_deterministic(&self) -> bool {
        false
    }

    /// As [`Metric::work`].
    fn work(&self) -> Work {
        Self::ABOUT.work
    }

    /// Scores one sample.
    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome>;
}

/// Why a [`ModelMetric`] cannot be made.
#[derive(Debug)]
pub(crate) enum Unusable {
    Setting(BadSetting),
    Model(NoModel),
}

impl From<BadSetting> for Unusable {
    fn from(setting: BadSetting) -> Self {
        Self::Setting(setting)
    }
}

impl From<NoModel> for Unusable {
    fn from(model: NoModel) -> Self {
        Self::Model(model)
    }
}

const fn asks_a_model<T: ModelMetric>() -> Entry {
    Entry { name: T::ABOUT.name, describe: || describe::<T::Settings>(&T::ABOUT), build: build_asking::<T> }
}

/// Sorted by name.
const BUILTINS: &[Entry] = &[
    entry::<Bleu>(),
    entry::<Chrf>(),
    entry::<Contains>(),
    entry::<ExactMatch>(),
    entry::<Grounding>(),
    asks_a_model::<Hallucination>(),
    entry::<JsonValidity>(),
    asks_a_model::<Judge>(),
    entry::<Levenshtein>(),
    entry::<NumericDifference>(),
    entry::<RegexMatch>(),
    entry::<RougeN<1>>(),
    entry::<RougeN<2>>(),
    entry::<RougeL>(),
    entry::<RougeLsum>(),
    asks_a_model::<SemanticSimilarity>(),
    entry::<Ter>(),
    entry::<TokenF1>(),
];

fn describe<S: JsonSchema>(about: &About) -> Descriptor {
    Descriptor {
        name: about.name.to_owned(),
        version: about.version.to_owned(),
        summary: about.summary.to_owned(),
        kind: about.kind,
        settings_schema: settings::schema::<S>(),
        range: about.range,
        higher_is_better: about.higher_is_better,
        needs: about.needs.to_vec(),
    }
}

fn build<T: TextMetric>(given: &Value, _: &Models) -> Result<Box<dyn Metric>, BuiltinError> {
    let name = T::ABOUT.name;
    let refused = |BadSetting { field, reason }| BuiltinError::Setting { metric: name, field, reason };
    let settings = settings::read::<T::Settings>(given).map_err(refused)?;
    // The identity is that of the settings with their defaults, so that writing a default out changes nothing.
    let resolved = serde_json::to_value(&settings).unwrap_or_else(|_| given.clone());
    let major = T::ABOUT.version.split('.').next().unwrap_or_default();
    let identity = Identity::new(format!("builtin:{name}@{major}"), &resolved, T::ABOUT.version);
    let metric = T::new(settings).map_err(refused)?;
    let descriptor = Descriptor { needs: metric.needs(), ..describe::<T::Settings>(&T::ABOUT) };
    Ok(Box::new(Builtin { metric, descriptor, identity }))
}

fn build_asking<T: ModelMetric>(given: &Value, models: &Models) -> Result<Box<dyn Metric>, BuiltinError> {
    let name = T::ABOUT.name;
    let refused = |unusable| refused(name, unusable);
    let settings = settings::read::<T::Settings>(given).map_err(|setting| refused(setting.into()))?;
    let resolved = serde_json::to_value(&settings).unwrap_or_else(|_| given.clone());
    let major = T::ABOUT.version.split('.').next().unwrap_or_default();
    let metric = T::new(settings, models).map_err(refused)?;
    let provenance = metric.provenance();
    // Every digest and every place, and not what a person is shown of them.
    let asked = serde_json::to_string(&provenance).unwrap_or_default();
    let rest = format!("{} {asked} {}", T::ABOUT.version, metric.depends_on());
    let identity = Identity::new(format!("builtin:{name}@{major}"), &resolved, &rest);
    let descriptor = Descriptor { needs: metric.needs(), ..describe::<T::Settings>(&T::ABOUT) };
    Ok(Box::new(Asking { metric, descriptor, identity, provenance }))
}

/// The error of the metric `name` that cannot be made.
pub(crate) fn refused(name: &'static str, unusable: Unusable) -> BuiltinError {
    match unusable {
        Unusable::Setting(BadSetting { field, reason }) => {
            BuiltinError::Setting { metric: name, field, reason }
        }
        Unusable::Model(source) => BuiltinError::Model { metric: name, source },
    }
}

/// A metric that asks a model as a [`Metric`].
#[derive(Debug)]
struct Asking<T> {
    metric: T,
    descriptor: Descriptor,
    identity: Identity,
    provenance: Provenance,
}

impl<T: ModelMetric> Metric for Asking<T> {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance).filter(|provenance| !provenance.is_empty())
    }

    fn is_deterministic(&self) -> bool {
        self.metric.is_deterministic()
    }

    fn work(&self) -> Work {
        self.metric.work()
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        if cancel.is_cancelled() {
            return std::future::ready(Outcome::from(Err(cancelled()))).boxed();
        }
        self.metric.score(sample, cancel)
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "the run was stopped before this sample was scored")
}

/// A text metric as a [`Metric`].
#[derive(Debug)]
struct Builtin<T> {
    metric: T,
    descriptor: Descriptor,
    identity: Identity,
}

impl<T: TextMetric> Metric for Builtin<T> {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn work(&self) -> Work {
        T::ABOUT.work
    }

    fn score<'a>(&'a self, sample: &'a Sample, cancel: &'a Cancel) -> BoxFuture<'a, Outcome> {
        let result = if cancel.is_cancelled() { Err(cancelled()) } else { self.metric.score(sample, cancel) };
        std::future::ready(Outcome::from(result)).boxed()
    }
}

/// Names near to `name`, or all of them.
fn hint(name: &str) -> String {
    let near = |known: &str| {
        !name.is_empty()
            && (known.contains(name) || strsim::normalized_damerau_levenshtein(known, name) >= 0.6)
    };
    let listed =
        |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let near = BUILTINS.iter().map(|entry| entry.name).filter(|known| near(known)).collect::<Vec<_>>();
    if near.is_empty() {
        format!("write one of {}", listed(BUILTINS.iter().map(|entry| entry.name).collect()))
    } else {
        format!("did you mean {}?", listed(near))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_and_every_descriptor_is_whole() {
        let names = builtins().into_iter().map(|descriptor| descriptor.name).collect::<Vec<_>>();
        assert!(names.is_sorted(), "{names:?}");
        for descriptor in builtins() {
            assert!(descriptor.summary.ends_with('.'), "{}", descriptor.name);
            let properties = descriptor.settings_schema.get("properties").and_then(Value::as_object);
            for (field, schema) in properties.into_iter().flatten() {
                assert!(schema.get("description").is_some(), "{}: {field}", descriptor.name);
            }
        }
    }

    #[test]
    fn an_unknown_name_comes_with_names_to_write_instead() {
        let message = |name| builtin(name, &Value::Null, &Models::default()).unwrap_err();
        assert!(message("rogue-l").is_unknown());
        assert_eq!(
            message("exactmatch").to_string(),
            "there is no built-in metric `exactmatch`: did you mean `exact-match`?"
        );
        assert_eq!(
            message("rouge").to_string(),
            "there is no built-in metric `rouge`: did you mean `rouge-1`, `rouge-2`, `rouge-l`, `rouge-lsum`?"
        );
        assert!(message("quality").to_string().contains("write one of `bleu`, `chrf`,"));
        assert!(message("").to_string().contains("write one of `bleu`"));
    }

    #[test]
    fn wrong_settings_are_named_with_what_to_write() {
        let message = |name, settings| {
            let error = builtin(name, &settings, &Models::default()).unwrap_err();
            assert!(!error.is_unknown());
            error.to_string()
        };
        for (name, settings, part) in [
            (
                "exact-match",
                json!({"normalise": "squad"}),
                "exact-match: `normalise`: unknown field `normalise`, expected one of `normalize`",
            ),
            (
                "exact-match",
                json!({"normalize": "hard"}),
                "`normalize`: unknown variant `hard`, expected one of `none`, `whitespace`, `squad`",
            ),
            (
                "rouge-l",
                json!({"stemming": "yes"}),
                "rouge-l: `stemming`: invalid type: string \"yes\", expected a boolean; ",
            ),
            ("rouge-l", json!([1]), "rouge-l: the settings are not an object"),
            ("regex", json!({}), "regex: missing field `pattern`"),
            ("regex", json!({"pattern": "("}), "regex: `pattern`: "),
            ("contains", json!({"any_of": ["a", ""]}), "contains: `any_of`: phrase 2 is empty"),
            ("bleu", json!({"max_order": 0}), "bleu: `max_order`: "),
            ("chrf", json!({"char_order": 0}), "chrf: `char_order`: "),
            ("numeric-difference", json!({"relative_tolerance": -1}), "`relative_tolerance`: "),
            ("json-validity", json!({"schema": {"type": 3}}), "json-validity: `schema`: "),
        ] {
            let message = message(name, settings);
            assert!(message.contains(part), "{message}\n  lacks\n{part}");
        }
    }

    #[test]
    fn equal_settings_have_equal_identities() {
        let identity =
            |settings| builtin("rouge-l", &settings, &Models::default()).unwrap().identity().clone();
        assert_eq!(identity(json!({})), identity(Value::Null));
        assert_eq!(identity(json!({})), identity(json!({"stemming": false})));
        assert_ne!(identity(json!({})), identity(json!({"stemming": true})));
        assert_eq!(identity(json!({})).code, "builtin:rouge-l@1");
    }

    #[test]
    fn a_cancelled_run_gets_a_fault() {
        let cancel = Cancel::default();
        cancel.cancel();
        let metric = builtin("exact-match", &Value::Null, &Models::default()).unwrap();
        let sample = Sample::default();
        let outcome = futures::executor::block_on(metric.score(&sample, &cancel));
        assert_eq!(outcome.result.unwrap_err().kind, FaultKind::Cancelled);
    }
}
