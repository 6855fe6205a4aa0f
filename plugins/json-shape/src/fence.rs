//! Where in the answer the JSON is.

use std::ops::Range;

use scorebox_sdk::Finding;

use crate::settings::Fence;

/// The bytes of `output` that should be JSON, and what is wrong around them.
pub(crate) fn body(output: &str, mode: Fence) -> (Range<usize>, Vec<Finding>) {
    let whole = trim(output, 0..output.len());
    let Some(fenced) = fenced(output) else {
        let mut findings = Vec::new();
        if mode == Fence::Require {
            let finding =
                Finding::new("code-fence", "is not in a code fence: start with ```json, end with ```");
            findings.push(finding.in_output(whole.clone()));
        }
        // Prose in front of an object or an array; anything else is for the parser to complain about.
        let json = match output[whole.clone()].find(['{', '[']) {
            Some(at) if !starts_value(&output[whole.clone()]) => whole.start + at..whole.end,
            _ => whole.clone(),
        };
        findings.extend(prose(output, whole.start..json.start));
        return (json, findings);
    };
    let mut findings = Vec::new();
    if mode == Fence::Forbid {
        let finding = Finding::new("code-fence", "is in a code fence: answer with the JSON alone");
        findings.push(finding.in_output(fenced.opening.clone()));
    }
    if !fenced.closed {
        let finding = Finding::new("code-fence", "opens a code fence and never closes it");
        findings.push(finding.in_output(fenced.opening.clone()));
    }
    findings.extend(prose(output, 0..fenced.opening.start));
    findings.extend(prose(output, fenced.after..output.len()));
    (trim(output, fenced.body), findings)
}

struct Fenced {
    /// The marks and the name of the language.
    opening: Range<usize>,
    body: Range<usize>,
    closed: bool,
    /// Where the text behind the fence starts.
    after: usize,
}

/// The first code fence.
fn fenced(output: &str) -> Option<Fenced> {
    let (start, line) =
        lines(output, 0).find(|(_, line)| line.starts_with("```") || line.starts_with("~~~"))?;
    let mark = &line[..1];
    let length = line.len() - line.trim_start_matches(mark).len();
    let name = line[length..].trim_start_matches([' ', '\t']);
    let name_length = name.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(name.len());
    let opening = start..start + line.len() - name.len() + name_length;
    let marks = mark.repeat(length);
    let closing = lines(output, opening.end).find(|(at, line)| {
        *at > opening.end
            && line.starts_with(&marks)
            && line.trim_matches([' ', '\t', '\r', '`', '~']).is_empty()
    });
    let (end, after) = match closing {
        Some((at, line)) => (at, at + line.len()),
        // All on one line: ```json {"a": 1} ```
        None if output.len() > opening.end + length && output.trim_end().ends_with(&marks) => {
            (output.trim_end().len() - length, output.len())
        }
        None => {
            return Some(Fenced {
                body: opening.end..output.len(),
                closed: false,
                after: output.len(),
                opening,
            });
        }
    };
    Some(Fenced { body: opening.end..end.max(opening.end), closed: true, after, opening })
}

/// The lines of `output` from byte `from` on, without their indentation, with the place where each then starts.
fn lines(output: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = from;
    output[from..].split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let unindented = line.trim_start_matches([' ', '\t']);
        (start + line.len() - unindented.len(), unindented.trim_end_matches(['\n', '\r']))
    })
}

fn prose(output: &str, bytes: Range<usize>) -> Option<Finding> {
    let bytes = trim(output, bytes);
    let finding = Finding::new("text-around-json", "has text around the JSON: leave it out");
    (!bytes.is_empty()).then(|| finding.in_output(bytes))
}

/// Whether `text` starts like a JSON value, or like somebody's attempt at one.
fn starts_value(text: &str) -> bool {
    let literal = ["true", "false", "null", "NaN", "None", "True", "False", "undefined"];
    text.starts_with(|first: char| {
        first.is_ascii_digit() || matches!(first, '{' | '[' | '"' | '\'' | '-' | '/')
    }) || literal.contains(&text)
}

fn trim(output: &str, bytes: Range<usize>) -> Range<usize> {
    let text = &output[bytes.clone()];
    let start = bytes.start + text.len() - text.trim_start().len();
    start..(start + text.trim().len())
}
