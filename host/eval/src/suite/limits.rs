//! Limits, as suites and policies write them.

use std::ops::Range;

use scorebox_sandbox::Limits;

use crate::yaml::{Mistake, Node, Reader, place};

/// A limit that a file sets, and where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetLimit {
    pub(crate) name: &'static str,
    /// In the unit of [`Limits::by_name`].
    pub(crate) value: u64,
    /// Of the value.
    pub(crate) span: Range<usize>,
}

/// How a limit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Bytes,
    /// Milliseconds.
    Time,
}

/// A limit: its name, how it is written, and the least and most that it may be.
pub(crate) type Bounds = (&'static str, Unit, u64, u64);

/// Every limit of one evaluation. What nothing can work without is at least one.
pub(crate) fn known() -> Vec<Bounds> {
    let bounds = |(name, most)| {
        let unit = match name {
            "memory" | "returned_bytes" | "log_bytes" | "http_bytes" => Unit::Bytes,
            "deadline" => Unit::Time,
            _ => Unit::Count,
        };
        let spared = matches!(
            name,
            "fuel_per_byte"
                | "log_bytes"
                | "host_calls"
                | "http_bytes"
                | "http_requests"
                | "model_calls"
                | "model_tokens"
        );
        (name, unit, u64::from(!spared), most)
    };
    Limits::MOST.by_name().map(bounds).into()
}

/// Reads the mapping `field` of limits out of `known`, in the file's order.
pub(crate) fn read(
    reader: &mut Reader,
    node: &Node,
    at: &Range<usize>,
    field: &str,
    known: &[Bounds],
    instead: &str,
) -> Vec<SetLimit> {
    let names: Vec<&str> = known.iter().map(|(name, ..)| *name).collect();
    let Some(fields) = reader.fields(node, at, field, &names, instead) else { return Vec::new() };
    let mut set = Vec::new();
    for &(name, unit, least, most) in known {
        let Some(node) = fields.get(name) else { continue };
        let at = place(&fields, name);
        let value = match unit {
            Unit::Count => reader.count(node, &at, name, least..most + 1),
            Unit::Bytes => reader.size(node, &at, name, least..most + 1),
            Unit::Time => time(reader, node, &at, name, most),
        };
        let span = node.place(&at);
        set.extend(value.map(|value| SetLimit { name, value, span }));
    }
    set.sort_by_key(|limit| limit.span.start);
    set
}

/// A time in milliseconds.
fn time(reader: &mut Reader, node: &Node, at: &Range<usize>, name: &str, most: u64) -> Option<u64> {
    let duration = reader.duration(node, at, name)?;
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if !(1..=most).contains(&millis) {
        let (least, most) = (written(Unit::Time, 1), written(Unit::Time, most));
        let message = format!("`{name}` has to be a time from {least} to {most}");
        reader
            .say(Mistake::at(node.span.clone(), message).help(format!("write for example `{name}: {most}`")));
        return None;
    }
    Some(millis)
}

/// How the limit `name` is written where it has this value.
pub(crate) fn in_words(name: &str, value: u64) -> String {
    let unit = known().into_iter().find(|(known, ..)| *known == name);
    written(unit.map_or(Unit::Count, |(_, unit, ..)| unit), value)
}

/// A value as one would write it: `64MiB`, `30s`, `1000`.
pub(crate) fn written(unit: Unit, value: u64) -> String {
    let units: &[(u64, &str)] = match unit {
        Unit::Count => &[],
        Unit::Bytes => &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")],
        Unit::Time => &[(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")],
    };
    let whole = units.iter().find(|(size, _)| value >= *size && value.is_multiple_of(*size));
    match whole {
        Some((size, unit)) => format!("{}{unit}", value / size),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_are_read() {
        for (unit, value, text) in [
            (Unit::Bytes, 64 << 20, "64MiB"),
            (Unit::Bytes, 1 << 30, "1GiB"),
            (Unit::Bytes, 1000, "1000"),
            (Unit::Bytes, 0, "0"),
            (Unit::Time, 500, "500ms"),
            (Unit::Time, 90_000, "90s"),
            (Unit::Time, 3_600_000, "1h"),
            (Unit::Count, 200_000_000, "200000000"),
        ] {
            assert_eq!(written(unit, value), text);
            let node = crate::yaml::tree(text, "suite").unwrap();
            let mut reader = Reader::new("suite");
            let read = match unit {
                Unit::Count => reader.count(&node, &(0..0), "x", 0..u64::MAX),
                Unit::Bytes => reader.size(&node, &(0..0), "x", 0..u64::MAX),
                Unit::Time => time(&mut reader, &node, &(0..0), "x", u64::MAX),
            };
            assert_eq!(read, Some(value), "{text}");
        }
    }
}
