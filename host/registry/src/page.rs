//! The index as a page for people: one file, without anything from elsewhere, and without a script.

use std::fmt::Write;

use serde_json::Value;

use crate::index::{Entry, Index};

const STYLE: &str = include_str!("page.css");
/// Longest text of a value that is shown.
const MAX_SHOWN: usize = 600;

impl Index {
    /// The page, in which what strangers wrote is text and nothing else.
    pub fn to_html(&self) -> String {
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Scorebox plugins</title><style>{STYLE}</style></head><body>\n<h1>Scorebox plugins</h1>\n\
             <p class=\"quiet\">{} of them. Each runs in a sandbox, and sees one sample and what a suite grants it.</p>\n<nav>",
            self.plugins.len()
        );
        // Writing to a string does not fail.
        for (number, entry) in self.plugins.iter().enumerate() {
            let _ = write!(
                out,
                "<a href=\"#p{number}\">{} <small>{}</small></a>",
                text(&entry.name),
                text(&entry.version)
            );
        }
        out.push_str("</nav>\n");
        if self.plugins.iter().any(|entry| entry.reference.starts_with("dir:.#")) {
            out.push_str(
                "<p class=\"quiet\"><code>dir:.</code> is the directory that this page lies in.</p>\n",
            );
        }
        for (number, entry) in self.plugins.iter().enumerate() {
            article(&mut out, number, entry);
        }
        out.push_str("</body></html>\n");
        out
    }
}

fn article(out: &mut String, number: usize, entry: &Entry) {
    let asks = if entry.grants.is_empty() {
        "<span class=\"badge fine\">asks for no grants</span>".to_owned()
    } else {
        format!("<span class=\"badge ask\">asks for {}</span>", text(&entry.grants.to_string()))
    };
    let _ = write!(
        out,
        "<article id=\"p{number}\"><header><h2>{}</h2><small>{}</small><span class=\"badge\">{}</span>{asks}</header>\n\
         <p>{}</p>\n<pre>scorebox plugin add {}</pre>\n",
        text(&entry.name),
        text(&entry.version),
        text(&entry.kind),
        prose(&entry.summary),
        text(&entry.reference),
    );
    settings(out, &entry.settings_schema);
    cases(out, &entry.cases);
    let licence = entry.licence.as_deref().unwrap_or("not said");
    let _ = writeln!(
        out,
        "<dl><dt>digest</dt><dd><code>{}</code></dd><dt>size</dt><dd>{:.1} KiB</dd><dt>licence</dt><dd>{}</dd></dl>",
        text(&entry.digest),
        entry.size as f64 / 1024.0,
        text(licence),
    );
    let schema = serde_json::to_string_pretty(&entry.settings_schema).unwrap_or_default();
    let _ = writeln!(
        out,
        "<details><summary>JSON Schema of the settings</summary><pre>{}</pre></details></article>",
        text(&schema)
    );
}

fn settings(out: &mut String, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    if properties.is_empty() {
        return;
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    out.push_str(
        "<h3>Settings</h3><table><tr><th>name</th><th>type</th><th>default</th><th>what it does</th></tr>",
    );
    for (name, about) in properties {
        let default = match about.get("default") {
            Some(default) => format!("<code>{}</code>", text(&short(&default.to_string()))),
            None if required.contains(&name.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        let said = about.get("description").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td><td>{default}</td><td>{}</td></tr>",
            text(name),
            text(&kind(about)),
            prose(&short(said))
        );
    }
    out.push_str("</table>\n");
}

/// `string`, `array of string`, `string or null`, as far as the schema says it in a word.
fn kind(about: &Value) -> String {
    match about.get("type") {
        Some(Value::String(kind)) if kind == "array" => match about.get("items").map(kind_of_items) {
            Some(items) if !items.is_empty() => format!("array of {items}"),
            _ => "array".to_owned(),
        },
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => about
            .get("enum")
            .or(about.get("const"))
            .map(|values| short(&values.to_string()))
            .unwrap_or_default(),
    }
}

fn kind_of_items(items: &Value) -> String {
    items.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn cases(out: &mut String, cases: &[Value]) {
    if cases.is_empty() {
        return;
    }
    out.push_str(
        "<h3>Examples</h3><table><tr><th>case</th><th>settings</th><th>answer</th><th>expected</th></tr>",
    );
    for case in cases {
        let part = |name: &str| case.get(name).map(|value| short(&value.to_string())).unwrap_or_default();
        let answer = case.pointer("/sample/output").and_then(Value::as_str).unwrap_or_default();
        let name = case.get("name").and_then(Value::as_str).unwrap_or_default();
        let _ = write!(
            out,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td><code>{}</code></td></tr>",
            text(&short(name)),
            text(&part("settings")),
            text(&short(answer)),
            text(&part("expect"))
        );
    }
    out.push_str("</table>\n");
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Text in which what stands in backticks is code.
fn prose(said: &str) -> String {
    let mut out = String::new();
    let mut rest = said;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else { break };
        let _ = write!(out, "{}<code>{}</code>", text(before), text(code));
        rest = after;
    }
    out + &text(rest)
}

/// Text that is no markup, and turns no direction.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Asked;

    #[test]
    fn what_strangers_wrote_is_text() {
        let evil = "<script>alert(1)</script>\"'\u{202e}\u{1b}[2J".to_owned();
        let entry = Entry {
            reference: evil.clone(),
            name: evil.clone(),
            version: evil.clone(),
            summary: evil.clone(),
            kind: evil.clone(),
            licence: Some(evil.clone()),
            grants: Asked { model: true, http: vec![evil.clone()], files: vec![evil.clone()] },
            digest: evil.clone(),
            size: 1,
            settings_schema: serde_json::json!({"properties": {evil.clone(): {"type": evil, "description": evil, "default": evil}}}),
            cases: vec![
                serde_json::json!({"name": evil, "settings": {"a": evil}, "sample": {"output": evil}, "expect": evil}),
            ],
        };
        let page = Index::new(vec![entry]).to_html();
        let body = page.split_once("<body>").unwrap().1;
        assert!(
            !body.contains("<script") && !body.contains('\u{202e}') && !body.contains('\u{1b}'),
            "{body}"
        );
        assert!(!body.contains("'\\u{202e}") && body.contains("&lt;script&gt;alert(1)"), "{body}");
    }
}
