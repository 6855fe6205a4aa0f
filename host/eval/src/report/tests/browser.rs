//! The page in a headless Chromium: `cargo test -p scorebox-eval -- --ignored browser`, with `CHROMIUM` for a binary
//! that is not `/usr/bin/chromium`.

use std::process::Command;

use super::fixture::{Record, everything, hostile};
use super::{Format, Options, render};

/// The document as it stands after its script ran, opened at `fragment`.
fn dom(record: &Record, fragment: &str) -> String {
    let page = record.directory.path().join("report.html");
    std::fs::write(&page, render(Format::Html, record, &Options::default())).unwrap();
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let output = Command::new(chromium)
        // Containers have no user namespaces for Chromium's own sandbox.
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", record.directory.path().join("profile").display()))
        .arg(format!("file://{}#{fragment}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The part of the document that the script wrote.
fn browser_part(dom: &str) -> &str {
    let start = dom.find("<div class=\"browser\">").unwrap();
    &dom[start..start + dom[start..].find("<p class=\"keys\">").unwrap()]
}

#[test]
#[ignore = "needs Chromium"]
fn what_a_model_wrote_is_text() {
    let dom = dom(&hostile(), "");
    let title = dom.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
    assert_ne!(title, "owned");
    let shown = browser_part(&dom);
    assert!(
        shown.contains("&lt;script&gt;document.title='owned'&lt;/script&gt;"),
        "the output is shown: {shown}"
    );
    for element in ["<script", "<img", "<a "] {
        assert!(!shown.contains(element), "{element} in {shown}");
    }
    assert!(shown.contains("class=\"fail\" data-of=\" 0/0 \">start</mark>"), "spans are marked: {shown}");
}

#[test]
#[ignore = "needs Chromium"]
fn filters_leave_what_they_say() {
    let record = everything();
    let rows = |fragment: &str| -> Vec<String> {
        let dom = dom(&record, fragment);
        let rows = browser_part(&dom).split("role=\"option\"").skip(1);
        rows.map(|row| row.split_once("<b>").unwrap().1.split_once("</b>").unwrap().0.to_owned()).collect()
    };
    assert_eq!(rows(""), ["refund-17", "long-line", "slow", "no-answer", "greeting", "traffic-1"]);
    assert_eq!(rows("partition=regression"), ["long-line"]);
    assert_eq!(rows("verdict=faulted"), ["slow", "no-answer"]);
    assert_eq!(rows("metric=overlap&verdict=skipped"), ["long-line"]);
    assert_eq!(rows("q=money+BACK"), ["refund-17"]);
    assert_eq!(rows("q=no+such+words"), Vec::<String>::new());

    let dom = dom(&record, "metric=names&sample=refund-17");
    let shown = browser_part(&dom);
    for marked in ["Acme Pro", "Bolt", "Acme", "within 14 days"] {
        assert!(shown.contains(&format!(">{marked}</mark>")), "{marked} in {shown}");
    }
}
