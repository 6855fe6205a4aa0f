//! What makes two questions the same.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ModelIdentity, Question};

/// The key of a question: model, parameters, messages and draw. In hexadecimal where it is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Digest([u8; 16]);

impl Digest {
    /// The key of `question` to this model.
    pub(super) fn of_question(model: &ModelIdentity, question: &Question) -> Self {
        Self::of("chat", model, &serde_json::to_vec(question).unwrap_or_default())
    }

    /// The key of a text whose vector is wanted.
    pub(super) fn of_text(model: &ModelIdentity, text: &str) -> Self {
        Self::of("embedding", model, text.as_bytes())
    }

    fn of(kind: &str, model: &ModelIdentity, asked: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [kind.as_bytes(), model.place.as_bytes(), model.model.as_bytes(), asked] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(half)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut bytes = [0; 16];
        let wrong = || format!("`{text:.80}` is not 32 hexadecimal digits");
        if text.len() != 32 || !text.is_ascii() {
            return Err(wrong());
        }
        for (byte, place) in bytes.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Speaker, Turn};
    use super::*;

    #[test]
    fn everything_that_is_asked_counts() {
        let model = ModelIdentity { place: "http://localhost/v1".to_owned(), model: "m".to_owned() };
        let turn = Turn { speaker: Speaker::User, text: "Yes?".to_owned() };
        let question = Question { turns: vec![turn], max_tokens: 5, ..Question::default() };
        let of = |question: &Question| Digest::of_question(&model, question);
        let mut seen = vec![of(&question)];
        let assistant = vec![Turn { speaker: Speaker::Assistant, text: "Yes?".to_owned() }];
        for other in [
            Question { system: Some("Be short.".to_owned()), ..question.clone() },
            Question { turns: assistant, ..question.clone() },
            Question { schema: Some(serde_json::json!({})), ..question.clone() },
            Question { temperature: 0.3, ..question.clone() },
            Question { max_tokens: 6, ..question.clone() },
            Question { alternatives: 5, ..question.clone() },
            Question { draw: 1, ..question.clone() },
        ] {
            seen.push(of(&other));
        }
        let elsewhere = ModelIdentity { place: "http://localhost/v2".to_owned(), ..model.clone() };
        seen.push(Digest::of_question(&elsewhere, &question));
        let another = ModelIdentity { model: "n".to_owned(), ..model.clone() };
        seen.push(Digest::of_question(&another, &question));
        let distinct: std::collections::HashSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), 10);
        assert_eq!(of(&question), seen[0]);
        assert_eq!(Digest::try_from(seen[0].to_string()), Ok(seen[0]));
        assert!(Digest::try_from("é".repeat(16)).is_err());
    }
}
