//! Whether the scores of two runs may be compared.

use scorebox_metrics::Provenance;

use crate::run::{Manifest, MetricStamp};

/// Why the scores of a run cannot be compared with those of another one with these `metrics`, a sentence for each metric
/// that both have: another prompt, another model, other code or settings. Empty where they can.
pub fn incomparable<'a>(
    one: &Manifest,
    other: &str,
    metrics: impl IntoIterator<Item = &'a MetricStamp>,
) -> Vec<String> {
    let why = |stamp: &MetricStamp| {
        let earlier = one.metrics.iter().find(|earlier| earlier.name == stamp.name)?;
        let (name, why) = (&stamp.name, difference(earlier, stamp)?);
        Some(format!("the scores of `{name}` in {} and {other} cannot be compared: {why}", one.run))
    };
    metrics.into_iter().filter_map(why).collect()
}

/// What two metrics of one name differ in.
fn difference(one: &MetricStamp, other: &MetricStamp) -> Option<String> {
    if one.identity == other.identity {
        return None;
    }
    let none = Provenance::default();
    let [first, second] = [one, other].map(|stamp| stamp.provenance.as_ref().unwrap_or(&none));
    let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    if first.prompts != second.prompts {
        let [first, second] =
            [first, second].map(|of| list(of.prompts.iter().map(ToString::to_string).collect()));
        return Some(format!("the prompt is {first} in the one and {second} in the other"));
    }
    if first.models != second.models {
        let [first, second] =
            [first, second].map(|of| list(of.models.iter().map(ToString::to_string).collect()));
        return Some(format!("the model is {first} in the one and {second} in the other"));
    }
    Some(if one.code == other.code {
        "its settings or limits are others".to_owned()
    } else {
        format!("its code is {} in the one and {} in the other", one.code, other.code)
    })
}

#[cfg(test)]
mod tests {
    use scorebox_metrics::{ModelIdentity, PromptStamp};

    use super::*;
    use crate::report::tests::fixture;

    #[test]
    fn says_which_prompt_or_model_is_another() {
        let mut one = fixture::manifest(&[]);
        one.run = "before".to_owned();
        let mut other = one.clone();
        other.run = "after".to_owned();
        assert_eq!(incomparable(&one, &other.run, &other.metrics), [""; 0]);

        let judged = |version: u32, model: &str| Provenance {
            prompts: vec![PromptStamp {
                name: format!("judge-absolute@{version}"),
                digest: version.to_string().repeat(64),
            }],
            models: vec![ModelIdentity { place: "http://localhost".to_owned(), model: model.to_owned() }],
        };
        one.metrics[0].provenance = Some(judged(1, "qwen"));
        other.metrics[0].provenance = Some(judged(2, "qwen"));
        other.metrics[0].identity = "11".repeat(32);
        let name = one.metrics[0].name.clone();
        assert_eq!(
            incomparable(&one, &other.run, &other.metrics),
            [format!(
                "the scores of `{name}` in before and after cannot be compared: the prompt is judge-absolute@1 \
                 (111111111111) in the one and judge-absolute@2 (222222222222) in the other"
            )]
        );
        other.metrics[0].provenance = Some(judged(1, "gemma"));
        let said = incomparable(&one, &other.run, &other.metrics).remove(0);
        assert!(
            said.ends_with(
                "the model is qwen at http://localhost in the one and gemma at http://localhost in the other"
            ),
            "{said}"
        );
        other.metrics[0].provenance = one.metrics[0].provenance.clone();
        assert!(
            incomparable(&one, &other.run, &other.metrics)
                .remove(0)
                .ends_with("its settings or limits are others")
        );
    }
}
