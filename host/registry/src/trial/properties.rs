//! What every plugin has to keep, whatever it checks.

use std::sync::Arc;

use scorebox_sandbox::{Configured, Fault, FaultKind, Sample};
use serde::Serialize;

use super::growth::Growth;
use super::{Trial, nasty};
use crate::manifest::Case;

/// Broken examples of one property that are told.
const TOLD: usize = 5;
/// Bytes of a nasty text that is put into every field of the sample, not only into the output.
const SHORT: usize = 64 << 10;

/// One property and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Property {
    /// Stable name.
    pub name: &'static str,
    /// What it says, in a few words.
    pub about: String,
    /// Whether it holds.
    pub state: PropertyState,
    /// Of the property `growth`, what was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
}

impl Property {
    /// The names of all properties.
    pub const NAMES: [&'static str; 6] =
        ["description", "settings", "robust", "sound", "deterministic", "growth"];
}

/// Whether a property holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyState {
    /// It does.
    Holds,
    /// It does not, with examples.
    Broken(Vec<String>),
    /// It could not be tried, and why.
    Skipped(String),
}

/// Whether a fault is the plugin's own answer, which it may give to any sample.
pub(super) fn is_own(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::InvalidSample
            | FaultKind::Failed
            | FaultKind::Refused
            | FaultKind::OverBudget
            | FaultKind::ModelUnavailable
    )
}

impl Trial {
    /// Tries every property, with the settings of the first case that gives a score; `{}` where there is no case.
    pub fn properties(&mut self, cases: &[Case]) -> Vec<Property> {
        let mut properties = vec![self.description(), self.settings(cases)];
        let Some((sample, configured)) = self.ready_to_try(cases) else {
            let skipped = |name, about: &str| Property {
                name,
                about: about.to_owned(),
                state: PropertyState::Skipped(
                    "no settings are known that it takes: write a case that gives a score".to_owned(),
                ),
                growth: None,
            };
            properties.extend([
                skipped("robust", "scores, or says why not, whatever the text is"),
                skipped("sound", "every score keeps the contract, with spans inside of their texts"),
                skipped("deterministic", "the same sample gives the same score and fuel"),
                skipped("growth", "fuel grows at most linearly with the answer"),
            ]);
            return properties;
        };
        properties.extend(Corpus::try_out(&configured, &sample).into_properties());
        properties.push(growth(&configured, &sample));
        properties
    }

    fn ready_to_try(&mut self, cases: &[Case]) -> Option<(Sample, Arc<Configured>)> {
        if let Some((case, configured)) = self.first_that_scores(cases) {
            return Some((case.sample.to_sample(), configured));
        }
        let configured = self.configured(&serde_json::Map::new()).ok()?;
        let text = "What does it cost, and when does it arrive?".to_owned();
        let sample = Sample {
            id: "case".to_owned(),
            input: text.clone(),
            expected: Some(text.clone()),
            context: vec![text],
            metadata: "{}".to_owned(),
            ..Sample::default()
        };
        Some((sample, configured))
    }

    /// The custom section is what the component says.
    fn description(&self) -> Property {
        let about = "the component carries what `describe` says".to_owned();
        let state = match (self.plugin.descriptor(), self.plugin.describe(&self.limits)) {
            (_, Err(fault)) => PropertyState::Broken(vec![format!("`describe` faulted: {fault}")]),
            (None, Ok(_)) => PropertyState::Skipped(
                "it carries no descriptor: build it with `scorebox plugin build`".to_owned(),
            ),
            (Some(carried), Ok(said)) if *carried != said => {
                let texts =
                    [carried, &said].map(|descriptor| serde_json::to_value(descriptor).unwrap_or_default());
                let fields = texts[0].as_object().into_iter().flatten();
                let lies = fields.filter(|(name, value)| texts[1].get(name.as_str()) != Some(value));
                let lie = |(name, value): (&String, &serde_json::Value)| {
                    let said = texts[1].get(name.as_str()).cloned().unwrap_or_default();
                    format!("`{name}` is {value:.200} in the custom section, and {said:.200} in `describe`")
                };
                PropertyState::Broken(lies.map(lie).collect())
            }
            (Some(_), Ok(_)) => PropertyState::Holds,
        };
        Property { name: "description", about, state, growth: None }
    }

