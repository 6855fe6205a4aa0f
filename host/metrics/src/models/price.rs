//! What models cost.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Usage;

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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

/// The file that ships: when it was written, and prices by host and model.
#[derive(Debug, Deserialize)]
struct Prices {
    date: String,
    hosts: BTreeMap<String, BTreeMap<String, Price>>,
}

fn prices() -> &'static Prices {
    static PRICES: OnceLock<Prices> = OnceLock::new();
    // A file of this crate, which the test below reads.
    PRICES.get_or_init(|| {
        serde_saphyr::from_str(include_str!("prices.yaml"))
            .unwrap_or_else(|_| Prices { date: String::new(), hosts: BTreeMap::new() })
    })
}

/// The price that ships for `model` at `host`. A version that is a date stands for the model: `gpt-4o-2024-08-06`.
pub(super) fn known(host: &str, model: &str) -> Option<Price> {
    let models = prices().hosts.get(host)?;
    let undated = |name: &str| {
        let rest = model.strip_prefix(name)?;
        let date = rest.strip_prefix('-')?;
        (date.len() >= 8 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')).then_some(())
    };
    let dated = || models.iter().find(|(name, _)| undated(name).is_some()).map(|(_, price)| price);
    models.get(model).or_else(dated).copied()
}

/// The day on which the prices that ship were looked up: `2025-11-01`.
pub fn prices_date() -> &'static str {
    &prices().date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_prices_and_its_date() {
        assert_eq!(prices_date().len(), "2025-11-01".len());
        for (host, models) in &prices().hosts {
            for (model, price) in models {
                assert!(price.input > 0.0 && price.output >= 0.0, "{host} {model}: {price:?}");
            }
        }
    }

    #[test]
    fn a_date_is_a_version_and_a_word_is_another_model() {
        let price = |model| known("api.openai.com", model).map(|price| price.input);
        assert!(price("gpt-4o").is_some());
        assert_eq!(price("gpt-4o-2024-08-06"), price("gpt-4o"));
        assert_ne!(price("gpt-4o-mini"), price("gpt-4o"));
        assert_eq!(price("gpt-4o-realtime"), None);
        assert_eq!(known("llm.example", "gpt-4o"), None);
        assert!(known("api.anthropic.com", "claude-sonnet-4-5-20250929").is_some());
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
