//! What a model, dataset or plugin wrote does nothing but stand there, in every format.

use super::fixture::{HOSTILE, hostile};
use super::{Format, Options, render, uncoloured};
use crate::report::escape::is_hidden;

fn shown(format: Format) -> String {
    render(format, &hostile(), &Options::default())
}

#[test]
fn nothing_hidden_gets_through() {
    for format in Format::ALL {
        let text = shown(format);
        let text = if format == Format::Terminal { uncoloured(&text) } else { text };
        let found = text.find(is_hidden).map(|at| text[..at].lines().count());
        assert_eq!(found, None, "{format}: in the line of that number of {text}");
        assert!(text.contains("forged"), "{format} shows the text itself");
    }
}

#[test]
fn a_log_sees_no_command() {
    for format in [Format::Terminal, Format::Json] {
        for line in uncoloured(&shown(format)).lines() {
            assert!(!line.trim_start().starts_with("::"), "{format}: {line}");
        }
    }
}

#[test]
fn every_line_for_github_is_one_of_ours() {
    let text = shown(Format::Github);
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "title"].contains(&name), "{line}");
            assert!(!value.contains([':', ',']), "{line}");
        }
        // The `%0A` that a model wrote must not become a newline.
        assert!(!message.replace("%250A", "").contains("%0A::"), "{line}");
    }
    assert!(text.contains("%250A"), "{text}");
}

#[test]
fn markdown_has_no_markup_but_ours() {
    let text = shown(Format::Markdown);
    let mut fenced = false;
    for line in text.lines() {
        let ours = ["<details>", "</details>", "<pre>", "</pre>", "<summary>", "</summary>", "<b>", "</b>"];
        let rest = ours.iter().fold(line.to_owned(), |line, tag| line.replace(tag, ""));
        // Inside `<pre>` Markdown means nothing; outside, every sign of a stranger carries a backslash.
        if !fenced && !line.starts_with("<details>") {
            let bare = rest
                .replace("\\\\", "")
                .replace("\\<", "")
                .replace("\\`", "")
                .replace("\\[", "")
                .replace("\\|", "");
            assert!(!bare.contains(['<', '`', '[']), "{line}");
            if let Some(cells) = line.strip_prefix("| metric").or_else(|| line.strip_prefix("| golden | ")) {
                assert!(!cells.contains("| `code`"), "{line}");
            }
        } else {
            assert!(!rest.contains('<'), "{line}");
        }
        fenced = (fenced || line.starts_with("<pre>")) && !line.ends_with("</pre>");
    }
    let table = text.lines().find(|line| line.starts_with("| golden | ❌")).unwrap();
    assert_eq!(table.replace("\\|", "").matches('|').count(), 4, "{table}");
}

#[test]
fn the_page_holds_no_element_but_ours() {
    let text = shown(Format::Html);
    assert_eq!(text.matches("<script").count(), 2);
    assert_eq!(text.matches("</script").count(), 2);
    assert!(!text.contains("<img") && !text.contains(" onmouseover=\"document"));
    let markup = text.split_once("<script type").unwrap().0;
    assert!(markup.contains("&quot; onmouseover"), "attributes stay closed");
    assert!(!markup.contains("\" onmouseover"), "attributes stay closed");
    let data = text.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let output = data["samples"][0]["texts"][1]["text"].as_str().unwrap();
    for attack in HOSTILE {
        let first: String = attack.chars().take_while(|&c| !is_hidden(c) && c != '\r' && c != '\n').collect();
        assert!(output.contains(&first), "{first:?} in {output:?}");
    }
}

#[test]
fn nothing_is_fetched() {
    let text = shown(Format::Html);
    assert!(text.contains("default-src 'none'; style-src 'sha256-"));
    for name in ["src=", "href=\"http", "@import", "url("] {
        let ours = text.split_once("<script type").unwrap().0;
        assert!(!ours.replace("src=x onerror", "").contains(name), "{name}");
    }
}
