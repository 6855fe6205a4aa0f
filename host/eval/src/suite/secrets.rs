//! Values with secrets in them: `Bearer ${API_TOKEN}`. A suite names variables of the environment, and only the host
//! ever sees what they hold.

use std::ffi::OsString;

use scorebox_sandbox::MIN_SECRET_BYTES;

use crate::suite::Suite;
use crate::yaml::{FileError, Mistake};

/// Longest value of a header: 8 KiB.
const MAX_BYTES: usize = 8 << 10;

/// A value whose variables are not filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a value; an error is what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(wrong) = unfit(text) {
            return Err(wrong.to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err("has a `${` without its `}`".to_owned());
            };
            let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !sound {
                return Err(format!("has `${{{name}}}`, which is no name of a variable"));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The variables that it names.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The value; an error is what is wrong with a variable. No error says what a variable holds.
    fn fill(&self, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<String, Vec<String>> {
        let mut value = String::new();
        let mut wrong = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => value.push_str(text),
                Part::Variable(name) => match variable(name).map(OsString::into_string) {
                    None => wrong.push(format!("the variable `{name}` is not set")),
                    Some(Err(_)) => wrong.push(format!("the variable `{name}` holds no UTF-8")),
                    Some(Ok(held)) if held.is_empty() => {
                        wrong.push(format!("the variable `{name}` is empty"));
                    }
                    Some(Ok(held)) if held.trim().len() < MIN_SECRET_BYTES => wrong.push(format!(
                        "the variable `{name}` holds fewer than {MIN_SECRET_BYTES} bytes, which stand in ordinary text as \
                         well, so that nobody could take them out of what a server says; what is no secret can be \
                         written into the suite"
                    )),
                    Some(Ok(held)) => match unfit(&held) {
                        Some(unfit) => wrong.push(format!("the variable `{name}` {unfit}")),
                        None => value.push_str(&held),
                    },
                },
            }
        }
        if wrong.is_empty() && value.len() > MAX_BYTES {
            wrong.push(format!("the value has more than {MAX_BYTES} bytes"));
        }
        if wrong.is_empty() { Ok(value) } else { Err(wrong) }
    }
}

/// Why a text cannot be the value of a header.
fn unfit(text: &str) -> Option<&'static str> {
    if text.contains(['\r', '\n']) {
        return Some("holds a line break, which no header may have");
    }
    let sound = text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    (!sound).then_some("holds a character that no header may have")
}

impl Suite {
    /// Fills in the headers that the host sets on a plugin's requests; `variable` is the environment. The values stay in
    /// memory: neither records nor errors hold them.
    ///
    /// # Errors
    ///
    /// All variables that are missing, or hold what no header may have, each at its place.
    pub fn resolve_secrets(&mut self, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<(), FileError> {
        let mut mistakes = Vec::new();
        for (used, places) in self.metrics.iter_mut().zip(&self.places.metrics) {
            let hosts = used.grants.http.iter_mut().zip(&places.grants.http);
            for (header, place) in
                hosts.flat_map(|(host, places)| host.headers.iter_mut().zip(&places.headers))
            {
                match place.template.fill(variable) {
                    Ok(value) => {
                        let secrets = place.template.variables().filter_map(variable);
                        header.secrets = secrets.filter_map(|secret| secret.into_string().ok()).collect();
                        header.value = value;
                    }
                    Err(wrong) => mistakes.extend(wrong.into_iter().map(|message| {
                        let help = "set it in the environment of this command, from where your CI system keeps secrets";
                        Mistake::at(place.span.clone(), format!("{}: {message}", used.name)).help(help)
                    })),
                }
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(FileError::of(self.source.clone(), mistakes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, Vec<String>> {
        let variable = |name: &str| match name {
            "TOKEN" => Some("s3cret".into()),
            "EMPTY" => Some("".into()),
            "BROKEN" => Some("s3cret\n".into()),
            "SHORT" => Some("s3cr".into()),
            "PADDED" => Some(" s3cr ".into()),
            _ => None,
        };
        Template::parse(text).map_err(|wrong| vec![wrong])?.fill(&variable)
    }

    #[test]
    fn variables_are_filled_in_and_nothing_else() {
        assert_eq!(fill("Bearer ${TOKEN}").unwrap(), "Bearer s3cret");
        assert_eq!(fill("${TOKEN}${TOKEN}").unwrap(), "s3crets3cret");
        assert_eq!(fill("$TOKEN {TOKEN} $").unwrap(), "$TOKEN {TOKEN} $");
        for text in [
            "${TOKEN",
            "${}",
            "${A-B}",
            "${1A}",
            "a\nb",
            "ü",
            "${NONE}",
            "${EMPTY}",
            "${BROKEN}",
            "${SHORT}",
            "${PADDED}",
        ] {
            let wrong = fill(text).unwrap_err();
            assert!(wrong.iter().all(|wrong| !wrong.contains("s3cr")), "{text}: {wrong:?}");
        }
        let variables: Vec<_> =
            Template::parse("${A} and ${B}").unwrap().variables().map(str::to_owned).collect();
        assert_eq!(variables, ["A", "B"]);
    }
}
