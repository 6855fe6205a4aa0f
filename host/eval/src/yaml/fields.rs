//! Reads a mapping field by field, and collects what is wrong instead of stopping at the first mistake.

use std::ops::Range;
use std::time::Duration;

use super::error::Mistake;
use super::node::{Key, Kind, Node};

/// The mistakes found so far.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) mistakes: Vec<Mistake>,
    /// `suite`, `policy`.
    what: &'static str,
}

/// A mapping whose keys are all known.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    pub(crate) fn key(&self, name: &str) -> Option<&'n Key> {
        self.entries.iter().find(|(key, _)| key.text == name).map(|(key, _)| key)
    }
}

/// Where the key of a field stands, for a value that has no place of its own.
pub(crate) fn place(fields: &Fields<'_>, field: &str) -> Range<usize> {
    fields.key(field).map_or(0..0, |key| key.span.clone())
}

impl Reader {
    /// Reads a `what`.
    pub(crate) fn new(what: &'static str) -> Self {
        Self { mistakes: Vec::new(), what }
    }

    pub(crate) fn say(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    /// A value of the wrong kind.
    pub(crate) fn wrong(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        wanted: &str,
        instead: &str,
    ) {
        let span = node.place(place);
        let field = if field.is_empty() { format!("the {}", self.what) } else { format!("`{field}`") };
        let message = format!("{field} is {}, and has to be {wanted}", node.what());
        self.say(Mistake::at(span, message).help(format!("write for example `{instead}`")));
    }

    /// The entries of a mapping.
    pub(crate) fn map<'n>(
        &mut self,
        node: &'n Node,
        place: &Range<usize>,
        field: &str,
        instead: &str,
    ) -> Option<&'n [(Key, Node)]> {
        match &node.kind {
            Kind::Map(entries) => Some(entries),
            _ => {
                self.wrong(node, place, field, "a mapping", instead);
                None
            }
        }
    }

    /// A mapping with known keys only; an unknown one is a mistake with a suggestion.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        place: &Range<usize>,
        field: &str,
        known: &[&str],
        instead: &str,
    ) -> Option<Fields<'n>> {
        let entries = self.map(node, place, field, instead)?;
        for (key, _) in entries {
            if !known.contains(&key.text.as_str()) {
                let inside = if field.is_empty() { String::new() } else { format!(" in `{field}`") };
                let message = format!("unknown field `{}`{inside}", key.text);
                self.say(Mistake::at(key.span.clone(), message).help(suggest(&key.text, known)));
            }
        }
        Some(Fields { entries })
    }

    pub(crate) fn text<'n>(
        &mut self,
        node: &'n Node,
        place: &Range<usize>,
        field: &str,
        instead: &str,
    ) -> Option<&'n str> {
        match &node.kind {
            Kind::Text(text) if !text.trim().is_empty() => Some(text),
            Kind::Text(_) => {
                let span = node.place(place);
                self.say(
                    Mistake::at(span, format!("`{field}` is empty"))
                        .help(format!("write for example `{instead}`")),
                );
                None
            }
            _ => {
                self.wrong(node, place, field, "a text", instead);
                None
            }
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let text = self.text(node, place, field, &format!("{field}: {}", names[0]))?;
        let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let of =
                if field == "partition" { "partition".to_owned() } else { format!("value of `{field}`") };
            let message = format!("`{text}` is no {of}");
            self.say(Mistake::at(node.span.clone(), message).help(suggest(text, &names)));
        }
        found
    }

    pub(crate) fn boolean(&mut self, node: &Node, place: &Range<usize>, field: &str) -> Option<bool> {
        match node.kind {
            Kind::Bool(value) => Some(value),
            _ => {
                self.wrong(node, place, field, "true or false", &format!("{field}: true"));
                None
            }
        }
    }

    pub(crate) fn number(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        instead: &str,
    ) -> Option<f64> {
        match &node.kind {
            Kind::Number(number) => number.as_f64(),
            _ => {
                self.wrong(node, place, field, "a number", instead);
                None
            }
        }
    }

    /// A whole number in `range`.
    pub(crate) fn count(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        range: Range<u64>,
    ) -> Option<u64> {
        let instead = format!("{field}: {}", range.start.max(1));
        let Kind::Number(number) = &node.kind else {
            self.wrong(node, place, field, "a whole number", &instead);
            return None;
        };
        let count = number.as_u64().filter(|count| range.contains(count));
        if count.is_none() {
            let message = format!(
                "`{field}` is {number}, and has to be a whole number from {} to {}",
                range.start,
                range.end - 1
            );
            self.say(Mistake::at(node.span.clone(), message).help(format!("write for example `{instead}`")));
        }
        count
    }

    /// A share: `95%`, or a number from 0 to 1.
    pub(crate) fn share(&mut self, node: &Node, place: &Range<usize>, field: &str) -> Option<f64> {
        let instead = format!("{field}: 95%");
        let share = match &node.kind {
            Kind::Number(number) => number.as_f64(),
            Kind::Text(text) => {
                text.strip_suffix('%').and_then(|text| text.trim().parse::<f64>().ok()).map(|n| n / 100.0)
            }
            _ => {
                self.wrong(node, place, field, "a share such as 95% or 0.95", &instead);
                return None;
            }
        };
        let sound = share.filter(|share| (0.0..=1.0).contains(share));
        if sound.is_none() {
            let message = format!("`{field}` has to be a share from 0% to 100%, or from 0 to 1");
            let help = match share {
                Some(share) if share > 1.0 && matches!(node.kind, Kind::Number(_)) => {
                    format!("write `{field}: {share}%` if you mean percent")
                }
                _ => format!("write for example `{instead}`"),
            };
            self.say(Mistake::at(node.span.clone(), message).help(help));
        }
        sound
    }

    /// A time with its unit: `500ms`, `10s`, `5m`, `1h30m`.
    pub(crate) fn duration(&mut self, node: &Node, place: &Range<usize>, field: &str) -> Option<Duration> {
        let duration = match &node.kind {
            Kind::Text(text) => text
                .parse::<jiff::SignedDuration>()
                .ok()
                .and_then(|duration| Duration::try_from(duration).ok())
                .filter(|duration| !duration.is_zero()),
            _ => None,
        };
        if duration.is_none() {
            let span = node.place(place);
            let help = match &node.kind {
                Kind::Number(number) => format!("write the unit, for example `{field}: {number}s`"),
                _ => format!("write for example `{field}: 10s`; units are ms, s, m and h"),
            };
            self.say(Mistake::at(span, format!("`{field}` is no time")).help(help));
        }
        duration
    }

    /// A size in bytes, in `range`: `64MiB`, or a whole number.
    pub(crate) fn size(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        range: Range<u64>,
    ) -> Option<u64> {
        let size = match &node.kind {
            Kind::Number(number) => number.as_u64(),
            Kind::Text(text) => bytes(text),
            _ => None,
        };
        let sound = size.filter(|size| range.contains(size));
        if sound.is_none() {
            let span = node.place(place);
            let message = match size {
                Some(size) => format!(
                    "`{field}` is {size} bytes, and has to be from {} to {}",
                    range.start,
                    range.end - 1
                ),
                None => format!("`{field}` is no size"),
            };
            self.say(Mistake::at(span, message).help(format!("write for example `{field}: 64MiB`")));
        }
        sound
    }
}

fn bytes(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// `did you mean`, where one of `known` is near; else all of them.
pub(crate) fn suggest(word: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3));
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("write one of {}", names.join(", "))
        }
    }
}