    /// The settings schema is one, and the settings of the cases that are scored satisfy it.
    fn settings(&self, cases: &[Case]) -> Property {
        let about = "the settings schema is one, and takes the settings of the cases".to_owned();
        let property = |state| Property { name: "settings", about, state, growth: None };
        let Some(descriptor) = self.plugin.descriptor() else {
            return property(PropertyState::Skipped("it carries no descriptor".to_owned()));
        };
        let validator = match jsonschema::validator_for(&descriptor.settings_schema) {
            Ok(validator) => validator,
            Err(error) => {
                return property(PropertyState::Broken(vec![format!("it is no JSON Schema: {error}")]));
            }
        };
        let scored = cases.iter().filter(|case| case.expect.failure != Some(FaultKind::InvalidSettings));
        let refused: Vec<String> = scored
            .filter_map(|case| {
                let settings = serde_json::Value::Object(case.settings.clone());
                let error = validator.validate(&settings).err()?;
                Some(format!("the settings of {:?}: {error}", case.name))
            })
            .take(TOLD)
            .collect();
        property(if refused.is_empty() { PropertyState::Holds } else { PropertyState::Broken(refused) })
    }
}

/// What the nasty texts brought to light.
#[derive(Default)]
struct Corpus {
    texts: usize,
    faults: Vec<String>,
    unsound: Vec<String>,
    changed: Vec<String>,
}

impl Corpus {
    fn try_out(configured: &Configured, sample: &Sample) -> Self {
        let mut corpus = Self::default();
        for nasty in nasty::corpus() {
            let output = Sample { output: nasty.text.clone(), ..sample.clone() };
            corpus.twice(configured, &format!("output: {}", nasty.name), &output);
            if nasty.text.len() <= SHORT {
                let everywhere = Sample {
                    input: nasty.text.clone(),
                    output: nasty.text.clone(),
                    expected: Some(nasty.text.clone()),
                    context: vec![nasty.text],
                    ..sample.clone()
                };
                corpus.twice(configured, &format!("every field: {}", nasty.name), &everywhere);
            }
        }
        corpus.texts += 1;
        corpus.again(configured, "the sample of the case", sample, &configured.evaluate(sample).result);
        corpus
    }

    fn twice(&mut self, configured: &Configured, name: &str, sample: &Sample) {
        self.texts += 1;
        let first = configured.evaluate(sample);
        match &first.result {
            Err(fault) if fault.kind == FaultKind::InvalidScore => {
                self.unsound.push(format!("{name}: {}", fault.message));
            }
            Err(fault) if !is_own(fault.kind) => self.faults.push(format!("{name}: {fault}")),
            _ => {}
        }
        // What a deadline ended is told already, and is not the same twice.
        if !matches!(&first.result, Err(fault) if !fault.kind.is_deterministic()) {
            self.again(configured, name, sample, &first.result);
        }
    }

    fn again(
        &mut self,
        configured: &Configured,
        name: &str,
        sample: &Sample,
        first: &Result<scorebox_sandbox::Score, Fault>,
    ) {
        let again = configured.evaluate(sample);
        if again.result != *first {
            self.changed.push(format!("{name}: the second run gives another score"));
        }
    }

    fn into_properties(self) -> [Property; 3] {
        let Self { texts, faults, unsound, changed } = self;
        let property = |name, about: String, mut broken: Vec<String>| {
            let more = broken.len().saturating_sub(TOLD);
            broken.truncate(TOLD);
            if more > 0 {
                broken.push(format!("and {more} more"));
            }
            let state = if broken.is_empty() { PropertyState::Holds } else { PropertyState::Broken(broken) };
            Property { name, about, state, growth: None }
        };
        [
            property("robust", format!("scores {texts} nasty texts, or says why not"), faults),
            property(
                "sound",
                "every score keeps the contract, with spans inside of their texts".to_owned(),
                unsound,
            ),
            property("deterministic", "the same sample gives the same score, twice".to_owned(), changed),
        ]
    }
}

fn growth(configured: &Configured, sample: &Sample) -> Property {
    let about = "fuel grows at most linearly with the answer".to_owned();
    let property = |state, growth| Property { name: "growth", about, state, growth };
    match Growth::measure(configured, sample) {
        Err((size, fault)) => {
            property(PropertyState::Broken(vec![format!("an answer of {size} bytes: {fault}")]), None)
        }
        Ok(growth) if growth.is_linear() => property(PropertyState::Holds, Some(growth)),
        Ok(growth) => {
            let message = format!(
                "twice the answer takes {:.1} times the fuel: look for a loop over the text inside of a loop over the text",
                2_f64.powf(growth.exponent)
            );
            property(PropertyState::Broken(vec![message]), Some(growth))
        }
    }
}
