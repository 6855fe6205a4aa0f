//! What models a suite may ask at most: where, with which keys, and for how much.

use std::ops::Range;

use scorebox_metrics::{BaseUrl, KeySource};
use serde_json::json;

use crate::policy::effective::Line;
use crate::policy::model::{Placed, Policies, Policy};
use crate::suite::models::{self, dollars};
use crate::suite::{ModelSource, Suite};
use crate::yaml::{Fields, Kind, Mistake, Node, Reader, place};

pub(crate) const MODELS: &[&str] = &["base_urls", "keys", "cost", "tokens"];
const INSTEAD: &str =
    "models: {base_urls: [\"https://api.openai.com/v1\"], keys: [OPENAI_API_KEY], cost: 5 USD}";
const ASK: &str = "or ask whoever keeps the policy to allow it";

/// What a policy says of models; what it leaves out it does not bound.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ModelRules {
    /// As they are written out.
    pub(crate) base_urls: Option<Placed<Vec<String>>>,
    /// Names of variables, and paths of files.
    pub(crate) keys: Option<Placed<Vec<String>>>,
    pub(crate) cost: Option<Placed<f64>>,
    pub(crate) tokens: Option<Placed<u64>>,
}

/// Reads the section `models` of a policy.
pub(crate) fn read(reader: &mut Reader, node: &Node, at: &Range<usize>) -> Option<ModelRules> {
    let fields = reader.fields(node, at, "models", MODELS, INSTEAD)?;
    let base_urls = list(reader, &fields, "base_urls").map(|Placed { value, span }| {
        let mut urls = Vec::new();
        for text in value {
            match text.parse::<BaseUrl>() {
                Ok(url) => urls.push(url.to_string()),
                Err(wrong) => {
                    reader
                        .say(Mistake::at(span.clone(), wrong).help(format!("write for example `{INSTEAD}`")));
                }
            }
        }
        Placed { value: urls, span }
    });
    let keys = list(reader, &fields, "keys");
    let (ceiling, places) = models::bounds_of(reader, &fields);
    let placed = |span: Option<Range<usize>>| span.unwrap_or_else(|| at.clone());
    Some(ModelRules {
        base_urls,
        keys,
        cost: ceiling.cost.map(|value| Placed { value, span: placed(places.cost) }),
        tokens: ceiling.tokens.map(|value| Placed { value, span: placed(places.tokens) }),
    })
}

fn list(reader: &mut Reader, fields: &Fields<'_>, field: &str) -> Option<Placed<Vec<String>>> {
    let node = fields.get(field)?;
    let span = place(fields, field);
    let Kind::List(items) = &node.kind else {
        reader.wrong(node, &span, field, "a list", INSTEAD);
        return None;
    };
    let texts = items.iter().filter_map(|item| reader.text(item, &span, field, INSTEAD).map(str::to_owned));
    let value = texts.collect();
    Some(Placed { value, span })
}

impl Policies {
    fn model_rules(&self) -> impl Iterator<Item = (&Policy, &ModelRules)> {
        self.0.iter().filter_map(|policy| Some((policy, policy.models.as_ref()?)))
    }

