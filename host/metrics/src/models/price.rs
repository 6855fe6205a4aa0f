//! What models cost.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Usage;

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of questions.
    pub input: f64,
    /// Of answers.
    #[serde(default)]
    pub output: f64,
}

impl Price {
    /// US dollars for these tokens.
    pub(super) fn of(self, input_tokens: u64, output_tokens: u64) -> f64 {
        (self.input * input_tokens as f64 + self.output * output_tokens as f64) / 1e6
    }

    /// `usage` with its cost.
    pub(super) fn on(price: Option<Self>, usage: Usage) -> Usage {
        Usage { cost: price.map(|price| price.of(usage.input_tokens, usage.output_tokens)), ..usage }
    }
}

/// Prices by host and model, and the day on which they were looked up: the file that ships, or one of a user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    date: String,
    hosts: BTreeMap<String, BTreeMap<String, Price>>,
}

/// Why a text is no list of prices.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is no YAML of the form of the file that ships.
    #[error("{0}")]
    Form(String),
    /// A price is below nothing, or no number.
    #[error(
        "the price of {model} at {host} is no sum of money: write US dollars for a million tokens, 0 or more"
    )]
    Price {
        /// The host that it stands under.
        host: String,
        /// The model.
        model: String,
    },
}

impl Prices {
    /// The file that ships, as text: what a user's own file can start from.
    pub const SHIPPED: &str = include_str!("prices.yaml");

    /// The prices that ship.
    pub fn shipped() -> &'static Self {
        static PRICES: OnceLock<Prices> = OnceLock::new();
        // A file of this crate, which the test below reads.
        PRICES.get_or_init(|| {
            Self::read(Self::SHIPPED).unwrap_or_else(|_| Self { date: String::new(), hosts: BTreeMap::new() })
        })
    }

    /// Reads a file of prices: YAML in the form of [`Self::SHIPPED`].
    ///
    /// # Errors
    ///
    /// Where it has another form, or a price that is none.
    pub fn read(text: &str) -> Result<Self, PricesError> {
        let prices: Self =
            serde_saphyr::from_str(text).map_err(|error| PricesError::Form(error.to_string()))?;
        let sound = |price: f64| price.is_finite() && price >= 0.0;
        for (host, models) in &prices.hosts {
            for (model, price) in models {
                if !sound(price.input) || !sound(price.output) {
                    return Err(PricesError::Price { host: host.clone(), model: model.clone() });
                }
            }
        }
        Ok(prices)
    }

    /// The price of `model` at `host`. A version that is a date stands for the model: `gpt-4o-2024-08-06`.
    pub fn of(&self, host: &str, model: &str) -> Option<Price> {
        let models = self.hosts.get(host)?;
        let undated = |name: &str| {
            let rest = model.strip_prefix(name)?;
            let date = rest.strip_prefix('-')?;
            (date.len() >= 8 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')).then_some(())
        };
        let dated = || models.iter().find(|(name, _)| undated(name).is_some()).map(|(_, price)| price);
        models.get(model).or_else(dated).copied()
    }

    /// The day on which they were looked up: `2025-11-01`.
    pub fn date(&self) -> &str {
        &self.date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_prices_and_its_date() {
        assert_eq!(Prices::shipped().date().len(), "2025-11-01".len());
        for (host, models) in &Prices::shipped().hosts {
            for (model, price) in models {
                assert!(price.input > 0.0 && price.output >= 0.0, "{host} {model}: {price:?}");
            }
        }
    }

    #[test]
    fn a_date_is_a_version_and_a_word_is_another_model() {
        let known = |host, model| Prices::shipped().of(host, model);
        let price = |model| known("api.openai.com", model).map(|price| price.input);
        assert!(price("gpt-4o").is_some());
        assert_eq!(price("gpt-4o-2024-08-06"), price("gpt-4o"));
        assert_ne!(price("gpt-4o-mini"), price("gpt-4o"));
        assert_eq!(price("gpt-4o-realtime"), None);
        assert_eq!(known("llm.example", "gpt-4o"), None);
        assert!(known("api.anthropic.com", "claude-sonnet-4-5-20250929").is_some());
    }

    #[test]
    fn a_file_of_a_user_has_the_same_form_and_sound_prices() {
        let read = |price: &str| {
            Prices::read(&format!("date: 2026-01-01\nhosts: {{llm.example: {{big: {price}}}}}"))
        };
        let prices = read("{input: 1.5, output: 6}").unwrap();
        assert_eq!(prices.of("llm.example", "big"), Some(Price { input: 1.5, output: 6.0 }));
        assert_eq!(prices.of("api.openai.com", "gpt-4o"), None, "what ships is another file");
        for wrong in ["{input: -1}", "{input: .nan}", "{inputs: 1}", "5"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(Prices::read("hosts: {}").is_err(), "a file without its date");
    }

    #[test]
    fn a_cost_is_of_both_directions() {
        let price = Price { input: 3.0, output: 15.0 };
        assert!((price.of(1_000_000, 100_000) - 4.5).abs() < 1e-9);
        let usage = Usage { input_tokens: 1000, output_tokens: 0, ..Usage::default() };
        assert_eq!(Price::on(Some(price), usage).cost, Some(0.003));
        assert_eq!(Price::on(None, usage).cost, None);
    }
}
