//! How likely a model's one-word reply is, from the log-probabilities of its first token.

/// The least likelihood of all words together at which a reply is one of them, rather than something else.
const LEAST_MASS: f64 = 0.5;

/// How likely each of `words` is among them; together that is 1. A token is a word whatever its case and whatever white
/// space and marks stand around it. `Err` with what the model would rather say where the words are not at least half of
/// what it may say.
pub(crate) fn weights<const N: usize>(
    alternatives: &[(String, f64)],
    words: [&str; N],
) -> Result<[f64; N], String> {
    let mut share = [0.0; N];
    for (token, probability) in alternatives {
        let token = token.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        if let Some(at) = words.iter().position(|word| *word == token) {
            share[at] += probability.exp();
        }
    }
    let mass: f64 = share.iter().sum();
    if mass.is_nan() || mass < LEAST_MASS {
        let likeliest = alternatives.first().map_or("", |(token, _)| token.as_str());
        let likeliest = likeliest.chars().take(40).collect::<String>();
        return Err(format!("its likeliest first word is {likeliest:?}, and none of {}", words.join(", ")));
    }
    Ok(share.map(|share| share / mass))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokens: &[(&str, f64)]) -> Vec<(String, f64)> {
        tokens.iter().map(|(token, share)| ((*token).to_owned(), share.ln())).collect()
    }

    #[test]
    fn adds_up_the_forms_of_a_word() {
        let found = tokens(&[("Yes", 0.5), ("No", 0.2), (" yes", 0.05), ("\"No", 0.05), ("Yesterday", 0.1)]);
        let weights = weights(&found, ["yes", "no"]).unwrap();
        assert!((weights[0] - 0.6875).abs() < 1e-12);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_reply_that_is_no_such_word_is_not_read_as_one() {
        let reason = weights(&tokens(&[("I", 0.7), ("Yes", 0.2)]), ["yes", "no"]).unwrap_err();
        assert_eq!(reason, "its likeliest first word is \"I\", and none of yes, no");
        assert!(weights(&[], ["yes", "no"]).is_err());
        assert!(weights(&[("yes".to_owned(), f64::NAN)], ["yes", "no"]).is_err());
    }
}