    /// What policies have against the models of a suite.
    pub(crate) fn against_models(&self, suite: &Suite) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (model, places) in suite.models.iter().zip(&suite.places.models) {
            // What runs here sends nothing away.
            let ModelSource::Api(api) = &model.source else { continue };
            let url = api.config.base_url.to_string();
            let elsewhere = self.model_rules().find_map(|(policy, rules)| {
                let allowed = rules.base_urls.as_ref().filter(|allowed| !allowed.value.contains(&url))?;
                Some(policy.line(&allowed.span, "these base URLs are allowed"))
            });
            mistakes.extend(elsewhere.map(|line| {
                let message = format!("{}: a policy forbids to ask models at {url}", model.name);
                Mistake::at(places.base_url.clone(), message)
                    .against(line)
                    .help(format!("take one that is allowed, {ASK}"))
            }));
            let Some(key) = &api.key else { continue };
            let written = match key {
                KeySource::Env(name) => name.clone(),
                KeySource::File(path) => path.display().to_string(),
            };
            let forbidden = self.model_rules().find_map(|(policy, rules)| {
                let allowed = rules.keys.as_ref().filter(|allowed| !allowed.value.contains(&written))?;
                Some(policy.line(&allowed.span, "these keys are allowed"))
            });
            mistakes.extend(forbidden.map(|line| {
                let span = places.key.clone().unwrap_or_else(|| places.name.clone());
                let message = format!("{}: a policy forbids to send the key in `{written}`", model.name);
                Mistake::at(span, message).against(line).help(format!("take one that is allowed, {ASK}"))
            }));
        }
        let places = &suite.places.spend;
        if let (Some(cost), Some(span)) = (suite.spend.cost, &places.cost) {
            mistakes.extend(self.cost().filter(|(_, most)| cost > most.value).map(|(policy, most)| {
                let (cost, most_cost) = (dollars(cost), dollars(most.value));
                let message = format!("`cost` is {cost}, more than the {most_cost} that a policy allows");
                let help = format!("write `cost: {most_cost}` or less, or ask whoever keeps the policy");
                Mistake::at(span.clone(), message).against(policy.line(&most.span, "the ceiling")).help(help)
            }));
        }
        if let (Some(tokens), Some(span)) = (suite.spend.tokens, &places.tokens) {
            mistakes.extend(self.tokens().filter(|(_, most)| tokens > most.value).map(|(policy, most)| {
                let message =
                    format!("`tokens` is {tokens}, more than the {} that a policy allows", most.value);
                let help = format!("write `tokens: {}` or less, or ask whoever keeps the policy", most.value);
                Mistake::at(span.clone(), message).against(policy.line(&most.span, "the ceiling")).help(help)
            }));
        }
        mistakes
    }

    /// Takes what the suite may spend down to the lowest ceilings.
    pub(crate) fn bound_spending(&self, suite: &mut Suite) {
        if let Some((_, most)) = self.cost() {
            suite.spend.cost = Some(suite.spend.cost.map_or(most.value, |cost| cost.min(most.value)));
        }
        if let Some((_, most)) = self.tokens() {
            suite.spend.tokens = Some(suite.spend.tokens.map_or(most.value, |tokens| tokens.min(most.value)));
        }
    }

    fn cost(&self) -> Option<(&Policy, &Placed<f64>)> {
        let costs = self.model_rules().filter_map(|(policy, rules)| Some((policy, rules.cost.as_ref()?)));
        costs.min_by(|(_, one), (_, other)| one.value.total_cmp(&other.value))
    }

    fn tokens(&self) -> Option<(&Policy, &Placed<u64>)> {
        let tokens = self.model_rules().filter_map(|(policy, rules)| Some((policy, rules.tokens.as_ref()?)));
        tokens.min_by_key(|(_, most)| most.value)
    }

    /// What all policies together come to, of models.
    pub(crate) fn model_lines(&self) -> Vec<Line> {
        let list = |key: &str, of: fn(&ModelRules) -> Option<&Placed<Vec<String>>>| {
            self.words(key, move |policy| {
                let list = of(policy.models.as_ref()?)?;
                Some((list.value.iter().cloned().collect(), &list.span))
            })
        };
        let lists = [
            list("models.base_urls", |rules| rules.base_urls.as_ref()),
            list("models.keys", |rules| rules.keys.as_ref()),
        ];
        let cost = self.cost().map(|(policy, most)| Line {
            key: "models.cost".to_owned(),
            value: json!(most.value),
            text: format!("at most {}", dollars(most.value)),
            from: vec![policy.place(&most.span)],
        });
        let tokens = self.tokens().map(|(policy, most)| Line {
            key: "models.tokens".to_owned(),
            value: json!(most.value),
            text: format!("at most {}", most.value),
            from: vec![policy.place(&most.span)],
        });
        lists.into_iter().chain([cost, tokens]).flatten().collect()
    }
}
